//! A license server that cannot report whether it is activated.
//!
//! # What it looks at
//! `GetActivationStatus` of the license server. The rule fires for 2, *unknown*.
//!
//! # Why it matters
//! It is unclear whether the server issues more than temporary licenses. Usually its identity cannot be read,
//! or the Clearinghouse did not respond during activation.
//!
//! # How it can be wrong
//! The query may have been made without administrator rights on the license server.
//!
//! # Fix
//! 1. Query again with an account that is an administrator of the license server.
//! 2. Look for events 17, 18, 19, 38 and 39 of the licensing service.
//! 3. Check that TCP 443 to the Microsoft Clearinghouse is open, then activate or reactivate the server.
//!
//! # Fix safety
//! The query changes nothing. Reactivation keeps installed packs; nevertheless have their agreement numbers
//! ready.
//!
//! # Verify
//! RD Licensing Manager shows *Activated*.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-102",
    name: "license-server-activation-unknown",
    title: "the license server cannot report whether it is activated",
    severity: Severity::Warning,
    confidence: Confidence::High,
    scope: Scope::Any,
    sources: &[sources::TS_LICENSE_SERVER, sources::PORTS],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    if machine.fact_if_relevant(facts::ACTIVATION_STATUS)? != Some(2) {
        return Ok(Vec::new());
    }
    let evidence = machine.fact_evidence(facts::ACTIVATION_STATUS, "2, unknown");
    Ok(vec![RULE.finding("the license server reports its own activation as unknown").evidence(evidence)])
}
