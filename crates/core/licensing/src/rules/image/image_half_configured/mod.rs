//! A golden image with half of a licensing configuration.
//!
//! # What it looks at
//! The licensing mode and the license servers in force. The rule fires if only one of the two is set. If
//! neither is set, a policy is expected to set both.
//!
//! # Why it matters
//! Clones request licenses of a kind but have no server, or have a server but no mode. Users are locked out
//! when the grace period ends.
//!
//! # How it can be wrong
//! The missing half may come from a policy that reaches the clones only after they have joined their domain.
//!
//! # Fix
//! 1. Set both in the policy that reaches the clones, and remove both from the image.
//! 2. Or set both in the image, in an elevated Windows PowerShell: `$s = Get-WmiObject -Namespace
//!    root\cimv2\TerminalServices Win32_TerminalServiceSetting`, then `$s.ChangeMode(2)` (4 for Per User) and
//!    `$s.SetSpecifiedLicenseServerList(@('YOUR-SERVER-1','YOUR-SERVER-2'))`.
//!
//! # Fix safety
//! Setting them does not revoke any license.
//!
//! # Verify
//! Run `rdscal doctor --profile image` again, then start one clone and check its licensing.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-185",
    name: "image-half-configured",
    title: "the image has a licensing mode without servers, or servers without a mode",
    severity: Severity::Warning,
    confidence: Confidence::Medium,
    scope: Scope::Image,
    products: "Windows Server 2008 and later",
    recipe: Some("set-servers"),
    sources: &[sources::MODE_WARNING, sources::LICENSE_HOSTS],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let (mode, servers) = (machine.licensing_mode(), machine.license_servers());
    if !mode.effective.is_certain() || !servers.effective.is_certain() {
        let missing = mode.unseen.iter().chain(&servers.unseen).cloned();
        return Err(missing.map(Unknown::from).reduce(Unknown::and).unwrap_or(Unknown { needs: Vec::new() }));
    }
    let asks = mode.known()?.filter(|mode| mode.is_licensing());
    let listed = servers.known()?.is_some_and(|servers| servers.iter().any(|server| !server.is_blank()));
    let (title, evidence) = match (asks, listed) {
        (Some(mode_set), false) => (
            format!("the image is set to {mode_set} but names no license server"),
            mode.winner().map(|w| &w.evidence),
        ),
        (None, true) => {
            let title = "the image names license servers but no licensing mode".to_owned();
            (title, servers.winner().map(|w| &w.evidence))
        }
        _ => return Ok(Vec::new()),
    };
    Ok(vec![RULE.finding(title).evidences(evidence.cloned())])
}
