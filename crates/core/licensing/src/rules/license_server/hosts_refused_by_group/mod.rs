//! A license server that refuses session hosts because of its security group.
//!
//! # What it looks at
//! Events 4141 (a host is not a member of the local group) and 4140 (the group is missing) of the last 30
//! days, with event 71 (the group could not be created), and the policy value `fSecureLicensing`.
//!
//! # Why it matters
//! With the policy *License server security group* the server issues licenses only to members of its local
//! group *RDS Endpoint Servers* (*Terminal Server Computers* on Windows Server 2008 and 2008 R2). Users of
//! every other host receive no license.
//!
//! # How it can be wrong
//! The hosts may have been added since; check the date of the newest event. Where the policy does not require
//! the group any more, the finding is a warning.
//!
//! # Fix
//! 1. On the license server, add the computer accounts of the session hosts to the local group *RDS Endpoint
//!    Servers* (`lusrmgr.msc`). Event 4141 names each host. If the group is missing, create it first.
//! 2. Restart the licensing service: `Restart-Service TermServLicensing`.
//! 3. If the policy is not wanted, set *License server security group* (Computer Configuration,
//!    Administrative Templates, Windows Components, Remote Desktop Services, RD Licensing) to *Not
//!    Configured* in the object that sets it.
//!
//! # Fix safety
//! Adding a host to the group only gives it the right to request licenses. Adding *Domain Computers* defeats
//! the purpose of the policy.
//!
//! # Verify
//! Event 4141 stops, and RD Licensing Diagnoser on a host shows the licenses.

use crate::model::EventRecord;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-127",
    name: "hosts-refused-by-group",
    title: "the license server refuses hosts that are not in its local group",
    severity: Severity::Error,
    confidence: Confidence::High,
    scope: Scope::LicenseServer,
    products: "Windows Server 2008 and later",
    sources: &[sources::SECURITY_GROUP, sources::ADMX.at("RD Licensing"), sources::LS_EVENTS],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let events = machine.recent_events(&[71, 4140, 4141], "events 71, 4140 and 4141")?;
    if events.iter().all(|event| event.id == 71) {
        return Ok(Vec::new());
    }
    let policy = machine.value(&places::policy(), "fSecureLicensing");
    let required = match &policy {
        Ok(found) => found.as_ref().is_some_and(|found| found.value.as_u32() == Some(1)),
        // Only a server that the policy restricts logs these events.
        Err(_) => true,
    };
    let refused = events.iter().any(|event| event.id == 4141);
    let what = match (refused, required) {
        (true, true) => {
            "the license server refuses session hosts whose accounts are not in the local group that a policy requires"
        }
        (false, true) => {
            "a policy requires a local group of session hosts that does not exist: every host is refused"
        }
        (_, false) => {
            "the license server refused session hosts because of its security group, which no policy requires now"
        }
    };
    let all: Vec<&EventRecord> = events.iter().collect();
    let severity = if required { Severity::Error } else { Severity::Warning };
    let mut finding = RULE.finding(format!("{what} ({})", counted_events(&all))).severity(severity);
    if events.iter().any(|event| event.id == 71) {
        finding = finding.note("the server could not create the group (event 71)");
    }
    if policy.is_err() {
        finding = finding.note("this source does not show whether the policy is still set");
    }
    let policy = policy.ok().flatten().map(|found| found.evidence());
    Ok(vec![finding.evidences(policy).evidences(events.iter().map(EventRecord::evidence))])
}
