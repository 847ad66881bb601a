//! A license server list whose order makes clients wait.
//!
//! # What it looks at
//! The list in force, and whether its servers respond. The rule fires at severity warning if the first server
//! cannot be reached and a later one can, and at severity info if more than five servers are listed.
//!
//! # Why it matters
//! The host contacts servers in the order of the list. With an unreachable server at the top, each request
//! may first wait for a timeout, and logons take long.
//!
//! # How it can be wrong
//! How long a host waits, and whether it remembers which server responded last, is not documented. Treat the
//! finding as a hint.
//!
//! # Fix
//! 1. Find out why the first server does not respond.
//! 2. Move the server that responds to the top, and delete one that no longer exists, in the policy *Use the
//!    specified Remote Desktop license servers* ({gpo:licensing}).
//! 3. If no policy lists servers, set the list on the host in an elevated Windows PowerShell: `(Get-WmiObject
//!    -Namespace root\cimv2\TerminalServices
//!    Win32_TerminalServiceSetting).SetSpecifiedLicenseServerList(@('YOUR-SERVER-1','YOUR-SERVER-2'))`. This
//!    replaces the whole list.
//!
//! # Fix safety
//! The host contacts another server first and uses the CALs of that server.
//!
//! # Verify
//! Run `gpupdate /force`, then `rdscal show`. It lists each server of the list in force. RD Licensing
//! Diagnoser (`lsdiag.msc`) shows whether the servers respond.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-036",
    name: "server-list-order",
    title: "long license server list, or an unreachable server first",
    severity: Severity::Warning,
    confidence: Confidence::Low,
    scope: Scope::SessionHost,
    recipe: Some("set-servers"),
    sources: &[sources::PRACTICE, sources::CONNECTIVITY],
    ..Rule::machine(check)
};

/// Lists longer than this are reported.
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
            let title = format!(
                "the first license server in the list ({first}) cannot be reached, but a later one can"
            );
            findings.push(RULE.finding(title).evidences(evidence));
            None
        }
        (Some(Some(true)), _) => None,
        _ if reached.contains(&None) => Some(Need::Network("whether the license servers respond").into()),
        _ => None,
    };
    conclude(findings, missing.or(setting.missing()))
}
