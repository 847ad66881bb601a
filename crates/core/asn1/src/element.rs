//! One element: tag, length, content.

use crate::error::{Defect, Malformed};
use crate::reader::Reader;
use crate::tag::Tag;

/// One element of the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Element<'a> {
    /// Its tag.
    pub tag: Tag,
    /// Bytes from the start of the whole input to the tag.
    pub offset: usize,
    /// Bytes from the start of the whole input to the content.
    pub content_offset: usize,
    /// Its content.
    pub content: &'a [u8],
    /// Tag, length and content.
    pub raw: &'a [u8],
}

impl<'a> Element<'a> {
    /// A reader of the elements inside.
    #[must_use]
    pub fn children(&self) -> Reader<'a> {
        Reader::at(self.content, self.content_offset)
    }

    /// The content of a `BIT STRING` without unused bits, and its offset in the whole input.
    pub fn bits(&self) -> Result<(&'a [u8], usize), Malformed> {
        match self.content.split_first() {
            Some((0, bits)) => Ok((bits, self.content_offset + 1)),
            Some((&unused, _)) => Err(self.malformed(Defect::UnusedBits(unused))),
            None => Err(self.malformed(Defect::Truncated { needed: 1, left: 0 })),
        }
    }

    /// The bytes of an `INTEGER` of any size that is not negative, without leading zeros.
    pub fn unsigned(&self) -> Result<&'a [u8], Malformed> {
        match self.content.first() {
            None => Err(self.malformed(Defect::EmptyInteger)),
            Some(first) if first & 0x80 != 0 => Err(self.malformed(Defect::Negative)),
            Some(_) => {
                let zeros = self.content.iter().take_while(|&&byte| byte == 0).count();
                Ok(&self.content[zeros..])
            }
        }
    }

    /// An `INTEGER` or `ENUMERATED` of at most eight bytes.
    pub fn number(&self) -> Result<i64, Malformed> {
        if self.content.is_empty() {
            return Err(self.malformed(Defect::EmptyInteger));
        }
        if self.content.len() > 8 {
            return Err(self.malformed(Defect::Range));
        }
        // The first bit is the sign.
        let start = if self.content[0] & 0x80 == 0 { 0 } else { -1 };
        Ok(self.content.iter().fold(start, |number, &byte| number << 8 | i64::from(byte)))
    }

    /// Text in UTF-8.
    pub fn text(&self) -> Result<&'a str, Malformed> {
        std::str::from_utf8(self.content).map_err(|_| self.malformed(Defect::Text))
    }

    /// An `OBJECT IDENTIFIER` in dotted form.
    pub fn oid(&self) -> Result<String, Malformed> {
        dotted(self.content).ok_or_else(|| self.malformed(Defect::Oid))
    }

    /// An error about the content.
    fn malformed(&self, defect: Defect) -> Malformed {
        Malformed { offset: self.content_offset, defect }
    }
}

/// `None` if the identifier ends within an arc or an arc exceeds 64 bits.
pub(crate) fn dotted(content: &[u8]) -> Option<String> {
    let mut text = String::new();
    let mut arc = 0_u64;
    let mut inside = false;
    for &byte in content {
        arc = arc.checked_mul(128)?.checked_add(u64::from(byte & 0x7F))?;
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
