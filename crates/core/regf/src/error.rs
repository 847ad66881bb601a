//! Errors in hives and logs.

use std::fmt;
use std::io;
use std::sync::Arc;

/// An error in a hive or in one of its logs, with its file offset.
///
/// Offsets count from the beginning of the file, as in a hex viewer. An `Error` has the size of one pointer,
/// because errors are rare and results are not.
#[derive(Clone)]
pub struct Error(Box<Located>);

#[derive(Clone)]
struct Located {
    offset: u64,
    structure: Structure,
    problem: Problem,
}

/// The result of reading something in a hive.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The kind of structure that was being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Structure {
    /// The file as a whole.
    File,
    /// The base block: the first 4096 bytes of a hive, or the copy of them that a log begins with.
    BaseBlock,
    /// A hive bin, the unit in which a hive grows.
    Bin,
    /// A cell whose contents are unknown.
    Cell,
    /// A key node (`nk`).
    KeyNode,
    /// The class name of a key.
    ClassName,
    /// A list of subkeys (`li`, `lf`, `lh`, `ri`).
    SubkeyList,
    /// The list of the values of a key.
    ValueList,
    /// A value (`vk`).
    KeyValue,
    /// The data of a value, in a separate cell.
    ValueData,
    /// The data of a value spread over several cells (`db`).
    BigData,
    /// A security item (`sk`).
    KeySecurity,
    /// The bitmap of dirty pages in a log of the old format (`DIRT`).
    DirtyVector,
    /// An entry of a log of the new format (`HvLE`).
    LogEntry,
}

/// The kind of error.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Problem {
    /// The bytes could not be read.
    Io(Arc<io::Error>),
    /// It starts with other bytes than expected.
    Signature {
        /// What was expected, in ASCII.
        expected: &'static str,
        /// The bytes found, as many as the signature has (padded with zeros).
        found: [u8; 4],
    },
    /// It reaches beyond the end of the file, or of the hive bins data.
    Beyond {
        /// The file offset at which it would end.
        end: u64,
        /// The file offset at which the data actually ends.
        limit: u64,
    },
    /// It is too short.
    TooShort {
        /// The required size in bytes.
        needed: u64,
        /// The actual size in bytes.
        found: u64,
    },
    /// The offset that should refer to it is null (`0xFFFFFFFF`).
    Nil,
    /// Its offset is not a multiple of the cell alignment.
    Unaligned,
    /// The cell is marked as free.
    Free,
    /// The size field of the cell is invalid: zero, too small, or not a multiple of the alignment.
    CellSize(i32),
    /// The cell begins in one hive bin and ends in another.
    CrossesBin,
    /// Its stored number of elements exceeds its size.
    Count {
        /// The stored number of elements.
        claimed: u64,
        /// The number of elements that fit.
        possible: u64,
    },
    /// An index root refers to another index root.
    NestedIndexRoot,
    /// The resident data of a value is longer than four bytes.
    Resident {
        /// The stored size in bytes.
        size: u32,
    },
    /// It was already visited on another path: a loop, or two owners of one cell.
    MetBefore,
    /// Keys are nested deeper than the registry allows (512).
    TooDeep,
    /// A field has an invalid value.
    Field {
        /// The field's name.
        name: &'static str,
        /// Its value.
        value: u64,
    },
    /// The checksum or hash does not match.
    Checksum {
        /// The stored checksum or hash.
        stored: u64,
        /// The computed checksum or hash.
        computed: u64,
    },
    /// The file is a transaction log, not a hive.
    IsLog,
    /// Overlapping structures would need more memory than the file has bytes.
    Overlapping,
}

impl Error {
    /// Creates an error at a file offset.
    #[cold]
    pub(crate) fn new(structure: Structure, offset: u64, problem: Problem) -> Self {
        Self(Box::new(Located { offset, structure, problem }))
    }

    /// The file offset of the invalid structure.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.0.offset
    }

    /// The structure that was being read.
    #[must_use]
    pub fn structure(&self) -> Structure {
        self.0.structure
    }

    /// The kind of error.
    #[must_use]
    pub fn problem(&self) -> &Problem {
        &self.0.problem
    }

    /// True if the bytes could not be read, false if they are invalid.
    #[must_use]
    pub fn is_io(&self) -> bool {
        matches!(self.0.problem, Problem::Io(_))
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("offset", &format_args!("{:#x}", self.0.offset))
            .field("structure", &self.0.structure)
            .field("problem", &self.0.problem)
            .finish()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at offset {:#x}: {}", self.0.structure, self.0.offset, self.0.problem)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0.problem {
            Problem::Io(error) => Some(error.as_ref()),
            _ => None,
        }
    }
}

impl fmt::Display for Structure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::File => "file",
            Self::BaseBlock => "base block",
            Self::Bin => "hive bin",
            Self::Cell => "cell",
            Self::KeyNode => "key node",
            Self::ClassName => "class name",
            Self::SubkeyList => "subkey list",
            Self::ValueList => "value list",
            Self::KeyValue => "value",
            Self::ValueData => "value data",
            Self::BigData => "big data",
            Self::KeySecurity => "security item",
            Self::DirtyVector => "dirty vector",
            Self::LogEntry => "log entry",
        })
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => write!(f, "cannot be read: {error}"),
            Self::Signature { expected, found } => {
                let found = found.get(..expected.len()).unwrap_or(found);
                write!(f, "should begin with \"{expected}\", begins with \"{}\"", found.escape_ascii())
            }
            Self::Beyond { end, limit } => {
                write!(f, "would end at {end:#x}, but the data ends at {limit:#x}")
            }
            Self::TooShort { needed, found } => write!(f, "needs {needed} bytes, has {found}"),
            Self::Nil => f.write_str("is missing: the offset leads nowhere"),
            Self::Unaligned => f.write_str("the offset is not that of a cell"),
            Self::Free => f.write_str("the cell is marked as free"),
            Self::CellSize(size) => write!(f, "a cell cannot have the size {size}"),
            Self::CrossesBin => f.write_str("reaches into the next hive bin"),
            Self::Count { claimed, possible } => {
                write!(f, "claims {claimed} elements where {possible} fit")
            }
            Self::NestedIndexRoot => f.write_str("an index root inside an index root"),
            Self::Resident { size } => write!(f, "claims {size} bytes inside its record, which holds 4"),
            Self::MetBefore => f.write_str("was met before: a loop, or two owners"),
            Self::TooDeep => f.write_str("lies deeper than 512 keys"),
            Self::Field { name, value } => write!(f, "{name} cannot be {value:#x}"),
            Self::Checksum { stored, computed } => {
                write!(f, "checksum is {stored:#x}, should be {computed:#x}")
            }
            Self::IsLog => f.write_str("this is a transaction log, not a hive"),
            Self::Overlapping => f.write_str("overlaps with other structures without end"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_what_where_and_why() {
        let error = Error::new(
            Structure::KeyNode,
            0x1020,
            Problem::Signature { expected: "nk", found: [b'x', 0, 0, 0] },
        );
        assert_eq!(
            error.to_string(),
            "key node at offset 0x1020: should begin with \"nk\", begins with \"x\\x00\""
        );
        assert_eq!(std::mem::size_of::<Error>(), std::mem::size_of::<usize>());
    }
}
