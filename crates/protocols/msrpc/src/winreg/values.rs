//! Methods on values.

use super::keys::on;
use super::types::Handle;
use super::{ErrorCode, Operation};
use crate::ndr::{Malformed, Reader, Terminated, Writer};

/// `BaseRegDeleteValue`
pub const DELETE_VALUE: Operation = 8;
/// `BaseRegEnumValue`
pub const ENUM_VALUE: Operation = 10;
/// `BaseRegQueryValue`
pub const QUERY_VALUE: Operation = 17;
/// `BaseRegSetValue`
pub const SET_VALUE: Operation = 22;

/// Largest data that the interface carries: `range(0, 0x4000000)` in its definition.
pub const MAX_DATA: u32 = 0x0400_0000;

/// Buffer for the longest value name: 16,383 characters and a NUL, in bytes.
const NAME_BUFFER: u16 = 0x8000;

/// How much data of a value is requested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// Only type and length; the data does not cross the network.
    NoData,
    /// At most this many bytes.
    Bytes(u32),
}

/// `BaseRegEnumValue`: the value at this index.
#[must_use]
pub fn enum_value(key: &Handle, index: u32, room: Room) -> Vec<u8> {
    let mut stub = on(key);
    stub.u32(index);
    stub.unicode_room(NAME_BUFFER);
    ask_for_data(&mut stub, room);
    stub.into_bytes()
}

/// `BaseRegQueryValue`: the value of this name; the empty name is the default value of the key.
#[must_use]
pub fn query_value(key: &Handle, name: Terminated<'_>, room: Room) -> Vec<u8> {
    let mut stub = on(key);
    stub.unicode_string(name);
    ask_for_data(&mut stub, room);
    stub.into_bytes()
}

fn ask_for_data(stub: &mut Writer, room: Room) {
    stub.pointed_u32(0);
    match room {
        Room::NoData => {
            stub.null();
            stub.pointed_u32(0);
        }
        Room::Bytes(bytes) => {
            stub.pointer();
            stub.varying_head(bytes, 0);
            stub.pointed_u32(bytes);
        }
    }
    stub.pointed_u32(0);
}

/// A value as received.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fetched {
    /// Number of the type.
    pub kind: u32,
    /// The data; empty if none was requested.
    pub data: Vec<u8>,
    /// Length of the data in bytes, even if none was requested.
    pub length: u32,
}

/// A value as enumerated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ValueEntry {
    /// Its name; UTF-16 code units.
    pub name: Vec<u16>,
    /// Type and data.
    pub value: Fetched,
}

/// The response to [`enum_value`], or the error code and the length of the data if the server reported it.
pub fn read_enum_value(stub: &[u8]) -> Result<Result<ValueEntry, (ErrorCode, u32)>, Malformed> {
    let mut reader = Reader::new(stub);
    let name = reader.unicode_string()?.unwrap_or_default();
    Ok(read_data(reader)?.map(|value| ValueEntry { name, value }))
}

/// The response to [`query_value`], or the error code and the length of the data if the server reported it.
pub fn read_query_value(stub: &[u8]) -> Result<Result<Fetched, (ErrorCode, u32)>, Malformed> {
    read_data(Reader::new(stub))
}

fn read_data(mut reader: Reader<'_>) -> Result<Result<Fetched, (ErrorCode, u32)>, Malformed> {
    let kind = reader.optional_u32()?;
    let data = if reader.pointer()? { Some(reader.varying(1)?) } else { None };
    let length = reader.optional_u32()?;
    let _transmitted = reader.optional_u32()?;
    let code = ErrorCode(reader.u32()?);
    let typeless = reader.malformed("a value without a type");
    let partial = reader.malformed("a value whose data differs from its length");
    reader.finish()?;
    if let Err(code) = code.check() {
        return Ok(Err((code, length.unwrap_or(0))));
    }
    let Some(kind) = kind else { return Err(typeless) };
    let length = match (data, length) {
        // Partial data is not the value.
        (Some(data), Some(length)) if u32::try_from(data.len()) != Ok(length) => return Err(partial),
        (_, Some(length)) => length,
        (Some(data), None) => u32::try_from(data.len()).unwrap_or(u32::MAX),
        (None, None) => 0,
    };
    Ok(Ok(Fetched { kind, data: data.unwrap_or_default().to_vec(), length }))
}

/// Sets a value.
#[must_use]
pub fn set_value(key: &Handle, name: Terminated<'_>, kind: u32, data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(data.len()).unwrap_or(u32::MAX);
    let mut stub = on(key);
    stub.unicode_string(name);
    stub.u32(kind);
    stub.u32(length);
    stub.bytes(data);
    stub.u32(length);
    stub.into_bytes()
}

/// Deletes a value.
#[must_use]
pub fn delete_value(key: &Handle, name: Terminated<'_>) -> Vec<u8> {
    let mut stub = on(key);
    stub.unicode_string(name);
    stub.into_bytes()
}
