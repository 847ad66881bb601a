//! A policy file that writes a licensing setting outside the policy keys.
//!
//! # What it looks at
//! The instructions of a `Registry.pol` for licensing keys. The rule fires for each that is not below
//! `Software\Policies` or `Software\Microsoft\Windows\CurrentVersion\Policies`: `RCM\Licensing Core`,
//! `TermService\Parameters\LicenseServers`, `MSLicensing` and similar keys.
//!
//! # Why it matters
//! Windows removes a value only from those two keys when the object no longer applies. Elsewhere it stays
//! permanently ("tattooing"), looks like a local setting, and is still overridden by the policy of the same
//! name. If a policy wrote a client license store, it would be the same on every machine.
//!
//! # How it can be wrong
//! This may be intended: a default that a machine keeps.
//!
//! # Fix
//! 1. Use the existing policy: *Set the Remote Desktop licensing mode*, *Use the specified Remote Desktop
//!    license servers* ({gpo:licensing}).
//! 2. Remove the entry from the object. It comes from a custom template or from a program. The value stays on
//!    the machines until it is deleted; `rdscal doctor` reports it.
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
    sources: &[sources::GPREG, sources::ADMX_FORMAT],
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
        let title = format!(
            "the policy writes “{}” to {}, where it remains after the policy no longer applies",
            instruction.name, instruction.key
        );
        findings.push(RULE.finding(title).evidence(Evidence::instruction(&instruction)));
    }
    Ok(findings)
}
