//! A policy file that writes a licensing setting outside the keys that belong to policies.
//!
//! # What it looks at
//! The instructions of a `Registry.pol` for keys of licensing. It fires for each that is not below `Software\Policies`
//! or `Software\Microsoft\Windows\CurrentVersion\Policies`: `RCM\Licensing Core`, `TermService\Parameters\LicenseServers`,
//! `MSLicensing` and the like.
//!
//! # Why it matters
//! Only in those two keys Windows takes a value away again when the object no longer applies. Elsewhere it stays for
//! good ("tattooing"), looks like a local setting to everybody, and the policy of the same name still wins over it. A
//! client's license store that a policy writes would be the same on every machine.
//!
//! # How it can be wrong
//! Somebody may want exactly that: a default that a machine keeps.
//!
//! # Fix
//! 1. Set the policy that there is: *Set the Remote Desktop licensing mode*, *Use the specified Remote Desktop license
//!    servers* ({gpo:licensing}).
//! 2. Take the entry out of the object: it comes from a custom template or from a program. On the machines the value
//!    stays until somebody deletes it; `rdscal doctor` names it.
//!
//! # Fix safety
//! While the policy of the same name is set, the local value has no effect.
//!
//! # Verify
//! `rdscal policy lint` over the folder.

use snapshot::KeyPath;

use crate::model::policy_file::{PolicyCommand, policy_command};
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-201",
    name: "policy-outside-policies",
    title: "policy writes a licensing setting outside of Policies",
    severity: Severity::Warning,
    confidence: Confidence::Medium,
    scope: Scope::PolicyFile,
    products: "Windows Server 2003 and later",
    sources: &[sources::GPREG, sources::ADMX_FORMAT],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    // Keys that hold nothing but licensing; others lie beside settings that policies may well write.
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
            "the policy writes “{}” into {}, where it stays when the policy is gone",
            instruction.name, instruction.key
        );
        findings.push(RULE.finding(title).evidence(Evidence::instruction(&instruction)));
    }
    Ok(findings)
}
