//! A policy that withholds newer licenses from older hosts, on a server that has only newer ones.
//!
//! # What it looks at
//! The policy value `fPreventLicenseUpgrade` (1), the versions of the packs, and the session hosts that use
//! the server. The rule fires for a host that is older than every pack of the server.
//!
//! # Why it matters
//! With the policy an older host receives no newer license. Its clients receive temporary licenses, and are
//! refused after 90 days, although licenses are free.
//!
//! # How it can be wrong
//! Hosts that the license server does not know are not judged.
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

use crate::knowledge::products::{CalVersion, compatibility::least_cal};
use crate::model::KeyPack;
use crate::model::key_packs::unknown_version;
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
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let Some(policy) = machine.value(&places::policy(), "fPreventLicenseUpgrade")? else {
        return Ok(Vec::new());
    };
    if policy.value.as_u32() != Some(1) {
        return Ok(Vec::new());
    }
    let packs = machine.bought_packs()?.unwrap_or_default();
    let versions: Option<Vec<CalVersion>> = packs.iter().map(KeyPack::cal_version).collect();
    let Some(oldest) = versions.ok_or_else(unknown_version)?.into_iter().min() else { return Ok(Vec::new()) };
    let too_old = machine
        .served_hosts()?
        .into_iter()
        .filter(|host| least_cal(*host).is_some_and(|(own, _)| own < oldest));
    Ok(too_old
        .map(|host| {
            let (name, oldest) = (host.name(), oldest.name());
            RULE.finding(format!(
                "a policy withholds newer licenses from hosts of {name}, and the oldest pack is {oldest}"
            ))
            .evidence(policy.evidence())
            .evidence(machine.fact_evidence(facts::KEY_PACKS, format!("oldest pack: {oldest}")))
        })
        .collect())
}
