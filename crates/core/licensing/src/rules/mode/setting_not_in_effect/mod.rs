//! A policy that the running host does not use yet, or still uses.
//!
//! # What it looks at
//! The licensing mode and the license servers that the running host reports (`LicensingType`,
//! `GetSpecifiedLicenseServerList`), compared with the policy values in its registry. The rule fires if a
//! policy sets another value than the host reports, or if the host reports that a policy sets a value which
//! the registry does not contain.
//!
//! # Why it matters
//! The host works with the value that it reports. A changed policy has no effect until the service reads it.
//!
//! # How it can be wrong
//! The policy may have been refreshed between the two readings. Run the check again.
//!
//! # Fix
//! 1. Run `gpupdate /force` on the host.
//! 2. If the host still reports the old value, restart the service *Remote Desktop Services* in a maintenance
//!    window: `Restart-Service TermService -Force`.
//!
//! # Fix safety
//! Refreshing a policy changes nothing else. Restarting the service ends all sessions.
//!
//! # Verify
//! Run `rdscal show`. The setting is in force with the value of the policy.

use crate::model::{LicensingMode, Setting, listed};
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-016",
    name: "setting-not-in-effect",
    title: "the running host does not use what its policy sets",
    severity: Severity::Critical,
    confidence: Confidence::Medium,
    scope: Scope::SessionHost,
    products: "Windows Server 2008 and later",
    sources: &[sources::TS_SETTING, sources::POLICY_WINS],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let settings = machine.fact(facts::LICENSING_SETTINGS)?;
    let (mode, servers) = (machine.licensing_mode(), machine.license_servers());
    let mut findings = Vec::new();
    let not_set = mode.effective.value() == Some(&LicensingMode::NotConfigured);
    let severity = match machine.grace_is_over() {
        Ok(true) if not_set => Severity::Critical,
        _ => Severity::Warning,
    };
    let shown = |mode: &LicensingMode| format!("the licensing mode {mode}");
    findings.extend(compare(mode, settings.type_by_policy, shown, severity));
    let shown = |list: &Vec<_>| format!("the license servers {}", listed(list));
    findings.extend(compare(servers, settings.servers_by_policy, shown, Severity::Warning));
    Ok(findings)
}

fn compare<T: Clone>(
    setting: &Setting<T>,
    by_policy: Option<bool>,
    shown: impl Fn(&T) -> String,
    severity: Severity,
) -> Option<crate::rules::Finding> {
    let reported = setting.reported()?;
    let in_use = reported.value.as_ref().map(&shown)?;
    let policy = setting.stored().filter(|stored| stored.place == Layer::Policy);
    let title = match policy.and_then(|policy| policy.value.as_ref()) {
        Some(wanted) => format!("a policy sets {}, but the running host uses {in_use}", shown(wanted)),
        None if by_policy == Some(true) => {
            format!("the running host uses {in_use} of a policy that its registry does not contain")
        }
        None => return None,
    };
    let evidence = policy.map(|policy| policy.evidence.clone());
    Some(RULE.finding(title).severity(severity).evidence(reported.evidence.clone()).evidences(evidence))
}
