//! A grace record that is much younger than the role and Windows.
//!
//! # What it looks at
//! The last-write time of `RCM\GracePeriod` (a record is written once), compared with the installation times
//! of the session host role (Server Manager's cache) and of Windows. The rule fires from a difference of
//! thirty days. The severity is warning if the host was in service for longer than a whole grace period
//! before the record was created, or if there are other signs of a reset. Otherwise it is info.
//!
//! # Why it matters
//! The grace period starts once. A younger record may mean that it was created again, so that the remaining
//! days do not show when licenses were due. This matters to an auditor and to an administrator who takes over
//! the host.
//!
//! # How it can be wrong
//! The period starts with the first client connection, which may be long after the installation of the role.
//! A host that was rebuilt, restored, or cloned from a cleaned image correctly has a younger record. So has a
//! host on which support deleted an unreadable record. A change of the key's access list also changes the
//! time. This is a hint, not a proof.
//!
//! # Fix
//! 1. Ask for the reason. A change record or a ticket may state it.
//! 2. Make sure that the host has a licensing mode and a license server with licenses, so that the record
//!    does not matter.
//!
//! # Fix safety
//! Nothing is changed.
//!
//! # Verify
//! Compare with the remaining days that the host reports (`GetGracePeriodDays`) and with shadow copies or
//! backups of the SYSTEM hive.

use crate::model::ResetSignKind;
use crate::model::grace::GRACE_DAYS;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-047",
    name: "grace-record-late",
    title: "grace record is much younger than role and Windows: signs of a reset",
    severity: Severity::Warning,
    confidence: Confidence::Low,
    scope: Scope::SessionHost,
    in_service: true,
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
