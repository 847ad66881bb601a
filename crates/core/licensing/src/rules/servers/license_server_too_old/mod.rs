//! A session host that is newer than its license server.
//!
//! # What it looks at
//! The build of the first listed license server, as Active Directory has it (`--directory`), compared with
//! the version of the host by the compatibility table.
//!
//! # Why it matters
//! A license server holds licenses of its own version and older ones, and a host accepts its own version or
//! newer ones. For a host that is newer than its server no license can exist. Its clients receive temporary
//! licenses, and are refused after 90 days.
//!
//! # How it can be wrong
//! Another listed server may be newer and serve the host; then the finding is a warning. The directory keeps
//! the version of the last start of the server. A valid answer of the server (status 11) does not prove that
//! it has licenses for this version.
//!
//! # Fix
//! 1. Upgrade the license server, or set up a new one that is at least as new as the newest host.
//! 2. Migrate the packs, and install licenses of the version of the newest host.
//! 3. List the new server on the hosts, preferably with the policy *Use the specified Remote Desktop license
//!    servers* ({gpo:licensing}).
//!
//! # Fix safety
//! A license server of a later version also serves older hosts. Migrate first and then change the hosts.
//!
//! # Verify
//! The new pack shows issued licenses, and RD Licensing Diagnoser reports no problem.

use crate::knowledge::Certainty;
use crate::knowledge::products::{Fit, compatibility::least_cal, server_holds};
use crate::model::Enforcement;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-038",
    name: "license-server-too-old",
    title: "the license server is older than the session host",
    severity: Severity::Error,
    confidence: Confidence::High,
    scope: Scope::SessionHost,
    products: "Windows Server 2008 and later",
    sources: &[sources::CALS],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let listed = machine.listed_servers()?;
    let Some(first) = listed.first().filter(|_| machine.enforcement() != Enforcement::Nothing) else {
        return Ok(Vec::new());
    };
    let (server, host) = (machine.license_server_generation()?, machine.generation()?);
    let Some((least, _)) = least_cal(host) else { return Ok(Vec::new()) };
    let Fit::No(certainty) = server_holds(server, least) else { return Ok(Vec::new()) };
    let title = format!(
        "the license server {first} runs {} and cannot hold licenses for this host ({})",
        server.name(),
        host.name()
    );
    let build = machine.fact(facts::LICENSE_SERVER_BUILD).map(|build| format!("build {build}"));
    let finding = RULE
        .finding(title)
        .confidence(if certainty == Certainty::Documented { Confidence::High } else { Confidence::Medium })
        .evidence(machine.fact_evidence(facts::LICENSE_SERVER_BUILD, build.unwrap_or_else(|_| server.name())))
        .evidence(Evidence::fact("this host", host.name()));
    Ok(vec![match listed.len() {
        1 => finding,
        _ => finding.severity(Severity::Warning).note("the other listed servers may be newer"),
    }])
}
