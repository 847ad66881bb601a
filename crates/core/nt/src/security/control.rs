//! The control flags of a security descriptor.

use std::fmt;

/// The control field ([MS-DTYP] 2.4.6), with the bit names of the Windows headers.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Control(pub u16);

impl Control {
    /// The owner came from a default.
    pub const OWNER_DEFAULTED: Self = Self(0x0001);
    /// The group came from a default.
    pub const GROUP_DEFAULTED: Self = Self(0x0002);
    /// A DACL is present; it may be the null DACL, which grants everything.
    pub const DACL_PRESENT: Self = Self(0x0004);
    /// The DACL came from a default.
    pub const DACL_DEFAULTED: Self = Self(0x0008);
    /// A SACL is present; it may be null.
    pub const SACL_PRESENT: Self = Self(0x0010);
    /// The SACL came from a default.
    pub const SACL_DEFAULTED: Self = Self(0x0020);
    /// `AR` of the DACL: inheritance must be computed.
    pub const DACL_AUTO_INHERIT_REQ: Self = Self(0x0100);
    /// `AR` of the SACL.
    pub const SACL_AUTO_INHERIT_REQ: Self = Self(0x0200);
    /// `AI` of the DACL: inherited ACEs were computed.
    pub const DACL_AUTO_INHERITED: Self = Self(0x0400);
    /// `AI` of the SACL.
    pub const SACL_AUTO_INHERITED: Self = Self(0x0800);
    /// `P` of the DACL: nothing is inherited from the parent.
    pub const DACL_PROTECTED: Self = Self(0x1000);
    /// `P` of the SACL.
    pub const SACL_PROTECTED: Self = Self(0x2000);
    /// The second byte of the descriptor is used by a resource manager.
    pub const RM_CONTROL_VALID: Self = Self(0x4000);
    /// The fields are offsets, not addresses; always set in a hive.
    pub const SELF_RELATIVE: Self = Self(0x8000);

    /// Whether all of `other` is set.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// These bits, with those of `other` set or cleared.
    #[must_use]
    pub const fn with(self, other: Self, set: bool) -> Self {
        Self(if set { self.0 | other.0 } else { self.0 & !other.0 })
    }
}

impl std::ops::BitOr for Control {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl fmt::Debug for Control {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Control(0x{:04X})", self.0)
    }
}
