//! A session host that lists itself as its license server but has no licensing service.
//!
//! # What it looks at
//! The list in force, the machine's name and the service `TermServLicensing`. The rule fires if an entry
//! is `localhost`, `.`, a loopback address, the machine's own name or an address of its adapters, and the
//! service is not installed.
//!
//! # Why it matters
//! The host requests licenses from itself although it is not a license server. Such a list usually comes from
//! a script or image that was made on a machine with both roles.
//!
//! # How it can be wrong
//! A host with both roles correctly lists itself; the rule is silent there. A similar name in another domain
//! is not reported.
//!
//! # Fix
//! 1. Name the real license server in the policy *Use the specified Remote Desktop license servers*
//!    ({gpo:licensing}).
//! 2. If no policy lists servers, set the list on the host in an elevated Windows PowerShell: `(Get-WmiObject
//!    -Namespace root\cimv2\TerminalServices
//!    Win32_TerminalServiceSetting).SetSpecifiedLicenseServerList(@('YOUR-SERVER-1','YOUR-SERVER-2'))`. This
//!    replaces the whole list.
//! 3. If this machine is intended to be the license server, install the role *Remote Desktop Licensing*,
//!    activate it and install CALs.
//!
//! # Fix safety
//! Listing another server does not revoke any license.
//!
//! # Verify
//! Run `gpupdate /force`, then `rdscal show`. It lists each server of the list in force. RD Licensing
//! Diagnoser (`lsdiag.msc`) shows whether the servers respond.

use crate::model::{Role, ServerEntry, listed};
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-023",
    name: "server-is-this-machine",
    title: "host lists itself as a license server but is not one",
    severity: Severity::Error,
    confidence: Confidence::High,
    scope: Scope::SessionHost,
    products: "Windows Server 2003 and later",
    recipe: Some("set-servers"),
    sources: &[sources::NO_LICENSE_SERVER],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let setting = machine.license_servers();
    let Some(list) = setting.winner() else { return conclude(Vec::new(), setting.missing()) };
    if machine.roles().holds(Role::LicenseServer)? {
        return Ok(Vec::new());
    }
    let is_own = |entry: &&ServerEntry| machine.is_itself(entry) == Ok(true);
    let itself: Vec<_> = list.value.iter().flatten().filter(is_own).collect();
    if itself.is_empty() {
        return match machine.name() {
            None => Err(Need::Key(places::computer_name().to_string()).into()),
            Some(_) => conclude(Vec::new(), setting.missing()),
        };
    }
    let finding =
        RULE.finding(format!("the host lists itself ({}) but is not a license server", listed(itself)));
    let absent = Evidence::absent_key(&places::licensing_service());
    conclude(vec![finding.evidence(list.evidence.clone()).evidence(absent)], setting.missing())
}
