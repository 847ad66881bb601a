//! Licenses that a newer session host does not accept.
//!
//! # What it looks at
//! The versions of the packs, compared with the session hosts that use them: this machine, if it is one, and
//! those that the license server knows. The rule fires for a host if there are packs of its kind and all of
//! them are older. The kind is that of the licensing mode; if no mode is known, every pack counts.
//!
//! # Why it matters
//! A host accepts a license of its own version or a newer one, never an older one. Its clients receive
//! temporary licenses, and are refused 90 days later (event 22).
//!
//! # How it can be wrong
//! A second license server that the host also uses may have newer packs. A pack version or a build that the
//! tables do not contain makes the result *unknown*.
//!
//! # Fix
//! 1. Buy and install licenses of the host's version or newer.
//! 2. If a license server is older than these licenses, upgrade it first, or set up a new one.
//! 3. Until then keep users on hosts of the version for which you own licenses.
//!
//! # Fix safety
//! Newer licenses also serve older hosts, but not the other way round.
//!
//! # Verify
//! The new pack shows issued licenses, and event 22 stops.

use crate::knowledge::products::{Fit, host_accepts};
use crate::model::KeyPack;
use crate::model::key_packs::unknown_version;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-106",
    name: "pack-older-than-host",
    title: "the installed licenses are older than a session host",
    severity: Severity::Error,
    confidence: Confidence::High,
    scope: Scope::Any,
    sources: &[
        sources::CALS,
        sources::RDPELE.at("MS-RDPELE 3.2.5.3 and 3.2.5.5: how the host judges a license"),
        sources::LS_EVENTS,
    ],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let Some(mut packs) = machine.bought_packs()? else { return Ok(Vec::new()) };
    let mode = machine.licensing_mode().known().ok().flatten();
    if let Some(kind) = mode.and_then(|mode| mode.cal_kind()) {
        packs.retain(|pack| pack.cal_kind() == Some(kind));
    }
    if packs.is_empty() {
        return Ok(Vec::new());
    }
    let found = packs.iter().map(KeyPack::label).collect::<Vec<_>>().join("; ");
    let fits =
        |host, pack: &KeyPack| pack.cal_version().map_or(Fit::Unknown, |version| host_accepts(host, version));
    let mut findings = Vec::new();
    for host in machine.served_hosts()? {
        if packs.iter().all(|pack| matches!(fits(host, pack), Fit::No(_))) {
            let title = format!("a host of {} accepts none of the installed licenses ({found})", host.name());
            findings.push(
                RULE.finding(title)
                    .evidence(machine.fact_evidence(facts::KEY_PACKS, &found))
                    .evidence(Evidence::fact("session host", host.name())),
            );
        } else if findings.is_empty() && !packs.iter().any(|pack| matches!(fits(host, pack), Fit::Yes(_))) {
            return Err(unknown_version());
        }
    }
    Ok(findings)
}
