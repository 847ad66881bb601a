//! Licenses on a license server that is too old for them.
//!
//! # What it looks at
//! The versions of the packs, compared with the Windows version of the license server, by the compatibility
//! table.
//!
//! # Why it matters
//! A license server holds licenses of its own version and older ones. Newer packs cannot be installed there,
//! or are shown as installed but not issued.
//!
//! # How it can be wrong
//! A pack version or a build that the tables do not contain makes the result *unknown*, if the rule does not
//! fire for another pack.
//!
//! # Fix
//! 1. Upgrade the license server, or set up a new one with at least the version of the licenses.
//! 2. Migrate the packs to it: RD Licensing Manager, *Manage Licenses*.
//! 3. Change the server list of the hosts, preferably in the policy.
//!
//! # Fix safety
//! Migrate first and then change the hosts, so that no client is without a server.
//!
//! # Verify
//! The pack shows issued licenses on the new server.

use crate::knowledge::products::{Fit, server_holds};
use crate::model::KeyPack;
use crate::model::key_packs::unknown_version;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-107",
    name: "server-older-than-pack",
    title: "the license server is older than its licenses",
    severity: Severity::Error,
    confidence: Confidence::High,
    scope: Scope::Any,
    products: "Windows Server 2008 and later",
    sources: &[sources::CALS, sources::TS_LICENSE_SERVER],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let Some(packs) = machine.bought_packs()? else { return Ok(Vec::new()) };
    if packs.is_empty() {
        return Ok(Vec::new());
    }
    let server = machine.license_server_generation()?;
    let fit =
        |pack: &KeyPack| pack.cal_version().map_or(Fit::Unknown, |version| server_holds(server, version));
    let too_new = packs.iter().filter(|pack| matches!(fit(pack), Fit::No(_)));
    let findings: Vec<_> = too_new
        .map(|pack| {
            RULE.finding(format!(
                "the license server runs {} and cannot serve {}",
                server.name(),
                pack.label()
            ))
            .evidence(machine.fact_evidence(facts::KEY_PACKS, format!("pack {}: {}", pack.id, pack.label())))
            .evidence(Evidence::fact("license server", server.name()))
        })
        .collect();
    if findings.is_empty() && packs.iter().any(|pack| fit(pack) == Fit::Unknown) {
        return Err(unknown_version());
    }
    Ok(findings)
}
