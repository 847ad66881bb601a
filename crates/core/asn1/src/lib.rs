//! The part of ASN.1's basic encoding that LDAP uses (RFC 4511, 5.1): definite lengths, tags of one byte. What Kerberos and GSS-API
//! say in DER lies within it.
#![forbid(unsafe_code)]

/// A tag of one byte: class, form and number together.
pub type Tag = u8;

/// `BOOLEAN`
pub const BOOLEAN: Tag = 0x01;
/// `INTEGER`
pub const INTEGER: Tag = 0x02;
/// `BIT STRING`
pub const BITS: Tag = 0x03;
/// `OCTET STRING`
pub const OCTETS: Tag = 0x04;
/// `OBJECT IDENTIFIER`
pub const OID: Tag = 0x06;
/// `ENUMERATED`
pub const ENUMERATED: Tag = 0x0A;
/// `SEQUENCE`
pub const SEQUENCE: Tag = 0x30;
/// `SET`
pub const SET: Tag = 0x31;

/// What stands where an element was expected. The offset counts from the start of the message's content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// The bytes end within an element.
    #[error("the answer ends within an element")]
    Short,
    /// A form that neither LDAP nor DER uses: an indefinite length, a tag of several bytes, a length of more than four.
    #[error("the answer uses an encoding that its protocol forbids")]
    Form,
    /// An element of another kind.
    #[error("the answer holds element 0x{found:02X} where 0x{expected:02X} belongs")]
    Tag {
        /// What belongs there.
        expected: Tag,
        /// What stands there.
        found: Tag,
    },
    /// A number that is out of its range.
    #[error("a number in the answer is out of range")]
    Number,
    /// Text that is not UTF-8.
    #[error("text in the answer is not UTF-8")]
    Text,
    /// An operation that no server answers with.
    #[error("the answer is of the kind 0x{0:02X}, which does not belong here")]
    Operation(Tag),
}

/// Reads elements one after the other; what lies in them, only when asked.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Over the content of an element.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    /// Whether nothing is left.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// What is left, whatever it is.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.bytes
    }

    /// The tag of the next element, where there is one.
    #[must_use]
    pub fn peek(&self) -> Option<Tag> {
        self.bytes.first().copied()
    }

    /// The next element: its tag, its content.
    pub fn element(&mut self) -> Result<(Tag, &'a [u8]), Malformed> {
        let Head { tag, length, size } = head(self.bytes)?.ok_or(Malformed::Short)?;
        let rest = &self.bytes[size..];
        if rest.len() < length {
            return Err(Malformed::Short);
        }
        let (content, rest) = rest.split_at(length);
        self.bytes = rest;
        Ok((tag, content))
    }

    /// The content of the next element, which is of this kind.
    pub fn expect(&mut self, expected: Tag) -> Result<&'a [u8], Malformed> {
        match self.element()? {
            (tag, content) if tag == expected => Ok(content),
            (found, _) => Err(Malformed::Tag { expected, found }),
        }
    }

    /// The elements in the next one, which is of this kind.
    pub fn within(&mut self, expected: Tag) -> Result<Reader<'a>, Malformed> {
        self.expect(expected).map(Reader::new)
    }

    /// A whole number of this kind, `INTEGER` or `ENUMERATED`.
    pub fn number(&mut self, expected: Tag) -> Result<i64, Malformed> {
        let content = self.expect(expected)?;
        if content.is_empty() || content.len() > 8 {
            return Err(Malformed::Number);
        }
        // The first bit is the sign.
        let start = if content[0] & 0x80 == 0 { 0 } else { -1 };
        Ok(content.iter().fold(start, |number, &byte| number << 8 | i64::from(byte)))
    }

    /// Text of this kind.
    pub fn text(&mut self, expected: Tag) -> Result<&'a str, Malformed> {
        std::str::from_utf8(self.expect(expected)?).map_err(|_| Malformed::Text)
    }
}

/// What an element begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its kind.
    pub tag: Tag,
    /// Bytes of its content.
    pub length: usize,
    /// Bytes of the head itself, 2 to 6.
    pub size: usize,
}

/// Reads the head of an element; `None` where the bytes end within it.
pub fn head(bytes: &[u8]) -> Result<Option<Head>, Malformed> {
    let [tag, first, rest @ ..] = bytes else { return Ok(None) };
    if tag & 0x1F == 0x1F {
        return Err(Malformed::Form);
    }
    let count = usize::from(first & 0x7F);
    if first & 0x80 == 0 {
        return Ok(Some(Head { tag: *tag, length: count, size: 2 }));
    }
    if count == 0 || count > 4 {
        return Err(Malformed::Form);
    }
    let Some(length) = rest.get(..count) else { return Ok(None) };
    let length = length.iter().fold(0_usize, |length, &byte| length << 8 | usize::from(byte));
    Ok(Some(Head { tag: *tag, length, size: 2 + count }))
}

/// Writes elements.
#[derive(Clone, Debug, Default)]
pub struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    /// An element of this kind with these bytes.
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

    /// An element of this kind that holds others.
    pub fn within(&mut self, tag: Tag, write: impl FnOnce(&mut Writer)) {
        let mut inner = Self::default();
        write(&mut inner);
        self.element(tag, &inner.bytes);
        // It may have held a password.
        zeroize::Zeroize::zeroize(&mut inner.bytes);
    }

    /// A whole number, `INTEGER` or `ENUMERATED`.
    pub fn number(&mut self, tag: Tag, number: i64) {
        let digits = number.to_be_bytes();
        // As few bytes as keep the sign.
        let redundant =
            |pair: &[u8]| (pair[0] == 0 && pair[1] & 0x80 == 0) || (pair[0] == 0xFF && pair[1] & 0x80 != 0);
        let skip = digits.windows(2).take_while(|pair| redundant(pair)).count();
        self.element(tag, &digits[skip..]);
    }

    /// True or false.
    pub fn boolean(&mut self, value: bool) {
        self.element(BOOLEAN, &[if value { 0xFF } else { 0 }]);
    }

    /// Text or bytes.
    pub fn octets(&mut self, value: impl AsRef<[u8]>) {
        self.element(OCTETS, value.as_ref());
    }

    /// Elements that are encoded already.
    pub fn raw(&mut self, elements: &[u8]) {
        self.bytes.extend_from_slice(elements);
    }

    /// What was written.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back() {
        for number in [0, 1, 127, 128, 255, 256, 65535, -1, -128, -129, i64::MAX, i64::MIN] {
            let mut writer = Writer::default();
            writer.number(INTEGER, number);
            let bytes = writer.into_bytes();
            assert_eq!(Reader::new(&bytes).number(INTEGER), Ok(number), "{bytes:02X?}");
        }
    }

    #[test]
    fn lengths_come_back() {
        for length in [0, 1, 127, 128, 255, 256, 65535, 65536, 1 << 20] {
            let mut writer = Writer::default();
            writer.octets(vec![7; length]);
            let bytes = writer.into_bytes();
            assert_eq!(Reader::new(&bytes).expect(OCTETS).map(<[u8]>::len), Ok(length));
        }
    }

    #[test]
    fn what_is_forbidden_is_refused() {
        let read = |bytes: &[u8]| Reader::new(bytes).element().map(|(tag, content)| (tag, content.len()));
        assert_eq!(read(&[0x30, 0x80, 0, 0]), Err(Malformed::Form), "indefinite length");
        assert_eq!(read(&[0x3F, 0x81, 0x01, 0]), Err(Malformed::Form), "tag of several bytes");
        assert_eq!(read(&[0x04, 0x85, 0, 0, 0, 0, 0]), Err(Malformed::Form), "length of five bytes");
        assert_eq!(read(&[0x04, 0x84, 0xFF, 0xFF, 0xFF, 0xFF]), Err(Malformed::Short));
        assert_eq!(read(&[0x04]), Err(Malformed::Short));
        // Lengths with more digits than needed are allowed, and Active Directory sends them.
        assert_eq!(read(&[0x04, 0x84, 0, 0, 0, 1, 9]), Ok((OCTETS, 1)));
    }
}
