//! A grace record that is much younger than the role and Windows.
//!
//! # What it looks at
//! The last-write time of `RCM\GracePeriod` (a record is written once), against the time when the session host role
//! was installed (Server Manager's cache) and when Windows was. It fires from thirty days on. It is a warning where
//! the host was in service for longer than a whole grace period before the record was made, or where other signs of a
//! reset are there; else an information.
//!
//! # Why it matters
//! The grace period begins once. A younger record may mean that it was made anew, so that the days left say little
//! about when licenses were due. An auditor wants to know; so does whoever took over the host.
//!
//! # How it can be wrong
//! The period begins with the first client connection, which may come long after the role. A host that was rebuilt,
//! restored, or cloned from a cleaned image has a younger record rightly, and so has one on which support deleted an
//! unreadable record. A change of the key's access list moves the time as well. This is a hint, not a proof.
//!
//! # Fix
//! 1. Ask for the reason; a change record or a ticket may name it.
//! 2. Make sure that the host has a licensing mode and a license server with licenses, so that the record does not
//!    matter.
//!
//! # Fix safety
//! Nothing is changed.
//!
//! # Verify
//! Compare with the host's days left (`GetGracePeriodDays`) and with shadow copies or backups of the SYSTEM hive.

use crate::model::ResetSignKind;
use crate::model::grace::GRACE_DAYS;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-047",
    name: "grace-record-late",
    title: "grace record much younger than role and Windows: signs of a reset",
    severity: Severity::Warning,
    confidence: Confidence::Low,
    scope: Scope::SessionHost,
    products: "Windows Server 2012 and later",
    sources: &[sources::GRACE_END, sources::INFERENCE.at("from last-write times")],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let Some(sign) = machine.late_record()? else { return Ok(Vec::new()) };
    let all = machine.reset_signs();
    let whole_period = matches!(sign.kind, ResetSignKind::LateRecord(days) if days > i64::from(GRACE_DAYS));
    let severity = if whole_period || all.count() > 1 { Severity::Warning } else { Severity::Info };
    let others = all.signs.iter().filter(|other| other.kind != sign.kind).map(|other| other.text.clone());
    let mut finding = RULE.finding(format!("grace period: {}", sign.text)).severity(severity);
    for other in others {
        finding = finding.note(format!("also: {other}"));
    }
    Ok(vec![finding.evidences(sign.evidence).note(all.note())])
}
