//! A scheduled task that names the key of the grace record.
//!
//! # What it looks at
//! The actions of the scheduled tasks (`Schedule\TaskCache\Tasks`) for the text `GracePeriod`. The grace period of
//! the screen saver is not meant.
//!
//! # Why it matters
//! Scripts that delete the record again and again circulate, and are run as tasks. Such a host never asks for
//! licenses, its owner may not know that none were bought, and the script takes ownership of keys and restarts the
//! service, which ends sessions.
//!
//! # How it can be wrong
//! Monitoring that only reads the days left may name the key as well; read the action. Scripts under another name,
//! run from elsewhere or by an agent, are not seen here.
//!
//! # Fix
//! 1. Read what the task runs, and ask who made it.
//! 2. Get licenses for the users or devices, and set mode and license server.
//! 3. Disable the task (`schtasks /change /tn NAME /disable`), then delete it (`schtasks /delete /tn NAME`).
//!
//! # Fix safety
//! Once the task is off the grace period runs out: have the license server listed before that day.
//!
//! # Verify
//! `schtasks /query /fo list /v`, and `rdscal doctor` again.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-048",
    name: "grace-reset-scheduled",
    title: "scheduled task that names the grace record: signs of a reset",
    severity: Severity::Warning,
    confidence: Confidence::Medium,
    scope: Scope::Any,
    products: "Windows Vista, Server 2008 and later",
    sources: &[sources::RESETTERS.at("on a schedule")],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let tasks = machine.reset_tasks()?;
    if tasks.is_empty() {
        return Ok(Vec::new());
    }
    let note = machine.reset_signs().note();
    let finding =
        |task: crate::model::ResetSign| RULE.finding(task.text).evidences(task.evidence).note(note.clone());
    Ok(tasks.into_iter().map(finding).collect())
}
