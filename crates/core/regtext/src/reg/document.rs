//! A `.reg` file: its items and their meaning.

use std::ops::Range;

use super::parse::{self, Options};
use super::problem::RegProblem;
use crate::encoding::{Encoding, LineEnding};
use crate::text::Text;

/// The format that a file declares by its header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Version {
    /// `REGEDIT`: Windows 3.x. Lines of the form `HKEY_CLASSES_ROOT\key = text`.
    Regedit3,
    /// `REGEDIT4`: Windows 9x and NT 4. `hex(2)` and `hex(7)` contain 8-bit text.
    Regedit4,
    /// `Windows Registry Editor Version 5.00`: Windows 2000 and later. `hex(2)` and `hex(7)` contain
    /// UTF-16LE.
    V5,
}

impl Version {
    /// The header line.
    pub const fn header(self) -> &'static str {
        match self {
            Self::Regedit3 => "REGEDIT",
            Self::Regedit4 => "REGEDIT4",
            Self::V5 => "Windows Registry Editor Version 5.00",
        }
    }
}

/// A parsed `.reg` file that keeps every byte of its source.
#[derive(Clone, Debug)]
pub struct Document {
    pub(super) source: Vec<u8>,
    /// The options it was parsed with; changed documents are parsed with the same options.
    pub(super) options: Options,
    pub(super) encoding: Encoding,
    pub(super) version: Option<Version>,
    pub(super) line_ending: Option<LineEnding>,
    pub(super) items: Vec<Item>,
    pub(super) sections: Vec<Section>,
    pub(super) problems: Vec<RegProblem>,
}

impl Document {
    /// Parses a file. This never fails; see [`problems`](Self::problems).
    pub fn parse(bytes: &[u8], options: &Options) -> Self {
        parse::parse(bytes.to_vec(), options)
    }

    /// The bytes of the file, unchanged.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.items.iter().flat_map(|item| self.item_bytes(item)).copied().collect()
    }

    /// The version in the header; `None` without a valid header. In that case
    /// [`sections`](Self::sections) is empty, unless [`Options::assume`] specified the version.
    pub const fn version(&self) -> Option<Version> {
        self.version
    }

    /// The encoding of the text.
    pub const fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// The ending of the first line; `None` if the file is one line without an ending. Other lines may
    /// differ.
    pub const fn line_ending(&self) -> Option<LineEnding> {
        self.line_ending
    }

    /// The pieces of the file, in order and without gaps.
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// The keys and values that regedit would apply, in file order. Keys and values may occur more than once;
    /// the later one wins.
    pub fn sections(&self) -> &[Section] {
        &self.sections
    }

    /// The problems, in file order.
    pub fn problems(&self) -> &[RegProblem] {
        &self.problems
    }

    /// The bytes of an item of this document, with line endings and the byte order mark.
    pub fn item_bytes(&self, item: &Item) -> &[u8] {
        self.source.get(item.span.clone()).unwrap_or_default()
    }

    /// The text of an item of this document, with line endings, without the byte order mark.
    pub fn item_text(&self, item: &Item) -> Text {
        let bytes = self.item_bytes(item);
        let bom = if item.span.start == 0 { self.encoding.bom_len() } else { 0 };
        self.encoding.decode(bytes.get(bom..).unwrap_or_default()).0
    }
}

/// A piece of a file: one line, or all the lines of one value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its kind.
    pub kind: ItemKind,
    /// Its range in the file, with line endings.
    pub span: Range<usize>,
    /// Its first line, counted from 1.
    pub line: usize,
}

/// What an item contains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemKind {
    /// The header line.
    Header,
    /// An empty line, or one of white space.
    Blank,
    /// A comment line: `;`, possibly after white space.
    Comment,
    /// A key line.
    Key {
        /// The index of the section.
        section: usize,
    },
    /// A value, with all its lines.
    Value {
        /// The index of the section.
        section: usize,
        /// The index of the entry in the section.
        entry: usize,
    },
    /// A line of a `REGEDIT` (Windows 3.x) file: a key and its default value in one.
    KeyAndValue {
        /// The index of the section.
        section: usize,
    },
    /// Text that regedit skips. A [`RegProblem`] has the reason; in a file without a valid header, there is
    /// one problem for the whole file.
    Ignored,
}

/// A key line and the values under it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// The key path between the brackets, with the root key; trailing spaces and backslashes are kept.
    /// Windows opens a key regardless of the number of backslashes after its name.
    pub path: Text,
    /// Whether the key is deleted with its tree.
    pub delete: bool,
    /// The line, counted from 1.
    pub line: usize,
    /// The values, in file order; none if the key is deleted.
    pub entries: Vec<Entry>,
}

/// One value and its operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The value name with resolved escapes; empty for the default value of the key.
    pub name: Text,
    /// The operation.
    pub op: Op,
    /// The first line, counted from 1.
    pub line: usize,
}

impl Entry {
    /// Whether this is the default value of the key, written `@` or `""`.
    pub fn is_default(&self) -> bool {
        self.name.is_empty()
    }
}

/// The operation on a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Op {
    /// It is set.
    Set(Value),
    /// It is deleted.
    Delete,
}

/// Type and data of a value as an import stores them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// The type number; any 32-bit number, including those that Windows does not define.
    pub ty: u32,
    /// The raw data. Strings are UTF-16LE, also those from 8-bit files, and end with NUL if they were quoted.
    pub data: Vec<u8>,
    /// Whether the last two bytes of the data are a NUL that the import adds and the file does not contain
    /// (`hex(2)` and `hex(7)` only).
    pub terminator_added: bool,
}

impl Value {
    /// A value with exactly the data in the file.
    pub const fn new(ty: u32, data: Vec<u8>) -> Self {
        Self { ty, data, terminator_added: false }
    }

    /// The data without the NUL that the import adds: the data in the registry from which the file was
    /// exported.
    pub fn as_written(&self) -> &[u8] {
        let added = if self.terminator_added { 2 } else { 0 };
        self.data.get(..self.data.len().saturating_sub(added)).unwrap_or_default()
    }
}
