//! A session host whose licensing is configured centrally by a Remote Desktop deployment.
//!
//! # What it looks at
//! `UseCentralLicensingSettings` of `Win32_TSDeploymentLicensing`. The rule fires if it is true.
//!
//! # Why it matters
//! The connection broker's deployment writes the mode and the license servers to all its session hosts. It
//! may overwrite what was set on a single host.
//!
//! # How it can be wrong
//! Nothing is broken. The finding only says where changes must be made.
//!
//! # Fix
//! 1. Change the mode and the servers in Server Manager (*Remote Desktop Services*, *Edit Deployment
//!    Properties*, *RD Licensing*), or with `Set-RDLicenseConfiguration` on the broker.
//!
//! # Fix safety
//! The change reaches every host of the deployment.
//!
//! # Verify
//! Run `Get-RDLicenseConfiguration` on the broker and `rdscal show` on the host.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-015",
    name: "central-deployment",
    title: "a deployment configures licensing for all its hosts",
    severity: Severity::Info,
    confidence: Confidence::High,
    scope: Scope::SessionHost,
    products: "Windows Server 2012 and later",
    sources: &[sources::DEPLOYMENT],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let central = machine.fact(facts::CENTRAL_LICENSING)?;
    if !central {
        return Ok(Vec::new());
    }
    let evidence = machine.fact_evidence(facts::CENTRAL_LICENSING, "UseCentralLicensingSettings true");
    Ok(vec![
        RULE.finding("a connection broker's deployment sets the mode and the license servers centrally")
            .evidence(evidence),
    ])
}
