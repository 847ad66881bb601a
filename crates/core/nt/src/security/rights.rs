//! Access rights, which an ACE grants or denies.

use std::fmt;
use std::ops::{BitAnd, BitOr, BitOrAssign, Not};

/// An access mask ([MS-DTYP] 2.4.3): the low 16 bits are specific to the type of object, here a registry key.
///
/// Values of the registry's rights: Microsoft, "Registry Key Security and Access Rights".
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct AccessMask(pub u32);

impl AccessMask {
    /// Read values.
    pub const KEY_QUERY_VALUE: Self = Self(0x0001);
    /// Create, change or delete values.
    pub const KEY_SET_VALUE: Self = Self(0x0002);
    /// Create subkeys.
    pub const KEY_CREATE_SUB_KEY: Self = Self(0x0004);
    /// List subkeys.
    pub const KEY_ENUMERATE_SUB_KEYS: Self = Self(0x0008);
    /// Request notification of changes.
    pub const KEY_NOTIFY: Self = Self(0x0010);
    /// Reserved for the system.
    pub const KEY_CREATE_LINK: Self = Self(0x0020);
    /// Request the 64-bit view; without effect in a stored ACE.
    pub const KEY_WOW64_64KEY: Self = Self(0x0100);
    /// Request the 32-bit view; without effect in a stored ACE.
    pub const KEY_WOW64_32KEY: Self = Self(0x0200);
    /// Delete the key.
    pub const DELETE: Self = Self(0x0001_0000);
    /// Read the descriptor without its SACL.
    pub const READ_CONTROL: Self = Self(0x0002_0000);
    /// Change the DACL.
    pub const WRITE_DAC: Self = Self(0x0004_0000);
    /// Change the owner.
    pub const WRITE_OWNER: Self = Self(0x0008_0000);
    /// Wait for the object; not applicable to registry keys.
    pub const SYNCHRONIZE: Self = Self(0x0010_0000);
    /// Read or change the SACL.
    pub const ACCESS_SYSTEM_SECURITY: Self = Self(0x0100_0000);
    /// All available rights; only in requests.
    pub const MAXIMUM_ALLOWED: Self = Self(0x0200_0000);
    /// Mapped to [`Self::KEY_ALL_ACCESS`] on a key.
    pub const GENERIC_ALL: Self = Self(0x1000_0000);
    /// Mapped to [`Self::KEY_READ`] on a key.
    pub const GENERIC_EXECUTE: Self = Self(0x2000_0000);
    /// Mapped to [`Self::KEY_WRITE`] on a key.
    pub const GENERIC_WRITE: Self = Self(0x4000_0000);
    /// Mapped to [`Self::KEY_READ`] on a key.
    pub const GENERIC_READ: Self = Self(0x8000_0000);

    /// Query values, list subkeys, request notification of changes, read the descriptor. `KEY_EXECUTE` is the
    /// same.
    pub const KEY_READ: Self = Self(0x0002_0019);
    /// Set values, create subkeys, read the descriptor.
    pub const KEY_WRITE: Self = Self(0x0002_0006);
    /// Full access to a key.
    pub const KEY_ALL_ACCESS: Self = Self(0x000F_003F);

    /// Whether the mask is empty.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether all rights of `other` are included.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether at least one right of `other` is included.
    #[must_use]
    pub const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// The same rights, with generic rights mapped to those of a registry key.
    #[must_use]
    pub fn mapped_to_key(self) -> Self {
        const MAP: [(AccessMask, AccessMask); 4] = [
            (AccessMask::GENERIC_READ, AccessMask::KEY_READ),
            (AccessMask::GENERIC_EXECUTE, AccessMask::KEY_READ),
            (AccessMask::GENERIC_WRITE, AccessMask::KEY_WRITE),
            (AccessMask::GENERIC_ALL, AccessMask::KEY_ALL_ACCESS),
        ];
        MAP.into_iter().fold(self, |mask, (generic, key)| {
            if mask.contains(generic) { Self(mask.0 & !generic.0 | key.0) } else { mask }
        })
    }

    /// The names of the rights in the Windows headers: the name of the usual combination if it is one,
    /// otherwise the name of each right. Bits without a name come last, as one hexadecimal number.
    #[must_use]
    pub fn names(self) -> Vec<String> {
        let combined = [
            ("KEY_ALL_ACCESS", Self::KEY_ALL_ACCESS),
            ("KEY_READ", Self::KEY_READ),
            ("KEY_WRITE", Self::KEY_WRITE),
        ];
        if let Some((name, _)) = combined.into_iter().find(|&(_, mask)| mask == self) {
            return vec![name.to_owned()];
        }
        let mut rest = self.0;
        let mut names = Vec::new();
        for (name, right) in NAMES {
            if self.contains(right) {
                rest &= !right.0;
                names.push(name.to_owned());
            }
        }
        if rest != 0 {
            names.push(format!("0x{rest:X}"));
        }
        names
    }
}

const NAMES: [(&str, AccessMask); 19] = [
    ("KEY_QUERY_VALUE", AccessMask::KEY_QUERY_VALUE),
    ("KEY_SET_VALUE", AccessMask::KEY_SET_VALUE),
    ("KEY_CREATE_SUB_KEY", AccessMask::KEY_CREATE_SUB_KEY),
    ("KEY_ENUMERATE_SUB_KEYS", AccessMask::KEY_ENUMERATE_SUB_KEYS),
    ("KEY_NOTIFY", AccessMask::KEY_NOTIFY),
    ("KEY_CREATE_LINK", AccessMask::KEY_CREATE_LINK),
    ("KEY_WOW64_64KEY", AccessMask::KEY_WOW64_64KEY),
    ("KEY_WOW64_32KEY", AccessMask::KEY_WOW64_32KEY),
    ("DELETE", AccessMask::DELETE),
    ("READ_CONTROL", AccessMask::READ_CONTROL),
    ("WRITE_DAC", AccessMask::WRITE_DAC),
    ("WRITE_OWNER", AccessMask::WRITE_OWNER),
    ("SYNCHRONIZE", AccessMask::SYNCHRONIZE),
    ("ACCESS_SYSTEM_SECURITY", AccessMask::ACCESS_SYSTEM_SECURITY),
    ("MAXIMUM_ALLOWED", AccessMask::MAXIMUM_ALLOWED),
    ("GENERIC_ALL", AccessMask::GENERIC_ALL),
    ("GENERIC_EXECUTE", AccessMask::GENERIC_EXECUTE),
    ("GENERIC_WRITE", AccessMask::GENERIC_WRITE),
    ("GENERIC_READ", AccessMask::GENERIC_READ),
];

impl BitOr for AccessMask {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for AccessMask {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

impl BitAnd for AccessMask {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl Not for AccessMask {
    type Output = Self;

    fn not(self) -> Self {
        Self(!self.0)
    }
}

impl fmt::Display for AccessMask {
    /// The names, joined by ` | `; `none` if the mask is empty.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() { f.write_str("none") } else { f.write_str(&self.names().join(" | ")) }
    }
}

impl fmt::Debug for AccessMask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AccessMask(0x{:08X})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printed_for_people() {
        assert_eq!(AccessMask(0xF003F).to_string(), "KEY_ALL_ACCESS");
        assert_eq!(AccessMask(0x20019).to_string(), "KEY_READ");
        assert_eq!(AccessMask(0).to_string(), "none");
        assert_eq!(
            // The rights of TermService's service SID on the key RCM.
            AccessMask(0x3003F).to_string(),
            "KEY_QUERY_VALUE | KEY_SET_VALUE | KEY_CREATE_SUB_KEY | KEY_ENUMERATE_SUB_KEYS | KEY_NOTIFY | \
             KEY_CREATE_LINK | DELETE | READ_CONTROL"
        );
        assert_eq!(AccessMask(0x0400_00C1).to_string(), "KEY_QUERY_VALUE | 0x40000C0");
    }

    #[test]
    fn generic_rights_stand_for_those_of_a_key() {
        assert_eq!(AccessMask::GENERIC_ALL.mapped_to_key(), AccessMask::KEY_ALL_ACCESS);
        assert_eq!(
            (AccessMask::GENERIC_READ | AccessMask::GENERIC_EXECUTE).mapped_to_key(),
            AccessMask::KEY_READ
        );
        assert_eq!(
            (AccessMask::GENERIC_WRITE | AccessMask::DELETE).mapped_to_key(),
            AccessMask::KEY_WRITE | AccessMask::DELETE
        );
    }
}
