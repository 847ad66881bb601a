//! A session host that accepts no connections, for a reason other than licensing.
//!
//! # What it looks at
//! The start type of the service *Remote Desktop Services* (`TermService`), its state if the machine was
//! asked, and `fDenyTSConnections`, by policy or local.
//!
//! # Why it matters
//! No one can connect, so no license is ever requested. Everything else may be right. A change of licensing
//! does not help.
//!
//! # How it can be wrong
//! It may be intended, for example on a host that is taken out of service.
//!
//! # Fix
//! 1. Service disabled: `Set-Service TermService -StartupType Manual`, then `Start-Service TermService`.
//! 2. Refused by policy: set *Allow users to connect remotely by using Remote Desktop Services* (Computer
//!    Configuration, Administrative Templates, Windows Components, Remote Desktop Services, Remote Desktop
//!    Session Host, Connections) to *Not Configured* or *Enabled* in the object that disables it.
//! 3. Refused locally: permit remote connections in *System Properties*, *Remote*.
//!
//! # Fix safety
//! The machine then accepts connections on TCP 3389. Check its firewall first.
//!
//! # Verify
//! Connect as a standard user.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-157",
    name: "connections-refused",
    title: "the host accepts no connections, regardless of its licensing",
    severity: Severity::Warning,
    confidence: Confidence::High,
    scope: Scope::SessionHost,
    in_service: true,
    sources: &[sources::WINDOWS_REGISTRY, sources::ADMX.at("Remote Desktop Session Host, Connections")],
    ..Rule::machine(check)
};

/// `Start` of a disabled service.
const DISABLED: u32 = 4;

fn check(machine: &Machine<'_>) -> Outcome {
    let mut findings = Vec::new();
    let start = machine.value(&places::term_service(), "Start");
    let state = machine.fact(facts::TERM_SERVICE_STATE);
    let disabled = start.clone().ok().flatten().filter(|start| start.value.as_u32() == Some(DISABLED));
    if let Some(start) = disabled {
        let title = "the service Remote Desktop Services is disabled: no one can connect, and no license is requested";
        findings.push(RULE.finding(title).evidence(start.evidence()));
    } else if state.as_deref() == Ok("stopped") {
        let title =
            "the service Remote Desktop Services is stopped: no one can connect, and no license is requested";
        findings
            .push(RULE.finding(title).evidence(machine.fact_evidence(facts::TERM_SERVICE_STATE, "stopped")));
    }
    let name = "fDenyTSConnections";
    let (policy, local) =
        (machine.value(&places::policy(), name), machine.value(&places::terminal_server(), name));
    let in_force = match (&policy, &local) {
        (Ok(Some(policy)), _) => Some(("a policy refuses", policy)),
        (_, Ok(Some(local))) => Some(("a local setting refuses", local)),
        _ => None,
    };
    if let Some((who, found)) = in_force.filter(|(_, found)| found.value.as_u32() == Some(1)) {
        let title =
            format!("{who} all Remote Desktop connections: no one can connect, and no license is requested");
        findings.push(RULE.finding(title).evidence(found.evidence()));
    }
    let missing = start.err().or(local.err());
    conclude(findings, missing)
}
