//! A session host whose licensing is configured centrally by a Remote Desktop deployment.
//!
//! # What it looks at
//! `UseCentralLicensingSettings` of `Win32_TSDeploymentLicensing`. The rule fires if it is true, and if the
//! running host reports a mode or license servers that no policy sets and its registry does not contain.
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

use crate::model::{Setting, listed};
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
    let central = machine.fact(facts::CENTRAL_LICENSING);
    let (mode, servers) = (machine.licensing_mode(), machine.license_servers());
    let mut in_use = Vec::new();
    let mut evidence = Vec::new();
    if let Some(mode) = mode.reported().filter(|_| !by_policy(mode)) {
        in_use.extend(mode.value.map(|mode| format!("the mode {mode}")));
        evidence.push(mode.evidence.clone());
    }
    if let Some(list) = servers.reported().filter(|_| !by_policy(servers)) {
        in_use.extend(list.value.as_ref().map(|list| format!("the servers {}", listed(list))));
        evidence.push(list.evidence.clone());
    }
    let (title, confidence) = match (&central, in_use.is_empty()) {
        (Ok(true), true) => (
            "a connection broker's deployment sets the mode and the license servers centrally".to_owned(),
            Confidence::High,
        ),
        (Ok(true), false) => (
            format!(
                "a connection broker's deployment sets the licensing of this host: {}",
                in_use.join(" and ")
            ),
            Confidence::High,
        ),
        (_, false) => (
            format!(
                "the host uses settings that its registry does not contain ({}); most likely a deployment sets them",
                in_use.join(" and ")
            ),
            Confidence::Medium,
        ),
        (Ok(false), true) => return Ok(Vec::new()),
        (Err(unknown), true) => return Err(unknown.clone()),
    };
    if central == Ok(true) {
        evidence
            .insert(0, machine.fact_evidence(facts::CENTRAL_LICENSING, "UseCentralLicensingSettings true"));
    }
    Ok(vec![RULE.finding(title).confidence(confidence).evidences(evidence)])
}

/// Whether a policy in the registry sets the value: `setting-not-in-effect` reports that the host differs.
fn by_policy<T: Clone>(setting: &Setting<T>) -> bool {
    setting.stored().is_some_and(|stored| stored.place == Layer::Policy)
}
