//! A domain in which no license server has permission to record Per User licenses.
//!
//! # What it looks at
//! The members of the built-in group *Terminal Server License Servers* (S-1-5-32-561). The rule is silent on
//! a session host in Per Device mode, which does not need the group.
//!
//! # Why it matters
//! Per User licenses are recorded in the user accounts, and only members of this group can write there.
//!
//! # How it can be wrong
//! The domain may use only Per Device licenses, which the registry of this machine does not show.
//!
//! # Fix
//! 1. Add the computer account of each license server to the group, in every domain that has users.
//! 2. On a license server that is a domain controller, also add *Network Service*.
//! 3. Restart the licensing service.
//!
//! # Fix safety
//! Members can write the license attributes of users and nothing else.
//!
//! # Verify
//! Event 74 is logged, and the Per User report counts users.

use crate::model::LicensingMode;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-134",
    name: "license-servers-group-empty",
    title: "no license server is in Terminal Server License Servers",
    severity: Severity::Error,
    confidence: Confidence::High,
    scope: Scope::Any,
    products: "Windows Server 2008 and later",
    sources: &[
        sources::ADTS.at("MS-ADTS 6.1.1.4.12.19, Terminal Server License Servers"),
        sources::KB2030310,
    ],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    if machine.licensing_mode().known() == Ok(Some(&LicensingMode::PerDevice)) {
        return Ok(Vec::new());
    }
    let members = machine.fact_if_relevant(facts::TSLS_MEMBERS)?;
    if members.is_none_or(|members| !members.is_empty()) {
        return Ok(Vec::new());
    }
    let evidence = machine.fact_evidence(facts::TSLS_MEMBERS, "no members");
    Ok(vec![
        RULE.finding("the group Terminal Server License Servers of the domain has no members")
            .evidence(evidence),
    ])
}
