//! A license server that management tools do not discover.
//!
//! # What it looks at
//! `IsLSRegisteredToSCP` of a license server in a domain.
//!
//! # Why it matters
//! Session hosts do not use the entry; they need a list. Management tools offer registered servers by name,
//! and inventories find them in the directory.
//!
//! # How it can be wrong
//! Nothing depends on it.
//!
//! # Fix
//! 1. No action is required.
//! 2. If tools should find the server: RD Licensing Manager, *Review Configuration*, *Register SCP*.
//!
//! # Fix safety
//! Registration writes one object below the computer account.
//!
//! # Verify
//! RD Licensing Manager shows the server although its name was not entered.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-115",
    name: "scp-not-registered",
    title: "the license server is not published in the directory",
    severity: Severity::Info,
    confidence: Confidence::High,
    scope: Scope::LicenseServer,
    products: "Windows Server 2008 R2 and later",
    sources: &[sources::TS_LICENSE_SERVER],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    if !machine.membership()?.in_domain {
        return Ok(Vec::new());
    }
    if machine.fact(facts::REGISTERED_TO_SCP)? {
        return Ok(Vec::new());
    }
    let evidence = machine.fact_evidence(facts::REGISTERED_TO_SCP, "not registered");
    Ok(vec![
        RULE.finding("the license server is not registered as a service connection point").evidence(evidence),
    ])
}
