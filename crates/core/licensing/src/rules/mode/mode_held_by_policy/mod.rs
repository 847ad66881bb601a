//! A change of the licensing mode or of the servers that Windows refused because a policy controls the
//! setting.
//!
//! # What it looks at
//! The result of `ChangeMode` or `SetSpecifiedLicenseServerList` of `Win32_TerminalServiceSetting`. The rule
//! fires if it is 0x80041016, *invalid operation*.
//!
//! # Why it matters
//! Windows refuses local changes of a setting that a policy controls. The change was not made; nothing is
//! broken.
//!
//! # How it can be wrong
//! The same result may have another cause. `PolicySourceLicensingType` and
//! `PolicySourceConfiguredLicenseServers` of the same class show whether a policy controls the setting.
//!
//! # Fix
//! 1. Find the Group Policy object that controls the setting: `gpresult /h report.html` names it.
//! 2. Change the setting there: *Set the Remote Desktop licensing mode*, *Use the specified Remote Desktop
//!    license servers* ({gpo:licensing}).
//!
//! # Fix safety
//! Change the policy object, not the registry value. The next policy refresh would overwrite the value.
//!
//! # Verify
//! Run `gpupdate /force`, then `rdscal show`. It shows which setting is in force.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-014",
    name: "mode-held-by-policy",
    title: "change of the mode refused because a policy controls it",
    severity: Severity::Info,
    confidence: Confidence::High,
    scope: Scope::SessionHost,
    products: "Windows Server 2008 and later",
    sources: &[sources::WMI_ERRORS, sources::CHANGE_MODE],
    ..Rule::machine(check)
};

/// `WBEM_E_INVALID_OPERATION`
const INVALID_OPERATION: u32 = 0x8004_1016;

fn check(machine: &Machine<'_>) -> Outcome {
    let result = machine.fact(facts::SETTER_RESULT)?;
    if result != INVALID_OPERATION {
        return Ok(Vec::new());
    }
    let policy = machine.licensing_mode().at(Layer::Policy).map(|policy| policy.evidence.clone());
    let mut finding =
        RULE.finding("Windows refused to change the setting because a policy controls it (0x80041016)");
    finding.notes.extend(machine.policy_note());
    Ok(vec![
        finding
            .evidence(machine.fact_evidence(facts::SETTER_RESULT, format!("{result:#010x}")))
            .evidences(policy),
    ])
}
