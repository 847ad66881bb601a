//! Handles, rights and options.

use std::fmt;

use super::Operation;

/// An open key on the server: an opaque context handle of 20 bytes ([MS-RPCE] 2.2.4.11).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Handle(pub(crate) [u8; 20]);

impl Handle {
    /// The null handle.
    pub const NULL: Self = Self([0; 20]);

    /// True for the null handle.
    #[must_use]
    pub fn is_null(&self) -> bool {
        self.0 == [0; 20]
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_null() { "Handle(none)" } else { "Handle" })
    }
}

/// The predefined keys that a server opens (MS-RRP 3.1.1.7), without those of performance data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Root {
    /// `HKEY_CLASSES_ROOT`
    ClassesRoot,
    /// `HKEY_CURRENT_USER` of the authenticated account.
    CurrentUser,
    /// `HKEY_LOCAL_MACHINE`
    LocalMachine,
    /// `HKEY_USERS`
    Users,
    /// `HKEY_CURRENT_CONFIG`
    CurrentConfig,
}

impl Root {
    /// The method that opens it.
    #[must_use]
    pub fn operation(self) -> Operation {
        match self {
            Self::ClassesRoot => 0,
            Self::CurrentUser => 1,
            Self::LocalMachine => 2,
            Self::Users => 4,
            Self::CurrentConfig => 27,
        }
    }
}

/// `REGSAM`: the rights that a key is opened with (MS-RRP 2.2.3, [MS-DTYP] 2.4.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access(pub u32);

impl Access {
    /// `KEY_QUERY_VALUE`
    pub const QUERY_VALUE: Self = Self(0x0001);
    /// `KEY_SET_VALUE`
    pub const SET_VALUE: Self = Self(0x0002);
    /// `KEY_CREATE_SUB_KEY`
    pub const CREATE_SUBKEY: Self = Self(0x0004);
    /// `KEY_ENUMERATE_SUB_KEYS`
    pub const ENUMERATE_SUBKEYS: Self = Self(0x0008);
    /// `KEY_WOW64_64KEY`. Samba refuses every open that has it or the next one set (measured); see
    /// [`crate::Client::open_key_in_view`].
    pub const VIEW_64: Self = Self(0x0100);
    /// `KEY_WOW64_32KEY`
    pub const VIEW_32: Self = Self(0x0200);
    /// `DELETE`
    pub const DELETE: Self = Self(0x0001_0000);
    /// `READ_CONTROL`: owner, group and DACL may be read.
    pub const READ_CONTROL: Self = Self(0x0002_0000);
    /// `WRITE_DAC`
    pub const WRITE_DAC: Self = Self(0x0004_0000);
    /// `WRITE_OWNER`
    pub const WRITE_OWNER: Self = Self(0x0008_0000);
    /// `ACCESS_SYSTEM_SECURITY`: the SACL may be read and written.
    pub const SYSTEM_SECURITY: Self = Self(0x0100_0000);
    /// `MAXIMUM_ALLOWED`
    pub const MAXIMUM: Self = Self(0x0200_0000);
    /// Read values, subkeys and security; no notification.
    pub const READ: Self = Self(0x0002_0009);
    /// Read, and write values and subkeys.
    pub const WRITE: Self = Self(0x0002_000f);

    /// The union of both.
    #[must_use]
    pub const fn and(self, more: Self) -> Self {
        Self(self.0 | more.0)
    }
}

/// How a key is opened (MS-RRP 3.1.5.15).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OpenOptions(pub u32);

impl OpenOptions {
    /// `REG_OPTION_BACKUP_RESTORE`: uses the backup and restore privileges of the caller and ignores the
    /// requested access.
    pub const BACKUP_RESTORE: Self = Self(4);
    /// `REG_OPTION_OPEN_LINK`: opens a symbolic link itself, not its target.
    pub const OPEN_LINK: Self = Self(8);
}

/// How a key is created (MS-RRP 3.1.5.7).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CreateOptions(pub u32);

impl CreateOptions {
    /// `REG_OPTION_VOLATILE`: the key does not survive a restart.
    pub const VOLATILE: Self = Self(1);
    /// `REG_OPTION_BACKUP_RESTORE`
    pub const BACKUP_RESTORE: Self = Self(4);
}

/// `SECURITY_INFORMATION`: parts of a security descriptor (MS-RRP 2.2.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecurityInformation(pub u32);

impl SecurityInformation {
    /// The owner.
    pub const OWNER: Self = Self(1);
    /// The group.
    pub const GROUP: Self = Self(2);
    /// The access list.
    pub const DACL: Self = Self(4);
    /// The audit list; needs [`Access::SYSTEM_SECURITY`].
    pub const SACL: Self = Self(8);
    /// Owner, group and DACL: everything readable with [`Access::READ_CONTROL`].
    pub const READABLE: Self = Self(7);
}
