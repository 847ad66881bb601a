//! A machine whose next start will use other settings than the current ones.
//!
//! # What it looks at
//! The key `SYSTEM\Select`. The rule compares `Current`, the control set that this report was read from, with
//! `Default`, the control set of the next start. It also fires if `Failed` names a control set that did not
//! start. A different `LastKnownGood` is normal on Windows 8 and earlier and is not reported.
//!
//! # Why it matters
//! The licensing mode, the license servers, the grace record and the certificates are all part of the control
//! set. After the next start, or after a fallback to the last known good configuration, other values may be
//! in force than those that were judged here.
//!
//! # How it can be wrong
//! The current set of an offline hive is that of its last run. `Failed` keeps its value long after the
//! machine was repaired.
//!
//! # Fix
//! 1. Compare the two control sets. `rdscal show` names the one that was read.
//! 2. Correct the settings by policy, or after the restart.
//! 3. Find out who changed `Select`: a repair tool, or a start with the last known good configuration.
//!
//! # Fix safety
//! Do not change `Select` by hand. A control set that does not start makes the machine unbootable.
//!
//! # Verify
//! After a restart `Current` and `Default` are equal.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-160",
    name: "control-sets-differ",
    title: "the next start uses another control set",
    severity: Severity::Warning,
    confidence: Confidence::High,
    scope: Scope::Any,
    sources: &[sources::WINDOWS_REGISTRY.at("HKLM\\SYSTEM\\Select and the last known good configuration")],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let path = places::select();
    let Some(key) = machine.key(&path)? else { return Err(Need::Key(path.to_string()).into()) };
    let set = |name: &str| {
        key.value(name).and_then(|value| Some((value.as_u32()?, Evidence::value(&path, key, value))))
    };
    let mut findings = Vec::new();
    if let (Some((current, one)), Some((default, two))) = (set("Current"), set("Default"))
        && current != default
    {
        let title = format!("the current control set is {current}, the next start will use {default}");
        findings.push(RULE.finding(title).evidence(one).evidence(two));
    }
    if let Some((failed, evidence)) = set("Failed").filter(|(failed, _)| *failed != 0) {
        let title = format!("control set {failed} failed to start once; Windows returned to older settings");
        findings.push(RULE.finding(title).severity(Severity::Info).evidence(evidence));
    }
    Ok(findings)
}
