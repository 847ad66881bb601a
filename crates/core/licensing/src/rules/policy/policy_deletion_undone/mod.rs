//! A deletion in a policy file that does not have the intended effect.
//!
//! # What it looks at
//! The instructions of a `Registry.pol` for the policy key, in their order. The rule fires if `**del.NAME` is
//! followed by an instruction that sets the value again, if `**delvals.` deletes what the same file has just
//! set, if a deletion has no name or a name with spaces around it, if `**deletevalues` lists names with
//! commas instead of semicolons, and if a name begins with `**` and is not a command.
//!
//! # Why it matters
//! Instructions are executed in order, and the last one counts. Someone intended to remove or make a
//! setting, and the machines have the opposite. Policy editors produce such files only after a merge by hand
//! or by a program.
//!
//! # How it can be wrong
//! The policy editor writes `**delvals.` before the settings for some lists; that is not reported. A file may
//! delete and set a value on purpose, to ensure its type.
//!
//! # Fix
//! 1. Open the object in the policy editor and set the policy as intended: *Set the Remote Desktop licensing
//!    mode*, *Use the specified Remote Desktop license servers* ({gpo:licensing}). The editor rewrites the
//!    file.
//! 2. For a backup kept in git: restore it into a test object, correct it there, and back it up again.
//! 3. `LGPO.exe /parse /m Registry.pol` shows the instructions in their order; `rdscal policy show` shows the
//!    result.
//!
//! # Fix safety
//! Every machine in the scope of the object applies the new contents at its next policy refresh.
//!
//! # Verify
//! Run `rdscal policy lint` on the folder, then `gpupdate /force` and `rdscal show` on one machine.

use snapshot::policy::PolicyInstruction;

use crate::model::policy_file::{PolicyCommand, is_of_policy_key, policy_command};
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-200",
    name: "policy-deletion-undone",
    title: "deletion in a policy does not have the intended effect",
    severity: Severity::Warning,
    confidence: Confidence::High,
    scope: Scope::PolicyFile,
    products: "Windows Server 2003 and later",
    sources: &[sources::GPREG],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let all = machine.policy_instructions()?;
    let own: Vec<_> = all.iter().filter(|instruction| is_of_policy_key(instruction)).collect();
    let mut findings = Vec::new();
    for (index, instruction) in own.iter().enumerate() {
        let (before, after) =
            (own.get(..index).unwrap_or_default(), own.get(index + 1..).unwrap_or_default());
        let Some((what, other)) = flaw(instruction, before, after) else { continue };
        let finding = RULE.finding(format!("the policy entry “{}” {what}", instruction.name));
        let evidence = [Some(*instruction), other].into_iter().flatten().map(Evidence::instruction);
        findings.push(finding.evidences(evidence));
    }
    Ok(findings)
}

/// The fault of a deletion, and the instruction that causes it.
fn flaw<'i>(
    instruction: &PolicyInstruction,
    before: &[&'i PolicyInstruction],
    after: &[&'i PolicyInstruction],
) -> Option<(String, Option<&'i PolicyInstruction>)> {
    match policy_command(&instruction.name)? {
        PolicyCommand::Delete(name) if name.trim().is_empty() => {
            Some(("names no value and deletes nothing".to_owned(), None))
        }
        PolicyCommand::Delete(name) if name.trim() != name => Some((
            format!("deletes a value whose name has an extra space, instead of “{}”", name.trim()),
            None,
        )),
        PolicyCommand::Delete(name) => {
            let again = after.iter().find(|later| sets(later, name))?;
            Some((format!("is undone; a later entry sets “{}” again", again.name), Some(again)))
        }
        PolicyCommand::DeleteAll => {
            let lost = before.iter().rev().find(|earlier| policy_command(&earlier.name).is_none())?;
            // A value that is set again later is not lost.
            let is_back = after.iter().any(|later| sets(later, &lost.name));
            (!is_back)
                .then(|| (format!("deletes “{}”, which the same file has just set", lost.name), Some(*lost)))
        }
        PolicyCommand::DeleteListed
            if instruction.shown.contains(',') && !instruction.shown.contains(';') =>
        {
            let what = "lists its names with commas; only semicolons separate names, so nothing is deleted";
            Some((what.to_owned(), None))
        }
        PolicyCommand::NoCommand => Some(("begins like a command but is not one".to_owned(), None)),
        PolicyCommand::DeleteListed | PolicyCommand::SetIfAbsent(_) | PolicyCommand::OfKey => None,
    }
}

/// True if the instruction sets the value of this name.
fn sets(instruction: &PolicyInstruction, name: &str) -> bool {
    match policy_command(&instruction.name) {
        None => instruction.name.eq_ignore_ascii_case(name),
        Some(PolicyCommand::SetIfAbsent(own)) => own.eq_ignore_ascii_case(name),
        Some(_) => false,
    }
}
