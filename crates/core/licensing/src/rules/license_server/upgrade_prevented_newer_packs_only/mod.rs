//! A policy that withholds newer licenses from older hosts, on a server that has only newer ones.
//!
//! # What it looks at
//! The policy value `fPreventLicenseUpgrade` (1), the versions of the packs, and the session hosts that use
//! the server: the machine itself, and machines of the same run that list it. The rule fires for a host that
//! is older than every pack of the server.
//!
//! # Why it matters
//! With the policy an older host receives no newer license. Its clients receive temporary licenses, and are
//! refused after 90 days, although licenses are free.
//!
//! # How it can be wrong
//! Hosts that are not in the run are not judged.
//!
//! # Fix
//! 1. Set the policy *Prevent license upgrade* to *Not Configured*. Newer licenses then serve older hosts, as
//!    the license terms permit.
//! 2. Or install licenses of the version of the older hosts.
//!
//! # Fix safety
//! Without the policy, older hosts consume licenses from the pool of the newer ones.
//!
//! # Verify
//! Clients of the older host receive permanent licenses at their next connection.

use std::collections::BTreeMap;

use crate::knowledge::Generation;
use crate::knowledge::products::{CalVersion, compatibility::least_cal};
use crate::model::KeyPack;
use crate::model::key_packs::unknown_version;
use crate::model::sets::served;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-112",
    name: "upgrade-prevented-newer-packs-only",
    title: "policy withholds newer licenses, and there are only newer ones",
    severity: Severity::Warning,
    confidence: Confidence::High,
    scope: Scope::LicenseServer,
    products: "Windows Server 2008 and later",
    sources: &[sources::ADMX.at("RD Licensing"), sources::CALS],
    ..Rule::both(check, check_run)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let Some(policy) = machine.value(&places::policy(), "fPreventLicenseUpgrade")? else {
        return Ok(Vec::new());
    };
    if policy.value.as_u32() != Some(1) {
        return Ok(Vec::new());
    }
    let Some(oldest) = oldest(&machine.bought_packs()?.unwrap_or_default())? else { return Ok(Vec::new()) };
    let host = machine.served_host()?;
    if !is_older(host, oldest) {
        return Ok(Vec::new());
    }
    let packs = machine.fact_evidence(facts::KEY_PACKS, format!("oldest pack: {}", oldest.name()));
    Ok(vec![RULE.finding(title(&host.name(), oldest)).evidence(policy.evidence()).evidence(packs)])
}

fn check_run(machines: &[&FleetKey]) -> Outcome {
    let mut too_old: BTreeMap<(&str, CalVersion, String), Vec<&str>> = BTreeMap::new();
    let (mut compared, mut undecided) = (false, None);
    for (host, server) in served(machines) {
        let Some(of_server) = &server.license_server else { continue };
        match (of_server.prevents_upgrade, &of_server.packs, host.generation) {
            (Some(false), ..) => compared = true,
            (Some(true), Some(packs), Some(generation)) => {
                compared = true;
                match oldest(packs) {
                    Ok(Some(oldest)) if is_older(generation, oldest) => {
                        let key = (server.label.as_str(), oldest, generation.name());
                        too_old.entry(key).or_default().push(&host.label);
                    }
                    Ok(_) => {}
                    Err(unknown) => undecided = Some(unknown),
                }
            }
            _ => {}
        }
    }
    match undecided {
        Some(unknown) if too_old.is_empty() => return Err(unknown),
        _ if !compared => {
            return Err(
                Need::Fleet("policy and CAL packs of a license server, and builds of its hosts").into()
            );
        }
        _ => {}
    }
    Ok(too_old
        .into_iter()
        .map(|((server, oldest, host), hosts)| {
            RULE.finding(title(&host, oldest))
                .evidence(Evidence::fact(
                    server,
                    format!("fPreventLicenseUpgrade 1; oldest pack: {}", oldest.name()),
                ))
                .evidence(Evidence::fact(&hosts.join(", "), &host))
                .machines(hosts.into_iter().chain([server]).map(str::to_owned))
        })
        .collect())
}

fn title(host: &str, oldest: CalVersion) -> String {
    format!(
        "a policy withholds newer licenses from hosts of {host}, and the oldest pack is {}",
        oldest.name()
    )
}

/// The version of the oldest pack.
fn oldest(packs: &[KeyPack]) -> Result<Option<CalVersion>, Unknown> {
    let versions: Option<Vec<CalVersion>> = packs.iter().map(KeyPack::cal_version).collect();
    Ok(versions.ok_or_else(unknown_version)?.into_iter().min())
}

fn is_older(host: Generation, oldest: CalVersion) -> bool {
    least_cal(host).is_some_and(|(own, _)| own < oldest)
}
