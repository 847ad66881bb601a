//! Facts of a Group Policy file.

use serde::{Deserialize, Serialize};

use crate::ValueType;

/// Name of the fact with the instructions of a policy file for the keys that were asked for: a list of [`PolicyInstruction`].
pub const POLICY_INSTRUCTIONS: &str = "policy.instructions";
/// Name of the fact with the place where a policy file is damaged: a [`PolicyDamage`]; no fact where it is sound.
pub const POLICY_DAMAGE: &str = "policy.damage";

/// One instruction of a policy file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyInstruction {
    /// Where it begins in the file, in bytes.
    pub offset: u64,
    /// Its length in bytes.
    pub length: u64,
    /// The key, below the predefined one.
    pub key: String,
    /// The value name as it stands there, commands included.
    pub name: String,
    /// The type number.
    #[serde(rename = "type")]
    pub kind: ValueType,
    /// The data for people.
    pub shown: String,
    /// True for the user's half of the object.
    pub user: bool,
}

/// Where a policy file is damaged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyDamage {
    /// The first byte that is not as it should be.
    pub offset: u64,
    /// Instructions that were read before it.
    pub read: u64,
    /// What is wrong there.
    pub message: String,
}

impl PolicyDamage {
    /// How much of the file stands before it, for people: `nothing`, `one instruction`, `3 instructions`.
    #[must_use]
    pub fn before(&self) -> String {
        match self.read {
            0 => "nothing".to_owned(),
            1 => "one instruction".to_owned(),
            count => format!("{count} instructions"),
        }
    }
}
