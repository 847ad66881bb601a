//! Temporary licenses that were never changed for permanent ones.
//!
//! # What it looks at
//! The licenses that the server issued: how many are temporary (status 1), and whether some of them have
//! ended. It fires where one has ended, and as a hint where there are at least five and they are more than a
//! fifth of all.
//!
//! # Why it matters
//! A device gets a temporary license once, for 90 days, and a permanent one at its next connection. Temporary
//! licenses that stay are devices that will be refused.
//!
//! # How it can be wrong
//! Many new devices at once look like this for a day or two. The threshold for *many* is ours.
//!
//! # Fix
//! 1. Find the cause: no pack of the needed kind or version, a mode that does not match the packs, a server
//!    that is not activated.
//! 2. Look for devices that appear again and again under new hardware ids: cleared stores, write filters,
//!    thin clients that are reset.
//! 3. Do not clear stores on the clients: it only buys another temporary license.
//!
//! # Fix safety
//! Nothing is changed by looking.
//!
//! # Verify
//! The number of temporary licenses falls as devices connect for the second time.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-109",
    name: "many-temporary-licenses",
    title: "many temporary licenses are out, or some have run out",
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
            format!("{} ended without a permanent one in its place", counted(ended, "temporary license")),
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
    let found = format!("{} temporary of {} issued, {ended} ended", temporary.len(), issued.len());
    let evidence = machine.fact_evidence(facts::ISSUED_LICENSES, found);
    Ok(vec![RULE.finding(title).confidence(confidence).evidence(evidence)])
}
