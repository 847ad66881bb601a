//! A license server that cannot contact Microsoft.
//!
//! # What it looks at
//! Whether the Microsoft Clearinghouse responds on TCP 443 from the license server.
//!
//! # Why it matters
//! Activation, and installing or migrating packs over the internet, require it. Installed packs keep working.
//!
//! # How it can be wrong
//! The license server may be kept off the internet on purpose. Then activate it by web browser from another
//! machine, or by telephone.
//!
//! # Fix
//! 1. No action is required as long as no pack is to be installed.
//! 2. Open TCP 443 to the addresses under `SOFTWARE\Microsoft\TermServLicensing\lrwiz\Params` in the firewall
//!    or proxy.
//! 3. Or select the web browser or the telephone as the connection method in RD Licensing Manager.
//!
//! # Fix safety
//! The connection is outbound only.
//!
//! # Verify
//! RD Licensing Manager installs a pack with the automatic connection.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-122",
    name: "clearing-house-unreachable",
    title: "the Microsoft Clearinghouse does not respond",
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
    let evidence = machine.fact_evidence(facts::CLEARING_HOUSE, "no response on TCP 443");
    Ok(vec![
        RULE.finding("the Microsoft Clearinghouse does not respond; packs cannot be installed online")
            .evidence(evidence),
    ])
}
