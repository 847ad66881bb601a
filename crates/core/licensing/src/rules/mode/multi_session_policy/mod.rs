//! A licensing mode by policy on Windows Enterprise multi-session.
//!
//! # What it looks at
//! `EditionID` *ServerRdsh* (Windows 10 and 11 Enterprise multi-session, for Azure Virtual Desktop), and the
//! policy value `LicensingMode`.
//!
//! # Why it matters
//! Multi-session Windows is licensed by the subscription of each user, not by RDS CALs. With a licensing mode
//! from a policy it behaves like a session host: users see the countdown of the grace period, and are refused
//! when it is over (*no Remote Desktop client access licenses available for this computer*).
//!
//! # How it can be wrong
//! Nothing happens before the grace period ends. The policy may be intended for servers in the same scope.
//!
//! # Fix
//! 1. Set *Set the Remote Desktop licensing mode* ({gpo:licensing}) to *Disabled* for these machines, or keep
//!    the policy object away from them.
//! 2. Run `gpupdate /force`, and update the image if it contains the value.
//! 3. No license server and no CAL is needed.
//!
//! # Fix safety
//! Servers in the scope of the same policy object need their licensing mode. Filter the object by the
//! operating system.
//!
//! # Verify
//! The value `LicensingMode` is gone from the policy key, and no countdown appears.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-017",
    name: "multi-session-policy",
    title: "a policy sets a licensing mode on multi-session Windows",
    severity: Severity::Warning,
    confidence: Confidence::High,
    scope: Scope::Any,
    products: "Windows 10 and 11 Enterprise multi-session",
    sources: &[sources::AVD_LICENSING],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    if !machine.product().is_multi_session_client() {
        return Ok(Vec::new());
    }
    let Some(mode) = machine.value(&places::policy(), "LicensingMode")? else { return Ok(Vec::new()) };
    let shown = machine.licensing_mode().at(Layer::Policy).find_map(|policy| policy.value);
    let shown = shown.map_or_else(|| mode.value.shown(), |mode| mode.to_string());
    let title = format!(
        "a policy sets the licensing mode {shown} on multi-session Windows, which needs no RDS licenses; users are refused when the grace period ends"
    );
    let list = machine.value(&places::policy(), "LicenseServers")?;
    let mut finding = RULE.finding(title).evidence(mode.evidence());
    finding.evidence.extend(list.map(|list| list.evidence()));
    finding.notes.extend(machine.policy_note());
    Ok(vec![finding])
}
