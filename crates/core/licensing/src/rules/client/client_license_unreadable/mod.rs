//! A stored license that cannot be decoded.
//!
//! # What it looks at
//! The value `ClientLicense` of every `LICENSE00n` in both stores: whether it is PKCS #7 with X.509
//! certificates, as license servers issue it.
//!
//! # Why it matters
//! The client presents it to the host, and the host refuses the connection: bad client license (extended
//! reason 261, event 1003).
//!
//! # How it can be wrong
//! A hive that was copied while in use, without its logs, may contain a partly written value.
//!
//! # Fix
//! 1. In an elevated Command Prompt, export the store (`reg export HKLM\SOFTWARE\Microsoft\MSLicensing
//!    mslicensing.reg`), then delete only this subkey: `reg delete
//!    HKLM\SOFTWARE\Microsoft\MSLicensing\Store\LICENSE000`, with the number from the finding.
//! 2. If the finding names the store of 32-bit programs, the key is
//!    `HKLM\SOFTWARE\WOW6432Node\Microsoft\MSLicensing`.
//! 3. Start the client once as administrator (`mstsc`, *Run as administrator*) and connect. The hardware ID
//!    is kept, so the license server finds the device's license again.
//!
//! # Fix safety
//! No license is lost. The server reissues the license on record for the hardware ID. `reg import
//! mslicensing.reg` restores the subkey.
//!
//! # Verify
//! Connect, and run `rdscal doctor` on the client again.

use crate::rules::prelude::*;
use rds_formats::client_license::{LicenseFile, from_any};

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-072",
    name: "client-license-unreadable",
    title: "stored client license damaged",
    severity: Severity::Error,
    confidence: Confidence::High,
    scope: Scope::Client,
    in_service: true,
    recipe: Some("clear-client"),
    sources: &[
        sources::RDPELE.at("MS-RDPELE 2.2.2.6.1 and 4.6 (published sample)"),
        sources::EXTENDED_REASON,
    ],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    machine.client_stores().judge(|_, license| {
        let stored = license.license.as_ref()?;
        let error = stored.error()?;
        let title = format!("the license in {} is damaged: {error}", license.name);
        let finding = RULE.finding(title).evidence(stored.evidence.clone());
        let bytes = machine.value(&license.path, "ClientLicense").ok()??.value.bytes();
        Some(match from_any(bytes) {
            Ok(LicenseFile::NewLicenseInfo { .. } | LicenseFile::Enciphered(_)) => {
                finding.note("the value contains a license in its network form, not in its stored form")
            }
            _ => finding,
        })
    })
}
