//! Licenses refused or not issued, on a host that has certificates.
//!
//! # What it looks at
//! Events 1003 (a client presented an invalid license) and 1004 (the host cannot issue a license) in the System log,
//! together with licensing certificates on the host.
//!
//! # Why it matters
//! When the client's store is in order, a corrupt certificate of the host is the documented cause of both; the values
//! can be corrupt in ways that their bytes do not show.
//!
//! # How it can be wrong
//! Far more often one client's store is at fault (1003), or the licensing mode does not match the licenses that were
//! bought (1004). If only one client is concerned, it is not the host.
//!
//! # Fix
//! 1. For 1003, where one client is concerned: start its client once as administrator (`mstsc`, *Run as
//!    administrator*) and connect.
//! 2. If that does not help: on that client `reg export HKLM\SOFTWARE\Microsoft\MSLicensing mslicensing.reg`, then
//!    `reg delete HKLM\SOFTWARE\Microsoft\MSLicensing\Store\LICENSE000` (for each number that is there), and start
//!    the client as administrator again. The hardware id stays.
//! 3. For 1004: compare the licensing mode with the license server's packs in RD Licensing Manager.
//! 4. If it stays and many clients have it: make sure that the host can reach a license server.
//! 5. In Registry Editor, started as administrator, export
//!    `HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\RCM` (*File*, *Export*), then delete four of its
//!    values, where they are there: `Certificate`, `X509 Certificate`, `X509 Certificate ID` and
//!    `X509 Certificate2`.
//! 6. Restart the host (`Restart-Computer`) in a maintenance window: it makes its own certificate anew at the
//!    start, and a license server issues the X.509 ones at the next contact.
//!
//! # Fix safety
//! The restart ends all sessions. Importing the export brings the values back; whether they still fit is not
//! documented once the host has made new keys, so go back only where the new state is worse.
//!
//! # Verify
//! Connect from a client that was refused; no new event 1003 or 1004 appears.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-065",
    name: "host-certificate-suspected",
    title: "events 1003 or 1004 on a host with certificates",
    severity: Severity::Error,
    confidence: Confidence::Medium,
    scope: Scope::SessionHost,
    products: "Windows 2000 Server and later",
    recipe: Some("reset-host-certificates"),
    sources: &[sources::EVENT_1003, sources::EVENT_1004],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let events = machine.events(&[1003, 1004], "events 1003 and 1004 of the Remote Connection Manager")?;
    if events.is_empty() {
        return Ok(Vec::new());
    }
    let Some(certificates) = machine.host_certificates()?.filter(|found| !found.is_empty()) else {
        return Ok(Vec::new());
    };
    let seen = |event: &crate::model::EventRecord| {
        format!("event {}, {} times, last {}", event.id, event.count, event.newest)
    };
    let shown: Vec<_> = events.iter().map(seen).collect();
    let title = format!(
        "licenses were refused or not issued ({}): the host's certificates may be corrupt",
        shown.join("; ")
    );
    Ok(vec![
        RULE.finding(title)
            .evidences(shown.iter().map(|event| machine.fact_evidence(facts::EVENTS, event)))
            .evidences(certificates.evidence()),
    ])
}
