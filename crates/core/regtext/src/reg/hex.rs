//! One line of hexadecimal bytes.

use super::cursor::Cursor;
use super::problem::{Flaw, What};

/// The end of a line of hexadecimal data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The value is complete.
    Complete,
    /// A backslash: the value continues in the next line.
    Continues,
}

/// Reads the bytes up to the end of the line and appends them to `bytes`.
pub(super) fn read_bytes(cursor: &mut Cursor<'_>, bytes: &mut Vec<u8>) -> Result<End, Flaw> {
    loop {
        // At this place, the line has just begun or a comma was read, so a backslash is valid.
        cursor.skip_blanks();
        match cursor.ascii() {
            Some(b'\\') => return backslash(cursor),
            Some(b',') => return Err(cursor.flaw(What::EmptyByte)),
            Some(byte) if byte.is_ascii_hexdigit() => bytes.push(byte_value(cursor)?),
            _ if cursor.at_line_end() => return Ok(End::Complete),
            _ => return Err(cursor.flaw(What::BadByte)),
        }
        if cursor.ascii() == Some(b',') {
            cursor.skip();
        } else if cursor.at_line_end() {
            return Ok(End::Complete);
        } else if cursor.ascii() == Some(b'\\') {
            return Err(cursor.flaw(What::NoCommaBeforeBackslash));
        } else {
            return Err(cursor.flaw(What::BadByte));
        }
    }
}

/// Reads a continuation line; it must contain at least one byte.
pub(super) fn read_continuation(cursor: &mut Cursor<'_>, bytes: &mut Vec<u8>) -> Result<End, Flaw> {
    cursor.skip_blanks();
    if cursor.ascii().is_some_and(|byte| byte.is_ascii_hexdigit()) {
        read_bytes(cursor, bytes)
    } else {
        Err(cursor.flaw(What::BadContinuation))
    }
}

fn byte_value(cursor: &mut Cursor<'_>) -> Result<u8, Flaw> {
    let flaw = cursor.flaw(What::BadByte);
    let (_, value) = cursor.hex_number();
    value.and_then(|value| u8::try_from(value).ok()).ok_or(flaw)
}

fn backslash(cursor: &mut Cursor<'_>) -> Result<End, Flaw> {
    cursor.skip();
    if cursor.at_line_end() { Ok(End::Continues) } else { Err(cursor.flaw(What::TextAfterBackslash)) }
}
