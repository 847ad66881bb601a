//! A terminal server of Windows 2000, whose grace period is shorter.
//!
//! # What it looks at
//! The version: 5.0, in application-server mode.
//!
//! # Why it matters
//! Its grace period has 90 days, not the 120 that every page tells, and it counts from the first client connection.
//! Whoever plans with 120 is locked out a month early.
//!
//! # How it can be wrong
//! It cannot: the version stands in the registry.
//!
//! # Fix
//! 1. Count 90 days from the first connection.
//! 2. Plan the way off Windows 2000; nothing supports it any more.
//!
//! # Fix safety
//! Nothing is changed.
//!
//! # Verify
//! Events 1008 and 1009 of TermService name the days.

use crate::model::grace::is_windows_2000;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-051",
    name: "grace-of-windows-2000",
    title: "Windows 2000 has a grace period of 90 days",
    severity: Severity::Info,
    confidence: Confidence::High,
    scope: Scope::SessionHost,
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
            let title = "this terminal server runs Windows 2000: its grace period has 90 days, not 120";
            Ok(vec![RULE.finding(title).evidence(found.evidence())])
        }
        _ => Ok(Vec::new()),
    }
}
