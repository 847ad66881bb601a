//! A walker over DER that knows where it is.
//!
//! It reads what certificates need and no more: single-byte tags and definite lengths. Lengths need not be
//! the shortest form, since a damaged certificate should be read as far as Windows might read it.

use super::error::{DecodeError, ErrorKind};

/// Tags, as the whole identifier byte.
pub(super) mod tag {
    pub(in super::super) const BOOLEAN: u8 = 0x01;
    pub(in super::super) const INTEGER: u8 = 0x02;
    pub(in super::super) const BIT_STRING: u8 = 0x03;
    pub(in super::super) const OCTET_STRING: u8 = 0x04;
    pub(in super::super) const OID: u8 = 0x06;
    pub(in super::super) const UTF8_STRING: u8 = 0x0c;
    pub(in super::super) const PRINTABLE_STRING: u8 = 0x13;
    pub(in super::super) const TELETEX_STRING: u8 = 0x14;
    pub(in super::super) const IA5_STRING: u8 = 0x16;
    pub(in super::super) const UTC_TIME: u8 = 0x17;
    pub(in super::super) const GENERALIZED_TIME: u8 = 0x18;
    pub(in super::super) const UNIVERSAL_STRING: u8 = 0x1c;
    pub(in super::super) const BMP_STRING: u8 = 0x1e;
    pub(in super::super) const SEQUENCE: u8 = 0x30;
    pub(in super::super) const SET: u8 = 0x31;

    /// `[number]`, constructed.
    pub(in super::super) const fn context(number: u8) -> u8 {
        0xa0 | number
    }
}

/// One element: tag, length, content.
#[derive(Clone, Copy, Debug)]
pub(super) struct Element<'a> {
    pub(super) tag: u8,
    /// Offset of its tag in the whole input.
    pub(super) offset: usize,
    /// Offset of its content in the whole input.
    pub(super) content_offset: usize,
    pub(super) content: &'a [u8],
    /// Tag, length and content.
    pub(super) raw: &'a [u8],
}

impl<'a> Element<'a> {
    /// The elements inside.
    pub(super) fn children(&self) -> Der<'a> {
        Der { rest: self.content, offset: self.content_offset }
    }

    /// Content of a BIT STRING without unused bits.
    pub(super) fn bits(&self, what: &'static str) -> Result<(&'a [u8], usize), DecodeError> {
        match self.content.split_first() {
            Some((0, bits)) => Ok((bits, self.content_offset + 1)),
            Some((unused, _)) => Err(DecodeError::new(
                ErrorKind::Syntax,
                what,
                self.content_offset,
                "no unused bits",
                format!("{unused} unused bits"),
            )),
            None => Err(DecodeError::truncated(what, self.content_offset, 1, 0)),
        }
    }

    /// Content of an INTEGER that is not negative, without leading zeros.
    pub(super) fn unsigned(&self, what: &'static str) -> Result<&'a [u8], DecodeError> {
        let wrong = |found: &str| {
            DecodeError::new(
                ErrorKind::Syntax,
                what,
                self.content_offset,
                "an integer that is not negative",
                found,
            )
        };
        match self.content.first() {
            None => Err(wrong("no bytes")),
            Some(first) if first & 0x80 != 0 => Err(wrong("a negative one")),
            Some(_) => {
                let zeros = self.content.iter().take_while(|&&byte| byte == 0).count();
                Ok(self.content.get(zeros..).unwrap_or_default())
            }
        }
    }

    /// Content of an OBJECT IDENTIFIER in dotted form.
    pub(super) fn oid(&self, what: &'static str) -> Result<String, DecodeError> {
        dotted(self.content).ok_or_else(|| {
            let found = hex::encode(self.content.get(..self.content.len().min(16)).unwrap_or_default());
            DecodeError::new(ErrorKind::Syntax, what, self.content_offset, "an object identifier", found)
        })
    }
}

/// Elements one after the other.
#[derive(Clone, Debug)]
pub(super) struct Der<'a> {
    rest: &'a [u8],
    offset: usize,
}

impl<'a> Der<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self::at(bytes, 0)
    }

    /// Bytes that stand `offset` bytes into the whole input.
    pub(super) fn at(bytes: &'a [u8], offset: usize) -> Self {
        Self { rest: bytes, offset }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next element, whatever it is.
    pub(super) fn next(&mut self, what: &'static str) -> Result<Element<'a>, DecodeError> {
        let bytes = self.rest;
        let syntax = |expected: &str, found: String| {
            DecodeError::new(ErrorKind::Syntax, what, self.offset, expected, found)
        };
        let short = || DecodeError::truncated(what, self.offset, 2, bytes.len());
        let tag = *bytes.first().ok_or_else(short)?;
        if tag & 0x1f == 0x1f {
            return Err(syntax("a one-byte tag", format!("{tag:#04x}")));
        }
        let first = *bytes.get(1).ok_or_else(short)?;
        let (header, length) = if first < 0x80 {
            (2, usize::from(first))
        } else {
            let count = usize::from(first & 0x7f);
            if !(1..=4).contains(&count) {
                return Err(syntax("a definite length of at most four bytes", format!("{first:#04x}")));
            }
            let digits = bytes
                .get(2..2 + count)
                .ok_or_else(|| DecodeError::truncated(what, self.offset, 2 + count, bytes.len()))?;
            (2 + count, digits.iter().fold(0_usize, |length, &digit| (length << 8) | usize::from(digit)))
        };
        let total = header.saturating_add(length);
        let (Some(content), Some(raw), Some(rest)) =
            (bytes.get(header..total), bytes.get(..total), bytes.get(total..))
        else {
            return Err(DecodeError::truncated(what, self.offset, total, bytes.len()));
        };
        let element =
            Element { tag, offset: self.offset, content_offset: self.offset + header, content, raw };
        self.rest = rest;
        self.offset += total;
        Ok(element)
    }

    /// The next element, which must have this tag.
    pub(super) fn expect(&mut self, tag: u8, what: &'static str) -> Result<Element<'a>, DecodeError> {
        let offset = self.offset;
        let element = self.clone().next(what)?;
        if element.tag != tag {
            let (expected, found) = (format!("tag {tag:#04x}"), format!("tag {:#04x}", element.tag));
            return Err(DecodeError::new(ErrorKind::Syntax, what, offset, expected, found));
        }
        self.next(what)
    }

    /// The next element if it has this tag.
    pub(super) fn optional(
        &mut self,
        tag: u8,
        what: &'static str,
    ) -> Result<Option<Element<'a>>, DecodeError> {
        if self.rest.first() == Some(&tag) { self.next(what).map(Some) } else { Ok(None) }
    }

    /// Fails unless everything was read.
    pub(super) fn finish(&self, what: &'static str) -> Result<(), DecodeError> {
        match self.rest.len() {
            0 => Ok(()),
            count => Err(DecodeError::trailing(what, self.offset, count)),
        }
    }
}

/// An object identifier's content in dotted form; `None` where it is broken or an arc exceeds 64 bits.
fn dotted(content: &[u8]) -> Option<String> {
    let mut text = String::new();
    let mut arc = 0_u64;
    let mut inside = false;
    for &byte in content {
        arc = arc.checked_mul(128)?.checked_add(u64::from(byte & 0x7f))?;
        inside = byte & 0x80 != 0;
        if inside {
            continue;
        }
        if text.is_empty() {
            let top = (arc / 40).min(2);
            text = format!("{top}.{}", arc - top * 40);
        } else {
            text.push('.');
            text.push_str(&arc.to_string());
        }
        arc = 0;
    }
    (!inside && !text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn object_identifiers() {
        for (content, text) in [
            (&[0x2b, 0x0e, 0x03, 0x02, 0x1d][..], "1.3.14.3.2.29"),
            (&[0x2b, 6, 1, 4, 1, 0x82, 0x37, 0x12, 4], "1.3.6.1.4.1.311.18.4"),
            (&[0x88, 0x37], "2.999"),
            (&[0x55, 4, 3], "2.5.4.3"),
        ] {
            assert_eq!(dotted(content).as_deref(), Some(text));
        }
        assert_eq!(dotted(&[]), None);
        assert_eq!(dotted(&[0x2b, 0x80]), None);
        assert_eq!(dotted(&[0x2b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]), None);
    }

    #[test]
    fn lengths() {
        for (bytes, content) in [
            (&[0x04, 0x01, 0xaa][..], &[0xaa][..]),
            (&[0x04, 0x81, 0x01, 0xaa], &[0xaa]),
            (&[0x04, 0x84, 0, 0, 0, 1, 0xaa], &[0xaa]),
            (&[0x04, 0x00], &[]),
        ] {
            let mut der = Der::new(bytes);
            assert_eq!(der.next("test").unwrap().content, content);
            assert!(der.finish("test").is_ok());
        }
        for bytes in [
            &[][..],
            &[0x04],
            &[0x04, 0x02, 0xaa],
            &[0x04, 0x80, 0, 0],
            &[0x04, 0x85, 0, 0, 0, 0, 0],
            &[0x04, 0x84, 0xff, 0xff, 0xff, 0xff],
            &[0x1f, 0x01, 0x00],
        ] {
            assert!(Der::new(bytes).next("test").is_err(), "{bytes:x?}");
        }
    }

    #[test]
    fn offsets_count_from_the_start_of_the_input() {
        let bytes = [0x30, 0x05, 0x02, 0x01, 0x07, 0x05, 0x00];
        let mut inner = Der::at(&bytes, 100).next("outer").unwrap().children();
        assert_eq!(inner.next("first").unwrap().offset, 102);
        let error = inner.expect(tag::INTEGER, "second").unwrap_err();
        assert_eq!((error.offset, error.what), (105, "second"));
        assert_eq!(inner.offset, 105);
    }
}
