//! A stored license with an invalid signature.
//!
//! # What it looks at
//! The certificates inside every `ClientLicense`: whether each is signed by its named issuer. Signatures that
//! cannot be checked (issuer missing, unknown algorithm) do not count as invalid.
//!
//! # Why it matters
//! The host checks the signature first and refuses the license. Its bytes have changed since the license
//! server signed them.
//!
//! # How it can be wrong
//! The check is arithmetic over the bytes as found and cannot be wrong. It does not show what changed them;
//! faulty memory and disks are possible causes.
//!
//! # Fix
//! 1. In an elevated Command Prompt, export the store (`reg export HKLM\SOFTWARE\Microsoft\MSLicensing
//!    mslicensing.reg`), then delete only this subkey: `reg delete
//!    HKLM\SOFTWARE\Microsoft\MSLicensing\Store\LICENSE000`, with the number from the finding.
//! 2. If the finding names the store of 32-bit programs, the key is
//!    `HKLM\SOFTWARE\WOW6432Node\Microsoft\MSLicensing`.
//! 3. Start the client once as administrator (`mstsc`, *Run as administrator*) and connect.
//! 4. If the fault recurs, check the disk, and tools that write to the store.
//!
//! # Fix safety
//! No license is lost. The server reissues the license on record for the hardware ID. `reg import
//! mslicensing.reg` restores the subkey.
//!
//! # Verify
//! Connect, and run `rdscal doctor` on the client again.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-074",
    name: "client-license-signature-bad",
    title: "stored client license has an invalid signature",
    severity: Severity::Error,
    confidence: Confidence::High,
    scope: Scope::Client,
    in_service: true,
    recipe: Some("clear-client"),
    sources: &[sources::RDPELE.at("MS-RDPELE 2.2.2.9 and 3.2.5.3; both published samples verify")],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    machine.client_stores().judge(|_, license| {
        license.decoded().filter(|decoded| decoded.chain.has_bad_signature())?;
        let title = format!(
            "{} is not signed by the license server that it names; its bytes have changed",
            license.label()
        );
        Some(RULE.finding(title).evidence(license.evidence()))
    })
}
