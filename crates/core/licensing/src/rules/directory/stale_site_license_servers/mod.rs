//! Stale license server entries in the sites of the directory.
//!
//! # What it looks at
//! The attribute `siteServer` of `CN=TS-Enterprise-License-Server` in each site. The rule fires for entries
//! that point to deleted objects.
//!
//! # Why it matters
//! Only the discovery of Windows Server 2008 and earlier reads this list. Such a host may first try the stale
//! entry and wait for it.
//!
//! # How it can be wrong
//! If every host has its own list, nothing depends on this one.
//!
//! # Fix
//! 1. If all hosts run Windows Server 2008 R2 or later, no action is required.
//! 2. Otherwise remove the stale entries with ADSI Edit in the configuration partition.
//!
//! # Fix safety
//! The configuration partition is shared by the whole forest. Record the old value before you change it.
//!
//! # Verify
//! Each entry of `siteServer` names a computer that exists.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-135",
    name: "stale-site-license-servers",
    title: "the sites list license servers that no longer exist",
    severity: Severity::Info,
    confidence: Confidence::Medium,
    scope: Scope::Any,
    sources: &[sources::ADSC.at("MS-ADSC 2.78, class licensingSiteSettings")],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let stale = machine.fact_if_relevant(facts::STALE_SITE_SERVERS)?.unwrap_or_default();
    if stale.is_empty() {
        return Ok(Vec::new());
    }
    let title = format!("the sites list license servers that no longer exist: {}", stale.join(", "));
    let evidence = machine.fact_evidence(facts::STALE_SITE_SERVERS, stale.join(", "));
    Ok(vec![RULE.finding(title).evidence(evidence)])
}
