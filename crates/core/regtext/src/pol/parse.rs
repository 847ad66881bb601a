//! Parsing of instructions.

use std::fmt;

use super::record::Record;
use super::{SIGNATURE, VERSION};
use crate::text::{Text, units_le};

/// The first error in a policy file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("offset {offset:#x}: {found}, expected {expected}")]
pub struct ParseError {
    /// The offset from the start of the file, in bytes.
    pub offset: usize,
    /// The instruction it belongs to, counted from 0; `None` in the header.
    pub record: Option<usize>,
    /// What is expected there.
    pub expected: &'static str,
    /// What was found there.
    pub found: Found,
}

/// What was found in place of the expected data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// The file ends before the field does.
    End,
    /// Four bytes that are not the signature.
    Bytes([u8; 4]),
    /// A UTF-16 unit.
    Unit(u16),
    /// A number.
    Number(u32),
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::End => f.write_str("end of file"),
            Self::Bytes(bytes) => write!(f, "bytes {bytes:02x?}"),
            Self::Unit(unit) => {
                match char::from_u32(u32::from(*unit)).filter(|character| !character.is_control()) {
                    Some(character) => write!(f, "{character:?}"),
                    None => write!(f, "U+{unit:04X}"),
                }
            }
            Self::Number(number) => write!(f, "{number}"),
        }
    }
}

/// Parses all instructions; on an error, those before it are in `records`.
pub(super) fn read_all(bytes: &[u8], records: &mut Vec<Record>) -> Result<(), ParseError> {
    let mut reader = Reader { bytes, at: 0, record: None };
    let signature = reader.array("the signature PReg")?;
    if signature != SIGNATURE {
        return Err(reader.error(0, "the signature PReg", Found::Bytes(signature)));
    }
    let version = reader.number("version 1")?;
    if version != VERSION {
        return Err(reader.error(4, "version 1", Found::Number(version)));
    }
    while reader.at < bytes.len() {
        reader.record = Some(records.len());
        records.push(reader.record()?);
    }
    Ok(())
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    record: Option<usize>,
}

impl<'a> Reader<'a> {
    fn record(&mut self) -> Result<Record, ParseError> {
        self.separator(b'[', "[ at the start of an instruction")?;
        let key = self.string("NUL at the end of the key")?;
        self.separator(b';', "; after the key")?;
        let value = self.string("NUL at the end of the value name")?;
        self.separator(b';', "; after the value name")?;
        let ty = self.number("the type, 4 bytes")?;
        self.separator(b';', "; after the type")?;
        let size_at = self.at;
        let size = self.number("the size, 4 bytes")?;
        self.separator(b';', "; after the size")?;
        let len = usize::try_from(size).unwrap_or(usize::MAX);
        let Some(data) = self.take(len) else {
            return Err(self.error(size_at, "a size within the file", Found::Number(size)));
        };
        self.separator(b']', "] after as many bytes of data as the size says")?;
        Ok(Record { key, value, ty, data: data.to_vec() })
    }

    fn separator(&mut self, wanted: u8, expected: &'static str) -> Result<(), ParseError> {
        let at = self.at;
        let [low, high] = self.array(expected)?;
        let unit = u16::from_le_bytes([low, high]);
        if unit == u16::from(wanted) { Ok(()) } else { Err(self.error(at, expected, Found::Unit(unit))) }
    }

    fn string(&mut self, expected: &'static str) -> Result<Text, ParseError> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let len = units_le(rest).position(|unit| unit == 0);
        let Some(bytes) = len.and_then(|len| rest.get(..len * 2)) else {
            return Err(self.error(self.bytes.len(), expected, Found::End));
        };
        self.at += bytes.len() + 2;
        Ok(Text::from_utf16le(bytes))
    }

    fn number(&mut self, expected: &'static str) -> Result<u32, ParseError> {
        self.array(expected).map(u32::from_le_bytes)
    }

    fn array<const N: usize>(&mut self, expected: &'static str) -> Result<[u8; N], ParseError> {
        let array = self.bytes.get(self.at..).and_then(<[u8]>::first_chunk::<N>).copied();
        let array = array.ok_or_else(|| self.error(self.bytes.len(), expected, Found::End))?;
        self.at += N;
        Ok(array)
    }

    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let data = self.bytes.get(self.at..)?.get(..len)?;
        self.at += len;
        Some(data)
    }

    const fn error(&self, offset: usize, expected: &'static str, found: Found) -> ParseError {
        ParseError { offset, record: self.record, expected, found }
    }
}
