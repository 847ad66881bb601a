//! A client whose license was issued for another hardware ID.
//!
//! # What it looks at
//! The extended disconnect reasons that the client recorded. The rule fires for 260 (0x104).
//!
//! # Why it matters
//! The hardware ID was replaced but the license was kept, as happens with cloned images and with partly
//! deleted keys. The client is refused in Per Device mode.
//!
//! # How it can be wrong
//! The reason may have been recorded before the store was cleared.
//!
//! # Fix
//! 1. Remove the license that does not match: in an elevated Command Prompt, export the store (`reg export
//!    HKLM\SOFTWARE\Microsoft\MSLicensing mslicensing.reg`), then delete only that subkey: `reg delete
//!    HKLM\SOFTWARE\Microsoft\MSLicensing\Store\LICENSE000`, with its number. Leave `HardwareID` alone.
//! 2. For the 32-bit client the key is `HKLM\SOFTWARE\WOW6432Node\Microsoft\MSLicensing`.
//! 3. Start the client once as administrator (`mstsc`, *Run as administrator*) and connect.
//! 4. If the machine was created from an image, see `hardware-id-constant`, and clear the image too.
//!
//! # Fix safety
//! The client consumes a new license. The license that does not match remains in use on the server until it
//! expires. `reg import mslicensing.reg` restores the subkey.
//!
//! # Verify
//! The client connects.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-154",
    name: "client-hardware-id-mismatch",
    title: "the license of the client belongs to another hardware ID",
    severity: Severity::Error,
    confidence: Confidence::High,
    scope: Scope::Client,
    recipe: Some("clear-client"),
    sources: &[sources::EXTENDED_REASON],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let title = "the client was refused with reason 260; its license belongs to another hardware ID";
    recorded_reason(machine, &RULE, (260, "260 (0x104), hardware ID does not match"), title)
}
