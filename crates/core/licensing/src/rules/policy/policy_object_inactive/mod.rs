//! A policy object whose licensing settings no machine applies, regardless of its links.
//!
//! # What it looks at
//! The settings of `Machine\Registry.pol`, and the state of the object according to gpt.ini, the backup's
//! description or the directory. The rule fires if the computer configuration is disabled, if its version is
//! 0, and if the object does not list the registry extension for computers.
//!
//! # Why it matters
//! Clients skip a disabled configuration, consider an object of version 0 empty, and call the registry
//! extension only for objects that list it. The settings are visible in the file but are never applied.
//!
//! # How it can be wrong
//! The configuration may be disabled on purpose, for a test. A backup shows only the state at the time of the
//! backup.
//!
//! # Fix
//! 1. Open the object in the policy editor and set one of its policies again. This increments the version and
//!    lists the extension. Copying a file into SYSVOL does neither.
//! 2. Enable the computer configuration: Group Policy Management Console, the object, *Details*, *GPO
//!    Status*.
//!
//! # Fix safety
//! The settings are then applied to every machine in the scope of the object. Check those first, with `rdscal
//! policy show --directory DC --computer NAME`.
//!
//! # Verify
//! `gpresult /r /scope computer` on a session host lists the object among the applied ones.

use crate::model::policy_file::{is_of_policy_key, policy_command};
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-206",
    name: "policy-object-inactive",
    title: "policy object that is never applied",
    severity: Severity::Warning,
    confidence: Confidence::High,
    scope: Scope::PolicyFile,
    products: "Windows Server 2003 and later",
    sources: &[sources::GPOL, sources::GPREG],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let instructions = machine.policy_instructions()?;
    let set: Vec<_> = instructions
        .iter()
        .filter(|own| !own.user && is_of_policy_key(own) && policy_command(&own.name).is_none())
        .collect();
    if set.is_empty() {
        return Ok(Vec::new());
    }
    let object = machine.policy_object()?;
    let why = if object.machine_disabled == Some(true) {
        "its computer configuration is disabled"
    } else if object.machine_version == Some(0) {
        "its computer version is 0, the version of an empty object"
    } else if object.registry_extension == Some(false) {
        "it does not list the registry extension for computers"
    } else {
        return Ok(Vec::new());
    };
    let name = object.name.or(object.id).map(|name| format!(" “{name}”")).unwrap_or_default();
    let finding = RULE.finding(format!("the policy object{name} is never applied: {why}"));
    Ok(vec![finding.evidences(set.into_iter().map(Evidence::instruction))])
}
