//! A listed license server whose name has no address.
//!
//! # What it looks at
//! The list in force, and name resolution from the host's network. It fires for each name that does not resolve.
//!
//! # Why it matters
//! The host cannot ask a server that it cannot find. Typing errors, a server that was retired, and a short name
//! outside its domain are the usual reasons.
//!
//! # How it can be wrong
//! The probe must have been made where the host is: another network may resolve other names.
//!
//! # Fix
//! 1. Look for a typing error or an old name in the list: `rdscal show`.
//! 2. Use the fully qualified name.
//! 3. If the name is right, correct its DNS record, or the DNS servers of the host.
//!
//! # Fix safety
//! Nothing is changed on the license server.
//!
//! # Verify
//! `Resolve-DnsName NAME` on the host, then RD Licensing Diagnoser.

use crate::model::{EntryForm, Resolution, ServerEntry, facts};
use crate::rules::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    id: "RDSL-029",
    name: "server_does_not_resolve",
    aliases: &[],
    title: "name of a license server does not resolve",
    family: Family::Servers,
    severity: Severity::Error,
    confidence: Confidence::High,
    scope: Scope::SessionHost,
    products: "all",
    needs: &["SYSTEM hive", "SOFTWARE hive (policy)", "name resolution on the host"],
    recipe: Some("set-servers"),
    sources: &[
        Source { title: "RD Licensing Diagnoser (lsdiag.msc)", url: "" },
        Source {
            title: "Cannot connect to RDS because no RD Licensing servers are available",
            url: "https://learn.microsoft.com/en-us/troubleshoot/windows-server/remote/cannot-connect-rds-no-license-server",
        },
    ],
    check: Check::Machine(check),
};

const NEED: Need = Need::Network("whether the names of the license servers resolve");

fn check(machine: &Machine<'_>) -> Outcome {
    let setting = machine.license_servers();
    let servers = machine.listed_servers()?;
    let is_name = |server: &&ServerEntry| server.form() == EntryForm::Name && !server.is_loopback();
    let servers: Vec<_> = servers.iter().filter(is_name).collect();
    if servers.is_empty() {
        return conclude(Vec::new(), setting.missing());
    }
    let answers: Vec<Resolution> = machine.fact(facts::RESOLUTION, NEED)?;
    let mut missing = setting.missing();
    let mut findings = Vec::new();
    for server in servers {
        match answers.iter().find(|answer| ServerEntry(answer.name.clone()).folded() == server.folded()) {
            None => missing = Some(NEED.into()),
            Some(answer) if answer.resolves => {}
            Some(_) => {
                let evidence = machine.fact_evidence(facts::RESOLUTION, format!("{server} does not resolve"));
                let finding =
                    RULE.finding(format!("the name of the license server {server} does not resolve"));
                let list = setting.winner().map(|list| list.evidence.clone());
                findings.push(finding.evidence(evidence).evidences(list));
            }
        }
    }
    conclude(findings, missing)
}
