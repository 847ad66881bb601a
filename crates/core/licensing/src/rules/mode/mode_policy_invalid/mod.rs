//! A policy that sets an invalid licensing mode.
//!
//! # What it looks at
//! The policy value `LicensingMode`. The rule fires if the value is not 2 (Per Device), 4 (Per User) or 6
//! (Entra ID Per User), or is not a REG_DWORD.
//!
//! # Why it matters
//! The policy editor cannot write such a value. It was written by a script or by hand, or by a damaged
//! `Registry.pol`. How a host treats it is not documented: at best it uses its local setting, at worst it has
//! no mode.
//!
//! # How it can be wrong
//! A newer template may offer a mode that this program does not know.
//!
//! # Fix
//! 1. Open the policy object and set the policy again: *Set the Remote Desktop licensing mode*
//!    ({gpo:licensing}).
//! 2. If no object sets it (`gpresult /h report.html`), the value was written by hand. Export the key (`reg
//!    export "HKLM\SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services" policy.reg`), then delete the
//!    value (`reg delete` with the same key and `/v LicensingMode`).
//! 3. Without the policy the host needs a local mode: `(Get-WmiObject -Namespace root\cimv2\TerminalServices
//!    Win32_TerminalServiceSetting).ChangeMode(2)` (4 for Per User) in an elevated Windows PowerShell.
//! 4. Find what wrote the value, and look for other settings that it wrote.
//!
//! # Fix safety
//! If an object sets the value, change the object. The next policy refresh would restore a deleted value.
//! Setting a mode does not revoke any license.
//!
//! # Verify
//! Run `gpupdate /force`, then `rdscal doctor` again, or open RD Licensing Diagnoser.

use crate::model::{Candidate, LicensingMode};
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-008",
    name: "mode-policy-invalid",
    title: "policy sets an invalid licensing mode",
    severity: Severity::Error,
    confidence: Confidence::High,
    scope: Scope::Any,
    products: "Windows Server 2003 and later",
    sources: &[sources::ADMX.at("Remote Desktop Session Host, Licensing")],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let Some(found) = machine.value(&places::policy(), "LicensingMode")? else { return Ok(Vec::new()) };
    let invalid = |candidate: &&Candidate<LicensingMode>| candidate.standing == CandidateStatus::Invalid;
    let Some(policy) = machine.licensing_mode().at(Layer::Policy).find(invalid) else {
        return Ok(Vec::new());
    };
    let shown = match policy.value {
        Some(LicensingMode::Other(number)) => number.to_string(),
        Some(mode) => mode.to_string(),
        None => format!("{} {}", found.value.kind, found.value.shown()),
    };
    let mut finding = RULE.finding(format!(
        "the policy sets the licensing mode to {shown}; valid values are 2, 4 and 6 (REG_DWORD)"
    ));
    finding.notes.extend(machine.policy_note());
    Ok(vec![finding.evidence(policy.evidence.clone())])
}
