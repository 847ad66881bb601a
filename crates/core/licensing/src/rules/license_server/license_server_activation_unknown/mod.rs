//! A license server that cannot say whether it is activated.
//!
//! # What it looks at
//! `GetActivationStatus` of the license server: 2 is *unknown*.
//!
//! # Why it matters
//! Nobody can say whether the server hands out more than temporary licenses. Usually its identity cannot be
//! read, or the clearing house did not answer during activation.
//!
//! # How it can be wrong
//! The question may have been asked without administrator rights on the license server.
//!
//! # Fix
//! 1. Ask again with an account that is an administrator of the license server.
//! 2. Look for events 17, 18, 19, 38 and 39 of the licensing service.
//! 3. Check that TCP 443 to Microsoft's clearing house is open, then activate or reactivate the server.
//!
//! # Fix safety
//! Asking changes nothing. Reactivation keeps installed packs; have their agreement numbers at hand all the
//! same.
//!
//! # Verify
//! RD Licensing Manager shows *Activated*.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-102",
    name: "license-server-activation-unknown",
    title: "the license server cannot tell whether it is activated",
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
