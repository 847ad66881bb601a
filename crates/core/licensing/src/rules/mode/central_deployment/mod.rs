//! A session host whose licensing is set centrally by a Remote Desktop deployment.
//!
//! # What it looks at
//! `UseCentralLicensingSettings` of `Win32_TSDeploymentLicensing`. It fires where it is true.
//!
//! # Why it matters
//! The connection broker's deployment writes mode and license servers to all its session hosts. What is set on one
//! host alone may be overwritten.
//!
//! # How it can be wrong
//! Nothing is broken: this says only where changes belong.
//!
//! # Fix
//! 1. Change mode and servers in Server Manager, *Remote Desktop Services*, *Edit Deployment Properties*, *RD
//!    Licensing*, or with `Set-RDLicenseConfiguration` on the broker.
//!
//! # Fix safety
//! The change reaches every host of the deployment.
//!
//! # Verify
//! `Get-RDLicenseConfiguration` on the broker, and `rdscal show` on the host.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-015",
    name: "central-deployment",
    title: "a deployment sets licensing for all its hosts",
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
        RULE.finding("mode and license servers are set centrally, by the deployment of a connection broker")
            .evidence(evidence),
    ])
}
