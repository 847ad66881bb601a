//! New `.reg` files, as regedit 5.00 writes them.

use std::fmt;

use super::document::{Document, Version};
use super::parse::Options;
use crate::text::{Text, units_le};

/// A line of hexadecimal data is ended with a backslash when it has this many characters, as in regedit: no
/// line with a short name is longer than 80, and continuation lines contain 25 bytes.
const FULL_LINE: usize = 77;

/// Writes a version 5 file: UTF-16LE with byte order mark, CRLF, hexadecimal data wrapped at 80 columns.
///
/// The data of every value is written so that an import yields exactly the same bytes. If a more readable
/// notation would lose some (a string without NUL, a DWORD of three bytes, a line break), `hex(n)` is used,
/// as regedit does. One case cannot be expressed: the import adds a NUL to `REG_EXPAND_SZ` and `REG_MULTI_SZ`
/// data that has none.
///
/// ```
/// use regtext::reg::{Document, Op, Options, Writer};
///
/// let mut writer = Writer::new();
/// writer.comment("Back to the old mode");
/// writer.key(r"HKEY_LOCAL_MACHINE\SOFTWARE\Example")?.set("Mode", 4, &[2, 0, 0, 0])?.delete_value("Servers")?;
/// writer.delete_key(r"HKEY_LOCAL_MACHINE\SOFTWARE\Example\Old")?;
/// let text = writer.text().to_string();
/// assert_eq!(
///     text,
///     "Windows Registry Editor Version 5.00\r\n\r\n\
///      ; Back to the old mode\r\n\
///      [HKEY_LOCAL_MACHINE\\SOFTWARE\\Example]\r\n\
///      \"Mode\"=dword:00000002\r\n\
///      \"Servers\"=-\r\n\r\n\
///      [-HKEY_LOCAL_MACHINE\\SOFTWARE\\Example\\Old]\r\n\r\n"
/// );
/// let document = Document::parse(&writer.into_bytes(), &Options::default());
/// assert_eq!(document.sections()[0].entries[1].op, Op::Delete);
/// # Ok::<(), regtext::reg::WriteError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Writer {
    text: Vec<u16>,
    block: Block,
}

/// The current block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Block {
    None,
    /// A key, which accepts values.
    Key,
    /// A deleted key, which accepts none.
    DeletedKey,
}

/// Something that `.reg` text cannot express.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// A value was written before any key, or after a deleted one.
    #[error("value {name:?} without a key to hold it; expected a call of `key` before")]
    NoKey {
        /// The value name.
        name: Text,
    },
    /// A key path that a `[key]` line cannot contain: empty, starting with a space or `-`, or containing CR,
    /// LF or NUL.
    #[error("key path {path:?} cannot be written in a .reg file; expected no {found}")]
    KeyPath {
        /// The key path.
        path: Text,
        /// The reason.
        found: Obstacle,
    },
    /// A value name that cannot be quoted, because it contains CR, LF or NUL.
    #[error("value name {name:?} cannot be written in a .reg file; expected no {found}")]
    ValueName {
        /// The value name.
        name: Text,
        /// The reason.
        found: Obstacle,
    },
}

/// The reason why a name cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// The name is empty.
    Emptiness,
    /// A space or a hyphen at the start, which would change the meaning of the line.
    Start,
    /// A line break or NUL.
    Unit(u16),
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Emptiness => f.write_str("empty text"),
            Self::Start => f.write_str("blank or hyphen at the start"),
            Self::Unit(unit) => write!(f, "character U+{unit:04X}"),
        }
    }
}

impl Default for Writer {
    fn default() -> Self {
        Self::new()
    }
}

impl Writer {
    /// A file with the header only.
    pub fn new() -> Self {
        let mut writer = Self { text: Vec::new(), block: Block::None };
        writer.ascii(Version::V5.header());
        writer.line_break();
        writer.line_break();
        writer
    }

    /// Opens a key: `[path]`. The path starts with a root key, such as `HKEY_LOCAL_MACHINE`.
    ///
    /// # Errors
    /// [`WriteError::KeyPath`] if the path cannot be written.
    pub fn key(&mut self, path: impl Into<Text>) -> Result<&mut Self, WriteError> {
        self.key_line("[", &path.into(), Block::Key)
    }

    /// Deletes a key with its tree: `[-path]`.
    ///
    /// # Errors
    /// [`WriteError::KeyPath`] if the path cannot be written.
    pub fn delete_key(&mut self, path: impl Into<Text>) -> Result<&mut Self, WriteError> {
        self.key_line("[-", &path.into(), Block::DeletedKey)
    }

    /// Sets a value of the key opened last; an empty name is the default value. `data` is in the form of the
    /// registry.
    ///
    /// # Errors
    /// [`WriteError::NoKey`] if no key is open, [`WriteError::ValueName`] if the name cannot be written.
    pub fn set(&mut self, name: impl Into<Text>, ty: u32, data: &[u8]) -> Result<&mut Self, WriteError> {
        let start = self.value_start(&name.into())?;
        match (ty, data) {
            (1, _) if quotable(data) => {
                self.quoted(units_le(data).take(data.len() / 2 - 1));
            }
            (4, &[a, b, c, d]) => {
                let value = u32::from_le_bytes([a, b, c, d]);
                self.ascii(&format!("dword:{value:08x}"));
            }
            (3, _) => {
                self.ascii("hex:");
                self.hex(start, data);
            }
            _ => {
                self.ascii(&format!("hex({ty:x}):"));
                self.hex(start, data);
            }
        }
        self.line_break();
        Ok(self)
    }

    /// [`set`](Self::set) in hexadecimal, for any type.
    pub(super) fn set_bytes(&mut self, name: &Text, ty: u32, data: &[u8]) -> Result<&mut Self, WriteError> {
        let start = self.value_start(name)?;
        self.ascii(&format!("hex({ty:x}):"));
        self.hex(start, data);
        self.line_break();
        Ok(self)
    }

    /// Deletes a value of the key opened last; an empty name is the default value.
    ///
    /// # Errors
    /// [`WriteError::NoKey`] if no key is open, [`WriteError::ValueName`] if the name cannot be written.
    pub fn delete_value(&mut self, name: impl Into<Text>) -> Result<&mut Self, WriteError> {
        self.value_start(&name.into())?;
        self.ascii("-");
        self.line_break();
        Ok(self)
    }

    /// Writes a comment; each line of `text` becomes a line.
    ///
    /// After a deleted key, it is placed before the next block; an open key stays open after it.
    pub fn comment(&mut self, text: &str) -> &mut Self {
        if self.block == Block::DeletedKey {
            self.end_block();
        }
        for line in text.split('\n').flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r')) {
            self.ascii(if line.is_empty() { ";" } else { "; " });
            self.text.extend(line.encode_utf16());
            self.line_break();
        }
        self
    }

    /// Ends the key opened last, so that a following comment is placed before the next key.
    pub fn end_key(&mut self) -> &mut Self {
        self.end_block();
        self
    }

    /// The file as text, without byte order mark.
    pub fn text(&self) -> Text {
        let mut whole = self.clone();
        whole.end_block();
        Text::from_units(whole.text)
    }

    /// The file.
    pub fn into_bytes(mut self) -> Vec<u8> {
        self.end_block();
        let mut bytes = vec![0xFF, 0xFE];
        bytes.extend(self.text.iter().flat_map(|unit| unit.to_le_bytes()));
        bytes
    }

    /// The file, parsed.
    pub fn into_document(self) -> Document {
        Document::parse(&self.into_bytes(), &Options::default())
    }

    fn key_line(&mut self, open: &str, path: &Text, block: Block) -> Result<&mut Self, WriteError> {
        let found = match path.units() {
            [] => Some(Obstacle::Emptiness),
            // Space, tab, hyphen.
            [0x20 | 0x09 | 0x2D, ..] => Some(Obstacle::Start),
            units => unwritable(units),
        };
        if let Some(found) = found {
            return Err(WriteError::KeyPath { path: path.clone(), found });
        }
        self.end_block();
        self.ascii(open);
        self.text.extend_from_slice(path.units());
        self.ascii("]");
        self.line_break();
        self.block = block;
        Ok(self)
    }

    /// Writes name and equals sign; returns the start of the line.
    fn value_start(&mut self, name: &Text) -> Result<usize, WriteError> {
        if self.block != Block::Key {
            return Err(WriteError::NoKey { name: name.clone() });
        }
        if let Some(found) = unwritable(name.units()) {
            return Err(WriteError::ValueName { name: name.clone(), found });
        }
        let start = self.text.len();
        if name.is_empty() {
            self.ascii("@");
        } else {
            self.quoted(name.units().iter().copied());
        }
        self.ascii("=");
        Ok(start)
    }

    fn quoted(&mut self, units: impl Iterator<Item = u16>) {
        self.ascii("\"");
        for unit in units {
            if unit == u16::from(b'"') || unit == u16::from(b'\\') {
                self.ascii("\\");
            }
            self.text.push(unit);
        }
        self.ascii("\"");
    }

    /// Writes bytes; `start` is the start of the line.
    fn hex(&mut self, mut start: usize, data: &[u8]) {
        for (index, byte) in data.iter().enumerate() {
            self.ascii(&format!("{byte:02x}"));
            if index + 1 == data.len() {
                break;
            }
            self.ascii(",");
            if self.text.len() - start >= FULL_LINE {
                self.ascii("\\");
                self.line_break();
                start = self.text.len();
                self.ascii("  ");
            }
        }
    }

    /// Writes an empty line after each key, as regedit does.
    fn end_block(&mut self) {
        if self.block != Block::None {
            self.line_break();
            self.block = Block::None;
        }
    }

    fn line_break(&mut self) {
        self.ascii("\r\n");
    }

    fn ascii(&mut self, text: &str) {
        self.text.extend(text.bytes().map(u16::from));
    }
}

/// The first unit that neither a key path nor a value name can contain.
fn unwritable(units: &[u16]) -> Option<Obstacle> {
    units.iter().copied().find(|unit| matches!(unit, 0x00 | 0x0A | 0x0D)).map(Obstacle::Unit)
}

/// Whether `REG_SZ` data is one string with its only NUL at the end and without control characters.
fn quotable(data: &[u8]) -> bool {
    let whole = data.len().is_multiple_of(2) && data.ends_with(&[0, 0]);
    whole && units_le(data).take(data.len() / 2 - 1).all(|unit| unit >= 0x20)
}
