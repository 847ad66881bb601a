//! A stored license without the values by which the client finds it.
//!
//! # What it looks at
//! Every `LICENSE00n` in both stores. `ClientLicense`, `CompanyName`, `LicenseScope` and `ProductID` must
//! exist and not be empty.
//!
//! # Why it matters
//! The client selects a license by scope, company and product. A license without these values is not found,
//! or makes the negotiation fail, and prevents a new one.
//!
//! # How it can be wrong
//! A hive that was copied while in use, without its logs, may lack values that were just written.
//!
//! # Fix
//! 1. In an elevated Command Prompt, export the store (`reg export HKLM\SOFTWARE\Microsoft\MSLicensing
//!    mslicensing.reg`), then delete only this subkey: `reg delete
//!    HKLM\SOFTWARE\Microsoft\MSLicensing\Store\LICENSE000`, with the number from the finding.
//! 2. If the finding names the store of 32-bit programs, the key is
//!    `HKLM\SOFTWARE\WOW6432Node\Microsoft\MSLicensing`.
//! 3. Start the client once as administrator (`mstsc`, *Run as administrator*) and connect.
//!
//! # Fix safety
//! No license is lost. The server reissues the license on record for the hardware ID. `reg import
//! mslicensing.reg` restores the subkey.
//!
//! # Verify
//! Connect, and run `rdscal doctor` on the client again.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-073",
    name: "client-license-values-missing",
    title: "stored client license lacks values",
    severity: Severity::Error,
    confidence: Confidence::Medium,
    scope: Scope::Client,
    in_service: true,
    recipe: Some("clear-client"),
    sources: &[sources::RDPELE.at("MS-RDPELE 3.3.1.8, how a client finds a license"), sources::KB187629],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    machine.client_stores().judge(|_, license| {
        let empty = |text: &Option<String>| text.as_deref().is_none_or(str::is_empty);
        let missing: Vec<&str> = [
            ("ClientLicense", license.license.is_none()),
            ("CompanyName", empty(&license.index.company)),
            ("LicenseScope", empty(&license.index.scope)),
            ("ProductID", empty(&license.index.product)),
        ]
        .into_iter()
        .filter_map(|(name, missing)| missing.then_some(name))
        .collect();
        (!missing.is_empty()).then(|| {
            RULE.finding(format!("{} has no {}", license.name, missing.join(", no ")))
                .evidence(license.key.clone())
                .evidences(missing.iter().map(|name| Evidence::absent_value(&license.path, name)))
        })
    })
}
