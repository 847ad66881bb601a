//! A license server that serves only members of a group, and the group is empty.
//!
//! # What it looks at
//! The policy value `fSecureLicensing` (1: only members are permitted) and the members of the local group
//! *RDS Endpoint Servers* (S-1-5-32-576). Its counterpart on Windows Server 2008 and 2008 R2, *Terminal
//! Server Computers*, has no well-known SID; the result is *unknown* there.
//!
//! # Why it matters
//! Every session host that is not a member is refused (event 4141). With an empty group that is every host.
//!
//! # How it can be wrong
//! A host on the license server itself is an exception, and the number of members does not show nested
//! groups.
//!
//! # Fix
//! 1. Add the computer accounts of the session hosts to the group on the license server.
//! 2. Or set the policy *License server security group* to *Not Configured*, if every host of the domain
//!    should be permitted.
//! 3. Restart the licensing service.
//!
//! # Fix safety
//! Adding a host to the group only gives it the right to request licenses.
//!
//! # Verify
//! Event 4141 stops, and RD Licensing Diagnoser on a host shows the licenses.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-111",
    name: "security-group-empty",
    title: "only members of an empty group can request licenses",
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
    let title =
        "a policy permits only members of RDS Endpoint Servers to request licenses, but that group is empty";
    let members = machine.fact_evidence(facts::GROUP_MEMBERS, "no members");
    Ok(vec![RULE.finding(title).evidence(policy.evidence()).evidence(members)])
}
