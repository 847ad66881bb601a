//! The writer.

use crate::tag::{BOOLEAN, OCTET_STRING, Tag};

/// Writes elements, in DER.
#[derive(Clone, Debug, Default)]
pub struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    /// Appends an element.
    pub fn element(&mut self, tag: Tag, content: &[u8]) {
        self.bytes.push(tag);
        let length = content.len();
        if length < 0x80 {
            self.bytes.push(u8::try_from(length).unwrap_or_default());
        } else {
            let digits = length.to_be_bytes();
            let digits = &digits[length.leading_zeros() as usize / 8..];
            self.bytes.push(0x80 | u8::try_from(digits.len()).unwrap_or_default());
            self.bytes.extend_from_slice(digits);
        }
        self.bytes.extend_from_slice(content);
    }

    /// Appends an element that contains the elements written by `write`.
    pub fn within(&mut self, tag: Tag, write: impl FnOnce(&mut Writer)) {
        let mut inner = Self::default();
        write(&mut inner);
        self.element(tag, &inner.bytes);
        // It may contain a password.
        zeroize::Zeroize::zeroize(&mut inner.bytes);
    }

    /// Appends an `INTEGER` or `ENUMERATED` in the shortest form.
    pub fn number(&mut self, tag: Tag, number: i64) {
        let digits = number.to_be_bytes();
        // Leading bytes that only repeat the sign are omitted.
        let redundant =
            |pair: &[u8]| (pair[0] == 0 && pair[1] & 0x80 == 0) || (pair[0] == 0xFF && pair[1] & 0x80 != 0);
        let skip = digits.windows(2).take_while(|pair| redundant(pair)).count();
        self.element(tag, &digits[skip..]);
    }

    /// Appends a `BOOLEAN`.
    pub fn boolean(&mut self, value: bool) {
        self.element(BOOLEAN, &[if value { 0xFF } else { 0 }]);
    }

    /// Appends an `OCTET STRING`, which LDAP uses for text too.
    pub fn octets(&mut self, value: impl AsRef<[u8]>) {
        self.element(OCTET_STRING, value.as_ref());
    }

    /// Appends elements that are already encoded.
    pub fn raw(&mut self, elements: &[u8]) {
        self.bytes.extend_from_slice(elements);
    }

    /// The encoded elements.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}
