//! A policy object whose licensing settings no machine carries out, whatever it is linked to.
//!
//! # What it looks at
//! The settings of `Machine\Registry.pol`, and what gpt.ini, the backup's description or the directory say of the
//! object. It fires where the computer's half is disabled, where its version is 0, and where the object does not list
//! the registry extension for computers.
//!
//! # Why it matters
//! Clients pass over a disabled half, take an object of version 0 for empty, and call the registry extension only for
//! objects that list it. The file is there, everybody sees the settings in it, and they never arrive.
//!
//! # How it can be wrong
//! Somebody may have disabled the half on purpose, for the time of a test. In a backup only the state at that time is
//! known.
//!
//! # Fix
//! 1. Open the object in the policy editor and set one of its policies anew: that raises the version and lists the
//!    extension. A file that was only copied into SYSVOL does neither.
//! 2. Enable the computer's half: Group Policy Management Console, the object, *Details*, *GPO Status*.
//!
//! # Fix safety
//! The settings then reach every machine that the object is linked to and filtered for: check those first, with
//! `rdscal policy show --directory DC --computer NAME`.
//!
//! # Verify
//! `gpresult /r /scope computer` on a session host lists the object among those applied.

use crate::model::policy_file::{is_of_policy_key, policy_command};
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-206",
    name: "policy-object-inactive",
    title: "policy object that is not carried out",
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
        "its half for computers is disabled"
    } else if object.machine_version == Some(0) {
        "its version for computers is 0, which is that of an empty object"
    } else if object.registry_extension == Some(false) {
        "it does not list the registry extension for computers"
    } else {
        return Ok(Vec::new());
    };
    let name = object.name.or(object.id).map(|name| format!(" “{name}”")).unwrap_or_default();
    let finding = RULE.finding(format!("the policy object{name} is not carried out: {why}"));
    Ok(vec![finding.evidences(set.into_iter().map(Evidence::instruction))])
}
