//! Faults that the licensing service logged.
//!
//! # What it looks at
//! Events 17 and 19 (certificates), 88 (the database was rebuilt) and 4100 (the database is damaged) of the
//! last 30 days.
//!
//! # Why it matters
//! With invalid certificates the server issues no permanent licenses. After a rebuild it has no packs. With a
//! damaged database it does not respond at all.
//!
//! # How it can be wrong
//! The fault may have been fixed since; check the time of the newest event.
//!
//! # Fix
//! 1. Event 17 or 19: reactivate the server in RD Licensing Manager.
//! 2. Event 88: install the packs again, through the Clearinghouse if necessary.
//! 3. Event 4100: check the permissions of the database folder, then restore the database and the system
//!    state together.
//!
//! # Fix safety
//! First back up the database folder together with the system state.
//!
//! # Verify
//! The event does not recur after a restart of the service.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-123",
    name: "license-server-events",
    title: "the licensing service logged a fault",
    severity: Severity::Error,
    confidence: Confidence::High,
    scope: Scope::LicenseServer,
    sources: &[sources::LS_EVENTS, sources::REACTIVATE],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let events =
        machine.recent_events(&[17, 19, 88, 4100], "events 17, 19, 88 and 4100 of the licensing service")?;
    Ok(events
        .iter()
        .map(|event| {
            let title = event.row().map_or("fault of the licensing service", |row| row.title);
            let finding = RULE.finding(format!("event {}: {title}", event.id)).evidence(event.evidence());
            event
                .row()
                .into_iter()
                .flat_map(|row| row.fixes)
                .fold(finding, |finding, step| finding.fix(*step))
        })
        .collect())
}
