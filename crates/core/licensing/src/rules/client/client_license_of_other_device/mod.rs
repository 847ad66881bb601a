//! A stored license that seems to belong to another device.
//!
//! # What it looks at
//! The 20 bytes in the subject of every license, which depend on the hardware ID that it was issued for, and
//! the `ClientHWID` of the same store.
//!
//! # Why it matters
//! The host checks that a license belongs to the client that presents it, and otherwise refuses it (extended
//! reason 260). This happens if only `HardwareID` was deleted, if `Store` was copied from another machine, or
//! after a "HWID changer".
//!
//! # How it can be wrong
//! The relation between the two was derived from a single published pair of license and ID. It is a hint.
//! Wait for a refused connection to confirm it before you delete anything.
//!
//! # Fix
//! 1. Connect. If the license is accepted, ignore the hint, and report it to this project.
//! 2. If it is refused: In an elevated Command Prompt, export the store (`reg export
//!    HKLM\SOFTWARE\Microsoft\MSLicensing mslicensing.reg`), then delete only this subkey: `reg delete
//!    HKLM\SOFTWARE\Microsoft\MSLicensing\Store\LICENSE000`, with the number from the finding.
//! 3. If the finding names the store of 32-bit programs, the key is
//!    `HKLM\SOFTWARE\WOW6432Node\Microsoft\MSLicensing`.
//! 4. Start the client once as administrator (`mstsc`, *Run as administrator*) and connect.
//!
//! # Fix safety
//! The license server issues a license for the present hardware ID. This consumes one more from the pool
//! until the other one expires. `reg import mslicensing.reg` restores the subkey.
//!
//! # Verify
//! Connect, and run `rdscal doctor` on the client again.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-080",
    name: "client-license-of-other-device",
    title: "stored client license may belong to another device",
    severity: Severity::Warning,
    confidence: Confidence::Low,
    scope: Scope::Client,
    in_service: true,
    recipe: Some("clear-client"),
    sources: &[sources::RDPELE.at("MS-RDPELE 4.5 and 4.6, the one published pair"), sources::EXTENDED_REASON],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    machine.client_stores().judge(|store, license| {
        let hardware = store.hardware_id.as_ref()?;
        let binding = license.decoded()?.binding_to(hardware.decoded()?)?;
        let title = format!(
            "{} may have been issued for another hardware ID than that of this client",
            license.label()
        );
        (!binding.fits)
            .then(|| RULE.finding(title).evidence(license.evidence()).evidence(hardware.evidence.clone()))
    })
}
