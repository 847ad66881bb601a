//! Texts inside protocol structures: counted, and ended by a NUL.

use super::error::{DecodeError, ErrorKind};

/// UTF-16LE code units; an odd last byte is dropped.
pub(super) fn utf16le_units(bytes: &[u8]) -> impl Iterator<Item = u16> {
    bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
}

/// Decodes a counted UTF-16LE text that includes its ending NUL; unpaired surrogates are replaced.
pub(super) fn utf16le_nul(bytes: &[u8], what: &'static str, offset: usize) -> Result<String, DecodeError> {
    let syntax = |found: String| {
        DecodeError::new(ErrorKind::Syntax, what, offset, "UTF-16LE text with one NUL at its end", found)
    };
    if bytes.len() % 2 == 1 {
        return Err(syntax(format!("{} bytes, an odd number", bytes.len())));
    }
    let units: Vec<u16> = utf16le_units(bytes).collect();
    match units.iter().position(|&unit| unit == 0) {
        None => Err(syntax("no NUL".to_owned())),
        Some(end) if end + 1 != units.len() => Err(syntax(format!("a NUL after {end} characters"))),
        Some(end) => Ok(String::from_utf16_lossy(units.get(..end).unwrap_or_default())),
    }
}

/// Decodes a counted ISO 8859-1 text that includes its ending NUL ("ANSI" in [MS-RDPELE] 2.2.2.1.2.1).
pub(super) fn latin1_nul(bytes: &[u8], what: &'static str, offset: usize) -> Result<String, DecodeError> {
    let syntax = |found: String| {
        DecodeError::new(ErrorKind::Syntax, what, offset, "ANSI text with one NUL at its end", found)
    };
    match bytes.iter().position(|&byte| byte == 0) {
        None => Err(syntax("no NUL".to_owned())),
        Some(end) if end + 1 != bytes.len() => Err(syntax(format!("a NUL after {end} characters"))),
        Some(end) => Ok(latin1(bytes.get(..end).unwrap_or_default())),
    }
}

/// Every byte as the character of the same number.
pub(super) fn latin1(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}
