//! A listed license server whose name does not resolve to an address.
//!
//! # What it looks at
//! The list in force, and name resolution as checked by `rdscal doctor --probe`. The rule fires for each name
//! that does not resolve.
//!
//! # Why it matters
//! The host cannot contact a server that it cannot find. The usual causes are typing errors, a retired
//! server, and a short name outside its domain.
//!
//! # How it can be wrong
//! A probe (`rdscal doctor --probe`) uses the DNS of the machine that rdscal runs on. Another network may
//! resolve other names.
//!
//! # Fix
//! 1. Look for a typing error or an old name in the list: `rdscal show`.
//! 2. Correct it, using the fully qualified name, in the policy *Use the specified Remote Desktop license
//!    servers* ({gpo:licensing}).
//! 3. If no policy lists servers, set the list on the host in an elevated Windows PowerShell: `(Get-WmiObject
//!    -Namespace root\cimv2\TerminalServices
//!    Win32_TerminalServiceSetting).SetSpecifiedLicenseServerList(@('YOUR-SERVER-1','YOUR-SERVER-2'))`. This
//!    replaces the whole list.
//! 4. If the name is right, correct its DNS record or the DNS servers of the host.
//!
//! # Fix safety
//! Nothing is changed on the license server.
//!
//! # Verify
//! Run `Resolve-DnsName NAME` on the host, then RD Licensing Diagnoser.

use std::collections::HashMap;

use crate::model::{EntryForm, ServerEntry, listed};
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-029",
    name: "server-does-not-resolve",
    title: "name of a license server does not resolve",
    severity: Severity::Error,
    confidence: Confidence::High,
    scope: Scope::SessionHost,
    in_service: true,
    recipe: Some("set-servers"),
    sources: &[sources::DIAGNOSER, sources::NO_LICENSE_SERVER],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let setting = machine.license_servers();
    let servers = machine.listed_servers()?;
    let is_name = |server: &&ServerEntry| server.form() == EntryForm::Name && !server.is_loopback();
    let servers: Vec<_> = servers.iter().filter(is_name).collect();
    if servers.is_empty() {
        return conclude(Vec::new(), setting.missing());
    }
    let answers = machine.fact(facts::RESOLUTION)?;
    let answers: HashMap<_, _> =
        answers.into_iter().map(|answer| (ServerEntry(answer.name).folded(), answer.resolves)).collect();
    let answer = |server: &ServerEntry| answers.get(&server.folded()).copied();
    let unasked = servers.iter().any(|server| answer(server).is_none());
    let missing = unasked.then(|| facts::RESOLUTION.need().into()).or(setting.missing());
    let lost: Vec<_> = servers.into_iter().filter(|server| answer(server) == Some(false)).collect();
    if lost.is_empty() {
        return conclude(Vec::new(), missing);
    }
    let names = listed(lost);
    let evidence = machine.fact_evidence(facts::RESOLUTION, format!("no address: {names}"));
    let finding =
        RULE.finding(format!("license servers whose name does not resolve: {names}")).evidence(evidence);
    conclude(vec![finding.evidences(setting.winner().map(|list| list.evidence.clone()))], missing)
}
