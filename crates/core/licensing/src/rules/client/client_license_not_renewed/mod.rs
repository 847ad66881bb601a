//! The license of the client could not be upgraded or renewed.
//!
//! # What it looks at
//! The extended disconnect reasons that the client recorded. The rule fires for 265, "the remote session was
//! disconnected because the local computer's client access license could not be upgraded or renewed".
//!
//! # Why it matters
//! The user cannot work. The stored license is expired, damaged, or of an older version, and the license
//! server could not replace it.
//!
//! # How it can be wrong
//! The reason may be old and the cause already fixed; check when it was recorded.
//!
//! # Fix
//! 1. Start the client once as administrator (`mstsc`, *Run as administrator*) and connect. The client may
//!    only lack the right to store the license.
//! 2. On the license server, check in RD Licensing Manager whether licenses of the host's kind and version
//!    are free.
//! 3. In an elevated Command Prompt, export the store (`reg export HKLM\SOFTWARE\Microsoft\MSLicensing
//!    mslicensing.reg`), then delete only this subkey: `reg delete
//!    HKLM\SOFTWARE\Microsoft\MSLicensing\Store\LICENSE000`, with the number from the finding.
//! 4. If the finding names the store of 32-bit programs, the key is
//!    `HKLM\SOFTWARE\WOW6432Node\Microsoft\MSLicensing`.
//! 5. Then start the client as administrator again. Leave `HardwareID` alone.
//!
//! # Fix safety
//! If the hardware ID is kept, the server reissues the license on record. Deleting all of `MSLicensing` turns
//! the client into a new device, which consumes one more license. `reg import mslicensing.reg` restores the
//! subkey.
//!
//! # Verify
//! Connect as the user.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-085",
    name: "client-license-not-renewed",
    title: "client access license could not be upgraded or renewed",
    severity: Severity::Error,
    confidence: Confidence::High,
    scope: Scope::Client,
    recipe: Some("clear-client"),
    sources: &[sources::EXTENDED_REASON],
    ..Rule::machine(check)
};

/// `exDiscReasonLicenseCantUpgradeLicense`
const CANNOT_UPGRADE: u32 = 265;

fn check(machine: &Machine<'_>) -> Outcome {
    let reasons = machine.fact(facts::DISCONNECT_REASONS)?;
    if !reasons.contains(&CANNOT_UPGRADE) {
        return Ok(Vec::new());
    }
    let stores = machine.client_stores();
    let licenses = stores.licenses().map(|(_, license)| license.evidence());
    let title =
        "a session was refused because the client access license could not be upgraded or renewed (265)";
    Ok(vec![
        RULE.finding(title)
            .evidence(machine.fact_evidence(facts::DISCONNECT_REASONS, "reason 265"))
            .evidences(licenses),
    ])
}
