//! Facts of a Group Policy file.

use serde::{Deserialize, Serialize};

use crate::ValueType;

/// Name of the fact with those instructions of a policy file that concern the selected keys: a list of
/// [`PolicyInstruction`].
pub const POLICY_INSTRUCTIONS: &str = "policy.instructions";
/// Name of the fact with the place where a policy file is damaged: a [`PolicyDamage`]. An intact file does
/// not have it.
pub const POLICY_DAMAGE: &str = "policy.damage";

/// One instruction of a policy file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyInstruction {
    /// The offset of its first byte in the file.
    pub offset: u64,
    /// Its length in bytes.
    pub length: u64,
    /// The key, without the predefined key.
    pub key: String,
    /// The value name as stored, including special names such as `**del.`.
    pub name: String,
    /// The type number.
    #[serde(rename = "type")]
    pub kind: ValueType,
    /// The data for display.
    pub shown: String,
    /// True for an instruction of the user half of the policy object.
    pub user: bool,
}

/// Where a policy file is damaged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyDamage {
    /// The offset of the first invalid byte.
    pub offset: u64,
    /// The number of instructions read before it.
    pub read: u64,
    /// The error at this offset.
    pub message: String,
}

impl PolicyDamage {
    /// The part of the file before the damage, for display: `nothing`, `one instruction`, `3 instructions`.
    #[must_use]
    pub fn before(&self) -> String {
        match self.read {
            0 => "nothing".to_owned(),
            1 => "one instruction".to_owned(),
            count => format!("{count} instructions"),
        }
    }
}
