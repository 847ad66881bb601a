//! A client hardware id of the wrong size or of an unknown platform.
//!
//! # What it looks at
//! `MSLicensing\HardwareID\ClientHWID` in both stores: 20 bytes, the first four of which name the platform. Another
//! size is an error, a platform that was never seen a warning.
//!
//! # Why it matters
//! The client shows the id to the license server, which issues and finds licenses by it. With a damaged id the client
//! is refused, or gets a new license each time.
//!
//! # How it can be wrong
//! The registry holds platform numbers that the specification does not list (Windows keeps 2 there), so that an
//! unknown one may be in order.
//!
//! # Fix
//! 1. Find out what wrote the value; "HWID changers" and copied registry files do.
//! 2. Where the platform number alone is unknown and the client connects, nothing needs to be done.
//! 3. In a Command Prompt as administrator, export the store with its id
//!    (`reg export HKLM\SOFTWARE\Microsoft\MSLicensing mslicensing.reg`), then delete it
//!    (`reg delete HKLM\SOFTWARE\Microsoft\MSLicensing`); do the same with its copy
//!    `HKLM\SOFTWARE\WOW6432Node\Microsoft\MSLicensing`, where there is one.
//! 4. Start the client once as administrator (`mstsc`, *Run as administrator*) and connect.
//!
//! # Fix safety
//! The client becomes a new device for the license server: it takes one temporary and later one permanent license,
//! and the old one stays in use until it expires, 52 to 89 days later. Count free licenses first.
//!
//! # Verify
//! Connect, and run `rdscal show` on the client.

use crate::rules::prelude::*;
use rds_formats::hardware_id::Origin;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-070",
    name: "hardware-id-malformed",
    title: "client hardware id of the wrong size or of an unknown platform",
    severity: Severity::Error,
    confidence: Confidence::High,
    scope: Scope::Client,
    recipe: Some("clear-client"),
    sources: &[sources::RDPELE.at("MS-RDPELE 2.2.2.3.1 and notes 9 to 11, Client Hardware Identification")],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let stores = machine.client_stores();
    let mut findings = Vec::new();
    for stored in stores.stores.iter().filter_map(|store| store.hardware_id.as_ref()) {
        let finding = |title: String| RULE.finding(title).evidence(stored.evidence.clone());
        match (stored.decoded(), stored.error()) {
            (_, Some(error)) => {
                findings.push(finding(format!("the client's hardware id is damaged: {error}")));
            }
            // Zeros and ones have a rule of their own.
            (Some(id), _) if id.flaw.is_none() && id.origin == Origin::Unknown => {
                let title =
                    format!("the client's hardware id names an unknown platform ({:#010x})", id.platform.raw);
                findings.push(finding(title).severity(Severity::Warning).confidence(Confidence::Low));
            }
            _ => {}
        }
    }
    stores.conclude(findings)
}
