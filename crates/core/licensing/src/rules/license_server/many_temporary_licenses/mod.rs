//! Temporary licenses that were never replaced by permanent ones.
//!
//! # What it looks at
//! The licenses that the server issued: how many are temporary (status 1), and whether some of them have
//! expired. The rule fires if one has expired, and as a hint if there are at least five and they are more
//! than a fifth of all.
//!
//! # Why it matters
//! A device receives one temporary license for 90 days, and a permanent one at its next connection. Devices
//! with temporary licenses that are not replaced will be refused.
//!
//! # How it can be wrong
//! Many new devices at once look the same for a day or two. The threshold for *many* was chosen by this
//! project.
//!
//! # Fix
//! 1. Find the cause: no pack of the needed kind or version, a mode that does not match the packs, or a
//!    server that is not activated.
//! 2. Look for devices that reappear under new hardware IDs: cleared stores, write filters, thin clients that
//!    are reset.
//! 3. Do not clear stores on the clients. That only consumes another temporary license.
//!
//! # Fix safety
//! Checking changes nothing.
//!
//! # Verify
//! The number of temporary licenses decreases as devices connect for the second time.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-109",
    name: "many-temporary-licenses",
    title: "many temporary licenses are in use, or some have expired",
    severity: Severity::Warning,
    confidence: Confidence::Medium,
    scope: Scope::Any,
    sources: &[sources::ISSUED_LICENSE_CLASS, sources::CALS],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let issued = machine.fact_if_relevant(facts::ISSUED_LICENSES)?.unwrap_or_default();
    let temporary: Vec<_> = issued.iter().filter(|license| license.is_temporary()).collect();
    let ended = temporary.iter().filter(|license| license.expires < machine.at()).count();
    let (title, confidence) = if ended > 0 {
        (
            format!(
                "{} expired without being replaced by a permanent one",
                counted(ended, "temporary license")
            ),
            Confidence::Medium,
        )
    } else if temporary.len() >= 5 && temporary.len() * 5 > issued.len() {
        let title = format!(
            "{} of {} issued licenses are temporary, which may point to a cause",
            temporary.len(),
            issued.len()
        );
        (title, Confidence::Low)
    } else {
        return Ok(Vec::new());
    };
    let found = format!("{} temporary of {} issued, {ended} expired", temporary.len(), issued.len());
    let evidence = machine.fact_evidence(facts::ISSUED_LICENSES, found);
    Ok(vec![RULE.finding(title).confidence(confidence).evidence(evidence)])
}
