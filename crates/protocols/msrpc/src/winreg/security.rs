//! Security descriptors of keys.

use super::keys::on;
use super::types::{Handle, SecurityInformation};
use super::{ErrorCode, Operation};
use crate::ndr::{Malformed, Reader};

/// `BaseRegGetKeySecurity`
pub const GET_KEY_SECURITY: Operation = 12;
/// `BaseRegSetKeySecurity`
pub const SET_KEY_SECURITY: Operation = 21;

/// Largest descriptor: two access lists of at most 64 KiB each ([MS-DTYP] 2.4.5).
pub const MAX_DESCRIPTOR: u32 = 0x2_1000;

/// `BaseRegGetKeySecurity` with a buffer of `room` bytes.
#[must_use]
pub fn get_key_security(key: &Handle, parts: SecurityInformation, room: u32) -> Vec<u8> {
    let mut stub = on(key);
    stub.u32(parts.0);
    stub.pointer();
    stub.u32(room);
    stub.u32(0);
    stub.varying_head(room, 0);
    stub.into_bytes()
}

/// The response to [`get_key_security`]: the self-relative descriptor, or the error code and the required
/// buffer size.
pub fn read_get_key_security(stub: &[u8]) -> Result<Result<Vec<u8>, (ErrorCode, u32)>, Malformed> {
    let mut reader = Reader::new(stub);
    let there = reader.pointer()?;
    let room = reader.u32()?;
    let _length = reader.u32()?;
    let bytes = if there { reader.varying(1)?.to_vec() } else { Vec::new() };
    let code = ErrorCode(reader.u32()?);
    let empty = reader.malformed("success without a security descriptor");
    reader.finish()?;
    match code.check() {
        Ok(()) if bytes.is_empty() => Err(empty),
        Ok(()) => Ok(Ok(bytes)),
        Err(code) => Ok(Err((code, room))),
    }
}

/// Sets parts of the descriptor of a key.
#[must_use]
pub fn set_key_security(key: &Handle, parts: SecurityInformation, descriptor: &[u8]) -> Vec<u8> {
    let length = length(descriptor);
    let mut stub = on(key);
    stub.u32(parts.0);
    stub.pointer();
    stub.u32(length);
    stub.u32(length);
    stub.varying_head(length, length);
    stub.bytes(descriptor);
    stub.into_bytes()
}

/// Length of a descriptor; callers check that it is at most [`MAX_DESCRIPTOR`].
pub(super) fn length(descriptor: &[u8]) -> u32 {
    u32::try_from(descriptor.len()).unwrap_or(u32::MAX)
}
