//! Licensing events that the session host logged.
//!
//! # What it looks at
//! Events of the Remote Connection Manager of the last 30 days. 1008, 1069 and 1128 (grace period over) are
//! critical; 1010, 1011, 1028 and 1130 are errors; 1009 and 1068 are warnings. Some agents store them with
//! the severity bits included, as 50280 and 50282 for 1128 and 1130. These count as the same events.
//!
//! # Why it matters
//! The events state why users are refused or will be refused.
//!
//! # How it can be wrong
//! The cause may have been fixed since; check the time of the newest event. The texts of 1128 and 1130 are
//! documented, but their short numbers are computed. Event 1130 was occasionally seen on hosts that work.
//!
//! # Fix
//! 1. Set the licensing mode and the license servers, preferably by policy.
//! 2. Check that the names of the servers resolve, and that TCP 135, 445 and the dynamic RPC ports are open
//!    from this host.
//! 3. Check on the license server that the service runs, that it is activated, and that it has licenses of
//!    the right kind and version.
//!
//! # Fix safety
//! None of the steps revokes a license.
//!
//! # Verify
//! The events do not recur, and RD Licensing Diagnoser reports no problem.

use crate::model::EventRecord;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-152",
    name: "host-licensing-events",
    title: "the host logged licensing events",
    severity: Severity::Critical,
    confidence: Confidence::High,
    scope: Scope::SessionHost,
    sources: &[sources::HOST_EVENTS, sources::MODE_WARNING, sources::RUNBOOK],
    ..Rule::machine(check)
};

/// Ids with their severity.
const EVENTS: [(u32, Severity); 9] = [
    (1008, Severity::Critical),
    (1009, Severity::Warning),
    (1010, Severity::Error),
    (1011, Severity::Error),
    (1028, Severity::Error),
    (1068, Severity::Warning),
    (1069, Severity::Critical),
    (1128, Severity::Critical),
    (1130, Severity::Error),
];

fn check(machine: &Machine<'_>) -> Outcome {
    let ids = EVENTS.map(|(id, _)| id);
    let events = machine.recent_events(&ids, "licensing events of the Remote Connection Manager")?;
    Ok(events.iter().map(finding).collect())
}

fn finding(event: &EventRecord) -> crate::rules::Finding {
    let severity =
        EVENTS.iter().find(|(id, _)| *id == event.id).map_or(RULE.severity, |(_, severity)| *severity);
    let title = event.row().map_or("licensing problem", |row| row.title);
    // The numbers of these two are computed, see the page.
    let confidence = if event.id > 1100 { Confidence::Medium } else { RULE.confidence };
    let finding = RULE
        .finding(format!("event {}: {title}", event.id))
        .severity(severity)
        .confidence(confidence)
        .evidence(event.evidence());
    event.row().into_iter().flat_map(|row| row.fixes).fold(finding, |finding, step| finding.fix(*step))
}
