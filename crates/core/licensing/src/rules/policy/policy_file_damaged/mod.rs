//! A policy file that cannot be read completely.
//!
//! # What it looks at
//! The signature of a `Registry.pol`, and each instruction by its lengths. The rule fires at the first byte
//! that violates MS-GPREG, and reports its offset.
//!
//! # Why it matters
//! Windows also stops at such a place. The settings after it, or all settings of the object, do not arrive,
//! and the machines silently keep the old ones. Programs are known to damage delete entries of the very key
//! that licensing uses.
//!
//! # How it can be wrong
//! How Windows treats the part before the damage is not documented.
//!
//! # Fix
//! 1. Restore the file from a backup of the object (Group Policy Management Console, *Restore from Backup*),
//!    or from git.
//! 2. Without a backup: `rdscal policy show` lists the settings before the damage. Record them, set the
//!    policies again in the policy editor, and check the other settings of the object.
//! 3. Find the cause: a program that appends to the file, a conversion of line endings in git (`*.pol binary`
//!    in `.gitattributes` prevents that), or an interrupted replication.
//!
//! # Fix safety
//! Deleting a damaged policy file removes all its policies from every machine in its scope. Record its
//! settings first.
//!
//! # Verify
//! `LGPO.exe /parse /m Registry.pol` reads the file completely, and `rdscal policy lint` no longer reports
//! it.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-205",
    name: "policy-file-damaged",
    title: "policy file is damaged",
    severity: Severity::Error,
    confidence: Confidence::High,
    scope: Scope::PolicyFile,
    products: "Windows Server 2003 and later",
    sources: &[sources::GPREG, sources::SALT_49225],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let Some(damage) = machine.policy_damage()? else { return Ok(Vec::new()) };
    let title = format!(
        "the policy file is damaged at byte {}; {} before that point could be read",
        damage.offset,
        damage.before()
    );
    let origin = &machine.snapshot().origin;
    let file = origin.files.first().map_or(origin.locator.as_str(), |file| file.path.as_str());
    Ok(vec![RULE.finding(title).evidence(Evidence::damage(file, &damage))])
}
