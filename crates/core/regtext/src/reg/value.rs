//! The grammar of a value line: name, equals sign, data.

use super::cursor::Cursor;
use super::document::{Op, Value};
use super::hex::{End, read_bytes};
use super::problem::{Flaw, What};
use crate::text::Text;

/// The state after the first line of a value has been read.
pub(super) enum Start {
    /// The value is complete.
    Complete(Op),
    /// A quoted string that does not end on this line, with its text so far.
    OpenString(Vec<u16>),
    /// Hexadecimal data.
    Hex { ty: u32, bytes: Vec<u8>, end: End },
}

/// Whether a line with this start is a value.
pub(super) const fn starts_value(first: u8) -> bool {
    matches!(first, b'"' | b'@')
}

/// Reads a value name and the equals sign after it.
pub(super) fn read_name(cursor: &mut Cursor<'_>) -> Result<Text, Flaw> {
    let mut name = Vec::new();
    if !cursor.eat("@") {
        cursor.skip();
        if !read_quoted(cursor, &mut name)? {
            return Err(cursor.flaw(What::UnclosedName));
        }
    }
    cursor.skip_blanks();
    if !cursor.eat("=") {
        return Err(cursor.flaw(What::NoEquals));
    }
    cursor.skip_blanks();
    Ok(Text::from_units(name))
}

/// Reads the data after the equals sign, up to the end of the line.
pub(super) fn read_data(cursor: &mut Cursor<'_>) -> Result<Start, Flaw> {
    if cursor.eat("\"") {
        let mut string = Vec::new();
        if !read_quoted(cursor, &mut string)? {
            return Ok(Start::OpenString(string));
        }
        cursor.expect_line_end()?;
        Ok(Start::Complete(string_value(string)))
    } else if cursor.eat("-") {
        cursor.expect_line_end()?;
        Ok(Start::Complete(Op::Delete))
    } else if cursor.eat("dword:") {
        let value = read_dword(cursor)?;
        cursor.expect_line_end()?;
        Ok(Start::Complete(Op::Set(Value::new(4, value.to_le_bytes().to_vec()))))
    } else if cursor.eat("hex:") {
        read_hex(cursor, 3)
    } else if cursor.eat("hex(") {
        let flaw = cursor.flaw(What::BadHexType);
        let (digits, ty) = cursor.hex_number();
        let ty = ty.filter(|_| digits > 0 && cursor.eat("):")).ok_or(flaw)?;
        read_hex(cursor, ty)
    } else {
        Err(cursor.flaw(What::UnknownData))
    }
}

/// A `REG_SZ` value with these characters.
pub(super) fn string_value(string: Vec<u16>) -> Op {
    Op::Set(Value::new(1, Text::from_units(string).to_utf16le_nul()))
}

/// Reads quoted text after its opening quote and resolves escapes. Returns false if the line ends before the
/// closing quote.
pub(super) fn read_quoted(cursor: &mut Cursor<'_>, text: &mut Vec<u16>) -> Result<bool, Flaw> {
    while let Some(unit) = cursor.unit() {
        match cursor.ascii() {
            Some(b'"') => {
                cursor.skip();
                return Ok(true);
            }
            Some(b'\\') => {
                let flaw = cursor.flaw(What::BadEscape);
                cursor.skip();
                let escaped = cursor.ascii().filter(|byte| matches!(byte, b'\\' | b'"')).ok_or(flaw)?;
                text.push(u16::from(escaped));
            }
            _ => text.push(unit),
        }
        cursor.skip();
    }
    Ok(false)
}

fn read_dword(cursor: &mut Cursor<'_>) -> Result<u32, Flaw> {
    cursor.skip_blanks();
    let flaw = cursor.flaw(What::BadDword);
    match cursor.hex_number() {
        (1..=8, Some(value)) => Ok(value),
        _ => Err(flaw),
    }
}

fn read_hex(cursor: &mut Cursor<'_>, ty: u32) -> Result<Start, Flaw> {
    let mut bytes = Vec::new();
    let end = read_bytes(cursor, &mut bytes)?;
    Ok(Start::Hex { ty, bytes, end })
}
