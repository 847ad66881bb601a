//! A client hardware ID that does not identify the client.
//!
//! # What it looks at
//! `MSLicensing\HardwareID\ClientHWID` in both stores: bytes that cannot be random (all zero, all
//! 0xFF, one byte or a short pattern repeated, equal steps), or a constant that every client of its kind
//! sends. Equal IDs of several machines are covered by `equal-hardware-ids`.
//!
//! # Why it matters
//! To the license server all machines with this ID are one device. They share one Per Device license and
//! overwrite each other's renewals, until one of them is refused.
//!
//! # How it can be wrong
//! A machine that has never connected may receive a real ID at its first connection.
//!
//! # Fix
//! 1. If the machine was created from an image, delete `HKLM\SOFTWARE\Microsoft\MSLicensing` (and its copy
//!    below `WOW6432Node`) in the image, as one of the last steps before it is sealed again.
//! 2. Count the free licenses in RD Licensing Manager. Process only a few machines at a time.
//! 3. In an elevated Command Prompt, export the store with its ID (`reg export
//!    HKLM\SOFTWARE\Microsoft\MSLicensing mslicensing.reg`), then delete it (`reg delete
//!    HKLM\SOFTWARE\Microsoft\MSLicensing`). Do the same with its copy
//!    `HKLM\SOFTWARE\WOW6432Node\Microsoft\MSLicensing`, if it exists.
//! 4. Start the client once as administrator (`mstsc`, *Run as administrator*) and connect. It creates a new
//!    ID.
//!
//! # Fix safety
//! Each machine with a new ID consumes its own license. Count free licenses first. Importing the export
//! restores the shared ID.
//!
//! # Verify
//! Run `rdscal show` on the client. No other machine shows the same ID.

use crate::rules::prelude::*;
use rds_formats::hardware_id::Flaw;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-071",
    name: "hardware-id-constant",
    title: "client hardware ID is constant",
    severity: Severity::Warning,
    confidence: Confidence::Medium,
    scope: Scope::Client,
    in_service: true,
    recipe: Some("clear-client"),
    sources: &[sources::RDPELE.at("MS-RDPELE 2.2.2.3.1, Client Hardware Identification")],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let stores = machine.client_stores();
    let mut findings = Vec::new();
    for stored in stores.stores.iter().filter_map(|store| store.hardware_id.as_ref()) {
        let Some(flaw) = stored.decoded().and_then(|id| id.flaw) else { continue };
        let what = match flaw {
            Flaw::AllZero => "is all zero",
            Flaw::AllOnes => "is all 0xFF",
            Flaw::DataZero => "is all zero after its platform number",
            Flaw::DataOnes => "is all 0xFF after its platform number",
            Flaw::Pattern => "repeats a pattern, which random bytes do not",
            Flaw::Shared => "is a constant of every client of its kind (old behavior of FreeRDP)",
        };
        findings
            .push(RULE.finding(format!("the client's hardware ID {what}")).evidence(stored.evidence.clone()));
    }
    stores.conclude(findings)
}
