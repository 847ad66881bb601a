//! A license server that cannot talk to Microsoft.
//!
//! # What it looks at
//! Whether the clearing house answers on TCP 443 from the license server.
//!
//! # Why it matters
//! Activation, and installing or migrating packs over the internet, need it. What is installed already goes
//! on working.
//!
//! # How it can be wrong
//! A license server that is kept off the internet on purpose. Then activate by web browser from another
//! machine, or by telephone.
//!
//! # Fix
//! 1. Nothing needs to be done as long as no pack is to be installed.
//! 2. Open TCP 443 to the addresses under `SOFTWARE\Microsoft\TermServLicensing\lrwiz\Params` in the firewall
//!    or proxy.
//! 3. Or choose the web browser or the telephone as the connection method in RD Licensing Manager.
//!
//! # Fix safety
//! The connection goes out only; nothing is opened to the inside.
//!
//! # Verify
//! RD Licensing Manager installs a pack with the automatic connection.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-122",
    name: "clearing-house-unreachable",
    title: "the clearing house does not answer",
    severity: Severity::Warning,
    confidence: Confidence::High,
    scope: Scope::LicenseServer,
    sources: &[sources::PORTS, sources::ACTIVATE],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    if machine.fact(facts::CLEARING_HOUSE)? {
        return Ok(Vec::new());
    }
    let evidence = machine.fact_evidence(facts::CLEARING_HOUSE, "no answer on TCP 443");
    Ok(vec![
        RULE.finding("Microsoft's clearing house does not answer: packs cannot be installed online")
            .evidence(evidence),
    ])
}
