//! A license database whose drive is nearly full.
//!
//! # What it looks at
//! The free space of the drive with the database. The rule fires below one gibibyte, a threshold chosen by
//! this project.
//!
//! # Why it matters
//! The database and its logs grow with each issued license. A service that cannot write stops issuing
//! licenses.
//!
//! # How it can be wrong
//! A small drive dedicated to the database may be this full intentionally.
//!
//! # Fix
//! 1. Free space on the drive.
//! 2. Do not delete files in the database folder; its logs belong to the database.
//!
//! # Fix safety
//! Deleting logs of the database by hand can make it unreadable.
//!
//! # Verify
//! The drive has more than one gibibyte of free space.

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
    let title = format!(
        "the drive of the license database has only {} MiB free; the server may stop issuing licenses",
        free >> 20
    );
    let mut finding =
        RULE.finding(title).evidence(machine.fact_evidence(facts::DATABASE_FREE_BYTES, free.to_string()));
    if let Ok(path) = machine.fact(facts::DATABASE_PATH) {
        finding = finding.evidence(machine.fact_evidence(facts::DATABASE_PATH, path));
    }
    Ok(vec![finding])
}
