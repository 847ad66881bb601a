//! Names in a hive: one byte for each character, or UTF-16.

use std::cmp::Ordering;
use std::fmt::{self, Write as _};

use nt::upcase;

/// The name of a key, value or class, borrowed from the hive.
///
/// Stored either as Latin-1 ("compressed": one byte for each UTF-16 unit) or as UTF-16LE. Equality, order and
/// hash of this type are based on the units and independent of the storage. Names are not validated: they may
/// contain NULs, backslashes and unpaired surrogates.
#[derive(Clone, Copy)]
pub struct Name<'a> {
    bytes: &'a [u8],
    width: Width,
}

/// The storage of a name. It has the size of a pointer, so that a name has no padding: results with names are
/// moved about a hundred thousand times in a walk, and moving padding separately stalls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
enum Width {
    Narrow,
    Wide,
}

impl<'a> Name<'a> {
    /// A name stored with one byte for each unit.
    #[must_use]
    pub const fn latin1(bytes: &'a [u8]) -> Self {
        Self { bytes, width: Width::Narrow }
    }

    /// A name stored as UTF-16LE. An odd last byte is ignored.
    #[must_use]
    pub const fn utf16(bytes: &'a [u8]) -> Self {
        Self { bytes, width: Width::Wide }
    }

    /// The bytes as stored.
    #[must_use]
    pub const fn bytes(self) -> &'a [u8] {
        self.bytes
    }

    /// True for UTF-16, false for one byte for each unit.
    #[must_use]
    pub const fn is_utf16(self) -> bool {
        matches!(self.width, Width::Wide)
    }

    /// The number of UTF-16 units.
    #[must_use]
    pub const fn len(self) -> usize {
        if self.is_utf16() { self.bytes.len() / 2 } else { self.bytes.len() }
    }

    /// True for the empty name, that of a key's default value.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The UTF-16 units of the name.
    #[inline]
    pub fn units(self) -> Units<'a> {
        Units { bytes: self.bytes, wide: self.is_utf16() }
    }

    /// The name as text, if it is well-formed UTF-16.
    #[must_use]
    pub fn to_text(self) -> Option<String> {
        if !self.is_utf16() && self.bytes.is_ascii() {
            return String::from_utf8(self.bytes.to_vec()).ok();
        }
        char::decode_utf16(self.units()).collect::<Result<_, _>>().ok()
    }

    /// The name as text, with U+FFFD in place of each unpaired surrogate.
    #[must_use]
    pub fn to_text_lossy(self) -> String {
        let mut text = String::with_capacity(self.bytes.len());
        self.push_to(&mut text);
        text
    }

    pub(crate) fn push_to(self, text: &mut String) {
        if !self.is_utf16() && self.bytes.is_ascii() {
            text.extend(self.bytes.iter().map(|&byte| char::from(byte)));
        } else {
            text.extend(char::decode_utf16(self.units()).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)));
        }
    }

    /// The registry's comparison: unit by unit, each upper-cased separately.
    #[must_use]
    pub fn matches(self, text: &str) -> bool {
        if !self.is_utf16() && text.is_ascii() {
            return self.bytes.eq_ignore_ascii_case(text.as_bytes());
        }
        self.units().map(upcase).eq(text.encode_utf16().map(upcase))
    }

    /// The order of subkey lists: by upper-cased units.
    #[must_use]
    pub fn cmp_ignoring_case(self, other: Name<'_>) -> Ordering {
        self.units().map(upcase).cmp(other.units().map(upcase))
    }
}

/// The UTF-16 units of a [`Name`].
#[derive(Clone, Debug)]
pub struct Units<'a> {
    bytes: &'a [u8],
    wide: bool,
}

impl Iterator for Units<'_> {
    type Item = u16;

    #[inline]
    fn next(&mut self) -> Option<u16> {
        if self.wide {
            let (unit, rest) = self.bytes.split_first_chunk::<2>()?;
            self.bytes = rest;
            Some(u16::from_le_bytes(*unit))
        } else {
            let (&byte, rest) = self.bytes.split_first()?;
            self.bytes = rest;
            Some(u16::from(byte))
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let len = if self.wide { self.bytes.len() / 2 } else { self.bytes.len() };
        (len, Some(len))
    }
}

impl ExactSizeIterator for Units<'_> {}

impl PartialEq for Name<'_> {
    fn eq(&self, other: &Self) -> bool {
        if self.width == other.width && self.bytes.len().is_multiple_of(2) {
            return self.bytes == other.bytes;
        }
        self.units().eq(other.units())
    }
}

impl Eq for Name<'_> {}

impl std::hash::Hash for Name<'_> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        for unit in self.units() {
            unit.hash(state);
        }
        self.len().hash(state);
    }
}

impl PartialOrd for Name<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Name<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.units().cmp(other.units())
    }
}

/// As text, with U+FFFD in place of each unpaired surrogate; control characters are printed unchanged.
impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in char::decode_utf16(self.units()) {
            f.write_char(c.unwrap_or(char::REPLACEMENT_CHARACTER))?;
        }
        Ok(())
    }
}

/// As a quoted literal in which control characters and unpaired surrogates are escaped.
impl fmt::Debug for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for c in char::decode_utf16(self.units()) {
            match c {
                Ok(c) => write!(f, "{}", c.escape_debug())?,
                Err(error) => write!(f, "\\u{{{:x}}}", error.unpaired_surrogate())?,
            }
        }
        f.write_char('"')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wide(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    #[test]
    fn both_forms_of_one_name_are_equal() {
        let bytes = wide("Größe");
        let (narrow, wide) = (Name::latin1(b"Gr\xF6\xDFe"), Name::utf16(&bytes));
        assert_eq!(narrow, wide);
        assert_eq!(narrow.to_text().as_deref(), Some("Größe"));
        assert_eq!(wide.to_string(), "Größe");
        assert_eq!(narrow.len(), wide.len());
    }

    #[test]
    fn comparison_ignores_case_unit_by_unit() {
        assert!(Name::latin1(b"gR\xF6\xDFe").matches("GRÖßE"));
        assert!(!Name::latin1(b"gr\xF6\xDFe").matches("GRÖSSE"));
        assert!(Name::latin1(b"_a").cmp_ignoring_case(Name::latin1(b"B")).is_gt(), "'_' sorts after 'B'");
        assert!(Name::latin1(b"a").cmp_ignoring_case(Name::latin1(b"AB")).is_lt());
        assert!(!Name::latin1(b"a").matches("ab"));
    }

    #[test]
    fn an_unpaired_surrogate_is_kept_and_shown() {
        let bytes = [0x00, 0xD8, b'a', 0];
        let name = Name::utf16(&bytes);
        assert_eq!(name.to_text(), None);
        assert_eq!(name.to_string(), "\u{FFFD}a");
        assert_eq!(format!("{name:?}"), "\"\\u{d800}a\"");
        assert_eq!(name.units().collect::<Vec<_>>(), [0xD800, 0x61]);
    }

    #[test]
    fn an_odd_last_byte_is_no_unit() {
        let name = Name::utf16(b"a\0b");
        assert_eq!(name.len(), 1);
        assert_eq!(name, Name::latin1(b"a"));
    }
}
