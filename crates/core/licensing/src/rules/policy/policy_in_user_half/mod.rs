//! A licensing policy in the user's half of an object.
//!
//! # What it looks at
//! The instructions of `User\Registry.pol` for the policy key. It fires where one of the five licensing settings stands
//! there.
//!
//! # Why it matters
//! Windows reads these policies from `HKEY_LOCAL_MACHINE` only: the template has them for computers. In the user's half
//! they arrive in each user's hive and do nothing.
//!
//! # How it can be wrong
//! The same key holds policies for users as well (time limits, redirection); those are not reported.
//!
//! # Fix
//! 1. Set the policies in the computer's half: *Set the Remote Desktop licensing mode*, *Use the specified Remote Desktop
//!    license servers* ({gpo:licensing}), in an object that reaches the session hosts.
//! 2. Take the entries out of the user's half; they come from a program or from a file that was copied into the wrong
//!    folder.
//!
//! # Fix safety
//! Nothing reads the entries.
//!
//! # Verify
//! `rdscal policy lint` over the folder, then `rdscal show` on a session host.

use crate::knowledge::{Role, values};
use crate::model::policy_file::is_of_policy_key;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-202",
    name: "policy-in-user-half",
    title: "licensing policy in the half for users",
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
            let title =
                format!("the policy sets “{}” for users, where no Windows reads it", instruction.name);
            RULE.finding(title).evidence(Evidence::instruction(instruction))
        })
        .collect())
}
