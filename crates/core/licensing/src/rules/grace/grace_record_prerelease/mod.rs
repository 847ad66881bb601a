//! A grace record of a pre-release Windows, or the switch that makes the host look for one.
//!
//! # What it looks at
//! A value `L$GracePeriodTimeBomb_…` in `RCM\GracePeriod`, and `RunAsRTM` in
//! `SOFTWARE\Microsoft\TermServLicensing`. With `RunAsRTM` = 4 the host reportedly uses the pre-release name.
//!
//! # Why it matters
//! A released host looks for `L$RTMTIMEBOMB_…`. A pre-release record beside it has no effect. The switch
//! makes the host count days from the wrong record, and causes a conflict between a released host and its
//! license server (beta and release do not mix).
//!
//! # How it can be wrong
//! On an Insider build both are normal. The meaning of `RunAsRTM` comes from public code, not from
//! documentation.
//!
//! # Fix
//! 1. Find out whether this Windows, or the image that it was made from, ever was a pre-release.
//! 2. On a released Windows remove `RunAsRTM`, in an elevated Command Prompt: `reg export
//!    HKLM\SOFTWARE\Microsoft\TermServLicensing termservlicensing.reg`, then `reg delete
//!    HKLM\SOFTWARE\Microsoft\TermServLicensing /v RunAsRTM`.
//! 3. Leave the record itself alone; a rebuilt host has none.
//!
//! # Fix safety
//! Only licensing reads the value. `reg import termservlicensing.reg` restores it.
//!
//! # Verify
//! Restart the service in a maintenance window (`Restart-Service TermService -Force`; this ends all
//! sessions), and run `rdscal doctor` again.

use crate::rules::prelude::*;
use rds_formats::grace::RecordName;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-045",
    name: "grace-record-prerelease",
    title: "grace record of a pre-release Windows",
    severity: Severity::Warning,
    confidence: Confidence::Low,
    scope: Scope::Any,
    in_service: true,
    products: "Windows Server 2008 and later",
    sources: &[sources::TSTOOL.at("names of the record, RunAsRTM")],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let key = machine.grace_key();
    let switch = machine.value(&places::term_serv_licensing(), "RunAsRTM");
    let mut findings = Vec::new();
    for record in key.iter().flatten().flat_map(|key| &key.records) {
        if record.name == RecordName::PreRelease {
            let title = "the host has a grace record that only a pre-release Windows creates";
            findings.push(RULE.finding(title).evidence(record.value.evidence.clone()));
        }
    }
    if let Ok(Some(found)) = &switch {
        let shown = found.value.shown();
        let (severity, title) = match found.value.as_u32() {
            Some(4) => (
                Severity::Warning,
                format!("RunAsRTM is {shown}; the host may look for a pre-release record"),
            ),
            _ => {
                (Severity::Info, format!("RunAsRTM is {shown}; reportedly 4 selects the pre-release record"))
            }
        };
        findings.push(RULE.finding(title).severity(severity).evidence(found.evidence()));
    }
    let missing = key.err().into_iter().chain(switch.err()).reduce(Unknown::and);
    conclude(findings, missing)
}
