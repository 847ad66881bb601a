//! A list of license servers in an order that makes clients wait.
//!
//! # What it looks at
//! The list in force, and whether its servers answer. It fires at warning where the first server cannot be reached
//! and a later one can, and as an information where more than five servers are listed.
//!
//! # Why it matters
//! The host asks in the order of the list. With an unreachable server at the top each request may wait for a
//! timeout first, and logons take long.
//!
//! # How it can be wrong
//! How long a host waits, and whether it remembers who answered last, is not documented: take this as a hint.
//!
//! # Fix
//! 1. Find out why the first server does not answer.
//! 2. Move the server that answers to the top, and delete one that is gone, in the policy: *Use the specified
//!    Remote Desktop license servers* ({gpo:licensing}).
//! 3. Where no policy names servers, set the list on the host, in Windows PowerShell as administrator:
//!    `(Get-WmiObject -Namespace root\cimv2\TerminalServices
//!    Win32_TerminalServiceSetting).SetSpecifiedLicenseServerList(@('rdls1.contoso.example','rdls2.contoso.example'))`.
//!    It replaces the whole list.
//!
//! # Fix safety
//! The host asks another server first; its CALs are the ones that are used up.
//!
//! # Verify
//! Run `gpupdate /force`, then `rdscal show`: it shows the list in force, name by name. RD Licensing Diagnoser says
//! whether the servers answer.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-036",
    name: "server-list-order",
    title: "long list of license servers, or an unreachable one first",
    severity: Severity::Warning,
    confidence: Confidence::Low,
    scope: Scope::SessionHost,
    recipe: Some("set-servers"),
    sources: &[sources::PRACTICE, sources::CONNECTIVITY],
    ..Rule::machine(check)
};

/// Lists longer than this are worth a look.
const MANY: usize = 5;

fn check(machine: &Machine<'_>) -> Outcome {
    let setting = machine.license_servers();
    let servers = machine.listed_servers()?;
    let Some(list) = setting.winner() else { return Ok(Vec::new()) };
    let mut findings = Vec::new();
    if servers.len() > MANY {
        let finding =
            RULE.finding(format!("{} license servers are listed", servers.len())).severity(Severity::Info);
        findings.push(finding.evidence(list.evidence.clone()));
    }
    if servers.len() < 2 {
        return conclude(findings, setting.missing());
    }
    let answers = match machine.reach() {
        Ok(answers) => answers,
        Err(unknown) => return conclude(findings, Some(unknown)),
    };
    let reached: Vec<_> =
        answers.iter().map(|answer| answer.reached.as_ref().map(|(reached, _)| *reached)).collect();
    let missing = match (reached.first(), reached.contains(&Some(true))) {
        (Some(Some(false)), true) => {
            let evidence =
                answers.iter().filter_map(|answer| answer.reached.clone()).map(|(_, evidence)| evidence);
            let first = answers.first().map(|answer| answer.server.to_string()).unwrap_or_default();
            let title =
                format!("the first license server of the list ({first}) cannot be reached, a later one can");
            findings.push(RULE.finding(title).evidences(evidence));
            None
        }
        (Some(Some(true)), _) => None,
        _ if reached.contains(&None) => Some(Need::Network("whether the license servers answer").into()),
        _ => None,
    };
    conclude(findings, missing.or(setting.missing()))
}
