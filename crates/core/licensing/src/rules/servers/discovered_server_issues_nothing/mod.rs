//! A license server that the host finds and that issues no licenses to it.
//!
//! # What it looks at
//! What the host reports about the license servers that it finds (`FindLicenseServers`): whether each can
//! issue licenses to it (`IssuingCALs`).
//!
//! # Why it matters
//! Such a server responds, so that everything looks right, but users receive no license from it. It may not
//! be activated, have no licenses of the host's kind and version, or permit only the members of its group.
//!
//! # How it can be wrong
//! The account that asked may have no rights on the license server. If another server issues licenses, the
//! finding is a warning.
//!
//! # Fix
//! 1. Check in RD Licensing Manager that the server is activated and has licenses for the host's mode and
//!    version.
//! 2. Check on the server whether the policy *License server security group* is set, and add the host to the
//!    local group *RDS Endpoint Servers*.
//! 3. Run `rdscal doctor` on the license server.
//!
//! # Fix safety
//! None of the steps changes the host.
//!
//! # Verify
//! RD Licensing Diagnoser on the host reports no problem for the server.

use crate::model::{Enforcement, facts::Discovered};
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-037",
    name: "discovered-server-issues-nothing",
    title: "the host finds a license server that issues no licenses to it",
    severity: Severity::Error,
    confidence: Confidence::Medium,
    scope: Scope::SessionHost,
    in_service: true,
    products: "Windows Server 2008 R2 and later",
    sources: &[sources::TS_SETTING],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let servers = machine.fact(facts::DISCOVERED_SERVERS)?;
    let refusing: Vec<&Discovered> = servers.iter().filter(|found| found.issues == Some(false)).collect();
    if refusing.is_empty() || machine.enforcement() == Enforcement::Nothing {
        return Ok(Vec::new());
    }
    let names: Vec<_> = refusing.iter().map(|found| found.server.as_str()).collect();
    let others = servers.iter().any(|found| found.issues == Some(true)) || machine.has_answer();
    let verb = if names.len() == 1 { "issues" } else { "issue" };
    let title = format!("{} {verb} no licenses to this host, although the host finds it", names.join(", "));
    let evidence = refusing.iter().map(|found| {
        machine.fact_evidence(facts::DISCOVERED_SERVERS, format!("{}: IssuingCALs false", found.server))
    });
    let severity = if others { Severity::Warning } else { Severity::Error };
    Ok(vec![RULE.finding(title).severity(severity).evidences(evidence)])
}
