//! A local licensing mode that the policy overrides.
//!
//! # What it looks at
//! The policy value `LicensingMode` and the local mode. It fires where both name a mode in which licenses are asked
//! for, and not the same one. A local mode of *not configured* or of administration is the normal companion of a
//! policy, and is not reported.
//!
//! # Why it matters
//! The policy wins. Whoever edits the local value finds that the change does not stick, and whoever reads it
//! believes in the wrong mode.
//!
//! # How it can be wrong
//! Nothing is broken. The policy may have come after the local setting and be what is meant.
//!
//! # Fix
//! 1. Find out which of the two is meant: it is the kind of CAL that you own.
//! 2. If it is the local one, change the Group Policy object, not the registry: *Set the Remote Desktop licensing
//!    mode* ({gpo:licensing}). `gpresult /h report.html` names the object.
//! 3. If it is the policy's, nothing needs to be done: Windows refuses to change the local one while the policy
//!    sets the mode.
//!
//! # Fix safety
//! Changing the mode changes which licenses users and devices are given. Nothing is taken away from anybody.
//!
//! # Verify
//! Run `gpupdate /force`, then `rdscal show` again: it says which place wins.

use crate::model::LicensingMode;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-007",
    name: "mode-policy-differs",
    title: "policy and local setting name different licensing modes",
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
