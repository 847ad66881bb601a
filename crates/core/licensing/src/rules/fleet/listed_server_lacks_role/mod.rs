//! Hosts that request licenses from a machine that is not a license server.
//!
//! # What it looks at
//! The license servers that session hosts list, if the machine of that name is also in the run: whether the
//! service *TermServLicensing* is installed on it. A host that lists itself is covered by
//! `server-is-this-machine`.
//!
//! # Why it matters
//! The hosts contact a machine that never responds. If it is the only one on the list, users are locked out
//! when the grace period ends.
//!
//! # How it can be wrong
//! There may be another machine of the same name if the domain of one of the two is unknown. The capture may
//! also be older than the role.
//!
//! # Fix
//! 1. Enter the name of the real license server in the policy *Use the specified Remote Desktop license
//!    servers* ({gpo:licensing}).
//! 2. If no policy lists servers, set the list on the host in an elevated Windows PowerShell: `(Get-WmiObject
//!    -Namespace root\cimv2\TerminalServices
//!    Win32_TerminalServiceSetting).SetSpecifiedLicenseServerList(@('YOUR-SERVER-1','YOUR-SERVER-2'))`. This
//!    replaces the whole list.
//! 3. Or install the role *RD Licensing* on the machine, activate it, and migrate the packs.
//!
//! # Fix safety
//! Changing the list does not revoke any license.
//!
//! # Verify
//! RD Licensing Diagnoser on a host shows the licenses.

use std::collections::BTreeMap;

use crate::model::Role;
use crate::model::sets::ByName;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-173",
    name: "listed-server-lacks-role",
    title: "a listed license server does not have the role",
    severity: Severity::Error,
    confidence: Confidence::High,
    scope: Scope::Fleet,
    recipe: Some("set-servers"),
    sources: &[sources::NO_LICENSE_SERVER, sources::MIGRATE_CALS],
    ..Rule::fleet(check)
};

fn check(machines: &[&FleetKey]) -> Outcome {
    let by_name = ByName::new(machines);
    let mut asking: BTreeMap<(&str, &str), Vec<String>> = BTreeMap::new();
    let (mut met, mut missed) = (false, false);
    for host in machines.iter().filter(|host| host.roles.contains(&Role::SessionHost)) {
        for entry in host.servers.iter().flatten().filter(|entry| !entry.is_blank()) {
            let mut named = by_name.named(host, entry).peekable();
            missed |= named.peek().is_none();
            for machine in named.filter(|machine| machine.name != host.name) {
                let held = machine.holds(Role::LicenseServer);
                met |= held.is_some();
                missed |= held.is_none();
                if held == Some(false) {
                    asking.entry((&machine.label, &machine.locator)).or_default().push(host.label.clone());
                }
            }
        }
    }
    if !met
        && (missed
            || machines
                .iter()
                .any(|machine| machine.holds(Role::SessionHost).is_none() || !machine.servers_seen))
    {
        return Err(Need::Fleet("the machines that the session hosts list as license servers").into());
    }
    Ok(asking
        .into_iter()
        .map(|((server, locator), hosts)| {
            RULE.finding(format!(
                "{server} is listed as a license server by {} but does not have the role",
                counted(hosts.len(), "host")
            ))
            .evidence(Evidence::fact(locator, "service TermServLicensing absent"))
            .evidence(Evidence::fact("listed by", hosts.join(", ")))
            .machines(hosts.into_iter().chain([server.to_owned()]))
        })
        .collect())
}
