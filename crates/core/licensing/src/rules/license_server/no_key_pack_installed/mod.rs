//! A license server without a single license that was bought.
//!
//! # What it looks at
//! The key packs of the license server, without the built-in and the temporary ones. It fires where none is
//! left. Packs of the wrong kind are the business of `RDSL-013`, packs of too old a version that of
//! `pack-older-than-host`.
//!
//! # Why it matters
//! Without a pack every device gets one temporary license, for 90 days, and Per User licenses are not
//! recorded at all (events 21 and 22).
//!
//! # How it can be wrong
//! Packs that were installed on another license server, which the hosts ask as well.
//!
//! # Fix
//! 1. Install the packs that you own: RD Licensing Manager, *Install Licenses*.
//! 2. If they are installed on an older server, migrate them: *Manage Licenses* on the new server.
//! 3. If the database was rebuilt (event 88), install the packs again through the clearing house.
//!
//! # Fix safety
//! Installing a pack takes nothing away from anybody. A migration makes the old server stop issuing.
//!
//! # Verify
//! RD Licensing Manager lists the pack, and its *Issued* column grows as clients connect.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-103",
    name: "no-key-pack-installed",
    title: "no license pack is installed on the license server",
    severity: Severity::Critical,
    confidence: Confidence::High,
    scope: Scope::Any,
    sources: &[sources::KEY_PACK_CLASS, sources::INSTALL_CALS, sources::LS_EVENTS],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    match machine.bought_packs()? {
        Some(packs) if packs.is_empty() => {}
        _ => return Ok(Vec::new()),
    }
    let evidence = machine.fact_evidence(facts::KEY_PACKS, "built-in and temporary packs only");
    Ok(vec![
        RULE.finding("no license pack that was bought is installed on the license server").evidence(evidence),
    ])
}
