//! A license server that Microsoft has never signed.
//!
//! # What it looks at
//! `GetActivationStatus` of the license server: 1 is *not activated*. It is critical once temporary licenses
//! of that server have run out, else a warning.
//!
//! # Why it matters
//! A server that is not activated hands out temporary Per Device licenses only. They end after 90 days, a
//! device gets just one, and from then on it is refused (events 18, 38 and 39).
//!
//! # How it can be wrong
//! A server in the first weeks of a new deployment, before the packs were bought. A laboratory.
//!
//! # Fix
//! 1. Open RD Licensing Manager, *Activate Server*, over HTTPS, a web browser or the telephone.
//! 2. Install the license packs that were bought.
//! 3. Clients change their temporary licenses for permanent ones at the next connection; nothing needs to be
//!    deleted there.
//!
//! # Fix safety
//! Activation takes nothing away from anybody. It sends the company data that you type to Microsoft.
//!
//! # Verify
//! RD Licensing Manager shows *Activated*; event 4 is logged.

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
        .finding("the license server is not activated and hands out temporary licenses only")
        .severity(Severity::Warning)
        .evidence(machine.fact_evidence(facts::ACTIVATION_STATUS, "1, not activated"));
    if let Ok(issued) = machine.fact(facts::ISSUED_LICENSES) {
        let ended =
            issued.iter().filter(|license| license.is_temporary() && license.expires < machine.at()).count();
        if ended > 0 {
            let found = format!("{} ended: these clients are refused", counted(ended, "temporary license"));
            finding = finding
                .severity(Severity::Critical)
                .evidence(machine.fact_evidence(facts::ISSUED_LICENSES, found));
        }
    }
    Ok(vec![finding])
}
