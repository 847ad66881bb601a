//! Leftover entries of license servers in the sites of the directory.
//!
//! # What it looks at
//! The attribute `siteServer` of `CN=TS-Enterprise-License-Server` in each site: entries that point to
//! deleted objects.
//!
//! # Why it matters
//! Only discovery by Windows Server 2008 and older read this list. Such a host may try the dead entry first
//! and wait for it.
//!
//! # How it can be wrong
//! Nothing depends on the list where every host has a list of its own.
//!
//! # Fix
//! 1. Nothing needs to be done where all hosts run 2008 R2 or later.
//! 2. Otherwise remove the dead entries with ADSI Edit in the configuration partition.
//!
//! # Fix safety
//! The configuration partition is that of the whole forest: note the old value before you change it.
//!
//! # Verify
//! Each entry of `siteServer` names a computer that exists.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-135",
    name: "stale-site-license-servers",
    title: "the sites list license servers that are gone",
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
