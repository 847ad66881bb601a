//! A local licensing mode that the policy overrides.
//!
//! # What it looks at
//! The policy value `LicensingMode` and the local mode. The rule fires if both set a mode in which licenses
//! are requested, and the modes differ. A local mode of *not configured* or *administration* beside a policy
//! is normal and is not reported.
//!
//! # Why it matters
//! The policy wins. A change of the local value has no effect, and a script that reads it reports the wrong
//! mode.
//!
//! # How it can be wrong
//! Nothing is broken. The policy may be newer than the local setting and intended.
//!
//! # Fix
//! 1. Find out which mode is intended: the one that matches the CALs that you own.
//! 2. If it is the local mode, change the Group Policy object, not the registry: *Set the Remote Desktop
//!    licensing mode* ({gpo:licensing}). `gpresult /h report.html` names the object.
//! 3. If it is the policy's mode, no action is required. Windows refuses to change the local mode while the
//!    policy sets it.
//!
//! # Fix safety
//! Changing the mode changes which licenses users and devices receive. It does not revoke any license.
//!
//! # Verify
//! Run `gpupdate /force`, then `rdscal show`. It shows which setting is in force.

use crate::model::LicensingMode;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-007",
    name: "mode-policy-differs",
    title: "policy and local setting specify different licensing modes",
    severity: Severity::Info,
    confidence: Confidence::High,
    scope: Scope::Any,
    products: "Windows Server 2003 and later",
    sources: &[
        sources::POLICY_WINS,
        sources::ADMX.at("Remote Desktop Session Host, Licensing"),
        sources::MODE_WARNING,
    ],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let setting = machine.licensing_mode();
    setting.certain()?;
    let Some(policy) = setting.winner().filter(|winner| winner.place == Layer::Policy) else {
        return Ok(Vec::new());
    };
    match machine.product().era() {
        Some(Era::Nt4 | Era::Nt5) => machine.value(&places::legacy_licensing_core(), "PolicyAcOn")?,
        _ => machine.value(&places::licensing_core(), "LicensingMode")?,
    };
    let differs = |mode: &LicensingMode| mode.is_licensing() && Some(mode) != policy.value.as_ref();
    let local = setting
        .candidates
        .iter()
        .filter(|candidate| candidate.standing == CandidateStatus::Overridden)
        .filter_map(|candidate| Some((candidate, candidate.value.filter(differs)?)));
    Ok(local
        .map(|(local, mode)| {
            let wins = policy.value.map(|mode| mode.to_string()).unwrap_or_default();
            let mut finding =
                RULE.finding(format!("the policy sets {wins}, the local setting {mode}; the policy wins"));
            finding.notes.extend(machine.policy_note());
            finding.evidence(policy.evidence.clone()).evidence(local.evidence.clone())
        })
        .collect())
}
