//! Security descriptors in a snapshot.

use std::fmt;

use nt::security::{Control, SecurityDescriptor};
use serde::{Deserialize, Serialize};

/// A self-relative security descriptor as stored ([MS-DTYP] 2.4.6), byte for byte.
///
/// [`nt::security`] decodes it. The bytes are kept so that an undo restores them exactly.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Security {
    #[serde(with = "hex::serde")]
    bytes: Vec<u8>,
}

impl Security {
    /// A descriptor from its bytes.
    #[must_use]
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self { bytes: bytes.into() }
    }

    /// The descriptor as stored.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// True if both have the same owner, group, access lists, and protection against inheritance. The layout
    /// of the bytes and other control flags, such as auto-inherited, are ignored, because not every registry
    /// preserves them.
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
