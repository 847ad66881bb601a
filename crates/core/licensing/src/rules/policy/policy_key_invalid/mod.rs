//! A policy file with a key that begins with a root key, or with a backslash too many.
//!
//! # What it looks at
//! The keys of all instructions of a policy file. The rule fires at severity error if a key begins with a
//! root key in any notation (`HKLM\`, `HKLM:\`, `HKEY_LOCAL_MACHINE\`, `Registry::HKEY_LOCAL_MACHINE\`,
//! `MACHINE\`), and at severity warning if it has a backslash at its start or end, or two in a row.
//!
//! # Why it matters
//! The folder of a `Registry.pol` determines the root key; the keys in it must not contain one ([MS-GPREG]
//! 2.2.1). The setting does not arrive. A published case reports that the whole processing of Group Policy
//! failed on machines with such a file.
//!
//! # How it can be wrong
//! How Windows treats such a key is not documented. Some programs ignore backslashes at the start or the end.
//!
//! # Fix
//! 1. Set the policy again in the policy editor, and remove the entry with the wrong key. If the policy
//!    editor does not show it, restore the object from a backup, or remove the entry with LGPO.exe (`/parse`,
//!    edit the text, `/r` and `/w`).
//! 2. Correct the program or script that wrote it: the key begins with `Software\` or `System\`.
//!
//! # Fix safety
//! Deleting a policy file removes all its policies from every machine in its scope. Record its settings
//! first.
//!
//! # Verify
//! Run `rdscal policy lint` on the file, then `gpupdate /force` on a machine.

use std::collections::BTreeSet;

use snapshot::policy::KeyFlaw;

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-207",
    name: "policy-key-invalid",
    title: "policy file with an invalid key",
    severity: Severity::Error,
    confidence: Confidence::High,
    scope: Scope::PolicyFile,
    products: "Windows Server 2003 and later",
    sources: &[sources::GPREG.at("2.2.1, Registry Policy Message Syntax"), sources::BASELINE_64],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let instructions = machine.policy_instructions()?;
    let mut seen = BTreeSet::new();
    let first_of_key = instructions.iter().filter(|own| seen.insert(own.key.to_lowercase()));
    let findings = first_of_key.filter_map(|own| {
        let finding = match own.key_flaw()? {
            // A preference has its root key in another field, and is processed apart from other policies.
            KeyFlaw::RootKey if own.preference.is_some() => RULE
                .finding(format!("the key “{}” of the preference begins with a root key", own.key))
                .severity(Severity::Warning),
            KeyFlaw::RootKey => RULE.finding(format!(
                "the key “{}” at byte {} begins with a root key, which a policy file must not contain; Windows may stop processing Group Policy there",
                own.key, own.offset
            )),
            KeyFlaw::EmptyName if own.key.is_empty() => {
                let title = format!("an instruction at byte {} of the policy file names no key", own.offset);
                RULE.finding(title).severity(Severity::Warning)
            }
            KeyFlaw::EmptyName => RULE
                .finding(format!(
                    "the key “{}” at byte {} has a backslash at its start or end, or two in a row; whether Windows applies the setting is not documented",
                    own.key, own.offset
                ))
                .severity(Severity::Warning),
        };
        Some(finding.evidence(Evidence::instruction(own)))
    });
    Ok(findings.collect())
}
