//! A stored license that seems to belong to another device.
//!
//! # What it looks at
//! The 20 bytes in the subject of every license, which are bound to the hardware id that it was issued for, against
//! the `ClientHWID` of the same store.
//!
//! # Why it matters
//! The host checks that a license belongs to the client that shows it, and refuses it otherwise (extended reason
//! 260). It happens where only `HardwareID` was deleted, where `Store` was copied from another machine, or a "HWID
//! changer" ran.
//!
//! # How it can be wrong
//! How the two are bound was worked out from one published pair of license and id, and from no other. It is a hint:
//! confirm it by a refused connection before anything is deleted.
//!
//! # Fix
//! 1. Connect. If the license is accepted, ignore the hint, and tell this project.
//! 2. If it is refused: in a Command Prompt as administrator, export the store
//!    (`reg export HKLM\SOFTWARE\Microsoft\MSLicensing mslicensing.reg`), then delete this one subkey:
//!    `reg delete HKLM\SOFTWARE\Microsoft\MSLicensing\Store\LICENSE000`, with the number of the finding.
//! 3. Where the finding names the store of 32-bit programs, the key is
//!    `HKLM\SOFTWARE\WOW6432Node\Microsoft\MSLicensing`.
//! 4. Start the client once as administrator (`mstsc`, *Run as administrator*) and connect.
//!
//! # Fix safety
//! The license server issues a license for the present hardware id: one more of the pool, until the other one
//! expires. `reg import mslicensing.reg` brings the subkey back.
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
    recipe: Some("clear-client"),
    sources: &[sources::RDPELE.at("MS-RDPELE 4.5 and 4.6, the one published pair"), sources::EXTENDED_REASON],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    machine.client_stores().judge(|store, license| {
        let hardware = store.hardware_id.as_ref()?;
        let binding = license.decoded()?.binding_to(hardware.decoded()?)?;
        let title =
            format!("{} may have been issued for another hardware id than this client has", license.label());
        (!binding.fits)
            .then(|| RULE.finding(title).evidence(license.evidence()).evidence(hardware.evidence.clone()))
    })
}
