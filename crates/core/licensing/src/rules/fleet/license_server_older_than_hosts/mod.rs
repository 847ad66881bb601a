//! A license server that cannot hold licenses for some of its hosts.
//!
//! # What it looks at
//! The license servers that session hosts list, if the machine of that name is also in the run: whether it
//! can hold licenses of the version that the host needs, by the compatibility table.
//!
//! # Why it matters
//! A license server holds licenses of its own version and older ones, and a host accepts its own version or
//! newer ones. For a host that is newer than its server no license can exist. Its clients receive temporary
//! licenses, and are refused after 90 days.
//!
//! # How it can be wrong
//! A second, newer server on the host's list may serve it.
//!
//! # Fix
//! 1. Upgrade the license server, or set up a new one that is at least as new as the newest host.
//! 2. Migrate the packs, and install licenses of the version of the newest host.
//! 3. Change the server list of the hosts, preferably in the policy.
//!
//! # Fix safety
//! Migrate first and then change the hosts, so that no client is without a server.
//!
//! # Verify
//! The new pack shows issued licenses.

use std::collections::BTreeMap;

use crate::knowledge::Certainty;
use crate::knowledge::products::{Fit, compatibility::least_cal, server_holds};
use crate::model::Role;
use crate::model::sets::ByName;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-174",
    name: "license-server-older-than-hosts",
    title: "a license server is older than hosts that use it",
    severity: Severity::Error,
    confidence: Confidence::High,
    scope: Scope::Fleet,
    products: "Windows Server 2008 and later",
    sources: &[sources::CALS],
    ..Rule::fleet(check)
};

fn check(machines: &[&FleetKey]) -> Outcome {
    let by_name = ByName::new(machines);
    let mut too_old: BTreeMap<(&str, String, String), Vec<String>> = BTreeMap::new();
    let mut compared = false;
    let mut sure = true;
    for host in machines.iter().filter(|host| host.roles.contains(&Role::SessionHost)) {
        for entry in host.servers.iter().flatten().filter(|entry| !entry.is_blank()) {
            let servers =
                by_name.named(host, entry).filter(|server| server.roles.contains(&Role::LicenseServer));
            for server in servers {
                let (Some(asks), Some(holds)) = (host.generation, server.generation) else { continue };
                let Some((least, _)) = least_cal(asks) else { continue };
                match server_holds(holds, least) {
                    Fit::Unknown => continue,
                    Fit::Yes(_) => {}
                    Fit::No(certainty) => {
                        sure &= certainty == Certainty::Documented;
                        let key = (server.label.as_str(), holds.name(), asks.name());
                        too_old.entry(key).or_default().push(host.label.clone());
                    }
                }
                compared = true;
            }
        }
    }
    if !compared {
        return Err(Need::Fleet("builds of session hosts and of the license servers that they list").into());
    }
    Ok(too_old
        .into_iter()
        .map(|((server, holds, asks), hosts)| {
            RULE.finding(format!("{server} runs {holds} and cannot hold licenses for hosts of {asks}"))
                .confidence(if sure { Confidence::High } else { Confidence::Medium })
                .evidence(Evidence::fact(server, &holds))
                .evidence(Evidence::fact(&hosts.join(", "), &asks))
                .machines(hosts.into_iter().chain([server.to_owned()]))
        })
        .collect())
}
