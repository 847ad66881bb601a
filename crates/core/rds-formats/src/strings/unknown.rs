//! Texts whose encoding is not known.

use serde::Serialize;

use super::super::text::{latin1, utf16le_units};

/// A text in whatever encoding it seems to have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GuessedText {
    /// The text before the first NUL.
    pub content: String,
    /// The encoding that it seems to have.
    pub encoding: Encoding,
}

/// An encoding of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    /// Two bytes for each character.
    Utf16Le,
    /// One byte for each character.
    SingleByte,
}

/// Decodes a text that may be UTF-16LE or of one byte for each character.
///
/// A client's store keeps `CompanyName` and `ProductID` in the one and `LicenseScope` in the other, all as
/// `REG_BINARY`; that is taken from descriptions and was not seen in a real hive. Text with a zero in every
/// second byte of its first two characters is UTF-16LE; so is an empty one of two bytes or more.
#[must_use]
pub fn guess(bytes: &[u8]) -> GuessedText {
    let wide = match bytes {
        [0, 0, ..] | [_, 0, _, 0, ..] | [_, 0, _] => true,
        [first, 0] => *first != 0,
        _ => false,
    };
    if wide {
        let units: Vec<u16> = utf16le_units(bytes).take_while(|&unit| unit != 0).collect();
        return GuessedText { content: String::from_utf16_lossy(&units), encoding: Encoding::Utf16Le };
    }
    let end = bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len());
    let content = latin1(bytes.get(..end).unwrap_or_default());
    GuessedText { content, encoding: Encoding::SingleByte }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_encodings() {
        for (bytes, content, encoding) in [
            (&b"A\x002\0\0\0"[..], "A2", Encoding::Utf16Le),
            (b"microsoft.com\0", "microsoft.com", Encoding::SingleByte),
            (b"A02\0", "A02", Encoding::SingleByte),
            (b"A\0\0\0", "A", Encoding::Utf16Le),
            (b"", "", Encoding::SingleByte),
            (b"\0\0", "", Encoding::Utf16Le),
            (b"\0", "", Encoding::SingleByte),
        ] {
            assert_eq!(guess(bytes), GuessedText { content: content.to_owned(), encoding }, "{bytes:x?}");
        }
    }
}
