//! A value with an unknown name beside the grace record or instead of it.
//!
//! # What it looks at
//! The names of the values in `RCM\GracePeriod`. Two are known:
//! `L$RTMTIMEBOMB_1320153D-8DA3-4e8e-B27B-0D888223A588` and, on pre-releases, `L$GracePeriodTimeBomb_…` with
//! the same GUID. Web pages abbreviate or misspell them (`L$FQDN`, `L$RTMTIMEBOMB` alone), and readers create
//! such values.
//!
//! # Why it matters
//! Windows looks for its own name and ignores others, so the value has no effect, although someone expects
//! one. A record whose name was changed counts as missing, and the host creates another.
//!
//! # How it can be wrong
//! A later Windows may use another name. Please report it to this project.
//!
//! # Fix
//! 1. Leave the value alone until you know where it comes from; it does no harm.
//! 2. Find the script or web page that caused it, and stop using it.
//!
//! # Fix safety
//! Nothing is changed.
//!
//! # Verify
//! Run `rdscal explain RCM\GracePeriod` for details about the key.

use crate::rules::prelude::*;
use rds_formats::grace::RecordName;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-043",
    name: "grace-record-name-unknown",
    title: "value with an unknown name in GracePeriod",
    severity: Severity::Warning,
    confidence: Confidence::Medium,
    scope: Scope::Any,
    in_service: true,
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
            RULE.finding(format!("GracePeriod contains a value “{name}” that Windows does not read"))
                .evidence(record.value.evidence)
        })
        .collect())
}
