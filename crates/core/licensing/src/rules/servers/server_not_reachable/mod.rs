//! A listed license server that does not respond.
//!
//! # What it looks at
//! The list in force, what the host reports for each server (`GetTStoLSConnectivityStatus` 6), and a probe of
//! the network path (`rdscal doctor --probe`): the name, TCP port 135, the registration of the licensing
//! service at the endpoint mapper there (interface `3d267954-eeb7-11d1-b94e-00c04fa3080d`), and the port that
//! the endpoint mapper names. The rule fires at severity critical if no listed server can be reached, at
//! error while the grace period is known to run, and at warning if other servers respond. A first server that
//! does not respond while a later one does is covered by `server-list-order`.
//!
//! # Why it matters
//! Clients without a license are refused once the grace period is over. A license that is still valid keeps
//! working. The usual causes are firewalls with an outdated address range, a stopped service, and a retired
//! server. The registry is not the cause.
//!
//! # How it can be wrong
//! A probe is made from the machine that rdscal runs on. There may be other firewalls between the host and
//! the server. The report of the host itself has precedence where both are known. A probe of port 135 alone
//! does not prove that the path works, because the service also uses a dynamic port.
//!
//! # Fix
//! 1. Check that the service *Remote Desktop Licensing* runs on the server: `Get-Service TermServLicensing`.
//! 2. Open TCP 135 and the dynamic RPC range (49152 to 65535), and TCP 445 (named pipe `HydraLsPipe`), from
//!    the host to the server.
//! 3. If the server no longer exists, name another one in the policy *Use the specified Remote Desktop
//!    license servers* ({gpo:licensing}).
//! 4. If no policy lists servers, set the list on the host in an elevated Windows PowerShell: `(Get-WmiObject
//!    -Namespace root\cimv2\TerminalServices
//!    Win32_TerminalServiceSetting).SetSpecifiedLicenseServerList(@('YOUR-SERVER-1','YOUR-SERVER-2'))`. This
//!    replaces the whole list.
//!
//! # Fix safety
//! Checking changes nothing on the host. Leave the licensing keys of host and clients alone; they are not the
//! cause.
//!
//! # Verify
//! Run `rdscal probe NAME`, or RD Licensing Diagnoser and `Test-NetConnection NAME -Port 135` on the host.

use crate::model::{Enforcement, Reach, listed};
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-030",
    name: "server-not-reachable",
    title: "license server cannot be reached",
    severity: Severity::Critical,
    confidence: Confidence::High,
    scope: Scope::SessionHost,
    in_service: true,
    sources: &[sources::CONNECTIVITY, sources::PORTS, sources::NO_LICENSE_SERVER],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let setting = machine.license_servers();
    if machine.enforcement() == Enforcement::Nothing {
        return Ok(Vec::new());
    }
    if machine.listed_servers()?.is_empty() {
        return conclude(Vec::new(), setting.missing());
    }
    let servers = machine.reach()?;
    let reached =
        |reach: &Reach, wanted| reach.reached.as_ref().is_some_and(|(reached, _)| *reached == wanted);
    let some_answer = servers.iter().any(|server| reached(server, true));
    let silent: Vec<_> = servers.iter().enumerate().filter(|(_, server)| reached(server, false)).collect();
    let all_silent = silent.len() == servers.len();
    let severity = match (all_silent, machine.grace_end()) {
        (true, Ok(end)) if end.days_left > 0 && end.reported_by_host => Severity::Error,
        (true, _) => machine.without_license().0,
        (false, _) => Severity::Warning,
    };
    let users = if machine.grace_is_over() == Ok(true) { machine.without_license().1 } else { "" };
    // The first one, while others respond, is reported by `server-list-order`.
    let reported: Vec<_> =
        silent.into_iter().filter(|(index, _)| !some_answer || *index > 0).map(|(_, s)| s).collect();
    let mut findings = Vec::new();
    if !reported.is_empty() {
        let names = listed(reported.iter().map(|reach| &reach.server));
        let title = if all_silent {
            format!("no license server can be reached ({names}){users}")
        } else {
            format!("a license server cannot be reached: {names}")
        };
        let evidence =
            reported.iter().filter_map(|reach| reach.reached.clone()).map(|(_, evidence)| evidence);
        findings.push(RULE.finding(title).severity(severity).evidences(evidence));
    }
    let unasked = servers.iter().any(|server| server.reached.is_none());
    let missing = unasked.then(|| Need::Network("whether every listed license server responds").into());
    conclude(findings, missing.or(setting.missing()))
}
