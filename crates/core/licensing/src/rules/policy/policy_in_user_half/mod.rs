//! A licensing policy in the user configuration of an object.
//!
//! # What it looks at
//! The instructions of `User\Registry.pol` for the policy key. The rule fires if it contains one of the five
//! licensing settings.
//!
//! # Why it matters
//! Windows reads these policies only from `HKEY_LOCAL_MACHINE`; the template defines them for computers. In
//! the user configuration they are written to each user's hive and have no effect.
//!
//! # How it can be wrong
//! The same key also contains policies for users (time limits, redirection); those are not reported.
//!
//! # Fix
//! 1. Set the policies in the computer configuration: *Set the Remote Desktop licensing mode*, *Use the
//!    specified Remote Desktop license servers* ({gpo:licensing}), in an object that applies to the session
//!    hosts.
//! 2. Remove the entries from the user configuration. They come from a program, or from a file that was
//!    copied into the wrong folder.
//!
//! # Fix safety
//! Nothing reads the entries.
//!
//! # Verify
//! Run `rdscal policy lint` on the folder, then `rdscal show` on a session host.

use crate::knowledge::{Role, values};
use crate::model::policy_file::is_of_policy_key;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-202",
    name: "policy-in-user-half",
    title: "licensing policy in the user configuration",
    severity: Severity::Warning,
    confidence: Confidence::High,
    scope: Scope::PolicyFile,
    products: "Windows Server 2003 and later",
    sources: &[sources::ADMX.at("Remote Desktop Session Host, Licensing"), sources::GPREG],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let is_licensing = |name: &str| {
        let mut rows =
            values::of_key("policy").filter(|row| row.role == Role::Real && row.name.contains("icens"));
        rows.any(|row| row.name.eq_ignore_ascii_case(name))
    };
    let instructions = machine.policy_instructions()?;
    let misplaced = instructions.iter().filter(|instruction| {
        instruction.user && is_of_policy_key(instruction) && is_licensing(&instruction.name)
    });
    Ok(misplaced
        .map(|instruction| {
            let title = format!(
                "the policy sets “{}” in the user configuration, where Windows does not read it",
                instruction.name
            );
            RULE.finding(title).evidence(Evidence::instruction(instruction))
        })
        .collect())
}
