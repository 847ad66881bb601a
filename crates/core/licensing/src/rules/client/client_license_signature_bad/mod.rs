//! A stored license whose signature does not fit.
//!
//! # What it looks at
//! The certificates inside every `ClientLicense`: whether each is signed by the one that it names as its issuer.
//! Signatures that cannot be checked (issuer missing, unknown algorithm) do not count as bad.
//!
//! # Why it matters
//! The host checks the signature first and refuses the license. Its bytes have changed since the license server
//! signed them.
//!
//! # How it can be wrong
//! It cannot: the check is arithmetic over the bytes as found. It does not say who changed them; bad memory and disks
//! do.
//!
//! # Fix
//! 1. In a Command Prompt as administrator, export the store
//!    (`reg export HKLM\SOFTWARE\Microsoft\MSLicensing mslicensing.reg`), then delete this one subkey:
//!    `reg delete HKLM\SOFTWARE\Microsoft\MSLicensing\Store\LICENSE000`, with the number of the finding.
//! 2. Where the finding names the store of 32-bit programs, the key is
//!    `HKLM\SOFTWARE\WOW6432Node\Microsoft\MSLicensing`.
//! 3. Start the client once as administrator (`mstsc`, *Run as administrator*) and connect.
//! 4. If it comes back, look at the disk, and at tools that write to the store.
//!
//! # Fix safety
//! No license is lost: the server re-issues the one it has on record for the hardware id.
//! `reg import mslicensing.reg` brings the subkey back.
//!
//! # Verify
//! Connect, and run `rdscal doctor` on the client again.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-074",
    name: "client-license-signature-bad",
    title: "signature of a stored client license does not fit",
    severity: Severity::Error,
    confidence: Confidence::High,
    scope: Scope::Client,
    recipe: Some("clear-client"),
    sources: &[sources::RDPELE.at("MS-RDPELE 2.2.2.9 and 3.2.5.3; both published samples verify")],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    machine.client_stores().judge(|_, license| {
        license.decoded().filter(|decoded| decoded.chain.has_bad_signature())?;
        let title = format!(
            "{} is not signed by the license server that it names: its bytes have changed",
            license.label()
        );
        Some(RULE.finding(title).evidence(license.evidence()))
    })
}
