//! A license server without permission to write to the user accounts of its domain.
//!
//! # What it looks at
//! Whether the server is a member of *Terminal Server License Servers* (`IsLSinTSLSGroup`), on a server in a
//! domain that has Per User licenses or whose packs are unknown.
//!
//! # Why it matters
//! Per User licenses are recorded in the user accounts. Without membership the server cannot write there
//! (event 4105). Users are still admitted, but the count is wrong, and an audit has no data.
//!
//! # How it can be wrong
//! Membership in a domain other than that of the users does not help; each domain with users has its own
//! group.
//!
//! # Fix
//! 1. Add the computer account of the license server to *Terminal Server License Servers* in every domain
//!    that has users: RD Licensing Manager, *Review Configuration*, *Add to Group*.
//! 2. Restart the licensing service, or the server, so that the membership takes effect.
//!
//! # Fix safety
//! The group can write the license attributes of users and nothing else.
//!
//! # Verify
//! Event 74 is logged, event 4105 stops, and the Per User report counts users.

use crate::knowledge::products::CalKind;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-113",
    name: "license-server-not-in-group",
    title: "the license server lacks permission to record Per User licenses",
    severity: Severity::Error,
    confidence: Confidence::High,
    scope: Scope::LicenseServer,
    products: "Windows Server 2008 and later",
    sources: &[sources::KB2030310, sources::PER_USER_TRACKING, sources::LS_EVENTS],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    if !machine.membership()?.in_domain {
        return Ok(Vec::new());
    }
    if machine.fact(facts::IN_TSLS_GROUP)? {
        return Ok(Vec::new());
    }
    let mut finding = RULE
        .finding("the license server is not in Terminal Server License Servers, so Per User licenses are not recorded")
        .evidence(machine.fact_evidence(facts::IN_TSLS_GROUP, "not a member"));
    match machine.bought_packs() {
        Ok(packs) if !packs.iter().flatten().any(|pack| pack.cal_kind() == Some(CalKind::PerUser)) => {
            return Ok(Vec::new());
        }
        Ok(_) => {}
        Err(_) => {
            finding = finding.note("this source does not show whether the server has Per User licenses");
        }
    }
    Ok(vec![finding])
}
