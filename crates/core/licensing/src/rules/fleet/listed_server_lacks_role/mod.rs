//! Hosts that ask a machine for licenses which hands out none.
//!
//! # What it looks at
//! The license servers that session hosts list, where the machine of that name is in the run too: whether the
//! service *TermServLicensing* is installed on it. A host that lists itself is the business of `RDSL-023`.
//!
//! # Why it matters
//! The hosts ask a machine that never answers. Where it is the only one on the list, users are locked out
//! when the grace period ends.
//!
//! # How it can be wrong
//! Another machine of the same name, where the domain of one of the two is not known. A capture that is older
//! than the role.
//!
//! # Fix
//! 1. Write the name of the real license server into the policy: *Use the specified Remote Desktop license servers*
//!    ({gpo:licensing}).
//! 2. Where no policy names servers, set the list on the host, in Windows PowerShell as administrator:
//!    `(Get-WmiObject -Namespace root\cimv2\TerminalServices
//!    Win32_TerminalServiceSetting).SetSpecifiedLicenseServerList(@('rdls1.contoso.example','rdls2.contoso.example'))`.
//!    It replaces the whole list.
//! 3. Or install the role *RD Licensing* on the machine, activate it, and migrate the packs.
//!
//! # Fix safety
//! Changing the list takes no license away from anybody.
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
    title: "a listed license server does not hold the role",
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
                "{server} is a license server on the list of {} and does not hold the role",
                counted(hosts.len(), "host")
            ))
            .evidence(Evidence::fact(locator, "service TermServLicensing absent"))
            .evidence(Evidence::fact("listed by", hosts.join(", ")))
            .machines(hosts.into_iter().chain([server.to_owned()]))
        })
        .collect())
}
