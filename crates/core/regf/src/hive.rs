//! Hives.

use std::borrow::Cow;
use std::fmt;

use crate::disk::{BASE_BLOCK_LEN, BaseBlock, CellOffset, CellSize, FileType, KeyFlags, Layout, SECTOR};
use crate::error::{Error, Problem, Result, Structure};
use crate::image::Image;
use crate::key::Key;

/// A hive over the bytes of an image.
///
/// Opening reads only the base block. Everything else is read on demand, so damage in one place does not
/// affect others.
#[derive(Debug)]
pub struct Hive<I> {
    image: I,
    base: BaseBlock,
    layout: Layout,
    root: CellOffset,
    /// File offset at which the hive bins data ends.
    end: u64,
}

/// The reason why a hive is dirty: its contents may be older than those of its logs, or inconsistent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dirty {
    /// The sequence numbers differ: a write to the file was interrupted, or a log contains newer data.
    Sequence {
        /// The number raised before a write.
        primary: u32,
        /// The number raised after a write.
        secondary: u32,
    },
    /// The checksum of the base block is wrong: a write was interrupted, or the block is damaged.
    Checksum {
        /// The stored checksum.
        stored: u32,
        /// The computed checksum.
        computed: u32,
    },
}

impl fmt::Display for Dirty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sequence { primary, secondary } => {
                write!(f, "the sequence numbers differ ({primary} and {secondary})")
            }
            Self::Checksum { stored, computed } => {
                write!(f, "the base block's checksum is {stored:#010x}, should be {computed:#010x}")
            }
        }
    }
}

/// The reason why a hive with this base block is dirty; `None` if it is clean.
pub(crate) fn dirt(base: &BaseBlock) -> Option<Dirty> {
    let (stored, computed) = (base.stored_checksum(), base.computed_checksum());
    if stored != computed {
        return Some(Dirty::Checksum { stored, computed });
    }
    let (primary, secondary) = (base.primary_sequence(), base.secondary_sequence());
    (primary != secondary).then_some(Dirty::Sequence { primary, secondary })
}

impl<I: Image> Hive<I> {
    /// Opens a hive.
    ///
    /// A dirty hive can be opened too; see [`Hive::dirty`], and [`recover`](crate::log::recover) to apply its
    /// logs. A hive whose base block has a wrong checksum is read as far as the fields are plausible.
    ///
    /// # Errors
    ///
    /// If the image cannot be read, is too short for a base block's fields (512 bytes), does not begin with
    /// `regf`, or is a transaction log.
    pub fn open(image: I) -> Result<Self> {
        let len = image.size();
        let structure = Structure::BaseBlock;
        if len < SECTOR as u64 {
            let problem = Problem::TooShort { needed: SECTOR as u64, found: len };
            return Err(Error::new(structure, 0, problem));
        }
        let sector = image
            .slice(0, SECTOR)
            .map_err(|error| error.locate(structure, 0, SECTOR as u64, len))
            .map(BaseBlock::new)?;
        let Some(base) = sector else {
            return Err(Error::new(structure, 0, Problem::TooShort { needed: SECTOR as u64, found: len }));
        };
        if base.signature() != BaseBlock::SIGNATURE {
            let problem = Problem::Signature { expected: "regf", found: base.signature() };
            return Err(Error::new(structure, 0, problem));
        }
        if base.is_valid() && matches!(base.file_type(), FileType::OldLog | FileType::NewLog) {
            return Err(Error::new(Structure::File, 0, Problem::IsLog));
        }
        let claimed_end = BASE_BLOCK_LEN as u64 + u64::from(base.bins_size());
        let end = if base.is_valid() { claimed_end.min(len) } else { len };
        let layout = Layout::of_minor(base.minor_version());
        let mut hive = Self { image, layout, root: base.root(), base, end };
        if !hive.base.is_valid() {
            hive.root = hive.guess_root();
            hive.layout = hive.guess_layout();
        }
        Ok(hive)
    }

    /// The root key's cell for an invalid base block: the one in the base block, otherwise its place in new
    /// hives, if a key with the root flag is there.
    fn guess_root(&self) -> CellOffset {
        const FIRST: CellOffset = CellOffset(0x20);
        let claimed = self.base.root();
        let is_root = |offset| {
            let key = Key::at(self, offset);
            key.is_ok_and(|key| key.flags().has(KeyFlags::ROOT))
        };
        if !is_root(claimed) && is_root(FIRST) { FIRST } else { claimed }
    }

    /// The layout for an invalid base block, determined by the position of the root key's signature.
    fn guess_layout(&self) -> Layout {
        let signature_at = |distance: u64| {
            let offset = self.root.file_offset() + distance;
            self.image.slice(offset, 2).is_ok_and(|bytes| bytes == b"nk")
        };
        let claimed = self.layout;
        if claimed.cell_header == 8 && signature_at(4) && !signature_at(8) {
            return Layout::of_minor(3);
        }
        claimed
    }

    /// The image that the hive is read from.
    pub fn image(&self) -> &I {
        &self.image
    }

    /// Consumes the hive and returns its image.
    pub fn into_image(self) -> I {
        self.image
    }

    /// The fields of the base block.
    pub fn base_block(&self) -> &BaseBlock {
        &self.base
    }

    /// The layout of the minor version.
    pub fn layout(&self) -> Layout {
        self.layout
    }

    /// The file offset at which the hive bins data ends: by the base block, or the end of the file if that is
    /// lower.
    pub fn bins_end(&self) -> u64 {
        self.end
    }

    /// True when the file ends before the hive bins data does.
    pub fn is_truncated(&self) -> bool {
        let claimed = BASE_BLOCK_LEN as u64 + u64::from(self.base.bins_size());
        self.base.is_valid() && self.image.size() < claimed
    }

    /// The reason why the hive is dirty: its logs, if present, contain newer data. `None` for a clean hive.
    pub fn dirty(&self) -> Option<Dirty> {
        dirt(&self.base)
    }

    /// True when the hive is dirty; see [`Hive::dirty`].
    pub fn is_dirty(&self) -> bool {
        self.dirty().is_some()
    }

    /// The root key.
    ///
    /// # Errors
    ///
    /// If its cell or record is damaged.
    pub fn root(&self) -> Result<Key<'_, I>> {
        self.key_at(self.root)
    }

    /// The cell of the root key: by the base block, unless that is invalid and does not refer to a root.
    pub fn root_offset(&self) -> CellOffset {
        self.root
    }

    /// The key in this cell.
    ///
    /// # Errors
    ///
    /// If the cell at this offset is not allocated, or does not contain a key.
    pub fn key_at(&self, offset: CellOffset) -> Result<Key<'_, I>> {
        Key::at(self, offset)
    }

    /// The key at a path from the root, its names separated by `\`; empty names are skipped, so `""` is the
    /// root.
    ///
    /// Symbolic links are not followed.
    ///
    /// # Errors
    ///
    /// If damage on the path makes it unknown whether the key exists. `Ok(None)` means that it does not
    /// exist.
    pub fn find(&self, path: &str) -> Result<Option<Key<'_, I>>> {
        self.root()?.find(path)
    }

    /// The data of the allocated cell at an offset.
    #[inline]
    pub(crate) fn cell(&self, offset: CellOffset, structure: Structure) -> Result<&[u8]> {
        match self.cell_fast(offset) {
            Some(data) => Ok(data),
            None => self.cell_slow(offset, structure),
        }
    }

    /// The data of a cell, if it is valid and completely in memory: the fast path for nearly every cell.
    #[inline]
    pub(crate) fn cell_fast(&self, offset: CellOffset) -> Option<&[u8]> {
        let position = offset.file_offset();
        let bytes = self.image.peek(position)?;
        let (size, rest) = bytes.split_first_chunk::<4>()?;
        // A free cell has a positive size; its negation exceeds the size of any cell.
        let len = u32::from_le_bytes(*size).wrapping_neg();
        if (len | offset.0) & (self.layout.alignment - 1) != 0 || position + u64::from(len) > self.end {
            return None;
        }
        if self.layout.cell_header == 4 {
            rest.get(..(len as usize).wrapping_sub(4))
        } else {
            rest.get(4..(len as usize).wrapping_sub(4))
        }
    }

    /// The hive bins data, if all of it is in memory and its cells have short headers.
    pub(crate) fn bins_in_memory(&self) -> &[u8] {
        let len = usize::try_from(self.bins_len()).unwrap_or(usize::MAX);
        let bins = self.image.peek(BASE_BLOCK_LEN as u64).and_then(|bytes| bytes.get(..len));
        if self.layout == Layout::of_minor(3) || self.layout == Layout::of_minor(4) {
            bins.unwrap_or_default()
        } else {
            &[]
        }
    }

    #[inline(never)]
    fn cell_slow(&self, offset: CellOffset, structure: Structure) -> Result<&[u8]> {
        let (position, len, bytes) = self.cell_head(offset, structure)?;
        let header = self.layout.cell_header as usize;
        if let Some(data) = bytes.get(header..len) {
            return Ok(data);
        }
        self.joined_cell(position, len, structure)
    }

    fn joined_cell(&self, position: u64, len: usize, structure: Structure) -> Result<&[u8]> {
        let bytes = self
            .image
            .slice(position, len)
            .map_err(|error| error.locate(structure, position, position + len as u64, self.end))?;
        Ok(bytes.get(self.layout.cell_header as usize..).unwrap_or_default())
    }

    /// Checks the header of an allocated cell; returns its file offset, its length, and the bytes in memory
    /// from its beginning.
    fn cell_head(&self, offset: CellOffset, structure: Structure) -> Result<(u64, usize, &[u8])> {
        let position = offset.file_offset();
        if offset.0 & (self.layout.alignment - 1) != 0 {
            return Err(unusable_offset(offset, structure));
        }
        if position + 4 > self.end {
            return Err(beyond(structure, position, position + 4, self.end));
        }
        let bytes = match self.image.at_least(position, 4) {
            Ok(bytes) => bytes,
            Err(error) => return Err(error.locate(structure, position, position + 4, self.end)),
        };
        let Some(size) = bytes.first_chunk::<4>() else {
            return Err(beyond(structure, position, position + 4, self.end));
        };
        let size = CellSize(i32::from_le_bytes(*size));
        if !size.is_allocated() || !size.is_possible(self.layout) {
            return Err(unusable_size(size, structure, position));
        }
        let len = size.len() as usize;
        if position + len as u64 > self.end {
            return Err(beyond(structure, position, position + len as u64, self.end));
        }
        Ok((position, len, bytes))
    }

    /// The first `len` bytes of the data of the allocated cell at an offset, copied if they are not
    /// contiguous.
    #[inline]
    pub(crate) fn cell_bytes(
        &self,
        offset: CellOffset,
        structure: Structure,
        len: usize,
    ) -> Result<Cow<'_, [u8]>> {
        match self.cell_fast(offset).and_then(|data| data.get(..len)) {
            Some(data) => Ok(Cow::Borrowed(data)),
            None => self.cell_bytes_with_care(offset, structure, len),
        }
    }

    #[inline(never)]
    fn cell_bytes_with_care(
        &self,
        offset: CellOffset,
        structure: Structure,
        len: usize,
    ) -> Result<Cow<'_, [u8]>> {
        let (position, cell_len, bytes) = self.cell_head(offset, structure)?;
        let header = self.layout.cell_header as usize;
        if header + len > cell_len {
            let problem = Problem::TooShort { needed: len as u64, found: (cell_len - header) as u64 };
            return Err(Error::new(structure, position, problem));
        }
        if let Some(data) = bytes.get(header..header + len) {
            return Ok(Cow::Borrowed(data));
        }
        let start = position + header as u64;
        self.image
            .read(start, len)
            .map_err(|error| error.locate(structure, start, start + len as u64, self.end))
    }

    /// The size of the hive bins data: no valid structure is longer.
    pub(crate) fn bins_len(&self) -> u64 {
        self.end.saturating_sub(BASE_BLOCK_LEN as u64)
    }
}

#[cold]
fn unusable_offset(offset: CellOffset, structure: Structure) -> Error {
    let problem = if offset.is_nil() { Problem::Nil } else { Problem::Unaligned };
    Error::new(structure, offset.file_offset(), problem)
}

#[cold]
fn unusable_size(size: CellSize, structure: Structure, position: u64) -> Error {
    let problem = if size.0 > 0 { Problem::Free } else { Problem::CellSize(size.0) };
    Error::new(structure, position, problem)
}

#[cold]
fn beyond(structure: Structure, position: u64, end: u64, limit: u64) -> Error {
    Error::new(structure, position, Problem::Beyond { end, limit })
}
