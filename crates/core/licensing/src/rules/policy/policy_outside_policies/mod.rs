//! A policy file that writes a licensing setting outside the policy keys.
//!
//! # What it looks at
//! The instructions of a policy file for licensing keys: of a `Registry.pol`, of LGPO text, or of the
//! `Registry.xml` of Group Policy Preferences. The rule fires for each that is not below `Software\Policies`
//! or `Software\Microsoft\Windows\CurrentVersion\Policies`: `RCM\Licensing Core`,
//! `TermService\Parameters\LicenseServers`, `MSLicensing` and similar keys.
//!
//! # Why it matters
//! Windows removes a value only from those two keys when the object no longer applies. Elsewhere it stays
//! permanently ("tattooing"), looks like a local setting, and is still overridden by the policy of the same
//! name. A preference writes the value again at each refresh, so a correction on the machine does not last;
//! it removes the value only with the option *Remove this item when it is no longer applied*. If a policy
//! wrote a client license store, it would be the same on every machine.
//!
//! # How it can be wrong
//! This may be intended: a default that a machine keeps. Item-level targeting of a preference is not
//! evaluated: it may apply to no machine.
//!
//! # Fix
//! 1. Use the existing policy: *Set the Remote Desktop licensing mode*, *Use the specified Remote Desktop
//!    license servers* ({gpo:licensing}).
//! 2. Remove the entry from the object. It comes from a custom template, from a program, or from *Computer
//!    Configuration > Preferences > Windows Settings > Registry*. The value stays on the machines until it is
//!    deleted; `rdscal doctor` reports it.
//!
//! # Fix safety
//! While the policy of the same name is set, the local value has no effect.
//!
//! # Verify
//! Run `rdscal policy lint` on the folder.

use snapshot::KeyPath;

use crate::model::policy_file::{PolicyCommand, policy_command};
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-201",
    name: "policy-outside-policies",
    title: "policy writes a licensing setting outside Policies",
    severity: Severity::Warning,
    confidence: Confidence::Medium,
    scope: Scope::PolicyFile,
    products: "Windows Server 2003 and later",
    sources: &[sources::GPREG, sources::GPPREF.at("2.2.1.17, Registry"), sources::ADMX_FORMAT],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    // Keys with licensing values only; other keys have settings that policies legitimately write.
    let places = [
        places::rcm(),
        places::legacy_licensing_core(),
        places::license_servers(),
        places::licensing_service_parameters(),
        places::term_serv_licensing(),
        places::client_store(),
        places::client_store_32(),
    ];
    let mut findings = Vec::new();
    for instruction in machine.policy_instructions()? {
        // A file names the control set by its number or as the current one.
        let key = instruction.key.to_lowercase().replace("controlset001", "currentcontrolset");
        let path = KeyPath::hklm(&key);
        let sets = matches!(policy_command(&instruction.name), None | Some(PolicyCommand::SetIfAbsent(_)));
        if instruction.user || !sets || !places.iter().any(|place| path.starts_with(place)) {
            continue;
        }
        let key = &instruction.key;
        let name = match policy_command(&instruction.name) {
            Some(PolicyCommand::SetIfAbsent(name)) => name,
            _ => &instruction.name,
        };
        let finding = match instruction.preference {
            None => RULE.finding(format!(
                "the policy writes “{name}” to {key}, where it remains after the policy no longer applies"
            )),
            Some(preference) => {
                let when = if preference.once { "once" } else { "again at each refresh" };
                let then = if preference.removed {
                    ""
                } else {
                    ", where it remains after the object no longer applies"
                };
                let finding = RULE
                    .finding(format!("a preference writes the local setting “{name}” to {key} {when}{then}"));
                if preference.targeted {
                    finding.note("the preference has item-level targeting, which is not evaluated here")
                } else {
                    finding
                }
            }
        };
        findings.push(finding.evidence(Evidence::instruction(&instruction)));
    }
    Ok(findings)
}
