//! Methods on keys.

use super::types::{Access, CreateOptions, Handle, OpenOptions};
use super::{ErrorCode, Operation};
use crate::ndr::{Malformed, Reader, Terminated, Writer};

/// `BaseRegCloseKey`
pub const CLOSE_KEY: Operation = 5;
/// `BaseRegCreateKey`
pub const CREATE_KEY: Operation = 6;
/// `BaseRegDeleteKey`
pub const DELETE_KEY: Operation = 7;
/// `BaseRegEnumKey`
pub const ENUM_KEY: Operation = 9;
/// `BaseRegFlushKey`
pub const FLUSH_KEY: Operation = 11;
/// `BaseRegOpenKey`
pub const OPEN_KEY: Operation = 15;
/// `BaseRegQueryInfoKey`
pub const QUERY_INFO_KEY: Operation = 16;
/// `BaseRegGetVersion`
pub const GET_VERSION: Operation = 26;
/// `BaseRegDeleteKeyEx`
pub const DELETE_KEY_EX: Operation = 35;

/// Opens a predefined key ([`super::Root::operation`]).
#[must_use]
pub fn open_root(access: Access) -> Vec<u8> {
    let mut stub = Writer::new();
    stub.null(); // the server name, which is redundant
    stub.u32(access.0);
    stub.into_bytes()
}

/// Opens a key below another.
#[must_use]
pub fn open_key(key: &Handle, path: Terminated<'_>, options: OpenOptions, access: Access) -> Vec<u8> {
    let mut stub = on(key);
    stub.unicode_string(path);
    stub.u32(options.0);
    stub.u32(access.0);
    stub.into_bytes()
}

/// The response to a method that opens a key.
pub fn read_handle(stub: &[u8]) -> Result<Result<Handle, ErrorCode>, Malformed> {
    let mut reader = Reader::new(stub);
    let handle = Handle(reader.array()?);
    let code = ErrorCode(reader.u32()?);
    let null = reader.malformed("success without a handle");
    reader.finish()?;
    match code.check() {
        Ok(()) if handle.is_null() => Err(null),
        Ok(()) => Ok(Ok(handle)),
        Err(code) => Ok(Err(code)),
    }
}

/// Closes a key.
#[must_use]
pub fn close_key(key: &Handle) -> Vec<u8> {
    on(key).into_bytes()
}

/// The response to [`close_key`].
pub fn read_close_key(stub: &[u8]) -> Result<ErrorCode, Malformed> {
    let mut reader = Reader::new(stub);
    reader.bytes(20)?;
    let code = ErrorCode(reader.u32()?);
    reader.finish()?;
    Ok(code)
}

/// The result of [`create_key`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Created {
    /// The key.
    pub handle: Handle,
    /// False if the key existed before.
    pub is_new: bool,
}

/// Creates a key and its missing parents, or opens it. `security` is a self-relative descriptor ([MS-DTYP]
/// 2.4.6); without one the key inherits.
#[must_use]
pub fn create_key(
    key: &Handle,
    path: Terminated<'_>,
    class: Option<Terminated<'_>>,
    options: CreateOptions,
    access: Access,
    security: Option<&[u8]>,
) -> Vec<u8> {
    let mut stub = on(key);
    stub.unicode_string(path);
    stub.align(4);
    match class {
        Some(class) => stub.unicode_string(class),
        None => stub.no_unicode_string(),
    }
    stub.u32(options.0);
    stub.u32(access.0);
    match security {
        None => stub.null(),
        Some(bytes) => {
            let length = super::security::length(bytes);
            stub.pointer();
            stub.u32(length);
            stub.pointer();
            stub.u32(length);
            stub.u32(length);
            stub.u8(0); // not inherited by processes
            stub.varying_head(length, length);
            stub.bytes(bytes);
        }
    }
    stub.pointed_u32(0);
    stub.into_bytes()
}

/// The response to [`create_key`].
pub fn read_create_key(stub: &[u8]) -> Result<Result<Created, ErrorCode>, Malformed> {
    let mut reader = Reader::new(stub);
    let handle = Handle(reader.array()?);
    let disposition = reader.optional_u32()?;
    let code = ErrorCode(reader.u32()?);
    let null = reader.malformed("success without a handle");
    reader.finish()?;
    match code.check() {
        Ok(()) if handle.is_null() => Err(null),
        // REG_CREATED_NEW_KEY; 2 is REG_OPENED_EXISTING_KEY.
        Ok(()) => Ok(Ok(Created { handle, is_new: disposition == Some(1) })),
        Err(code) => Ok(Err(code)),
    }
}

/// Deletes a key without subkeys.
#[must_use]
pub fn delete_key(key: &Handle, name: Terminated<'_>) -> Vec<u8> {
    let mut stub = on(key);
    stub.unicode_string(name);
    stub.into_bytes()
}

/// Deletes a key without subkeys in the view of 32-bit or 64-bit programs.
#[must_use]
pub fn delete_key_ex(key: &Handle, name: Terminated<'_>, view: Access) -> Vec<u8> {
    let mut stub = on(key);
    stub.unicode_string(name);
    stub.u32(view.0);
    stub.u32(0);
    stub.into_bytes()
}

/// Writes a key to the disk.
#[must_use]
pub fn flush_key(key: &Handle) -> Vec<u8> {
    on(key).into_bytes()
}

/// The response to a method that returns a code alone.
pub fn read_status(stub: &[u8]) -> Result<ErrorCode, Malformed> {
    let mut reader = Reader::new(stub);
    let code = ErrorCode(reader.u32()?);
    reader.finish()?;
    Ok(code)
}

/// `BaseRegGetVersion`
#[must_use]
pub fn get_version(key: &Handle) -> Vec<u8> {
    on(key).into_bytes()
}

/// Version of servers with separate views for 64-bit and 32-bit programs (MS-RRP 3.1.5.24).
pub const VERSION_WITH_VIEWS: u32 = 6;

/// The response to [`get_version`]: 5 from servers with one view, 6 from servers with two (MS-RRP 3.1.5.24).
pub fn read_version(stub: &[u8]) -> Result<Result<u32, ErrorCode>, Malformed> {
    let mut reader = Reader::new(stub);
    let version = reader.u32()?;
    let code = ErrorCode(reader.u32()?);
    reader.finish()?;
    Ok(code.check().map(|()| version))
}

/// `BaseRegQueryInfoKey` with a buffer of `class_room` bytes for the class.
#[must_use]
pub fn query_info_key(key: &Handle, class_room: u16) -> Vec<u8> {
    let mut stub = on(key);
    stub.unicode_room_terminated(class_room);
    stub.into_bytes()
}

/// Counts, sizes and class of a key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyInfo {
    /// Its class; UTF-16 code units.
    pub class: Vec<u16>,
    /// Number of subkeys.
    pub subkeys: u32,
    /// Upper bound for the length of subkey names, in code units.
    pub longest_subkey: u32,
    /// Number of values.
    pub values: u32,
    /// Upper bound for the length of value names, in code units. Samba counts bytes.
    pub longest_value_name: u32,
    /// Upper bound for the length of the data of values, in bytes.
    pub longest_data: u32,
    /// Length of the security descriptor in bytes.
    pub security: u32,
    /// Last-write time, in 100-nanosecond steps since 1601; 0 if unknown (always with Samba).
    pub last_write: u64,
}

/// The response to [`query_info_key`].
pub fn read_query_info_key(stub: &[u8]) -> Result<Result<KeyInfo, ErrorCode>, Malformed> {
    let mut reader = Reader::new(stub);
    let class = reader.unicode_string()?.unwrap_or_default();
    let subkeys = reader.u32()?;
    let longest_subkey = reader.u32()?;
    let _longest_class = reader.u32()?;
    let values = reader.u32()?;
    let longest_value_name = reader.u32()?;
    let longest_data = reader.u32()?;
    let security = reader.u32()?;
    let last_write = reader.file_time()?;
    let code = ErrorCode(reader.u32()?);
    reader.finish()?;
    let info = KeyInfo {
        class,
        subkeys,
        longest_subkey,
        values,
        longest_value_name,
        longest_data,
        security,
        last_write,
    };
    Ok(code.check().map(|()| info))
}

/// `BaseRegEnumKey`: the subkey at this index, with buffers in bytes.
#[must_use]
pub fn enum_key(key: &Handle, index: u32, name_room: u16, class_room: u16) -> Vec<u8> {
    let mut stub = on(key);
    stub.u32(index);
    stub.unicode_room(name_room);
    stub.pointer();
    stub.unicode_room(class_room);
    stub.pointer();
    stub.u32(0);
    stub.u32(0);
    stub.into_bytes()
}

/// A subkey as enumerated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SubkeyEntry {
    /// Its name; UTF-16 code units.
    pub name: Vec<u16>,
    /// Its class.
    pub class: Vec<u16>,
    /// Its last-write time, if the server sent it.
    pub last_write: Option<u64>,
}

/// The response to [`enum_key`].
pub fn read_enum_key(stub: &[u8]) -> Result<Result<SubkeyEntry, ErrorCode>, Malformed> {
    let mut reader = Reader::new(stub);
    let name = reader.unicode_string()?.unwrap_or_default();
    let class = if reader.pointer()? { reader.unicode_string()?.unwrap_or_default() } else { Vec::new() };
    let last_write = if reader.pointer()? { Some(reader.file_time()?) } else { None };
    let code = ErrorCode(reader.u32()?);
    let nameless = reader.malformed("a subkey without a name");
    reader.finish()?;
    match code.check() {
        Ok(()) if name.is_empty() => Err(nameless),
        Ok(()) => Ok(Ok(SubkeyEntry { name, class, last_write })),
        Err(code) => Ok(Err(code)),
    }
}

/// A stub that begins with the handle of the key.
pub(super) fn on(key: &Handle) -> Writer {
    let mut stub = Writer::new();
    stub.bytes(&key.0);
    stub
}
