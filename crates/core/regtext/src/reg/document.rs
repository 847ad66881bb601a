//! A `.reg` file: its items, and what they say.

use std::ops::Range;

use super::parse::{self, Options};
use super::problem::Problem;
use crate::encoding::{Encoding, LineEnding};
use crate::text::Text;

/// Which of the three formats a file declares by its header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Version {
    /// `REGEDIT`: Windows 3.x. Lines of the form `HKEY_CLASSES_ROOT\key = text`.
    Regedit3,
    /// `REGEDIT4`: Windows 9x and NT 4. `hex(2)` and `hex(7)` hold 8-bit text.
    Regedit4,
    /// `Windows Registry Editor Version 5.00`: Windows 2000 and later. `hex(2)` and `hex(7)` hold UTF-16LE.
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
    /// How it was read; what is made of it by a change is read the same way.
    pub(super) options: Options,
    pub(super) encoding: Encoding,
    pub(super) version: Option<Version>,
    pub(super) line_ending: Option<LineEnding>,
    pub(super) items: Vec<Item>,
    pub(super) sections: Vec<Section>,
    pub(super) problems: Vec<Problem>,
}

impl Document {
    /// Reads a file. Whatever it holds, this succeeds; see [`problems`](Self::problems).
    pub fn parse(bytes: &[u8], options: &Options) -> Self {
        parse::parse(bytes.to_vec(), options)
    }

    /// The file, byte for byte as it was read.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.items.iter().flat_map(|item| self.item_bytes(item)).copied().collect()
    }

    /// What the header says; `None` if there is no valid one. [`sections`](Self::sections) is empty then,
    /// unless [`Options::assume`] said what to take the file for.
    pub const fn version(&self) -> Option<Version> {
        self.version
    }

    /// How the text is encoded.
    pub const fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// How the first line ends; `None` if the file is one line without ending. Other lines may end otherwise.
    pub const fn line_ending(&self) -> Option<LineEnding> {
        self.line_ending
    }

    /// The pieces of the file, in order and without gaps.
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// The keys and values that regedit would apply, in file order. A key may occur more than once, and so
    /// may a value; the later one wins.
    pub fn sections(&self) -> &[Section] {
        &self.sections
    }

    /// What is wrong, in file order.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// The bytes of an item of this document, line endings and a byte order mark included.
    pub fn item_bytes(&self, item: &Item) -> &[u8] {
        self.source.get(item.span.clone()).unwrap_or_default()
    }

    /// The text of an item of this document, line endings included, without byte order mark.
    pub fn item_text(&self, item: &Item) -> Text {
        let bytes = self.item_bytes(item);
        let bom = if item.span.start == 0 { self.encoding.bom_len() } else { 0 };
        self.encoding.decode(bytes.get(bom..).unwrap_or_default()).0
    }
}

/// A piece of a file: one line, or all the lines of one value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What it is.
    pub kind: ItemKind,
    /// Its bytes in the file, line endings included.
    pub span: Range<usize>,
    /// Its first line, counted from 1.
    pub line: usize,
}

/// What a piece of a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemKind {
    /// The header line.
    Header,
    /// A line of blanks or nothing.
    Blank,
    /// A line whose first character is `;`, blanks aside.
    Comment,
    /// A key line: an index into [`Document::sections`].
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
    /// Something that regedit skips; a [`Problem`] says why, except in a file without valid header, where one
    /// problem means all.
    Ignored,
}

/// A key line and the values under it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// The key path as it is between the brackets, root key included; trailing blanks and backslashes are
    /// kept. Windows opens a key no matter how many backslashes follow its name.
    pub path: Text,
    /// Whether the key is to be deleted, with all under it.
    pub delete: bool,
    /// The line, counted from 1.
    pub line: usize,
    /// The values, in file order; none if the key is deleted.
    pub entries: Vec<Entry>,
}

/// One value and what is to become of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The value name, escapes resolved; empty for the default value of the key.
    pub name: Text,
    /// What happens to the value.
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

/// What happens to a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Op {
    /// It is set.
    Set(Value),
    /// It is deleted.
    Delete,
}

/// Type and data of a value as they come to be in the registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// The type number; any 32-bit number, also one that Windows does not define.
    pub ty: u32,
    /// The raw data. Strings are UTF-16LE, from 8-bit files too, and end with NUL if written in quotes.
    pub data: Vec<u8>,
    /// Whether the last two bytes of the data are a NUL that the file does not hold and that the import adds
    /// (`hex(2)` and `hex(7)` only).
    pub terminator_added: bool,
}

impl Value {
    /// A value whose data is just as the file gives it.
    pub const fn new(ty: u32, data: Vec<u8>) -> Self {
        Self { ty, data, terminator_added: false }
    }

    /// The data without a NUL that the import adds: what stood in the registry from which the file was
    /// exported.
    pub fn as_written(&self) -> &[u8] {
        let added = if self.terminator_added { 2 } else { 0 };
        self.data.get(..self.data.len().saturating_sub(added)).unwrap_or_default()
    }
}
