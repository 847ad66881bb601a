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
    /// How a Group Policy Preference writes the value; `None` for other policy files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preference: Option<Preference>,
}

/// How a Group Policy Preference writes a value ([MS-GPPREF] 2.2.1.17).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preference {
    /// What it does at each refresh of Group Policy.
    pub action: PreferenceAction,
    /// True if it applies only to some computers or users (`Filters`), which is not evaluated.
    pub targeted: bool,
    /// True if it is applied only once (`FilterRunOnce`).
    pub once: bool,
    /// True if the value is removed when the object no longer applies (`removePolicy`).
    pub removed: bool,
}

/// What an item does with its value at each refresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PreferenceAction {
    /// Creates the value if it does not exist.
    Create,
    /// Deletes the value and creates it again.
    Replace,
    /// Sets the data of the value.
    Update,
    /// Deletes the value.
    Delete,
}

/// What is wrong with the key of an instruction. Its key must not include a root key, and consists of names
/// of at least one character ([MS-GPREG] 2.2.1; [MS-GPPREF] 2.2.1.17.1 says the same of preferences).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyFlaw {
    /// It begins with a root key, in one of the notations that programs use.
    RootKey,
    /// It has a backslash at its start or end, or two in a row.
    EmptyName,
}

impl KeyFlaw {
    /// The flaw of this key; `None` if it has none.
    #[must_use]
    pub fn of(key: &str) -> Option<Self> {
        let mut names = key.split('\\').filter(|name| !name.is_empty());
        let first = names.next().unwrap_or_default();
        // `Registry::HKEY_LOCAL_MACHINE\...` and `HKLM:\...` are notations of PowerShell, `Computer\HKEY...`
        // of Registry Editor, `\Registry\Machine\...` of the kernel, `MACHINE\...` of security templates.
        let root = first.rsplit("::").next().unwrap_or_default();
        let root = root.split_once(':').map_or(root, |(root, _)| root);
        let is = |name: &str, wanted: &str| name.eq_ignore_ascii_case(wanted);
        let is_root = |name: &str| crate::RootKey::parse(name).is_some() || is(name, "MACHINE");
        let has_root = is_root(root)
            || ["Computer", "Registry", "Microsoft.PowerShell.Core"].iter().any(|prefix| is(first, prefix))
                && names.next().is_some_and(|next| Self::of(next) == Some(Self::RootKey) || is(next, "USER"));
        if has_root {
            Some(Self::RootKey)
        } else if key.split('\\').any(str::is_empty) {
            Some(Self::EmptyName)
        } else {
            None
        }
    }
}

impl PolicyInstruction {
    /// What is wrong with its key; `None` if nothing is.
    #[must_use]
    pub fn key_flaw(&self) -> Option<KeyFlaw> {
        KeyFlaw::of(&self.key)
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flaws_of_keys() {
        let rows = [
            (r"Software\Policies", None),
            (r"SOFTWARE\Policies\Microsoft\Computer", None),
            (r"HKLM:\Software\Policies", Some(KeyFlaw::RootKey)),
            (r"HKLM\Software", Some(KeyFlaw::RootKey)),
            (r"hkey_local_machine\Software", Some(KeyFlaw::RootKey)),
            (r"HKCU:Software\Policies", Some(KeyFlaw::RootKey)),
            (r"Registry::HKEY_LOCAL_MACHINE\Software", Some(KeyFlaw::RootKey)),
            (r"Microsoft.PowerShell.Core\Registry::HKEY_CURRENT_USER\Software", Some(KeyFlaw::RootKey)),
            (r"Computer\HKEY_LOCAL_MACHINE\SOFTWARE", Some(KeyFlaw::RootKey)),
            (r"\Registry\Machine\Software", Some(KeyFlaw::RootKey)),
            (r"MACHINE\Software\Policies", Some(KeyFlaw::RootKey)),
            (r"\HKLM\Software", Some(KeyFlaw::RootKey)),
            (r"\Software\Policies", Some(KeyFlaw::EmptyName)),
            (r"Software\\Policies", Some(KeyFlaw::EmptyName)),
            (r"Software\Policies\", Some(KeyFlaw::EmptyName)),
            ("", Some(KeyFlaw::EmptyName)),
        ];
        for (key, flaw) in rows {
            assert_eq!(KeyFlaw::of(key), flaw, "{key}");
        }
    }
}
