//! A policy that keeps newer licenses from older hosts, on a server that holds only newer ones.
//!
//! # What it looks at
//! The policy value `fPreventLicenseUpgrade` (1), the versions of the packs, and the session hosts that use
//! the server. It fires for a host that is older than every pack of the server.
//!
//! # Why it matters
//! With the policy on, an older host is not given a newer license: its clients get temporary ones, and are
//! refused after 90 days, although licenses are free.
//!
//! # How it can be wrong
//! Hosts that the license server does not know of are not judged.
//!
//! # Fix
//! 1. Take the policy *Prevent license upgrade* back: newer licenses then serve older hosts, as the license
//!    terms allow.
//! 2. Or install licenses of the version of the older hosts.
//!
//! # Fix safety
//! With the policy off, older hosts draw from the pool of the newer ones.
//!
//! # Verify
//! Clients of the older host get permanent licenses at their next connection.

use crate::knowledge::products::{CalVersion, compatibility::least_cal};
use crate::model::key_packs::unknown_version;
use crate::model::{KeyPack, facts};
use crate::rules::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    id: "RDSL-112",
    name: "upgrade_prevented_newer_packs_only",
    aliases: &[],
    title: "policy forbids newer licenses, and there are only newer ones",
    family: Family::LicenseServer,
    severity: Severity::Warning,
    confidence: Confidence::High,
    scope: Scope::LicenseServer,
    products: "Windows Server 2008 and later",
    needs: &["SOFTWARE hive (policy)", "key packs of the license server", "builds of the session hosts"],
    recipe: None,
    sources: &[
        Source { title: "TerminalServer.admx, category RD Licensing", url: "" },
        Source {
            title: "License Remote Desktop Services with Client Access Licenses",
            url: "https://learn.microsoft.com/en-us/windows-server/remote/remote-desktop-services/rds-client-access-license",
        },
    ],
    check: Check::Machine(check),
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
                "policy keeps newer licenses from hosts of {name}, and the oldest pack is {oldest}"
            ))
            .evidence(policy.evidence())
            .evidence(machine.fact_evidence(facts::KEY_PACKS, format!("oldest pack: {oldest}")))
        })
        .collect())
}
