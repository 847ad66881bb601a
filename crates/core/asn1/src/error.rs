//! Errors of the reader.

use std::fmt;

use crate::tag::Tag;

/// An element that is not what it must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// Bytes from the start of the whole input to the element, or to its content if that is the faulty part.
    pub offset: usize,
    /// What is wrong there.
    pub defect: Defect,
}

/// In which way an element is malformed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Defect {
    /// The input ends within the element.
    Truncated {
        /// Bytes that the element has, as far as its head says so.
        needed: usize,
        /// Bytes that are left.
        left: usize,
    },
    /// Bytes follow the last element.
    Trailing(usize),
    /// A tag of several bytes, which begins with this byte.
    LongTag(u8),
    /// An indefinite length, or one of more than four bytes; this is its first byte.
    Length(u8),
    /// An element with another tag.
    Tag {
        /// The only tag that is allowed.
        expected: Tag,
        /// The tag found.
        found: Tag,
    },
    /// An element with a tag that the protocol does not allow in this position.
    Unexpected(Tag),
    /// A required element is missing.
    Missing,
    /// An integer without bytes.
    EmptyInteger,
    /// A negative integer where only others are allowed.
    Negative,
    /// An integer outside the range of its type.
    Range,
    /// Text that is not UTF-8.
    Text,
    /// A bit string with this number of unused bits at its end, where there must be none.
    UnusedBits(u8),
    /// An object identifier that ends within an arc or has an arc above 64 bits.
    Oid,
}

impl Defect {
    /// What was expected, as a noun phrase.
    #[must_use]
    pub fn expected(self) -> String {
        match self {
            Self::Truncated { needed, .. } => format!("{needed} bytes"),
            Self::Trailing(_) => "the end of the data".to_owned(),
            Self::LongTag(_) => "a one-byte tag".to_owned(),
            Self::Length(_) => "a definite length of at most four bytes".to_owned(),
            Self::Tag { expected, .. } => format!("tag {expected:#04x}"),
            Self::Unexpected(_) => "an element that the protocol allows here".to_owned(),
            Self::Missing => "a required element".to_owned(),
            Self::EmptyInteger => "an integer".to_owned(),
            Self::Negative => "an integer that is not negative".to_owned(),
            Self::Range => "an integer within the range of its type".to_owned(),
            Self::Text => "text in UTF-8".to_owned(),
            Self::UnusedBits(_) => "no unused bits".to_owned(),
            Self::Oid => "an object identifier".to_owned(),
        }
    }

    /// What was found instead, as a noun phrase.
    #[must_use]
    pub fn found(self) -> String {
        match self {
            Self::Truncated { left, .. } => format!("the end of the data after {left}"),
            Self::Trailing(count) => format!("{count} more bytes"),
            Self::LongTag(byte) | Self::Length(byte) => format!("{byte:#04x}"),
            Self::Tag { found, .. } | Self::Unexpected(found) => format!("tag {found:#04x}"),
            Self::Missing => "none".to_owned(),
            Self::EmptyInteger => "no bytes".to_owned(),
            Self::Negative => "a negative number".to_owned(),
            Self::Range => "another one".to_owned(),
            Self::Text | Self::Oid => "other bytes".to_owned(),
            Self::UnusedBits(count) => format!("{count} unused bits"),
        }
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { offset, defect } = self;
        write!(f, "at byte {offset}: expected {}, found {}", defect.expected(), defect.found())
    }
}

impl std::error::Error for Malformed {}
