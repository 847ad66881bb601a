//! A license server that is not activated with Microsoft.
//!
//! # What it looks at
//! `GetActivationStatus` of the license server. The rule fires for 1, *not activated*. The severity is
//! critical once temporary licenses of that server have expired, otherwise warning.
//!
//! # Why it matters
//! A server that is not activated issues only temporary Per Device licenses. They expire after 90 days, each
//! device receives only one, and is refused after that (events 18, 38 and 39).
//!
//! # How it can be wrong
//! The server may be in the first weeks of a new deployment, before the packs were bought, or in a
//! laboratory.
//!
//! # Fix
//! 1. Open RD Licensing Manager and run *Activate Server*, over HTTPS, a web browser or the telephone.
//! 2. Install the license packs that were bought.
//! 3. Clients replace their temporary licenses at the next connection. Nothing needs to be deleted on them.
//!
//! # Fix safety
//! Activation does not revoke any license. It sends the company data that you enter to Microsoft.
//!
//! # Verify
//! RD Licensing Manager shows *Activated*, and event 4 is logged.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-101",
    name: "license-server-not-activated",
    title: "the license server is not activated",
    severity: Severity::Critical,
    confidence: Confidence::High,
    scope: Scope::Any,
    sources: &[sources::TS_LICENSE_SERVER, sources::ACTIVATE, sources::LS_EVENTS],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    if machine.fact_if_relevant(facts::ACTIVATION_STATUS)? != Some(1) {
        return Ok(Vec::new());
    }
    let mut finding = RULE
        .finding("the license server is not activated and issues only temporary licenses")
        .severity(Severity::Warning)
        .evidence(machine.fact_evidence(facts::ACTIVATION_STATUS, "1, not activated"));
    if let Ok(issued) = machine.fact(facts::ISSUED_LICENSES) {
        let ended =
            issued.iter().filter(|license| license.is_temporary() && license.expires < machine.at()).count();
        if ended > 0 {
            let found = format!("{} expired; these clients are refused", counted(ended, "temporary license"));
            finding = finding
                .severity(Severity::Critical)
                .evidence(machine.fact_evidence(facts::ISSUED_LICENSES, found));
        }
    }
    Ok(vec![finding])
}
