//! Keys of the running registry, opened for reading.

use std::iter::once;
use std::ptr::null;

use windows_sys::Wdk::Foundation::OBJECT_ATTRIBUTES;
use windows_sys::Wdk::System::Registry::{
    KeyBasicInformation, KeyNameInformation, KeyNodeInformation, KeyValueBasicInformation,
    KeyValuePartialInformation, NtEnumerateKey, NtEnumerateValueKey, NtOpenKeyEx, NtQueryKey,
    NtQueryValueKey,
};
use windows_sys::Win32::Foundation::{
    ERROR_INSUFFICIENT_BUFFER, ERROR_SUCCESS, OBJ_CASE_INSENSITIVE, STATUS_BUFFER_OVERFLOW,
    STATUS_BUFFER_TOO_SMALL, STATUS_NO_MORE_ENTRIES, UNICODE_STRING,
};
use windows_sys::Win32::Security::{
    DACL_SECURITY_INFORMATION, GROUP_SECURITY_INFORMATION, GetSecurityDescriptorLength,
    OWNER_SECURITY_INFORMATION,
};
use windows_sys::Win32::System::Registry::{
    KEY_ENUMERATE_SUB_KEYS, KEY_QUERY_VALUE, KEY_WOW64_64KEY, REG_OPTION_BACKUP_RESTORE, RegGetKeySecurity,
    RegOpenCurrentUser,
};

use crate::Error;
use crate::buffer::{Buffer, fill};
use crate::handle::Handle;

/// The root of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Root {
    /// `HKEY_LOCAL_MACHINE`
    LocalMachine,
    /// `HKEY_USERS`
    Users,
    /// `HKEY_CURRENT_USER`: the hive of the user who runs the program.
    CurrentUser,
}

/// The access by which a key is opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    /// Access granted by the key's access list.
    #[default]
    Granted,
    /// Access granted by the backup privilege, independent of the access list. The process must have enabled
    /// the privilege ([`crate::token::enable`]).
    Backup,
}

/// An open key of the 64-bit registry view. The 32-bit view is the subkey `WOW6432Node`.
#[derive(Debug)]
pub struct Key {
    handle: Handle,
    reach: Reach,
}

/// A value's type and data, as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// The type number, which may be undefined.
    pub kind: u32,
    /// The data.
    pub data: Vec<u8>,
}

/// Right to read the access list.
pub(crate) const READ_CONTROL: u32 = 0x0002_0000;

/// `KEY_BASIC_INFORMATION`: `LastWriteTime`, `TitleIndex` and `NameLength` precede a subkey's name.
const KEY_NAME_LENGTH: usize = 12;
const KEY_NAME: usize = 16;

/// `KEY_NODE_INFORMATION`: `LastWriteTime` and `TitleIndex` precede the offset of a key's class.
const KEY_CLASS_OFFSET: usize = 12;
const KEY_CLASS_LENGTH: usize = 16;

/// `TitleIndex`, `Type` and `NameLength` precede a value's name (`KEY_VALUE_BASIC_INFORMATION`);
/// `TitleIndex`, `Type` and `DataLength` precede its data (`KEY_VALUE_PARTIAL_INFORMATION`).
const VALUE_TYPE: usize = 4;
const VALUE_LENGTH: usize = 8;
const VALUE_BODY: usize = 12;

/// Attempts to list a key that is modified during enumeration.
const MOST_LISTINGS: usize = 4;

/// Initial buffer size, large enough for nearly every result, so that one call suffices.
const USUAL: usize = 512;

impl Key {
    /// Opens the key with this path below a root; `None` if it does not exist.
    ///
    /// Names are UTF-16 code units without the separating backslashes, and may contain NULs.
    pub fn open(root: Root, names: &[Vec<u16>], reach: Reach) -> Result<Option<Self>, Error> {
        match root {
            Root::LocalMachine => open(None, &path(r"\Registry\Machine", names), reach),
            Root::Users => open(None, &path(r"\Registry\User", names), reach),
            Root::CurrentUser => {
                let user = current_user()?;
                open(Some(&user), &names.join(BACKSLASH), reach)
            }
        }
    }

    /// Opens a subkey with the access of this key; `None` if it does not exist (any more).
    pub fn subkey(&self, name: &[u16]) -> Result<Option<Self>, Error> {
        self.subkey_with(name, self.reach)
    }

    /// Opens a subkey with this access; `None` if it does not exist (any more).
    pub fn subkey_with(&self, name: &[u16], reach: Reach) -> Result<Option<Self>, Error> {
        open(Some(&self.handle), name, reach)
    }

    /// The last-write time: 100 ns since 1601, UTC.
    pub fn last_write(&self) -> Result<u64, Error> {
        let handle = self.handle.raw();
        let (buffer, status) = fill("NtQueryKey", USUAL, |memory, length, needed| {
            // SAFETY: `memory` is writable for `length` bytes and aligned, `needed` points to a `u32`, the
            // handle is open.
            unsafe { NtQueryKey(handle, KeyBasicInformation, memory, length, needed) }
        })?;
        if status < 0 {
            return Err(Error::status("NtQueryKey", status));
        }
        let bytes = buffer.bytes().get(..8).and_then(|bytes| bytes.try_into().ok());
        Ok(bytes.map_or(0, u64::from_le_bytes))
    }

    /// The class name; empty if the key has none.
    pub fn class(&self) -> Result<Vec<u16>, Error> {
        let handle = self.handle.raw();
        let (buffer, status) = fill("NtQueryKey", USUAL, |memory, length, needed| {
            // SAFETY: `memory` is writable for `length` bytes and aligned, `needed` points to a `u32`, the
            // handle is open.
            unsafe { NtQueryKey(handle, KeyNodeInformation, memory, length, needed) }
        })?;
        if status < 0 {
            return Err(Error::status("NtQueryKey", status));
        }
        match buffer.u32_at(KEY_CLASS_LENGTH) {
            0 => Ok(Vec::new()),
            length => {
                let offset = usize::try_from(buffer.u32_at(KEY_CLASS_OFFSET)).unwrap_or(usize::MAX);
                Ok(buffer.units_at(offset, length))
            }
        }
    }

    /// The components of the full kernel path, beginning with `REGISTRY`. If a link was followed, this is the
    /// path of its target.
    pub fn path(&self) -> Result<Vec<Vec<u16>>, Error> {
        let handle = self.handle.raw();
        let (buffer, status) = fill("NtQueryKey", USUAL, |memory, length, needed| {
            // SAFETY: `memory` is writable for `length` bytes and aligned, `needed` points to a `u32`, the
            // handle is open.
            unsafe { NtQueryKey(handle, KeyNameInformation, memory, length, needed) }
        })?;
        if status < 0 {
            return Err(Error::status("NtQueryKey", status));
        }
        // `KEY_NAME_INFORMATION`: the length, then the name.
        let units = buffer.units_at(4, buffer.u32_at(0));
        let names = units.split(|&unit| unit == BACKSLASH[0]).filter(|name| !name.is_empty());
        Ok(names.map(<[u16]>::to_vec).collect())
    }

    /// The names of the subkeys, in the order in which Windows enumerates them.
    pub fn subkeys(&self) -> Result<Vec<Vec<u16>>, Error> {
        let handle = self.handle.raw();
        self.list(|index| {
            let (buffer, status) = fill("NtEnumerateKey", USUAL, |memory, length, needed| {
                // SAFETY: `memory` is writable for `length` bytes and aligned, `needed` points to a `u32`,
                // the handle is open.
                unsafe { NtEnumerateKey(handle, index, KeyBasicInformation, memory, length, needed) }
            })?;
            match status {
                STATUS_NO_MORE_ENTRIES => Ok(None),
                0.. => Ok(Some(buffer.units_at(KEY_NAME, buffer.u32_at(KEY_NAME_LENGTH)))),
                _ => Err(Error::status("NtEnumerateKey", status)),
            }
        })
    }

    /// The names and types of the values, in the order in which Windows enumerates them, which is the stored
    /// order.
    pub fn values(&self) -> Result<Vec<(Vec<u16>, u32)>, Error> {
        let handle = self.handle.raw();
        self.list(|index| {
            let (buffer, status) = fill("NtEnumerateValueKey", USUAL, |memory, length, needed| {
                // SAFETY: `memory` is writable for `length` bytes and aligned, `needed` points to a `u32`,
                // the handle is open.
                unsafe {
                    NtEnumerateValueKey(handle, index, KeyValueBasicInformation, memory, length, needed)
                }
            })?;
            match status {
                STATUS_NO_MORE_ENTRIES => Ok(None),
                0.. => {
                    let name = buffer.units_at(VALUE_BODY, buffer.u32_at(VALUE_LENGTH));
                    Ok(Some((name, buffer.u32_at(VALUE_TYPE))))
                }
                _ => Err(Error::status("NtEnumerateValueKey", status)),
            }
        })
    }

    /// The value with this name, with its data; `None` if it does not exist (any more).
    pub fn value(&self, name: &[u16]) -> Result<Option<Value>, Error> {
        let counted = Counted::new("NtQueryValueKey", name)?;
        let handle = self.handle.raw();
        let (buffer, status) = fill("NtQueryValueKey", USUAL, |memory, length, needed| {
            // SAFETY: as above; `counted` outlives the call and describes memory that it owns.
            unsafe {
                NtQueryValueKey(handle, counted.get(), KeyValuePartialInformation, memory, length, needed)
            }
        })?;
        if status < 0 {
            return absent_or(Error::status("NtQueryValueKey", status));
        }
        let length = usize::try_from(buffer.u32_at(VALUE_LENGTH)).unwrap_or(usize::MAX);
        let data = buffer.bytes().get(VALUE_BODY..).unwrap_or_default();
        let data = data.get(..length).unwrap_or(data).to_vec();
        Ok(Some(Value { kind: buffer.u32_at(VALUE_TYPE), data }))
    }

    /// The length of the value's data in bytes, without reading the data; `None` if the value does not exist.
    pub fn value_len(&self, name: &[u16]) -> Result<Option<u32>, Error> {
        let counted = Counted::new("NtQueryValueKey", name)?;
        let mut head = Buffer::with_bytes(16);
        let mut needed = 0;
        let head_len = u32::try_from(VALUE_BODY).unwrap_or(0);
        // SAFETY: `head` is writable for more than `head_len` bytes and aligned, `needed` and `counted`
        // outlive the call, the handle is open. The buffer ends where the data would begin, so that no data
        // is copied.
        let status = unsafe {
            NtQueryValueKey(
                self.handle.raw(),
                counted.get(),
                KeyValuePartialInformation,
                head.pointer(),
                head_len,
                &raw mut needed,
            )
        };
        match status {
            0.. | STATUS_BUFFER_OVERFLOW | STATUS_BUFFER_TOO_SMALL => {
                Ok(Some(needed.saturating_sub(head_len)))
            }
            _ => absent_or(Error::status("NtQueryValueKey", status)),
        }
    }

    /// Owner, group and DACL as a self-relative security descriptor ([MS-DTYP] 2.4.6). The SACL is not read,
    /// because that requires a separate privilege.
    pub fn security(&self) -> Result<Vec<u8>, Error> {
        const PARTS: u32 =
            OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION;
        let mut length = u32::try_from(USUAL).unwrap_or(0);
        for _ in 0..MOST_LISTINGS {
            let mut buffer = Buffer::with_bytes(usize::try_from(length).unwrap_or(USUAL));
            length = buffer.capacity();
            // SAFETY: the buffer is writable for `length` bytes and aligned, `length` outlives the call, the
            // handle is an open key.
            let code =
                unsafe { RegGetKeySecurity(self.handle.raw(), PARTS, buffer.pointer(), &raw mut length) };
            match code {
                ERROR_SUCCESS => {
                    // SAFETY: the call wrote a valid self-relative descriptor.
                    let length = unsafe { GetSecurityDescriptorLength(buffer.pointer()) };
                    buffer.set_filled(usize::try_from(length).unwrap_or(0));
                    return Ok(buffer.bytes().to_vec());
                }
                ERROR_INSUFFICIENT_BUFFER => {}
                _ => return Err(Error::win32("RegGetKeySecurity", code)),
            }
        }
        Err(Error::too_large("RegGetKeySecurity"))
    }

    /// Enumerates by index until there are no more items. Writing to the key shifts indexes; in that case the
    /// enumeration is repeated.
    fn list<T>(&self, item: impl Fn(u32) -> Result<Option<T>, Error>) -> Result<Vec<T>, Error> {
        let mut listed = Vec::new();
        let mut before = self.last_write()?;
        for _ in 0..MOST_LISTINGS {
            listed.clear();
            while let Some(item) = item(u32::try_from(listed.len()).unwrap_or(u32::MAX))? {
                listed.push(item);
            }
            let after = self.last_write()?;
            if after == before {
                break;
            }
            before = after;
        }
        Ok(listed)
    }
}

pub(crate) const BACKSLASH: &[u16] = &[b'\\' as u16];

/// `root\name\name`, in code units.
pub(crate) fn path(root: &str, names: &[Vec<u16>]) -> Vec<u16> {
    let root: Vec<u16> = root.encode_utf16().collect();
    let parts: Vec<&[u16]> = once(root.as_slice()).chain(names.iter().map(Vec::as_slice)).collect();
    parts.join(BACKSLASH)
}

fn open(parent: Option<&Handle>, name: &[u16], reach: Reach) -> Result<Option<Key>, Error> {
    let options = match reach {
        Reach::Granted => 0,
        Reach::Backup => REG_OPTION_BACKUP_RESTORE,
    };
    let listing = KEY_QUERY_VALUE | KEY_ENUMERATE_SUB_KEYS | KEY_WOW64_64KEY;
    // A 32-bit program would see the other view. An account that may read a key but not its access list is
    // rare; such a key is read anyway.
    let mut result = open_with(parent, name, listing | READ_CONTROL, options);
    if result.as_ref().is_err_and(Error::is_access_denied) {
        result = open_with(parent, name, listing, options);
    }
    match result {
        Ok(handle) => Ok(Some(Key { handle, reach })),
        Err(error) => absent_or(error),
    }
}

pub(crate) fn open_with(
    parent: Option<&Handle>,
    name: &[u16],
    access: u32,
    options: u32,
) -> Result<Handle, Error> {
    let counted = Counted::new("NtOpenKeyEx", name)?;
    let attributes = OBJECT_ATTRIBUTES {
        Length: u32::try_from(size_of::<OBJECT_ATTRIBUTES>()).unwrap_or(0),
        RootDirectory: parent.map_or(std::ptr::null_mut(), Handle::raw),
        ObjectName: counted.get(),
        Attributes: OBJ_CASE_INSENSITIVE,
        SecurityDescriptor: null(),
        SecurityQualityOfService: null(),
    };
    let mut handle = std::ptr::null_mut();
    // SAFETY: `attributes` and what it points to outlive the call, the parent's handle is open, `handle` is
    // written on success only and then owned here.
    let status = unsafe { NtOpenKeyEx(&raw mut handle, access, &raw const attributes, options) };
    if status < 0 {
        return Err(Error::status("NtOpenKeyEx", status));
    }
    Ok(Handle::own(handle))
}

pub(crate) fn current_user() -> Result<Handle, Error> {
    let mut key = std::ptr::null_mut();
    // SAFETY: `key` is written on success only, and is then a separate handle that only this value closes.
    let code = unsafe { RegOpenCurrentUser(KEY_QUERY_VALUE | KEY_ENUMERATE_SUB_KEYS, &raw mut key) };
    if code != ERROR_SUCCESS {
        return Err(Error::win32("RegOpenCurrentUser", code));
    }
    Ok(Handle::own(key))
}

pub(crate) fn absent_or<T>(error: Error) -> Result<Option<T>, Error> {
    if error.is_not_found() { Ok(None) } else { Err(error) }
}

/// A `UNICODE_STRING` with its buffer.
pub(crate) struct Counted {
    string: UNICODE_STRING,
    /// The buffer that `string` points to.
    _units: Vec<u16>,
}

impl Counted {
    pub(crate) fn new(call: &'static str, units: &[u16]) -> Result<Self, Error> {
        let mut units = units.to_vec();
        let length = u16::try_from(units.len() * 2).map_err(|_| Error::name_too_long(call))?;
        let string = UNICODE_STRING { Length: length, MaximumLength: length, Buffer: units.as_mut_ptr() };
        Ok(Self { string, _units: units })
    }

    pub(crate) fn get(&self) -> *const UNICODE_STRING {
        &raw const self.string
    }
}
