//! Security descriptors in a snapshot.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A self-relative security descriptor as stored ([MS-DTYP] 2.4.6), byte for byte.
///
/// Decode it with [`regf::security`]; the bytes stay as they are so that they can be put back as they were.
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
}

impl fmt::Debug for Security {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(&self.bytes))
    }
}
