//! Licenses refused or not issued on a host that has certificates.
//!
//! # What it looks at
//! Events 1003 (a client presented an invalid license) and 1004 (the host cannot issue a license) in the
//! System log, together with licensing certificates on the host.
//!
//! # Why it matters
//! If the client's store is in order, a corrupt certificate of the host is the documented cause of both
//! events. The values can be corrupt in ways that their bytes do not show.
//!
//! # How it can be wrong
//! Far more often the store of one client is at fault (1003), or the licensing mode does not match the
//! purchased licenses (1004). If only one client is affected, the host is not the cause.
//!
//! # Fix
//! 1. For event 1003 with one affected client: start its client once as administrator (`mstsc`, *Run as
//!    administrator*) and connect.
//! 2. If that does not help, run on that client `reg export HKLM\SOFTWARE\Microsoft\MSLicensing
//!    mslicensing.reg`, then `reg delete HKLM\SOFTWARE\Microsoft\MSLicensing\Store\LICENSE000` (for each
//!    number that exists), and start the client as administrator again. Keep the hardware ID.
//! 3. For event 1004: compare the licensing mode with the license server's packs in RD Licensing Manager.
//! 4. If the events continue for many clients, make sure that the host can reach a license server.
//! 5. In Registry Editor, started as administrator, export `HKLM\SYSTEM\CurrentControlSet\Control\Terminal
//!    Server\RCM` (*File*, *Export*), then delete these values if they exist: `Certificate`, `X509
//!    Certificate`, `X509 Certificate ID` and `X509 Certificate2`.
//! 6. Restart the host (`Restart-Computer`) in a maintenance window. It creates its own certificate at the
//!    start, and a license server issues the X.509 certificates at the next contact.
//!
//! # Fix safety
//! The restart ends all sessions. Importing the export restores the values, but whether they still match is
//! not documented once the host has created new keys. Import it only if the new state is worse.
//!
//! # Verify
//! Connect from a client that was refused. No new event 1003 or 1004 appears.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-065",
    name: "host-certificate-suspected",
    title: "events 1003 or 1004 on a host with certificates",
    severity: Severity::Error,
    confidence: Confidence::Medium,
    scope: Scope::SessionHost,
    in_service: true,
    products: "Windows 2000 Server and later",
    recipe: Some("reset-host-certificates"),
    sources: &[sources::EVENT_1003, sources::EVENT_1004],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let events =
        machine.recent_events(&[1003, 1004], "events 1003 and 1004 of the Remote Connection Manager")?;
    if events.is_empty() {
        return Ok(Vec::new());
    }
    let Some(certificates) = machine.host_certificates()?.filter(|found| !found.is_empty()) else {
        return Ok(Vec::new());
    };
    let all: Vec<_> = events.iter().collect();
    let title = format!(
        "licenses were refused or not issued ({}); the host's certificates may be corrupt",
        counted_events(&all)
    );
    let severity = if machine.is_served() { Severity::Warning } else { Severity::Error };
    let finding = RULE.finding(title).severity(severity);
    let evidence = events.iter().map(crate::model::EventRecord::evidence);
    Ok(vec![finding.evidences(evidence).evidences(certificates.evidence())])
}
