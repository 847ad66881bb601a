//! A license from a pre-release license server.
//!
//! # What it looks at
//! The flag RTM of every license in both stores. It is clear in licenses that a beta issued.
//!
//! # Why it matters
//! A released session host and a pre-release license server do not work together. Such a license is not
//! accepted in production.
//!
//! # How it can be wrong
//! In a test environment that runs pre-releases this is normal.
//!
//! # Fix
//! 1. Connect to a released session host, which issues another license.
//! 2. If it refuses the connection: In an elevated Command Prompt, export the store (`reg export
//!    HKLM\SOFTWARE\Microsoft\MSLicensing mslicensing.reg`), then delete only this subkey: `reg delete
//!    HKLM\SOFTWARE\Microsoft\MSLicensing\Store\LICENSE000`, with the number from the finding.
//! 3. If the finding names the store of 32-bit programs, the key is
//!    `HKLM\SOFTWARE\WOW6432Node\Microsoft\MSLicensing`.
//! 4. Start the client once as administrator (`mstsc`, *Run as administrator*) and connect.
//!
//! # Fix safety
//! The released license server issues a new license, which consumes one from its pool. `reg import
//! mslicensing.reg` restores the subkey.
//!
//! # Verify
//! Run `rdscal doctor` on the client again.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-078",
    name: "client-license-beta",
    title: "client license of a pre-release license server",
    severity: Severity::Warning,
    confidence: Confidence::High,
    scope: Scope::Client,
    in_service: true,
    recipe: Some("clear-client"),
    sources: &[sources::RDPELE.at("MS-RDPELE 2.2.2.9.1.1, flag of release builds")],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    machine.client_stores().judge(|_, license| {
        let version = license.decoded()?.version().filter(|version| !version.rtm)?;
        let title = format!(
            "{} was issued by a pre-release license server (flags {:#010x})",
            license.label(),
            version.flags
        );
        Some(RULE.finding(title).evidence(license.evidence()))
    })
}
