//! A `.reg` script that deletes the grace record of a session host.
//!
//! # What it looks at
//! The deletions in a `.reg` file: `RCM\GracePeriod`, a value in it, or a key above it.
//!
//! # Why it matters
//! Windows creates a new record, and for 120 days the host admits users without a license. Nothing else
//! changes: the mode and the license server that were missing are still missing, no license is issued, and
//! the use without licenses is not permitted. Then users are locked out again.
//!
//! # How it can be wrong
//! The file may never be imported. On an image before it is sealed, deleting the record is correct.
//!
//! # Fix
//! 1. Do not import the file. Run `rdscal doctor` on the session host, and fix the causes that it reports:
//!    usually the licensing mode or the license server.
//! 2. If the record itself is damaged, or an image is being sealed, use `rdscal fix reset-grace` or
//!    `rdscal fix seal-image`, which check the causes first, make a backup and can be undone.
//!
//! # Fix safety
//! Not importing a file changes nothing.
//!
//! # Verify
//! Run `rdscal doctor` on the session host: it names the mode, the license server and the end of the grace
//! period.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-057",
    name: "script-deletes-grace-record",
    title: "a script deletes the grace record",
    severity: Severity::Warning,
    confidence: Confidence::High,
    scope: Scope::Any,
    sources: &[sources::RESETTERS, sources::GRACE_END],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let record = places::grace_period();
    let findings = machine.deletions(|deletion| deletion.takes_key(&record) || deletion.key == record);
    conclude_script(machine, findings, |evidence| {
        RULE.finding(
            "this script deletes the grace record: that cures no cause of a lockout and gives no license",
        )
        .evidences(evidence)
    })
}
