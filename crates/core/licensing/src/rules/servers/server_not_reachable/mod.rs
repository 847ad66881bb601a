//! A listed license server that does not answer.
//!
//! # What it looks at
//! The list in force, what the host says of each server (`GetTStoLSConnectivityStatus` 6), and a probe of the way
//! (`rdscal doctor --probe`): the name, TCP port 135, what the endpoint mapper there knows of the licensing service
//! (interface `3d267954-eeb7-11d1-b94e-00c04fa3080d`), and the port that it names. It fires at critical where no listed server can be reached, at error while the grace period is known to
//! last, and at warning where others answer. A first server that does not answer while a later one does is the
//! business of `server-list-order`.
//!
//! # Why it matters
//! Clients without a license are refused once the grace period is over; a license that is still valid keeps
//! working. Firewalls that still know an old address range, a stopped service and a server that was retired are the
//! usual reasons. The registry is not at fault.
//!
//! # How it can be wrong
//! A probe is made from the machine that rdscal runs on; between the host and the server other firewalls may stand.
//! What the host itself says counts for more, and comes first where both are known. A probe of port 135 alone does
//! not prove the way: the service answers on a dynamic port as well.
//!
//! # Fix
//! 1. Check that the service *Remote Desktop Licensing* runs on the server: `Get-Service TermServLicensing`.
//! 2. Open TCP 135 and the dynamic RPC range (49152 to 65535), and TCP 445 (named pipe `HydraLsPipe`), from the
//!    host to the server.
//! 3. If the server is gone, name another one in the policy: *Use the specified Remote Desktop license servers*
//!    ({gpo:licensing}).
//! 4. Where no policy names servers, set the list on the host, in Windows PowerShell as administrator:
//!    `(Get-WmiObject -Namespace root\cimv2\TerminalServices
//!    Win32_TerminalServiceSetting).SetSpecifiedLicenseServerList(@('rdls1.contoso.example','rdls2.contoso.example'))`.
//!    It replaces the whole list.
//!
//! # Fix safety
//! Nothing is changed on the host by looking. Leave the licensing keys of host and clients alone: they are not the
//! cause.
//!
//! # Verify
//! `rdscal probe NAME`, or RD Licensing Diagnoser and `Test-NetConnection NAME -Port 135` on the host.

use crate::model::{Reach, listed};
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-030",
    name: "server-not-reachable",
    title: "license server cannot be reached",
    severity: Severity::Critical,
    confidence: Confidence::High,
    scope: Scope::SessionHost,
    sources: &[sources::CONNECTIVITY, sources::PORTS, sources::NO_LICENSE_SERVER],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let setting = machine.license_servers();
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
        (true, _) => Severity::Critical,
        (false, _) => Severity::Warning,
    };
    // The first one, while others answer, is a matter of order.
    let reported: Vec<_> =
        silent.into_iter().filter(|(index, _)| !some_answer || *index > 0).map(|(_, s)| s).collect();
    let mut findings = Vec::new();
    if !reported.is_empty() {
        let names = listed(reported.iter().map(|reach| &reach.server));
        let title = if all_silent {
            format!("no license server can be reached ({names})")
        } else {
            format!("a license server cannot be reached: {names}")
        };
        let evidence =
            reported.iter().filter_map(|reach| reach.reached.clone()).map(|(_, evidence)| evidence);
        findings.push(RULE.finding(title).severity(severity).evidences(evidence));
    }
    let unasked = servers.iter().any(|server| server.reached.is_none());
    let missing = unasked.then(|| Need::Network("whether every listed license server answers").into());
    conclude(findings, missing.or(setting.missing()))
}
