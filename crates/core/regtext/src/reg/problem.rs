//! Problems in lines, with their position.

use std::fmt;

/// A line, or a part of one, that regedit would not apply as it may have been intended.
///
/// The document contains the text in the item with the index [`item`](Self::item).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RegProblem {
    /// The line, counted from 1.
    pub line: usize,
    /// The column in UTF-16 code units, counted from 1.
    pub column: usize,
    /// The kind of problem.
    pub what: What,
    /// The index of the item concerned in [`Document::items`](super::Document::items).
    pub item: usize,
}

impl RegProblem {
    /// The expected text at this position.
    pub const fn expected(&self) -> &'static str {
        self.what.expected()
    }
}

impl fmt::Display for RegProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}; expected {}", self.line, self.column, self.what, self.expected())
    }
}

/// The kinds of problems.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum What {
    /// The first line is not one of the three headers: regedit ignores the whole file.
    NoHeader,
    /// Bytes are invalid in the encoding of the file; they were read as U+FFFD.
    Undecodable,
    /// A `[` line without `]`.
    UnclosedKey,
    /// A space directly after `[` or `[-`.
    BlankBeforeKey,
    /// `[]` or `[-]`.
    EmptyKey,
    /// A value before the first key.
    ValueWithoutKey,
    /// A value under a deleted key.
    ValueUnderDeletedKey,
    /// A value under an invalid `[` line.
    ValueUnderBadKey,
    /// A line that starts with `#`.
    HashLine,
    /// A line that is neither key, value nor comment.
    UnknownLine,
    /// A value name without closing quote.
    UnclosedName,
    /// A backslash in quotes that is not followed by `\` or `"`.
    BadEscape,
    /// A value name without `=`.
    NoEquals,
    /// A string without closing quote.
    UnclosedString,
    /// Data of an unknown kind.
    UnknownData,
    /// Something other than a comment after a complete value.
    TextAfterValue,
    /// `dword:` without digits, or with more than eight.
    BadDword,
    /// `hex(n)` where `n` is not a hexadecimal number of at most 32 bits.
    BadHexType,
    /// A byte that is not a hexadecimal number, or one above `ff`.
    BadByte,
    /// A comma where a byte should be.
    EmptyByte,
    /// A `\` at the end of a line without a comma before it.
    NoCommaBeforeBackslash,
    /// Something other than a comment after the `\` that ends a line.
    TextAfterBackslash,
    /// The line after `,\` is not hexadecimal data. It is skipped together with the value that it should
    /// continue.
    BadContinuation,
    /// The file ends within the data of a value. An import takes what is there; the file is probably cut.
    EndsInData,
}

impl What {
    /// The expected text.
    pub const fn expected(self) -> &'static str {
        match self {
            Self::NoHeader => {
                "REGEDIT4 or Windows Registry Editor Version 5.00 and nothing but spaces on the first line"
            }
            Self::Undecodable => "bytes that the encoding of the file defines",
            Self::UnclosedKey => "] after the key path, on the same line",
            Self::BlankBeforeKey | Self::EmptyKey => "the key path directly after the bracket",
            Self::ValueWithoutKey | Self::ValueUnderDeletedKey | Self::ValueUnderBadKey => {
                "a valid [key] line before the value"
            }
            Self::HashLine => "; if this is a comment",
            Self::UnknownLine => "[key], \"name\"=data, @=data or ;comment",
            Self::UnclosedName => "\" after the value name, on the same line",
            Self::BadEscape => "\\\\ or \\\"",
            Self::NoEquals => "= after the value name",
            Self::UnclosedString => "\" at the end of the string",
            Self::UnknownData => "\"text\", dword:, hex:, hex(n): or -",
            Self::TextAfterValue => "the end of the line or ;comment",
            Self::BadDword => "1 to 8 hexadecimal digits",
            Self::BadHexType => "a hexadecimal number from 0 to ffffffff and ):",
            Self::BadByte => "a byte from 0 to ff",
            Self::EmptyByte => "a byte between the commas",
            Self::NoCommaBeforeBackslash => "a comma before the backslash",
            Self::TextAfterBackslash => "the end of the line or ;comment after the backslash",
            Self::BadContinuation | Self::EndsInData => "more bytes after the line that ends with ,\\",
        }
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoHeader => "no valid header: regedit ignores the whole file",
            Self::Undecodable => "bytes without meaning in the encoding of the file",
            Self::UnclosedKey => "the key has no closing bracket",
            Self::BlankBeforeKey => "blank before the key path",
            Self::EmptyKey => "empty key path",
            Self::ValueWithoutKey => "value before the first key",
            Self::ValueUnderDeletedKey => "value under a key that is deleted",
            Self::ValueUnderBadKey => "value under a key that cannot be read",
            Self::HashLine => "# does not start a comment: the line is ignored",
            Self::UnknownLine => "neither key, value nor comment",
            Self::UnclosedName => "the value name has no closing quote",
            Self::BadEscape => "unknown escape sequence",
            Self::NoEquals => "no equals sign after the value name",
            Self::UnclosedString => "the string has no closing quote",
            Self::UnknownData => "data of no known kind",
            Self::TextAfterValue => "text after the value",
            Self::BadDword => "bad dword",
            Self::BadHexType => "bad type number",
            Self::BadByte => "bad byte",
            Self::EmptyByte => "no byte before the comma",
            Self::NoCommaBeforeBackslash => "no comma before the backslash: the value is lost",
            Self::TextAfterBackslash => "text after the backslash",
            Self::EndsInData => "the file ends in the middle of the data",
            Self::BadContinuation => {
                "no hexadecimal data where a value goes on: the value and this line are lost"
            }
        })
    }
}

/// A [`What`] at a position of a line, before line and item are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Flaw {
    /// The position in the line, in UTF-16 code units counted from 0.
    pub(super) at: usize,
    pub(super) what: What,
}
