//! A policy file: its instructions, and the object that it belongs to.

use snapshot::policy::{PolicyDamage, PolicyInstruction};

use super::{Machine, PolicyObject, facts};
use crate::evidence::Unknown;
use crate::places;

/// What an instruction's name says that it does (MS-GPREG 3.2.5.1), where that is a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyCommand<'n> {
    /// `**del.NAME`
    Delete(&'n str),
    /// `**delvals.`
    DeleteAll,
    /// `**deletevalues`
    DeleteListed,
    /// `**soft.NAME`
    SetIfAbsent(&'n str),
    /// `**deletekeys`, `**securekey`
    OfKey,
    /// It begins as a command does and is none.
    NoCommand,
}

/// The command that a value name is; `None` for the name of a value.
#[must_use]
pub fn policy_command(name: &str) -> Option<PolicyCommand<'_>> {
    let rest = name.strip_prefix("**")?;
    let behind = |word: &str| {
        let head = rest.get(..word.len())?;
        head.eq_ignore_ascii_case(word).then(|| rest.get(word.len()..).unwrap_or_default())
    };
    let is = |word: &str| rest.trim_end_matches(' ').eq_ignore_ascii_case(word);
    Some(if let Some(name) = behind("del.") {
        PolicyCommand::Delete(name)
    } else if let Some(name) = behind("soft.") {
        PolicyCommand::SetIfAbsent(name)
    } else if is("delvals.") || is("delvals") {
        PolicyCommand::DeleteAll
    } else if is("deletevalues") {
        PolicyCommand::DeleteListed
    } else if is("deletekeys") || is("securekey") {
        PolicyCommand::OfKey
    } else {
        PolicyCommand::NoCommand
    })
}

impl Machine<'_> {
    /// The instructions for keys of licensing, in the order of the file.
    pub fn policy_instructions(&self) -> Result<Vec<PolicyInstruction>, Unknown> {
        self.fact(facts::POLICY_INSTRUCTIONS)
    }

    /// Where the file is damaged; `None` where it was read to its end.
    pub fn policy_damage(&self) -> Result<Option<PolicyDamage>, Unknown> {
        if self.snapshot().facts.contains_key(facts::POLICY_DAMAGE.name) {
            return self.fact(facts::POLICY_DAMAGE).map(Some);
        }
        self.policy_instructions().map(|_| None)
    }

    /// What is known of the object.
    pub fn policy_object(&self) -> Result<PolicyObject, Unknown> {
        self.fact(facts::POLICY_OBJECT)
    }
}

/// Whether the instruction is about the policy key for session hosts and license servers.
#[must_use]
pub fn is_of_policy_key(instruction: &PolicyInstruction) -> bool {
    let path = places::policy();
    let names: Vec<_> = path.parts().iter().map(ToString::to_string).collect();
    instruction
        .key
        .split('\\')
        .filter(|name| !name.is_empty())
        .map(str::to_lowercase)
        .eq(names.iter().map(|name| name.to_lowercase()))
}
