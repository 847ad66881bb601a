//! A policy file that cannot be read to its end.
//!
//! # What it looks at
//! A `Registry.pol`: the signature, and each instruction by its lengths. It fires at the first byte that is not as
//! MS-GPREG says, and names its place.
//!
//! # Why it matters
//! Windows gives up at such a place as well: settings behind it, or all of the object, do not arrive, and the machines
//! keep what they had until somebody wonders. Writers of such files have damaged them at delete entries of the very key
//! that licensing uses.
//!
//! # How it can be wrong
//! What Windows makes of the part before the damage is not documented.
//!
//! # Fix
//! 1. Restore the file from a backup of the object (Group Policy Management Console, *Restore from Backup*), or from git.
//! 2. Without a backup: `rdscal policy show` lists what stands before the damage. Note it, set the policies anew in the
//!    policy editor, and check the other settings of the object.
//! 3. Find the writer: a program that appends to the file, a conversion of line ends in git (`*.pol binary` in
//!    `.gitattributes` prevents that), an interrupted replication.
//!
//! # Fix safety
//! Deleting a damaged policy file removes every policy in it from all machines that it reaches: write down its settings
//! first.
//!
//! # Verify
//! `LGPO.exe /parse /m Registry.pol` reads the file to its end, and `rdscal policy lint` no longer reports it.

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
        "the policy file is damaged at byte {}; {} before it could be read",
        damage.offset,
        damage.before()
    );
    let origin = &machine.snapshot().origin;
    let file = origin.files.first().map_or(origin.locator.as_str(), |file| file.path.as_str());
    Ok(vec![RULE.finding(title).evidence(Evidence::damage(file, &damage))])
}
