//! Cells: the units of hive bins data, and the offsets that refer to them.

use std::fmt;

use crate::disk::BASE_BLOCK_LEN;

/// The offset of a cell in bytes from the beginning of the hive bins data (file offset minus 4096).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CellOffset(pub u32);

impl CellOffset {
    /// The null offset.
    pub const NIL: Self = Self(u32::MAX);

    /// True for the null offset.
    #[inline]
    #[must_use]
    pub const fn is_nil(self) -> bool {
        self.0 == u32::MAX
    }

    /// The file offset of the cell.
    #[inline]
    #[must_use]
    pub const fn file_offset(self) -> u64 {
        BASE_BLOCK_LEN as u64 + self.0 as u64
    }
}

impl fmt::Debug for CellOffset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_nil() { f.write_str("nil") } else { write!(f, "{:#x}", self.0) }
    }
}

/// The size field of a cell: negative for an allocated cell, positive for a free one; it includes itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CellSize(pub i32);

impl CellSize {
    /// True when the cell is in use.
    #[inline]
    #[must_use]
    pub const fn is_allocated(self) -> bool {
        self.0 < 0
    }

    /// The length of the cell in bytes, including its header.
    #[inline]
    #[must_use]
    pub const fn len(self) -> u32 {
        self.0.unsigned_abs()
    }

    /// True for a size that is invalid in every version.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// True if this size is valid in this layout.
    #[inline]
    #[must_use]
    pub const fn is_possible(self, layout: Layout) -> bool {
        let len = self.len();
        len >= layout.alignment && len & (layout.alignment - 1) == 0
    }
}

/// The properties that depend on the minor version of the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Bytes before the data of a cell: 4, or 8 in version 1.1 and before.
    pub cell_header: u32,
    /// The alignment and granularity of cells: 8, or 16 in version 1.1 and before.
    pub alignment: u32,
    /// Names may be stored with one byte for each character (from 1.2 on).
    pub narrow_names: bool,
    /// Data of more than [`SEGMENT_LEN`](crate::disk::SEGMENT_LEN) bytes is stored in segments (from 1.4 on).
    pub big_data: bool,
}

impl Layout {
    /// The layout of a minor version.
    #[must_use]
    pub const fn of_minor(minor: u32) -> Self {
        let old = minor <= 1;
        Self {
            cell_header: if old { 8 } else { 4 },
            alignment: if old { 16 } else { 8 },
            narrow_names: !old,
            big_data: minor > 3,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_aligned_and_never_zero() {
        let (new, old) = (Layout::of_minor(5), Layout::of_minor(1));
        for (size, in_new, in_old) in
            [(0, false, false), (-8, true, false), (8, true, false), (-12, false, false), (16, true, true)]
        {
            assert_eq!(CellSize(size).is_possible(new), in_new, "{size}");
            assert_eq!(CellSize(size).is_possible(old), in_old, "{size}");
        }
        assert_eq!(CellSize(i32::MIN).len(), 1 << 31);
        assert!(Layout::of_minor(4).big_data && !Layout::of_minor(3).big_data);
    }
}
