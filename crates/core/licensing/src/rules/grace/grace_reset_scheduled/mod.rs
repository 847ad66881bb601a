//! A scheduled task that names the key of the grace record.
//!
//! # What it looks at
//! The actions of the scheduled tasks (`Schedule\TaskCache\Tasks`) for the text `GracePeriod`. The grace
//! period of the screen saver is excluded.
//!
//! # Why it matters
//! Scripts that repeatedly delete the record circulate and are run as tasks. Such a host never requests
//! licenses, and its owner may not know that none were bought. The script also takes ownership of keys and
//! restarts the service, which ends sessions.
//!
//! # How it can be wrong
//! Monitoring that only reads the remaining days may also name the key; read the action. The rule does not
//! see scripts under another name, or scripts run from elsewhere or by an agent.
//!
//! # Fix
//! 1. Read what the task runs, and ask who created it.
//! 2. Obtain licenses for the users or devices, and set the mode and the license server.
//! 3. Disable the task (`schtasks /change /tn NAME /disable`), then delete it (`schtasks /delete /tn NAME`).
//!
//! # Fix safety
//! Once the task is disabled, the grace period runs out. List the license server before that day.
//!
//! # Verify
//! Run `schtasks /query /fo list /v`, and `rdscal doctor` again.

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
