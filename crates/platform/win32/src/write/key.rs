//! Keys of the running registry, opened for writing.

use std::ffi::c_void;
use std::ptr::{null, null_mut};

use windows_sys::Wdk::Foundation::OBJECT_ATTRIBUTES;
use windows_sys::Wdk::System::Registry::{
    NtCreateKey, NtDeleteKey, NtDeleteValueKey, NtFlushKey, NtSetValueKey,
};
use windows_sys::Win32::Foundation::{ERROR_SUCCESS, OBJ_CASE_INSENSITIVE};
use windows_sys::Win32::System::Registry::{
    KEY_CREATE_SUB_KEY, KEY_QUERY_VALUE, KEY_SET_VALUE, KEY_WOW64_64KEY, REG_CREATED_NEW_KEY,
    REG_OPTION_BACKUP_RESTORE, REG_OPTION_NON_VOLATILE, REG_OPTION_VOLATILE, RegSetKeySecurity,
};

use super::security::{Descriptor, Parts};
use super::transaction::{self, Transaction};
use crate::handle::Handle;
use crate::key::{BACKSLASH, Counted, READ_CONTROL, absent_or, current_user, open_with, path};
use crate::{Error, Root};

/// Access rights for which a key is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rights(u32);

impl Rights {
    /// Only to read the security descriptor, which every other right includes.
    pub const NONE: Self = Self(READ_CONTROL);
    /// To set and delete values.
    pub const SET_VALUE: Self = Self(KEY_SET_VALUE);
    /// To create subkeys.
    pub const CREATE_SUBKEY: Self = Self(KEY_CREATE_SUB_KEY);
    /// To delete the key.
    pub const DELETE: Self = Self(0x0001_0000);
    /// To flush its hive to the disk.
    pub const FLUSH: Self = Self(KEY_QUERY_VALUE);
    /// To change the access list.
    pub const SET_DACL: Self = Self(0x0004_0000 | READ_CONTROL);
    /// To change owner and group.
    pub const SET_OWNER: Self = Self(0x0008_0000 | READ_CONTROL);

    /// The union of both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// The access by which a key is opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum With {
    /// Access granted by the key's access list, and by the privilege to take ownership if the process enabled
    /// it.
    #[default]
    Grant,
    /// Access granted by the restore privilege, independent of the access list: to set values, create subkeys
    /// and delete (`REG_OPTION_BACKUP_RESTORE` of `RegCreateKeyEx`). Other rights that are requested are not
    /// granted.
    Restore,
}

impl With {
    fn options(self) -> u32 {
        match self {
            Self::Grant => 0,
            Self::Restore => REG_OPTION_BACKUP_RESTORE,
        }
    }
}

/// An open, writable key of the 64-bit registry view.
#[derive(Debug)]
pub struct Key {
    handle: Handle,
}

impl Key {
    /// Opens the key with this path below a root; `None` if it does not exist.
    ///
    /// Names are UTF-16 code units without the separating backslashes, and may contain NULs.
    pub fn open(root: Root, names: &[Vec<u16>], rights: Rights, with: With) -> Result<Option<Self>, Error> {
        Self::open_in(None, root, names, rights, with)
    }

    /// Like `open`, in a transaction if there is one: changes through this key are part of it.
    pub fn open_in(
        transaction: Option<&Transaction>,
        root: Root,
        names: &[Vec<u16>],
        rights: Rights,
        with: With,
    ) -> Result<Option<Self>, Error> {
        let (access, options) = (rights.0 | KEY_WOW64_64KEY, with.options());
        let user;
        let (parent, path) = match root {
            Root::LocalMachine => (None, path(r"\Registry\Machine", names)),
            Root::Users => (None, path(r"\Registry\User", names)),
            Root::CurrentUser => {
                user = current_user()?;
                (Some(&user), names.join(BACKSLASH))
            }
        };
        let opened = match transaction {
            Some(transaction) => transaction.open_key(parent, &path, access, options),
            None => open_with(parent, &path, access, options),
        };
        Ok(transaction::opened(opened)?.map(|handle| Self { handle }))
    }

    /// Creates a subkey in the transaction in which this key was opened. The subkey must not exist; it
    /// inherits its security descriptor.
    pub fn create_subkey_in(
        &self,
        transaction: &Transaction,
        name: &[u16],
        class: &[u16],
        with: With,
    ) -> Result<(), Error> {
        self.create_transacted(transaction, name, class, REG_OPTION_NON_VOLATILE | with.options())
    }

    /// Creates a volatile subkey, which is deleted at the next restart.
    pub(super) fn create_volatile(&self, transaction: &Transaction, name: &[u16]) -> Result<(), Error> {
        self.create_transacted(transaction, name, &[], REG_OPTION_VOLATILE)
    }

    fn create_transacted(
        &self,
        transaction: &Transaction,
        name: &[u16],
        class: &[u16],
        options: u32,
    ) -> Result<(), Error> {
        const CALL: &str = "NtCreateKeyTransacted";
        let (name, class) = (Counted::new(CALL, name)?, Counted::new(CALL, class)?);
        let access = READ_CONTROL | KEY_WOW64_64KEY;
        let (_, disposition) = transaction.create_key(&self.handle, &name, &class, access, options)?;
        if disposition == REG_CREATED_NEW_KEY { Ok(()) } else { Err(Error::exists(CALL)) }
    }

    /// Creates an empty subkey, which must not exist; it inherits its security descriptor from this key.
    pub fn create_subkey(&self, name: &[u16], class: &[u16], with: With) -> Result<(), Error> {
        const CALL: &str = "NtCreateKey";
        let (name, class) = (Counted::new(CALL, name)?, Counted::new(CALL, class)?);
        let attributes = OBJECT_ATTRIBUTES {
            Length: u32::try_from(size_of::<OBJECT_ATTRIBUTES>()).unwrap_or(0),
            RootDirectory: self.handle.raw(),
            ObjectName: name.get(),
            Attributes: OBJ_CASE_INSENSITIVE,
            SecurityDescriptor: null(),
            SecurityQualityOfService: null(),
        };
        let (mut handle, mut disposition) = (null_mut(), 0);
        // SAFETY: `attributes` and the name in it outlive the call, as does `class`; the handle of this key
        // is open, `handle` is written on success only and then owned here, `disposition` is writable.
        let status = unsafe {
            NtCreateKey(
                &raw mut handle,
                READ_CONTROL | KEY_WOW64_64KEY,
                &raw const attributes,
                0,
                class.get(),
                REG_OPTION_NON_VOLATILE | with.options(),
                &raw mut disposition,
            )
        };
        done(CALL, status)?;
        drop(Handle::own(handle));
        if disposition == REG_CREATED_NEW_KEY { Ok(()) } else { Err(Error::exists(CALL)) }
    }

    /// Sets a value. An existing value keeps its position among the others; a new one is last.
    pub fn set_value(&self, name: &[u16], kind: u32, data: &[u8]) -> Result<(), Error> {
        const CALL: &str = "NtSetValueKey";
        let name = Counted::new(CALL, name)?;
        let length = u32::try_from(data.len()).map_err(|_| Error::too_large(CALL))?;
        let data: *const c_void = if data.is_empty() { null() } else { data.as_ptr().cast() };
        // SAFETY: the handle is open, `name` and `data` outlive the call and are only read, `data` for
        // `length` bytes.
        let status = unsafe { NtSetValueKey(self.handle.raw(), name.get(), 0, kind, data, length) };
        done(CALL, status)
    }

    /// Deletes a value; false if it does not exist.
    pub fn delete_value(&self, name: &[u16]) -> Result<bool, Error> {
        const CALL: &str = "NtDeleteValueKey";
        let name = Counted::new(CALL, name)?;
        // SAFETY: the handle is open, `name` outlives the call.
        let status = unsafe { NtDeleteValueKey(self.handle.raw(), name.get()) };
        match Error::of_status(CALL, status) {
            Ok(()) => Ok(true),
            Err(error) => absent_or::<()>(error).map(|_| false),
        }
    }

    /// Deletes the key, which must have no subkeys.
    pub fn delete(self) -> Result<(), Error> {
        // SAFETY: the handle is open, and stays open until it is dropped.
        let status = unsafe { NtDeleteKey(self.handle.raw()) };
        done("NtDeleteKey", status)
    }

    /// Replaces parts of the key's security descriptor with those of the given one (self-relative, [MS-DTYP]
    /// 2.4.6), in one call. An owner other than the current user requires the restore privilege.
    pub fn set_security(&self, descriptor: &[u8], parts: Parts) -> Result<(), Error> {
        const CALL: &str = "RegSetKeySecurity";
        let descriptor = Descriptor::new(CALL, descriptor)?;
        // SAFETY: the handle is an open key, the descriptor was validated and outlives the call, which only
        // reads it.
        let code =
            unsafe { RegSetKeySecurity(self.handle.raw(), parts.bits(), descriptor.get().cast_mut().cast()) };
        if code == ERROR_SUCCESS { Ok(()) } else { Err(Error::win32(CALL, code)) }
    }

    /// Writes all changes of the key's hive to the disk before it returns.
    pub fn flush(&self) -> Result<(), Error> {
        // SAFETY: the handle is an open key.
        let status = unsafe { NtFlushKey(self.handle.raw()) };
        done("NtFlushKey", status)
    }
}

fn done(call: &'static str, status: i32) -> Result<(), Error> {
    Error::of_status(call, status)
}
