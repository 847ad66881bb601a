//! One change of a registry.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Data, Key, KeyPath, Name, Security, Value, ValueType};

/// One change of a registry, with what it expects to find and what it leaves.
///
/// Both sides are there, so every change can be checked before it is made, verified afterwards and turned round
/// ([`Change::inverse`]): an undo is no other thing than a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "snake_case")]
pub enum Change {
    /// A key comes to be, or ceases to be with everything below it.
    Key {
        /// The key.
        key: KeyPath,
        /// What is there before; `None` for a key that is created.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<Box<Key>>,
        /// What is there afterwards; `None` for a key that is deleted. A key without a security descriptor inherits from the
        /// one above.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<Box<Key>>,
    },
    /// A value comes to be, changes, or ceases to be.
    Value {
        /// The key that it stands in.
        key: KeyPath,
        /// Its name; empty for the key's default value.
        name: Name,
        /// What is there before; `None` for a new value.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<Placed>,
        /// What is there afterwards; `None` for a value that is deleted.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<Placed>,
    },
    /// A key's security descriptor is replaced by another.
    Security {
        /// The key.
        key: KeyPath,
        /// The descriptor that is there before.
        before: Security,
        /// The descriptor that is there afterwards.
        after: Security,
    },
}

/// What a value holds, and where among the values of its key it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placed {
    /// Type number.
    #[serde(rename = "type")]
    pub kind: ValueType,
    /// The bytes.
    #[serde(flatten)]
    pub data: Data,
    /// How many values of the key stand before it, where that is known: what is put back shall stand where it stood.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<usize>,
}

impl Placed {
    /// What this value holds.
    #[must_use]
    pub fn of(value: &Value) -> Self {
        Self { kind: value.kind, data: value.data.clone(), at: None }
    }

    /// The value of this name that holds it.
    #[must_use]
    pub fn named(&self, name: &Name) -> Value {
        Value { name: name.clone(), kind: self.kind, data: self.data.clone() }
    }

    /// True where type and data are the same, wherever each stands.
    #[must_use]
    pub fn holds_the_same(&self, other: &Self) -> bool {
        self.kind == other.kind && self.data == other.data
    }
}

/// What a change does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// Creates a key, with what its description holds.
    CreateKey,
    /// Deletes a key with everything below it.
    DeleteKey,
    /// Sets a value that may exist or not.
    SetValue,
    /// Deletes a value.
    DeleteValue,
    /// Replaces a security descriptor.
    SetSecurity,
}

impl fmt::Display for ChangeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CreateKey => "create key",
            Self::DeleteKey => "delete key",
            Self::SetValue => "set value",
            Self::DeleteValue => "delete value",
            Self::SetSecurity => "set security",
        })
    }
}

impl Change {
    /// The key that is changed, or that the changed value stands in.
    #[must_use]
    pub fn key(&self) -> &KeyPath {
        match self {
            Self::Key { key, .. } | Self::Value { key, .. } | Self::Security { key, .. } => key,
        }
    }

    /// What it does.
    #[must_use]
    pub fn kind(&self) -> ChangeKind {
        match self {
            Self::Key { after: Some(_), .. } => ChangeKind::CreateKey,
            Self::Key { after: None, .. } => ChangeKind::DeleteKey,
            Self::Value { after: Some(_), .. } => ChangeKind::SetValue,
            Self::Value { after: None, .. } => ChangeKind::DeleteValue,
            Self::Security { .. } => ChangeKind::SetSecurity,
        }
    }

    /// The change that takes this one back.
    #[must_use]
    pub fn inverse(&self) -> Self {
        match self.clone() {
            Self::Key { key, before, after } => Self::Key { key, before: after, after: before },
            Self::Value { key, name, before, after } => {
                Self::Value { key, name, before: after, after: before }
            }
            Self::Security { key, before, after } => Self::Security { key, before: after, after: before },
        }
    }

    /// True where both changes touch the same place: the same value, the same descriptor, or a key that holds the other's.
    #[must_use]
    pub fn meets(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Key { key, .. }, other) if other.key().starts_with(key) => true,
            (this, Self::Key { key, .. }) if this.key().starts_with(key) => true,
            (Self::Value { key: a, name: one, .. }, Self::Value { key: b, name: two, .. }) => {
                a == b && one.same(two)
            }
            (Self::Security { key: a, .. }, Self::Security { key: b, .. }) => a == b,
            _ => false,
        }
    }
}

/// One line for people: what is done, and where.
impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind(), self.key())?;
        match self {
            Self::Value { name, .. } if name.is_empty() => f.write_str(" (default value)"),
            Self::Value { name, .. } => write!(f, "\\{name}"),
            _ => Ok(()),
        }
    }
}

impl Key {
    /// True where this key, found, is what `expected` describes: the same names, values, subkeys and, where the description
    /// has them, class and security. Last-write times and the order of values and subkeys are not compared, since not every
    /// registry tells or keeps them.
    #[must_use]
    pub fn is_as(&self, expected: &Self) -> bool {
        let alike = |ours: &Option<Security>, theirs: &Option<Security>| match (ours, theirs) {
            (_, None) => true,
            (Some(ours), Some(theirs)) => ours.is_same(theirs),
            (None, Some(_)) => false,
        };
        self.name.same(&expected.name)
            && alike(&self.security, &expected.security)
            && (expected.class.is_none() || self.class == expected.class)
            && self.damage.is_none()
            && self.values.len() == expected.values.len()
            && self.subkeys.len() == expected.subkeys.len()
            && expected.values.iter().all(|value| self.values.contains(value))
            && expected
                .subkeys
                .iter()
                .all(|key| self.subkeys.iter().any(|ours| ours.name.same(&key.name) && ours.is_as(key)))
    }

    /// True where this key, found, is what `whole` describes or a part of it: what is there of values and subkeys is as described.
    /// Its security is not compared.
    #[must_use]
    pub fn is_part_of(&self, whole: &Self) -> bool {
        self.name.same(&whole.name)
            && self.damage.is_none()
            && self.values.iter().all(|value| whole.values.contains(value))
            && self.subkeys.iter().all(|key| {
                whole.subkeys.iter().any(|other| other.name.same(&key.name) && key.is_part_of(other))
            })
    }

    /// True where some data in the key or below it was withheld, so that the key could not be put back.
    #[must_use]
    pub fn withholds(&self) -> bool {
        self.values.iter().any(|value| matches!(value.data, Data::Withheld { .. }))
            || self.subkeys.iter().any(Self::withholds)
    }

    /// True where some of the key, or of what lies below it, could not be read.
    #[must_use]
    pub fn is_damaged(&self) -> bool {
        self.damage.is_some() || self.subkeys.iter().any(Self::is_damaged)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn mode(before: Option<u8>, after: Option<u8>) -> Change {
        let placed =
            |number: u8| Placed::of(&Value::new("LicensingMode", ValueType::DWORD, [number, 0, 0, 0]));
        Change::Value {
            key: KeyPath::hklm(r"SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\Licensing Core"),
            name: "LicensingMode".into(),
            before: before.map(placed),
            after: after.map(placed),
        }
    }

    #[test]
    fn a_change_turned_round_twice_is_itself() {
        for change in [mode(None, Some(4)), mode(Some(5), Some(4)), mode(Some(5), None)] {
            assert_eq!(change.inverse().inverse(), change);
            assert_ne!(change.inverse(), change);
        }
        assert_eq!(mode(None, Some(4)).inverse().kind(), ChangeKind::DeleteValue);
    }

    #[test]
    fn json_says_what_is_expected() {
        let json = serde_json::to_value(mode(Some(5), Some(4))).unwrap();
        assert_eq!(json["of"], "value");
        assert_eq!(json["before"]["hex"], "05000000");
        assert_eq!(json["after"]["type"], 4);
        assert_eq!(serde_json::from_value::<Change>(json).unwrap(), mode(Some(5), Some(4)));
    }

    #[test]
    fn keys_are_compared_without_order_and_time() {
        let value = |name: &str| Value::new(name, ValueType::SZ, *b"a\0\0\0");
        let key = |names: [&str; 2]| Key { values: names.map(value).to_vec(), ..Key::default() };
        let mut found = key(["a", "b"]);
        assert!(found.is_as(&key(["b", "a"])));
        found.security = Some(Security::new([1]));
        assert!(found.is_as(&key(["b", "a"])), "a description without security accepts any");
        assert!(!key(["a", "b"]).is_as(&found));
        assert!(!found.is_as(&key(["b", "c"])));
    }
}
