//! Where a key or value is in its file.

/// Where a key or value is in its file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Position {
    /// The file, as in [`FileRecord::path`](crate::FileRecord::path).
    pub file: String,
    /// The part of the file; `None` if only the file is known.
    pub region: Option<Region>,
}

/// A part of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Region {
    /// Bytes of a binary file.
    Bytes {
        /// Offset of the first byte.
        offset: u64,
        /// Number of bytes; `None` if it is not known.
        length: Option<u64>,
    },
    /// A line of a text file, counted from 1.
    Line(usize),
}
