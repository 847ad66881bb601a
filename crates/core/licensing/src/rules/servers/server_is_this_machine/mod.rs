//! A session host that lists itself as its license server, and has no licensing service.
//!
//! # What it looks at
//! The list in force, the machine's name and the service `TermServLicensing`. It fires where an entry is
//! `localhost`, `.`, a loopback address or the machine's own name, and the service is not installed.
//!
//! # Why it matters
//! The host asks itself for licenses and is no license server. Such a list usually comes from a script or an image
//! that was made on a machine which had both roles.
//!
//! # How it can be wrong
//! A host with both roles rightly lists itself; there the rule is silent. A name that only looks like the machine's
//! own, in another domain, is not reported.
//!
//! # Fix
//! 1. Name the real license server in the policy that sets the list: *Use the specified Remote Desktop license
//!    servers* ({gpo:licensing}).
//! 2. Where no policy names servers, set the list on the host, in Windows PowerShell as administrator:
//!    `(Get-WmiObject -Namespace root\cimv2\TerminalServices
//!    Win32_TerminalServiceSetting).SetSpecifiedLicenseServerList(@('rdls1.contoso.example','rdls2.contoso.example'))`.
//!    It replaces the whole list.
//! 3. Where this machine shall be the license server, install the role *Remote Desktop Licensing*, activate it and
//!    install CALs.
//!
//! # Fix safety
//! Naming another server takes nothing away from anybody.
//!
//! # Verify
//! Run `gpupdate /force`, then `rdscal show`: it shows the list in force, name by name. RD Licensing Diagnoser says
//! whether the servers answer.

use crate::model::{Role, ServerEntry, listed};
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-023",
    name: "server-is-this-machine",
    title: "host lists itself as license server and is none",
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
    let own = own_names(machine);
    let is_own = |entry: &&ServerEntry| entry.is_loopback() || own.contains(&entry.folded());
    let itself: Vec<_> = list.value.iter().flatten().filter(is_own).collect();
    if itself.is_empty() {
        return match machine.name() {
            None => Err(Need::Key(places::computer_name().to_string()).into()),
            Some(_) => conclude(Vec::new(), setting.missing()),
        };
    }
    let finding =
        RULE.finding(format!("the host lists itself ({}) and is no license server", listed(itself)));
    let absent = Evidence::absent_key(&places::licensing_service());
    conclude(vec![finding.evidence(list.evidence.clone()).evidence(absent)], setting.missing())
}

/// The machine's name, short and with its domain, in lower case.
fn own_names(machine: &Machine<'_>) -> Vec<String> {
    let Some(name) = machine.name().map(|name| name.to_lowercase()) else { return Vec::new() };
    let domain = machine.dns_domain().unwrap_or_default().to_lowercase();
    let long = (!domain.is_empty()).then(|| format!("{name}.{domain}"));
    std::iter::once(name).chain(long).collect()
}
