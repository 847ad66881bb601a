//! A `.reg` script that deletes the licensing mode or the list of license servers.
//!
//! # What it looks at
//! The deletions in a `.reg` file: `LicensingMode` and the list of license servers, in the policy and in the
//! local keys, or a key above them.
//!
//! # Why it matters
//! After the import the setting is gone, unless another layer sets it: a host without a mode or without a
//! license server issues no licenses, and locks users out when its grace period ends. A policy value returns
//! with the next refresh of Group Policy.
//!
//! # How it can be wrong
//! The file may never be imported. Deleting a local setting is correct if a policy sets it, and deleting a
//! policy value is correct if the policy was removed.
//!
//! # Fix
//! 1. Compare with the host: `rdscal show SOURCE` names the setting in force and the layer that sets it.
//! 2. Change the setting instead of deleting it: `rdscal fix set-mode` and `rdscal fix set-servers` make a
//!    backup and can be undone.
//!
//! # Fix safety
//! Not importing a file changes nothing.
//!
//! # Verify
//! Run `rdscal doctor` on the session host.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-019",
    name: "script-deletes-settings",
    title: "a script deletes licensing settings of a session host",
    severity: Severity::Warning,
    confidence: Confidence::High,
    scope: Scope::Any,
    sources: &[sources::LICENSE_HOSTS, sources::NO_LICENSE_SERVER],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let settings = [
        (places::licensing_core(), "LicensingMode", "the local licensing mode"),
        (places::legacy_licensing_core(), "PolicyAcOn", "the licensing mode of Windows Server 2003"),
        (places::license_servers(), "SpecifiedLicenseServers", "the local list of license servers"),
        (places::policy(), "LicensingMode", "the licensing mode of a policy"),
        (places::policy(), "LicenseServers", "the license servers of a policy"),
    ];
    let mut evidence: Vec<Evidence> = Vec::new();
    let mut deleted = Vec::new();
    for (key, name, what) in settings {
        let found = machine.deletions(|deletion| deletion.takes_value(&key, name));
        if !found.is_empty() {
            deleted.push(what);
        }
        for one in found {
            if !evidence.contains(&one) {
                evidence.push(one);
            }
        }
    }
    conclude_script(machine, evidence, |evidence| {
        RULE.finding(format!("this script deletes {}", deleted.join(", "))).evidences(evidence)
    })
}
