//! The header of a hive bin.

use crate::bytes::{u32_at, u64_at};
use nt::FileTime;

/// The length of a hive bin's header.
pub const BIN_HEADER_LEN: usize = 32;

/// The alignment and granularity of hive bins.
pub const BIN_ALIGNMENT: u32 = 4096;

/// Field positions in a hive bin's header.
pub mod bin_at {
    /// `hbin`.
    pub const SIGNATURE: usize = 0;
    /// The bin's own offset from the beginning of the hive bins data (`u32`).
    pub const OFFSET: usize = 4;
    /// The bin's size in bytes, with the header (`u32`).
    pub const SIZE: usize = 8;
    /// FILETIME, set in the first bin only: a copy of the one in the base block.
    pub const TIMESTAMP: usize = 20;
    /// Meaningless on disk (`u32`).
    pub const SPARE: usize = 28;
}

/// A hive bin's header.
#[derive(Clone, Copy, Debug)]
pub struct BinHeader<'a>(&'a [u8; BIN_HEADER_LEN]);

impl<'a> BinHeader<'a> {
    /// The signature of a hive bin.
    pub const SIGNATURE: [u8; 4] = *b"hbin";

    /// A view of the header at the beginning of these bytes; `None` if there are too few.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Option<Self> {
        bytes.first_chunk().map(Self)
    }

    /// The first four bytes.
    #[must_use]
    pub fn signature(self) -> [u8; 4] {
        u32_at(self.0, bin_at::SIGNATURE).to_le_bytes()
    }

    /// The stored offset of the bin, from the beginning of the hive bins data.
    #[must_use]
    pub fn offset(self) -> u32 {
        u32_at(self.0, bin_at::OFFSET)
    }

    /// The stored size of the bin.
    #[must_use]
    pub fn size(self) -> u32 {
        u32_at(self.0, bin_at::SIZE)
    }

    /// The timestamp; meaningful in the first bin only.
    #[must_use]
    pub fn timestamp(self) -> FileTime {
        FileTime(u64_at(self.0, bin_at::TIMESTAMP))
    }

    /// True if signature, offset and size are valid for a bin at this offset.
    #[must_use]
    pub fn is_valid_at(self, offset: u32) -> bool {
        self.signature() == Self::SIGNATURE
            && self.offset() == offset
            && self.size() >= BIN_ALIGNMENT
            && self.size().is_multiple_of(BIN_ALIGNMENT)
    }
}
