//! The instructions of a policy file, and their bytes.

use super::parse::{self, ParseError};
use super::{SIGNATURE, VERSION};
use crate::text::Text;

/// A `Registry.pol` file: its instructions in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicyFile {
    pub(super) records: Vec<Record>,
}

impl PolicyFile {
    /// A file without instructions, which is valid and has 8 bytes.
    pub const fn new() -> Self {
        Self { records: Vec::new() }
    }

    /// Parses a file.
    ///
    /// # Errors
    /// [`ParseError`] at the first invalid byte.
    pub fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        match Self::parse_tolerant(bytes) {
            (file, None) => Ok(file),
            (_, Some(error)) => Err(error),
        }
    }

    /// Parses a damaged file up to the damage: returns the instructions before it, and the error.
    ///
    /// Nothing after the damage is parsed, because the start of the next instruction is unknown.
    pub fn parse_tolerant(bytes: &[u8]) -> (Self, Option<ParseError>) {
        let mut records = Vec::new();
        let error = parse::read_all(bytes, &mut records).err();
        (Self { records }, error)
    }

    /// The bytes of the file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = SIGNATURE.to_vec();
        bytes.extend_from_slice(&VERSION.to_le_bytes());
        for record in &self.records {
            record.write(&mut bytes);
        }
        bytes
    }

    /// The instructions, in order.
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// The range of each instruction in the [bytes](Self::to_bytes) of the file, in order, with both
    /// brackets. For a file that was parsed, these are ranges in its source.
    pub fn places(&self) -> impl Iterator<Item = std::ops::Range<usize>> {
        let mut end = SIGNATURE.len() + size_of::<u32>();
        self.records.iter().map(move |record| {
            let start = end;
            end += record.stored_len();
            start..end
        })
    }

    /// Adds an instruction at the end without considering the others. See [`set`](Self::set) for a method
    /// that considers them.
    pub fn push(&mut self, record: Record) {
        self.records.push(record);
    }

    /// The keys that instructions name, each once, in order of their first occurrence and with its spelling.
    pub fn keys(&self) -> Vec<&Text> {
        let mut keys: Vec<&Text> = Vec::new();
        let mut seen = std::collections::HashSet::new();
        for record in &self.records {
            if seen.insert(record.key.upcased()) {
                keys.push(&record.key);
            }
        }
        keys
    }
}

/// One instruction: `[key;value;type;size;data]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    pub(super) key: Text,
    pub(super) value: Text,
    pub(super) ty: u32,
    pub(super) data: Vec<u8>,
}

/// The reason why an instruction cannot be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// Key or value contains a NUL, which would end it.
    #[error("NUL in {text:?}; expected none in a policy key or value name")]
    Nul {
        /// The key or value name.
        text: Text,
    },
    /// A value of this name cannot be set, because the instruction would be a command.
    #[error("{name:?} would be a command; expected the name of a value")]
    Command {
        /// The value name.
        name: Text,
    },
    /// Programs need not read more than 65535 bytes of data (MS-GPREG 2.2.1).
    #[error("{len} bytes of data; expected at most 65535 in a policy value")]
    TooLong {
        /// The length of the data.
        len: usize,
    },
}

impl Record {
    /// An instruction. `value` is a name or a command such as `**delvals.`; `data` is in the form of the
    /// registry.
    ///
    /// # Errors
    /// [`RecordError`] if the instruction would not be read back unchanged.
    pub fn new(
        key: impl Into<Text>,
        value: impl Into<Text>,
        ty: u32,
        data: &[u8],
    ) -> Result<Self, RecordError> {
        let (key, value) = (key.into(), value.into());
        if let Some(text) = [&key, &value].into_iter().find(|text| text.units().contains(&0)) {
            return Err(RecordError::Nul { text: text.clone() });
        }
        if data.len() > 0xFFFF {
            return Err(RecordError::TooLong { len: data.len() });
        }
        Ok(Self { key, value, ty, data: data.to_vec() })
    }

    /// The key path below the root key.
    pub const fn key(&self) -> &Text {
        &self.key
    }

    /// The value name as in the file, commands included; empty for the default value.
    pub const fn value(&self) -> &Text {
        &self.value
    }

    /// The type number.
    pub const fn ty(&self) -> u32 {
        self.ty
    }

    /// The raw data.
    pub fn data(&self) -> &[u8] {
        &self.data
    }

    /// Its length in a file in bytes: six separators, two numbers, two texts with their NULs, and the data.
    fn stored_len(&self) -> usize {
        6 * 2 + 2 * size_of::<u32>() + (self.key.len() + 1 + self.value.len() + 1) * 2 + self.data.len()
    }

    fn write(&self, bytes: &mut Vec<u8>) {
        let separator = |bytes: &mut Vec<u8>, unit: u8| bytes.extend_from_slice(&[unit, 0]);
        separator(bytes, b'[');
        bytes.extend(self.key.to_utf16le_nul());
        separator(bytes, b';');
        bytes.extend(self.value.to_utf16le_nul());
        separator(bytes, b';');
        bytes.extend_from_slice(&self.ty.to_le_bytes());
        separator(bytes, b';');
        // `new` limits the length, and a parsed instruction had a length of 32 bits.
        let size = u32::try_from(self.data.len()).unwrap_or(u32::MAX);
        bytes.extend_from_slice(&size.to_le_bytes());
        separator(bytes, b';');
        bytes.extend_from_slice(&self.data);
        separator(bytes, b']');
    }
}
