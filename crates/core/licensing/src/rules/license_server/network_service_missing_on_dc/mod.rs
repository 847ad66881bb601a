//! A license server on a domain controller without Network Service in its group.
//!
//! # What it looks at
//! Whether the license server is a domain controller (`ProductType` is `LanmanNT`, or `IsLSonDC`), and
//! whether Network Service (S-1-5-20) is a member of *Terminal Server License Servers*.
//!
//! # Why it matters
//! On a domain controller the licensing service accesses the directory as Network Service, not as the
//! computer. The membership of the computer account does not help, and event 4105 is logged for each user.
//!
//! # How it can be wrong
//! The rule does not see membership through another group.
//!
//! # Fix
//! 1. Add *Network Service* to *Terminal Server License Servers* on the domain controller.
//! 2. Restart the licensing service.
//! 3. Preferably move the role to a member server.
//!
//! # Fix safety
//! Every service that runs as Network Service on a domain controller can then write license attributes. If
//! that is too much, move the role.
//!
//! # Verify
//! Event 4105 stops, and the Per User report counts users.

use crate::model::Kind;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-114",
    name: "network-service-missing-on-dc",
    title: "Network Service is not in the group on a domain controller",
    severity: Severity::Error,
    confidence: Confidence::High,
    scope: Scope::LicenseServer,
    products: "Windows Server 2008 and later",
    sources: &[sources::KB2030310],
    ..Rule::machine(check)
};

/// Well-known SID of the account.
const NETWORK_SERVICE: &str = "S-1-5-20";

fn check(machine: &Machine<'_>) -> Outcome {
    let on_controller = match machine.product().kind {
        Some(kind) => Ok(kind == Kind::DomainController),
        None => machine.fact(facts::ON_DOMAIN_CONTROLLER),
    }?;
    if !on_controller {
        return Ok(Vec::new());
    }
    let members = machine.fact(facts::TSLS_MEMBERS)?;
    let named = |member: &String| {
        member.eq_ignore_ascii_case(NETWORK_SERVICE)
            || member.to_ascii_uppercase().ends_with("NETWORK SERVICE")
    };
    if members.iter().any(named) {
        return Ok(Vec::new());
    }
    let title = "the license server is a domain controller, but Network Service is not in Terminal Server License Servers";
    let evidence = machine.fact_evidence(facts::TSLS_MEMBERS, format!("members: {}", members.join(", ")));
    Ok(vec![RULE.finding(title).evidence(evidence)])
}
