//! A session host without a grace record.
//!
//! # What it looks at
//! `RCM\GracePeriod` on a session host. The rule fires if the key does not exist, or has no value with one of
//! the two names of a record. It is silent if the service TermService is disabled or known to be stopped, and
//! on an image that is about to be sealed, which should have no record.
//!
//! # Why it matters
//! Nothing is broken. The host creates the record on its own, and the grace period starts then. Until then
//! `GetGracePeriodDays` may fail. Monitoring should not interpret that as zero days.
//!
//! # How it can be wrong
//! There are many possible reasons: no client has connected yet, the service was not started since the role
//! was installed, an image was cleaned, or the record was just deleted.
//!
//! # Fix
//! 1. No action is required. Start the service TermService (or restart the host), and connect once.
//! 2. Never write the value by hand. It is encrypted, and a host cannot read a value that another machine
//!    created.
//!
//! # Fix safety
//! Starting a stopped service is harmless. Restarting a running one ends all sessions, so do it in a
//! maintenance window.
//!
//! # Verify
//! Run `rdscal doctor` after the first connection.

use crate::model::Profile;
use crate::model::grace::GraceKey;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-042",
    name: "grace-record-absent",
    title: "no grace record on a session host",
    severity: Severity::Info,
    confidence: Confidence::Medium,
    scope: Scope::SessionHost,
    in_service: true,
    products: "Windows Server 2008 and later",
    sources: &[
        sources::TSTOOL.at("the record is made by the service where it is missing"),
        sources::XA_CHECK.at("a missing key is not zero days"),
    ],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let old = matches!(machine.product().era(), Some(Era::Nt4 | Era::Nt5));
    if old || machine.profile() == Profile::Image {
        return Ok(Vec::new());
    }
    let key = machine.grace_key()?;
    if key.as_ref().is_some_and(GraceKey::has_record) || is_off(machine) {
        return Ok(Vec::new());
    }
    let evidence = key.map_or_else(|| Evidence::absent_key(&places::grace_period()), |key| key.evidence);
    Ok(vec![RULE.finding("this session host has no grace record (not yet, or no longer)").evidence(evidence)])
}

/// Whether the service that creates the record is disabled or stopped.
fn is_off(machine: &Machine<'_>) -> bool {
    let start = machine.value(&places::term_service(), "Start").ok().flatten();
    let disabled = start.and_then(|found| found.value.as_u32()) == Some(4);
    disabled || machine.fact(facts::TERM_SERVICE_STATE).is_ok_and(|state| state == "stopped")
}
