//! Changes of a registry.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Data, Key, KeyPath, Name, Security, Value, ValueType};

/// One change of a registry, with the expected state before it and the state after it.
///
/// With both states, a change can be checked before it is made, verified afterwards, and inverted
/// ([`Change::inverse`]): an undo is an ordinary change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "snake_case")]
pub enum Change {
    /// A key is created, or deleted with everything below it.
    Key {
        /// The key.
        key: KeyPath,
        /// The state before; `None` for a key that is created.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<Box<Key>>,
        /// The state after; `None` for a key that is deleted. A key without a security descriptor inherits
        /// one from its parent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<Box<Key>>,
    },
    /// A value is created, changed, or deleted.
    Value {
        /// The key that contains the value.
        key: KeyPath,
        /// Its name; empty for the key's default value.
        name: Name,
        /// The state before; `None` for a value that is created.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<Placed>,
        /// The state after; `None` for a value that is deleted.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<Placed>,
    },
    /// The security descriptor of a key is replaced.
    Security {
        /// The key.
        key: KeyPath,
        /// The descriptor before.
        before: Security,
        /// The descriptor after.
        after: Security,
    },
}

/// The type and data of a value, and its position among the values of its key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placed {
    /// Type number.
    #[serde(rename = "type")]
    pub kind: ValueType,
    /// The data.
    #[serde(flatten)]
    pub data: Data,
    /// The number of values before it in its key, if known, so that an undo restores the order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<usize>,
}

impl Placed {
    /// The state of this value.
    #[must_use]
    pub fn of(value: &Value) -> Self {
        Self { kind: value.kind, data: value.data.clone(), at: None }
    }

    /// A value of this name with this state.
    #[must_use]
    pub fn named(&self, name: &Name) -> Value {
        Value { name: name.clone(), kind: self.kind, data: self.data.clone() }
    }

    /// True if type and data are equal; the positions are ignored.
    #[must_use]
    pub fn holds_the_same(&self, other: &Self) -> bool {
        self.kind == other.kind && self.data == other.data
    }
}

/// The operation of a [`Change`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// Creates a key with its values and subkeys.
    CreateKey,
    /// Deletes a key and everything below it.
    DeleteKey,
    /// Creates or replaces a value.
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
    /// The changed key, or the key of the changed value.
    #[must_use]
    pub fn key(&self) -> &KeyPath {
        match self {
            Self::Key { key, .. } | Self::Value { key, .. } | Self::Security { key, .. } => key,
        }
    }

    /// The kind of this change.
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

    /// The change that undoes this one.
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

    /// True if both changes affect the same value or descriptor, or if one affects a key that contains the
    /// other's place.
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

/// One line for display: the kind and the place of the change.
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
    /// True if this key, as found, equals `expected`: the same names, values and subkeys, and the same class
    /// and security where `expected` has them. Last-write times and the order of values and subkeys are
    /// ignored, because not every registry keeps them.
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

    /// True if this key, as found, is a part of `whole`: each of its values and subkeys is as in `whole`.
    /// Security is ignored.
    #[must_use]
    pub fn is_part_of(&self, whole: &Self) -> bool {
        self.name.same(&whole.name)
            && self.damage.is_none()
            && self.values.iter().all(|value| whole.values.contains(value))
            && self.subkeys.iter().all(|key| {
                whole.subkeys.iter().any(|other| other.name.same(&key.name) && key.is_part_of(other))
            })
    }

    /// True if any data in the key or below it was withheld, so that the key could not be restored.
    #[must_use]
    pub fn withholds(&self) -> bool {
        self.values.iter().any(|value| matches!(value.data, Data::Withheld { .. }))
            || self.subkeys.iter().any(Self::withholds)
    }

    /// True if any part of the key, or of the keys below it, could not be read.
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
