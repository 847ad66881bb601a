//! A client whose licensing failed.
//!
//! # What it looks at
//! The client's log *Microsoft-Windows-TerminalServices-RDPClient/Operational* of the last 30 days: event
//! 1017 (the client has no license), and event 1026 (disconnected) with the reason 2056 (license negotiation
//! failed) or 2312 (licensing timed out).
//!
//! # Why it matters
//! The user could not connect. The fault is at the client's license store, the session host or the license
//! server; the log does not show which.
//!
//! # How it can be wrong
//! The cause may be fixed since. The log records neither the host to which the client connected nor the
//! extended reason (256 to 267), which only the message on the screen shows.
//!
//! # Fix
//! 1. Start the client once as administrator (`mstsc`, *Run as administrator*) and connect. The client may
//!    only lack the right to store the license.
//! 2. Note the message or the extended reason, and look it up: `rdscal explain 265`.
//! 3. Check the session host: `rdscal doctor` there.
//!
//! # Fix safety
//! The elevated start only creates the license store, and consumes a license if the device had none.
//!
//! # Verify
//! Connect as the user. The log has no newer event 1017, and no newer event 1026 with these reasons.

use crate::model::ClientFailure;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-159",
    name: "client-licensing-failed",
    title: "licensing failed at the Remote Desktop client",
    severity: Severity::Warning,
    confidence: Confidence::High,
    scope: Scope::Client,
    in_service: true,
    products: "Windows 8 and later",
    sources: &[sources::DISCONNECT_REASON, sources::MANIFESTS],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let failures = machine.recent_client_failures()?;
    let Some(newest) = failures.iter().map(|failure| failure.newest).max() else { return Ok(Vec::new()) };
    let count: u64 = failures.iter().map(|failure| u64::from(failure.count)).sum();
    let times = if count == 1 { "once, on".to_owned() } else { format!("{count} times, last on") };
    let title = format!("licensing failed at this client {times} {}", newest.date());
    Ok(vec![RULE.finding(title).evidences(failures.iter().map(|failure| evidence(machine, failure)))])
}

fn evidence(machine: &Machine<'_>, failure: &ClientFailure) -> Evidence {
    let ClientFailure { event, code, newest, count } = failure;
    let what = match (event, code) {
        (1026, 2312) => "reason 2312, licensing timed out".to_owned(),
        (1026, _) => format!("reason {code}, license negotiation failed"),
        _ => format!("no license, error {code:#010x}"),
    };
    let found = format!("event {event}, {what}: {count}, last at {newest}");
    machine.fact_evidence(facts::CLIENT_FAILURES, found)
}
