//! A license server without any purchased license.
//!
//! # What it looks at
//! The CAL packs of the license server, without the built-in and the temporary ones. The rule fires if none
//! remains. Packs of the wrong kind are covered by `mode-against-packs`, packs of too old a version by
//! `pack-older-than-host`.
//!
//! # Why it matters
//! Without a pack every device receives one temporary license for 90 days, and Per User licenses are not
//! recorded at all (events 21 and 22).
//!
//! # How it can be wrong
//! Packs may be installed on another license server that the hosts also use.
//!
//! # Fix
//! 1. Install the packs that you own: RD Licensing Manager, *Install Licenses*.
//! 2. If they are installed on an older server, migrate them: *Manage Licenses* on the new server.
//! 3. If the database was rebuilt (event 88), install the packs again through the Clearinghouse.
//!
//! # Fix safety
//! Installing a pack does not revoke any license. After a migration the old server stops issuing licenses.
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
    Ok(vec![RULE.finding("no purchased license pack is installed on the license server").evidence(evidence)])
}
