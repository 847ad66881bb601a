//! Per User licenses that were not renewed.
//!
//! # What it looks at
//! `msTSExpireDate` of the users that have one, compared with the time of judgment.
//!
//! # Why it matters
//! A Per User license is valid for 60 days and is renewed at each logon. An expired one belongs to a user who
//! no longer works there, or whose account the server cannot write (event 4105).
//!
//! # How it can be wrong
//! Users who left, or were away for two months, look the same without any fault.
//!
//! # Fix
//! 1. Users who left: no action is required; they no longer count.
//! 2. Users who work every day: look for event 4105 on the license server, and see the other rules of this
//!    family.
//!
//! # Fix safety
//! Checking changes nothing. Do not write these attributes by hand.
//!
//! # Verify
//! After the next logon of such a user the date is 60 days ahead.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-130",
    name: "per-user-license-expired",
    title: "Per User licenses of users have expired",
    severity: Severity::Warning,
    confidence: Confidence::High,
    scope: Scope::Any,
    products: "Windows Server 2008 and later",
    sources: &[sources::ADA, sources::TRACK_CALS, sources::LS_EVENTS],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let users = machine.fact_if_relevant(facts::USERS)?.unwrap_or_default();
    let ended: Vec<_> =
        users.iter().filter(|user| user.expires.is_some_and(|end| end < machine.at())).collect();
    let Some(first) = ended.first() else { return Ok(Vec::new()) };
    let title = format!(
        "Per User licenses of {} of {} users have expired, such as {}",
        ended.len(),
        users.len(),
        first.user
    );
    let found = ended.iter().take(20).map(|user| user.user.as_str()).collect::<Vec<_>>().join(", ");
    let more = if ended.len() > 20 { " and more" } else { "" };
    Ok(vec![RULE.finding(title).evidence(machine.fact_evidence(facts::USERS, format!("{found}{more}")))])
}
