//! A client hardware id that tells nobody apart.
//!
//! # What it looks at
//! `MSLicensing\HardwareID\ClientHWID` in both stores: all bytes zero or 0xFF, or a constant that every client of its
//! kind sends. Equal ids of several machines are the business of `equal-hardware-ids`.
//!
//! # Why it matters
//! To the license server all machines with this id are one device. They share one Per Device license and overwrite
//! each other's renewals, until one of them is refused.
//!
//! # How it can be wrong
//! A machine that has never connected may be given a real id at its first connection.
//!
//! # Fix
//! 1. If the machine came from an image, delete `HKLM\SOFTWARE\Microsoft\MSLicensing` (and its copy below
//!    `WOW6432Node`) in the image, as one of the last steps before it is sealed again.
//! 2. Count the free licenses in RD Licensing Manager; go on with few machines at a time.
//! 3. In a Command Prompt as administrator, export the store with its id
//!    (`reg export HKLM\SOFTWARE\Microsoft\MSLicensing mslicensing.reg`), then delete it
//!    (`reg delete HKLM\SOFTWARE\Microsoft\MSLicensing`); do the same with its copy
//!    `HKLM\SOFTWARE\WOW6432Node\Microsoft\MSLicensing`, where there is one.
//! 4. Start the client once as administrator (`mstsc`, *Run as administrator*) and connect. It makes a new id.
//!
//! # Fix safety
//! Each machine that gets an id of its own takes a license of its own. Count free licenses first. Importing the
//! export brings the shared id back.
//!
//! # Verify
//! Run `rdscal show` on the client; no other machine shows the same id.

use crate::rules::prelude::*;
use rds_formats::hardware_id::Flaw;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-071",
    name: "hardware-id-constant",
    title: "client hardware id is constant",
    severity: Severity::Warning,
    confidence: Confidence::Medium,
    scope: Scope::Client,
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
            Flaw::Shared => "is one that every client of its kind sends (FreeRDP, old behavior)",
        };
        findings
            .push(RULE.finding(format!("the client's hardware id {what}")).evidence(stored.evidence.clone()));
    }
    stores.conclude(findings)
}
