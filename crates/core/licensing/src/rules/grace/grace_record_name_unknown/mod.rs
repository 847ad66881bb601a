//! A value of an unknown name beside, or instead of, the grace record.
//!
//! # What it looks at
//! The names of the values in `RCM\GracePeriod`. Two are known: `L$RTMTIMEBOMB_1320153D-8DA3-4e8e-B27B-0D888223A588`
//! and, on pre-releases, `L$GracePeriodTimeBomb_…` with the same number. Pages on the web abbreviate or misspell them
//! (`L$FQDN`, `L$RTMTIMEBOMB` alone), and their readers create what they say.
//!
//! # Why it matters
//! Windows looks for its own name and ignores others, so the value does nothing; somebody was told that it does. A
//! record whose name was changed counts as missing, and the host makes another.
//!
//! # How it can be wrong
//! A later Windows may use another name. That would be worth a report to this project.
//!
//! # Fix
//! 1. Leave the value alone until you know where it comes from; it does no harm.
//! 2. Look for the script or page that made it, and take that out of use.
//!
//! # Fix safety
//! Nothing is changed.
//!
//! # Verify
//! Run `rdscal explain RCM\GracePeriod` for what is known of the key.

use crate::rules::prelude::*;
use rds_formats::grace::RecordName;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-043",
    name: "grace-record-name-unknown",
    title: "value of an unknown name in GracePeriod",
    severity: Severity::Warning,
    confidence: Confidence::Medium,
    scope: Scope::Any,
    products: "Windows Server 2008 and later",
    sources: &[sources::TSTOOL.at("the two names of the record")],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let Some(key) = machine.grace_key()? else { return Ok(Vec::new()) };
    let unknown = key.records.into_iter().filter(|record| record.name == RecordName::Unknown);
    Ok(unknown
        .map(|record| {
            let name = record.value.name();
            RULE.finding(format!("GracePeriod holds a value “{name}” that Windows does not look for"))
                .evidence(record.value.evidence)
        })
        .collect())
}
