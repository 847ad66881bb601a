//! A terminal server of Windows 2000, whose grace period is shorter.
//!
//! # What it looks at
//! The version: 5.0, in application-server mode.
//!
//! # Why it matters
//! Its grace period is 90 days, not the 120 that most web pages state, and starts with the first client
//! connection. Anyone who plans with 120 days is locked out a month early.
//!
//! # How it can be wrong
//! The version in the registry is unambiguous.
//!
//! # Fix
//! 1. Count 90 days from the first connection.
//! 2. Plan the migration from Windows 2000, which is no longer supported.
//!
//! # Fix safety
//! Nothing is changed.
//!
//! # Verify
//! Events 1008 and 1009 of TermService state the days.

use crate::model::grace::is_windows_2000;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-051",
    name: "grace-of-windows-2000",
    title: "Windows 2000 has a grace period of 90 days",
    severity: Severity::Info,
    confidence: Confidence::High,
    scope: Scope::SessionHost,
    in_service: true,
    products: "Windows 2000 Server",
    sources: &[sources::GRACE_END],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    if machine.product().era() == Some(Era::Nt6) {
        return Ok(Vec::new());
    }
    let version = machine.value(&places::current_version(), "CurrentVersion")?;
    match version {
        Some(found) if is_windows_2000(machine.product()) => {
            let title = "this terminal server runs Windows 2000; its grace period is 90 days, not 120";
            Ok(vec![RULE.finding(title).evidence(found.evidence())])
        }
        _ => Ok(Vec::new()),
    }
}
