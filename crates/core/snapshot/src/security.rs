//! Security descriptors in a snapshot.

use std::fmt;

use nt::security::{Control, SecurityDescriptor};
use serde::{Deserialize, Serialize};

/// A self-relative security descriptor as stored ([MS-DTYP] 2.4.6), byte for byte.
///
/// Decode it with [`nt::security`]; the bytes stay as they are so that they can be put back as they were.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Security {
    #[serde(with = "hex::serde")]
    bytes: Vec<u8>,
}

impl Security {
    /// A descriptor with these bytes.
    #[must_use]
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self { bytes: bytes.into() }
    }

    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// True where both give the same owner, group and lists, and protect the same from inheritance. Not every registry gives back
    /// the layout of the bytes, or Windows' notes on where entries came from, as they were given to it.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        let parsed = |security: &Self| SecurityDescriptor::from_bytes(&security.bytes).ok();
        let alike = |one: &SecurityDescriptor, two: &SecurityDescriptor| {
            let protects = |descriptor: &SecurityDescriptor| {
                [Control::DACL_PROTECTED, Control::SACL_PROTECTED]
                    .map(|flag| descriptor.control().contains(flag))
            };
            (one.owner(), one.group()) == (two.owner(), two.group())
                && (one.dacl(), one.sacl()) == (two.dacl(), two.sacl())
                && protects(one) == protects(two)
        };
        self == other || parsed(self).zip(parsed(other)).is_some_and(|(one, two)| alike(&one, &two))
    }
}

impl fmt::Debug for Security {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(&self.bytes))
    }
}
