//! One text: `REG_SZ` and `REG_EXPAND_SZ`.

use serde::Serialize;

/// A decoded text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Text {
    /// The text before the first NUL, spaces kept; unpaired surrogates are replaced by U+FFFD.
    pub content: String,
    /// What is odd about the bytes.
    pub faults: Vec<TextFault>,
}

/// What is odd about the bytes of a text.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(tag = "fault", rename_all = "snake_case")]
pub enum TextFault {
    /// An odd number of bytes, where every character has two; the last byte is left out.
    OddLength {
        /// The number of bytes.
        length: usize,
    },
    /// No NUL at the end. Windows adds one when it reads, other readers may not.
    NoTerminator,
    /// A NUL with text after it, which most readers never see.
    EmbeddedNul {
        /// Offset of the NUL in bytes.
        offset: usize,
        /// The text after it, without NULs at its end.
        hidden: String,
    },
    /// Half a surrogate pair.
    UnpairedSurrogate {
        /// Offset of the first one in bytes.
        offset: usize,
    },
    /// Blanks, tabs or line breaks before the text.
    LeadingBlank,
    /// Blanks, tabs or line breaks after the text.
    TrailingBlank,
    /// A control character, line breaks and tabs included.
    ControlCharacter {
        /// The first one's number.
        code: u32,
    },
    /// Nothing but printable ASCII bytes without a NUL between them: probably text of one byte for each
    /// character that was written as if it were UTF-16 (inferred).
    LooksLikeAnsi {
        /// The text read in that way.
        text: String,
    },
}

/// Decodes `REG_SZ` or `REG_EXPAND_SZ` data: UTF-16LE with a NUL at its end. Never fails; see
/// [`Text::faults`].
#[must_use]
pub fn reg_sz(bytes: &[u8]) -> Text {
    let mut faults = Vec::new();
    if bytes.len() % 2 == 1 {
        faults.push(TextFault::OddLength { length: bytes.len() });
    }
    if let Some(text) = ansi(bytes) {
        faults.push(TextFault::LooksLikeAnsi { text });
    }
    let units: Vec<u16> = super::super::text::utf16le_units(bytes).collect();
    let end = units.iter().position(|&unit| unit == 0);
    let (before, after) = units.split_at(end.unwrap_or(units.len()));
    match end {
        None if bytes.is_empty() => {}
        None => faults.push(TextFault::NoTerminator),
        Some(end) => {
            let last = after.iter().rposition(|&unit| unit != 0);
            if let Some(hidden) = last.and_then(|last| after.get(1..=last)) {
                let hidden = String::from_utf16_lossy(hidden);
                faults.push(TextFault::EmbeddedNul { offset: end * 2, hidden });
            }
        }
    }
    let content = decode_units(before, 0, &mut faults);
    blanks(&content, &mut faults);
    Text { content, faults }
}

/// Decodes units that start `offset` bytes into the data.
pub(super) fn decode_units(units: &[u16], offset: usize, faults: &mut Vec<TextFault>) -> String {
    let mut content = String::with_capacity(units.len());
    let mut at = 0;
    let mut unpaired = None;
    for decoded in char::decode_utf16(units.iter().copied()) {
        let character = decoded.unwrap_or_else(|_| {
            unpaired.get_or_insert(at);
            char::REPLACEMENT_CHARACTER
        });
        at += character.len_utf16();
        content.push(character);
    }
    if let Some(at) = unpaired {
        faults.push(TextFault::UnpairedSurrogate { offset: offset + at * 2 });
    }
    content
}

/// Blanks around a text, and control characters in it.
pub(super) fn blanks(content: &str, faults: &mut Vec<TextFault>) {
    if content.starts_with(char::is_whitespace) {
        faults.push(TextFault::LeadingBlank);
    }
    if content.ends_with(char::is_whitespace) {
        faults.push(TextFault::TrailingBlank);
    }
    if let Some(control) = content.chars().find(|character| character.is_control()) {
        faults.push(TextFault::ControlCharacter { code: u32::from(control) });
    }
}

/// Printable ASCII of at least four bytes, with at most one NUL, at its end.
fn ansi(bytes: &[u8]) -> Option<String> {
    let text = bytes.strip_suffix(&[0]).unwrap_or(bytes);
    (text.len() >= 4 && text.iter().all(|byte| (0x20..0x7f).contains(byte)))
        .then(|| super::super::text::latin1(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    #[test]
    fn a_clean_text() {
        assert_eq!(reg_sz(&utf16("rdls1\0")), Text { content: "rdls1".to_owned(), faults: Vec::new() });
        assert_eq!(reg_sz(&utf16("\0")), Text { content: String::new(), faults: Vec::new() });
        assert_eq!(reg_sz(&[]), Text { content: String::new(), faults: Vec::new() });
        assert_eq!(reg_sz(&utf16("a\0\0\0")).faults, Vec::new(), "zeros after the end hide nothing");
    }

    #[test]
    fn every_oddity_is_named() {
        for (bytes, content, faults) in [
            (utf16("rdls1"), "rdls1", vec![TextFault::NoTerminator]),
            (utf16(" rdls1\0"), " rdls1", vec![TextFault::LeadingBlank]),
            (
                utf16("rdls1\t\0"),
                "rdls1\t",
                vec![TextFault::TrailingBlank, TextFault::ControlCharacter { code: 9 }],
            ),
            (
                utf16("a\0b\0c\0\0"),
                "a",
                vec![TextFault::EmbeddedNul { offset: 2, hidden: "b\0c".to_owned() }],
            ),
            ([utf16("a\0"), vec![0x41]].concat(), "a", vec![TextFault::OddLength { length: 5 }]),
            (
                vec![0x41, 0, 0x00, 0xd8, 0x42, 0, 0, 0],
                "A\u{fffd}B",
                vec![TextFault::UnpairedSurrogate { offset: 2 }],
            ),
            (
                b"rdls1,rdls2\0".to_vec(),
                "\u{6472}\u{736c}\u{2c31}\u{6472}\u{736c}2",
                vec![TextFault::LooksLikeAnsi { text: "rdls1,rdls2".to_owned() }, TextFault::NoTerminator],
            ),
        ] {
            assert_eq!(reg_sz(&bytes), Text { content: content.to_owned(), faults }, "{bytes:x?}");
        }
        let text = reg_sz(&utf16("a\u{1f600}b\0"));
        assert_eq!((text.content.as_str(), text.faults), ("a\u{1f600}b", Vec::new()));
    }
}
