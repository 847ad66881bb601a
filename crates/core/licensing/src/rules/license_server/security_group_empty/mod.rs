//! A license server that serves members of a group only, and the group is empty.
//!
//! # What it looks at
//! The policy value `fSecureLicensing` (1: only members may ask) and the members of the local group *RDS
//! Endpoint Servers*, *Terminal Server Computers* on 2008 and 2008 R2.
//!
//! # Why it matters
//! Every session host that is not a member is refused (event 4141). With an empty group that is every host.
//!
//! # How it can be wrong
//! A host on the license server itself, and groups that are filled by nesting, which the number of members
//! does not show.
//!
//! # Fix
//! 1. Add the computer accounts of the session hosts to the group on the license server.
//! 2. Or take the policy *License server security group* back, if every host of the domain may ask.
//! 3. Restart the licensing service.
//!
//! # Fix safety
//! Adding a host to the group gives it nothing but the right to ask for licenses.
//!
//! # Verify
//! Event 4141 stops; RD Licensing Diagnoser on a host shows the licenses.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-111",
    name: "security-group-empty",
    title: "only members of an empty group may ask for licenses",
    severity: Severity::Error,
    confidence: Confidence::High,
    scope: Scope::LicenseServer,
    products: "Windows Server 2003 and later",
    sources: &[sources::ADMX.at("RD Licensing"), sources::SECURITY_GROUP, sources::LS_EVENTS],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let Some(policy) = machine.value(&places::policy(), "fSecureLicensing")? else { return Ok(Vec::new()) };
    if policy.value.as_u32() != Some(1) {
        return Ok(Vec::new());
    }
    if machine.fact(facts::GROUP_MEMBERS)? > 0 {
        return Ok(Vec::new());
    }
    let title = "policy lets only members of RDS Endpoint Servers ask for licenses, and that group is empty";
    let members = machine.fact_evidence(facts::GROUP_MEMBERS, "no members");
    Ok(vec![RULE.finding(title).evidence(policy.evidence()).evidence(members)])
}
