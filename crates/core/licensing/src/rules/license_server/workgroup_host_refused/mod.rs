//! Session hosts and license servers in a workgroup after the update of July 2024.
//!
//! # What it looks at
//! On a session host: whether it is in a workgroup and its license server is another machine (a loopback
//! name, its own name and the addresses of its adapters are the host itself). On a license
//! server: whether it is in a workgroup and the hardening is in force.
//!
//! # Why it matters
//! Since the update for CVE-2024-38099 a license server responds only to authenticated callers. Domain
//! members authenticate on their own. A host in a workgroup is refused unless an account is stored on it.
//!
//! # How it can be wrong
//! The registry shows neither whether credentials are stored nor whether the license server has the update.
//! With credentials nothing is wrong.
//!
//! # Fix
//! 1. Create an account on the license server for its session hosts.
//! 2. On each host, run as NETWORK SERVICE: `cmdkey /add:<server> /user:<server>\<account> /pass`.
//! 3. Do not set `DisableWorkgroupAuthEnforcement` on the license server.
//! 4. Or join both to a domain.
//!
//! # Fix safety
//! Storing credentials changes nothing else on the host. Use an account without any other rights.
//!
//! # Verify
//! RD Licensing Diagnoser on the host shows the licenses of the server.

use crate::model::Role;
use crate::model::license_server::Meaning;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-125",
    name: "workgroup-host-refused",
    title: "a workgroup host needs credentials for its license server",
    severity: Severity::Warning,
    confidence: Confidence::Medium,
    scope: Scope::Any,
    in_service: true,
    products: "Windows Server 2016 and later",
    sources: &[sources::LICENSE_HOSTS, sources::CVE_38099],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let host = machine.roles().holds(Role::SessionHost);
    if host == Ok(true) {
        return session_host(machine);
    }
    if machine.roles().holds(Role::LicenseServer)? {
        return license_server(machine);
    }
    host.map(|_| Vec::new())
}

fn session_host(machine: &Machine<'_>) -> Outcome {
    let membership = machine.membership()?;
    if membership.in_domain {
        return Ok(Vec::new());
    }
    let own = machine.name().map(|name| name.to_lowercase());
    let mut elsewhere = None;
    for server in &machine.listed_servers()? {
        if Some(server.host()) != own && !machine.is_itself(server)? {
            elsewhere.get_or_insert(server.clone());
        }
    }
    let Some(server) = elsewhere else { return Ok(Vec::new()) };
    let title = format!("this host is in a workgroup, and its license server {server} requires credentials");
    let finding = RULE.finding(title).evidences(membership.evidence);
    let finding = finding.evidences(machine.license_servers().winner().map(|winner| winner.evidence.clone()));
    Ok(vec![finding.note("no source shows whether credentials are stored for NETWORK SERVICE")])
}

fn license_server(machine: &Machine<'_>) -> Outcome {
    let membership = machine.membership()?;
    if membership.in_domain {
        return Ok(Vec::new());
    }
    let open = machine.licensing_parameters()?.iter().any(
        |parameter| matches!(parameter.meaning, Meaning::DisableEnforcement(Some(number)) if number != 0),
    );
    if open {
        return Ok(Vec::new());
    }
    let title = "this license server is in a workgroup; its session hosts need credentials since the update of July 2024";
    Ok(vec![RULE.finding(title).severity(Severity::Info).evidences(membership.evidence)])
}
