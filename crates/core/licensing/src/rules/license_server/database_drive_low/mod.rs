//! A license database that may soon find no space.
//!
//! # What it looks at
//! The free space of the drive that holds the database: it fires below one gibibyte. The threshold is ours.
//!
//! # Why it matters
//! The database and its logs grow with each license that is issued. A service that cannot write stops
//! issuing.
//!
//! # How it can be wrong
//! A small drive of its own, made for the database, may be meant to be this full.
//!
//! # Fix
//! 1. Make room on the drive.
//! 2. Do not delete files in the folder of the database: its logs belong to it.
//!
//! # Fix safety
//! Deleting logs of the database by hand can make it unreadable.
//!
//! # Verify
//! The drive shows more than one gibibyte of free space.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-121",
    name: "database-drive-low",
    title: "the drive of the license database is low on space",
    severity: Severity::Warning,
    confidence: Confidence::Low,
    scope: Scope::LicenseServer,
    sources: &[sources::PRACTICE],
    ..Rule::machine(check)
};

const ENOUGH: u64 = 1 << 30;

fn check(machine: &Machine<'_>) -> Outcome {
    let free = machine.fact(facts::DATABASE_FREE_BYTES)?;
    if free >= ENOUGH {
        return Ok(Vec::new());
    }
    let title =
        format!("only {} MiB are free where the license database lies; it may stop issuing", free >> 20);
    let mut finding =
        RULE.finding(title).evidence(machine.fact_evidence(facts::DATABASE_FREE_BYTES, free.to_string()));
    if let Ok(path) = machine.fact(facts::DATABASE_PATH) {
        finding = finding.evidence(machine.fact_evidence(facts::DATABASE_PATH, path));
    }
    Ok(vec![finding])
}
