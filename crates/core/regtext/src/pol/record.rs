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
    /// A file without instructions, which is valid: 8 bytes.
    pub const fn new() -> Self {
        Self { records: Vec::new() }
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`ParseError`] at the first byte that is not as it should be.
    pub fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        match Self::parse_tolerant(bytes) {
            (file, None) => Ok(file),
            (_, Some(error)) => Err(error),
        }
    }

    /// Reads a damaged file as far as it is sound: the instructions before the damage, and where and what the
    /// damage is.
    ///
    /// Nothing after the damage is read: where the next instruction would start can only be guessed.
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

    /// Where each instruction is in the [bytes](Self::to_bytes) of the file, in order: from its opening
    /// bracket to behind its closing one. Of a file that was parsed these are the places in what was parsed.
    pub fn places(&self) -> impl Iterator<Item = std::ops::Range<usize>> {
        let mut end = SIGNATURE.len() + size_of::<u32>();
        self.records.iter().map(move |record| {
            let start = end;
            end += record.stored_len();
            start..end
        })
    }

    /// Adds an instruction at the end, without regard to the others. See [`set`](Self::set) for one that
    /// heeds them.
    pub fn push(&mut self, record: Record) {
        self.records.push(record);
    }

    /// The keys that instructions name, each once, in the order and spelling of the first.
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

/// Why an instruction cannot be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// Key and value end at the first NUL.
    #[error("NUL in {text:?}; expected none in a policy key or value name")]
    Nul {
        /// The key or value name.
        text: Text,
    },
    /// A value of this name cannot be set: the instruction would be a command.
    #[error("{name:?} would be a command; expected the name of a value")]
    Command {
        /// The value name.
        name: Text,
    },
    /// No program is bound to read more than 65535 bytes of data (MS-GPREG 2.2.1).
    #[error("{len} bytes of data; expected at most 65535 in a policy value")]
    TooLong {
        /// The length of the data.
        len: usize,
    },
}

impl Record {
    /// An instruction. `value` may be a name or a command such as `**delvals.`; `data` is raw, as in the
    /// registry.
    ///
    /// # Errors
    /// [`RecordError`] if no reader would read it back like this.
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

    /// The value name as it is in the file, commands included; empty for the default value.
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

    /// The number of bytes that it takes in a file: six separators, two numbers, two texts with their NULs,
    /// and the data.
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
        // `new` bounds the length, and what was parsed had a length of 32 bits.
        let size = u32::try_from(self.data.len()).unwrap_or(u32::MAX);
        bytes.extend_from_slice(&size.to_le_bytes());
        separator(bytes, b';');
        bytes.extend_from_slice(&self.data);
        separator(bytes, b']');
    }
}
