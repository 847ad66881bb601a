//! A license pack that has expired.
//!
//! # What it looks at
//! `ExpirationDate` of the purchased packs, compared with the time of judgment.
//!
//! # Why it matters
//! Packs of a subscription expire with it. No license is issued or renewed from an expired pack.
//!
//! # How it can be wrong
//! The clock of the queried machine may be wrong, and some packs have a date without significance.
//!
//! # Fix
//! 1. Renew the subscription or agreement of the pack.
//! 2. Install the new pack: RD Licensing Manager, *Install Licenses*.
//! 3. Remove the old pack only after the new one issues licenses.
//!
//! # Fix safety
//! Installing a pack does not revoke any license.
//!
//! # Verify
//! RD Licensing Manager shows a date in the future.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-108",
    name: "license-pack-expired",
    title: "a license pack has expired",
    severity: Severity::Error,
    confidence: Confidence::High,
    scope: Scope::Any,
    products: "Windows Server 2008 and later",
    sources: &[sources::KEY_PACK_CLASS, sources::INSTALL_CALS],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let packs = machine.bought_packs()?.unwrap_or_default();
    let ended = packs.iter().filter_map(|pack| Some((pack, pack.expires.filter(|end| *end < machine.at())?)));
    Ok(ended
        .map(|(pack, end)| {
            RULE.finding(format!("pack {} ({}) expired at {end}", pack.id, pack.label())).evidence(
                machine.fact_evidence(facts::KEY_PACKS, format!("pack {}: ExpirationDate {end}", pack.id)),
            )
        })
        .collect())
}
