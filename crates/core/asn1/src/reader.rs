//! The reader.

use crate::element::Element;
use crate::error::{Defect, Malformed};
use crate::tag::Tag;

/// Reads elements one after the other.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
    offset: usize,
}

impl<'a> Reader<'a> {
    /// A reader of the whole input.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self::at(bytes, 0)
    }

    /// A reader of bytes that begin at this offset of the whole input.
    #[must_use]
    pub const fn at(bytes: &'a [u8], offset: usize) -> Self {
        Self { rest: bytes, offset }
    }

    /// True at the end of the input.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The bytes that were not read yet.
    #[must_use]
    pub const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The offset of the next element in the whole input.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.offset
    }

    /// The tag of the next element.
    #[must_use]
    pub fn peek(&self) -> Option<Tag> {
        self.rest.first().copied()
    }

    /// The next element, whatever its tag.
    pub fn element(&mut self) -> Result<Element<'a>, Malformed> {
        let Head { tag, length, size } =
            head(self.rest).map_err(|error| Malformed { offset: self.offset + error.offset, ..error })?;
        let total = size.saturating_add(length);
        let Some((raw, rest)) = self.rest.split_at_checked(total) else {
            let defect = Defect::Truncated { needed: total, left: self.rest.len() };
            return Err(Malformed { offset: self.offset, defect });
        };
        let content_offset = self.offset + size;
        let element = Element { tag, offset: self.offset, content_offset, content: &raw[size..], raw };
        self.rest = rest;
        self.offset += total;
        Ok(element)
    }

    /// The next element, which must have this tag. After an error the element is still the next one.
    pub fn require(&mut self, expected: Tag) -> Result<Element<'a>, Malformed> {
        let before = *self;
        let element = self.element()?;
        if element.tag == expected {
            return Ok(element);
        }
        *self = before;
        Err(Malformed { offset: element.offset, defect: Defect::Tag { expected, found: element.tag } })
    }

    /// The next element if it has this tag.
    pub fn optional(&mut self, tag: Tag) -> Result<Option<Element<'a>>, Malformed> {
        if self.peek() == Some(tag) { self.element().map(Some) } else { Ok(None) }
    }

    /// The content of the next element, which must have this tag.
    pub fn content(&mut self, expected: Tag) -> Result<&'a [u8], Malformed> {
        self.require(expected).map(|element| element.content)
    }

    /// A reader of the elements in the next element, which must have this tag.
    pub fn within(&mut self, expected: Tag) -> Result<Reader<'a>, Malformed> {
        self.require(expected).map(|element| element.children())
    }

    /// The number in the next element, which must have this tag: `INTEGER`, `ENUMERATED`, or an implicit one.
    pub fn number(&mut self, expected: Tag) -> Result<i64, Malformed> {
        self.require(expected)?.number()
    }

    /// The UTF-8 text in the next element, which must have this tag.
    pub fn text(&mut self, expected: Tag) -> Result<&'a str, Malformed> {
        self.require(expected)?.text()
    }

    /// Fails unless all bytes were read.
    pub const fn finish(&self) -> Result<(), Malformed> {
        match self.rest.len() {
            0 => Ok(()),
            count => Err(Malformed { offset: self.offset, defect: Defect::Trailing(count) }),
        }
    }
}

/// Tag and length of an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// The tag.
    pub tag: Tag,
    /// Bytes of the content.
    pub length: usize,
    /// Bytes of the head itself, 2 to 6.
    pub size: usize,
}

/// Reads the head of the element at the start of the bytes.
///
/// [`Defect::Truncated`] means that the head is incomplete, so that a stream must deliver more bytes.
pub fn head(bytes: &[u8]) -> Result<Head, Malformed> {
    let fail = |defect| Err(Malformed { offset: 0, defect });
    let truncated = |needed| fail(Defect::Truncated { needed, left: bytes.len() });
    let Some(&tag) = bytes.first() else { return truncated(2) };
    if tag & 0x1F == 0x1F {
        return fail(Defect::LongTag(tag));
    }
    let Some(&first) = bytes.get(1) else { return truncated(2) };
    let count = usize::from(first & 0x7F);
    if first & 0x80 == 0 {
        return Ok(Head { tag, length: count, size: 2 });
    }
    if !(1..=4).contains(&count) {
        return fail(Defect::Length(first));
    }
    let Some(digits) = bytes.get(2..2 + count) else { return truncated(2 + count) };
    let length = digits.iter().fold(0_usize, |length, &byte| length << 8 | usize::from(byte));
    Ok(Head { tag, length, size: 2 + count })
}
