//! A client hardware ID of the wrong size or of an unknown platform.
//!
//! # What it looks at
//! `MSLicensing\HardwareID\ClientHWID` in both stores: 20 bytes, of which the first four are the platform.
//! The severity is error for another size, and warning for an unknown platform.
//!
//! # Why it matters
//! The client sends the ID to the license server, which issues and finds licenses by it. With a damaged ID
//! the client is refused, or receives a new license each time.
//!
//! # How it can be wrong
//! The registry contains platform numbers that the specification does not list (Windows stores 2), so an
//! unknown number may be valid.
//!
//! # Fix
//! 1. Find out what wrote the value. "HWID changers" and copied registry files do.
//! 2. If only the platform number is unknown and the client connects, no action is required.
//! 3. In an elevated Command Prompt, export the store with its ID (`reg export
//!    HKLM\SOFTWARE\Microsoft\MSLicensing mslicensing.reg`), then delete it (`reg delete
//!    HKLM\SOFTWARE\Microsoft\MSLicensing`). Do the same with its copy
//!    `HKLM\SOFTWARE\WOW6432Node\Microsoft\MSLicensing`, if it exists.
//! 4. Start the client once as administrator (`mstsc`, *Run as administrator*) and connect.
//!
//! # Fix safety
//! The client becomes a new device for the license server. It consumes one temporary and later one permanent
//! license, and the old license remains in use until it expires, 52 to 89 days later. Count free licenses
//! first.
//!
//! # Verify
//! Connect, and run `rdscal show` on the client.

use crate::rules::prelude::*;
use rds_formats::hardware_id::Origin;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-070",
    name: "hardware-id-malformed",
    title: "client hardware ID has the wrong size or an unknown platform",
    severity: Severity::Error,
    confidence: Confidence::High,
    scope: Scope::Client,
    in_service: true,
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
                findings.push(finding(format!("the client's hardware ID is damaged: {error}")));
            }
            // `hardware-id-constant` reports all zeros and all ones.
            (Some(id), _) if id.flaw.is_none() && id.origin == Origin::Unknown => {
                let title =
                    format!("the client's hardware ID names an unknown platform ({:#010x})", id.platform.raw);
                findings.push(finding(title).severity(Severity::Warning).confidence(Confidence::Low));
            }
            _ => {}
        }
    }
    stores.conclude(findings)
}
