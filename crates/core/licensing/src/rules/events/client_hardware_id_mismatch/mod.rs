//! A client whose license was issued for another hardware id.
//!
//! # What it looks at
//! Extended disconnect reason 260 (0x104) among those that the client recorded.
//!
//! # Why it matters
//! The hardware id was replaced while the license stayed, as happens with cloned images and with keys that
//! were deleted in part. The client is refused in Per Device mode.
//!
//! # How it can be wrong
//! A reason that was recorded before the store was cleared.
//!
//! # Fix
//! 1. Remove the license that does not fit: in a Command Prompt as administrator, export the store
//!    (`reg export HKLM\SOFTWARE\Microsoft\MSLicensing mslicensing.reg`), then delete that one subkey:
//!    `reg delete HKLM\SOFTWARE\Microsoft\MSLicensing\Store\LICENSE000`, with its number. Leave `HardwareID` alone.
//! 2. For the 32-bit client the key is `HKLM\SOFTWARE\WOW6432Node\Microsoft\MSLicensing`.
//! 3. Start the client once as administrator (`mstsc`, *Run as administrator*) and connect.
//! 4. If the machine came from an image, see `hardware-id-constant` and clear the image too.
//!
//! # Fix safety
//! The client takes a new license; the one that does not fit stays in use on the server until it ends.
//! `reg import mslicensing.reg` brings the subkey back.
//!
//! # Verify
//! The client connects.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-154",
    name: "client-hardware-id-mismatch",
    title: "the license of the client belongs to another hardware id",
    severity: Severity::Error,
    confidence: Confidence::High,
    scope: Scope::Client,
    recipe: Some("clear-client"),
    sources: &[sources::EXTENDED_REASON],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let title = "the client was refused with reason 260: its license belongs to another hardware id";
    recorded_reason(machine, &RULE, (260, "260 (0x104), hardware id does not match"), title)
}
