//! Cells of a hive that is being changed: reading, writing, allocating, freeing.
//!
//! # Allocation
//!
//! A bin is *known* once its cells were walked from its header to its end; only then can its cells be
//! allocated or freed. A bin becomes known if a cell in it is freed, or when [`Space::allocate`] searches for
//! free space: first in the bin of the related cell; then, if no known free cell is large enough, in up to
//! [`SEARCH`] more bins, from the end of the hive towards its beginning, each at most once per editor. If
//! nothing is found, a new bin is appended. The smallest known free cell that is large enough is used. So an
//! edit reads a few bins, not the hive, and many edits together read the hive at most once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};

use super::error::{EditError, EditResult, Invalid, damaged};
use crate::disk::{
    BASE_BLOCK_LEN, BIN_ALIGNMENT, BIN_HEADER_LEN, BaseBlock, BinHeader, CellOffset, CellSize, Layout,
    SECTOR, base_block_at, bin_at,
};
use crate::error::{Problem, Structure};
use crate::image::{Image, Overlay};

/// The maximum number of bins that are searched before a new one is appended.
const SEARCH: usize = 8;
/// Bytes before the data of a cell in all versions that are written.
const HEADER: u32 = 4;
/// The maximum size of a hive: the highest bit of an offset means volatile storage.
const MAX_BINS: u32 = 0x7FFF_F000;

/// The cells of an image.
#[derive(Debug)]
pub(super) struct Space<I> {
    image: Overlay<I>,
    layout: Layout,
    bins_size: u32,
    /// Free cells of known bins: offset and length, and the same by length.
    free: BTreeMap<u32, u32>,
    by_len: BTreeSet<(u32, u32)>,
    /// Known bins: offset and end.
    known: BTreeMap<u32, u32>,
    /// Bins that end here or later were searched.
    searched: u32,
    writes: u64,
    /// Bytes read from the image and written to it so far.
    moved: AtomicU64,
}

impl<I: Image> Space<I> {
    pub(super) fn new(base: I, block: &BaseBlock) -> Self {
        Self {
            image: Overlay::new(base),
            layout: Layout::of_minor(block.minor_version()),
            bins_size: block.bins_size(),
            free: BTreeMap::new(),
            by_len: BTreeSet::new(),
            known: BTreeMap::new(),
            searched: block.bins_size(),
            writes: 0,
            moved: AtomicU64::new(0),
        }
    }

    pub(super) fn image(&self) -> &Overlay<I> {
        &self.image
    }

    pub(super) fn layout(&self) -> Layout {
        self.layout
    }

    pub(super) fn bins_size(&self) -> u32 {
        self.bins_size
    }

    /// The number of writes to the image.
    pub(super) fn writes(&self) -> u64 {
        self.writes
    }

    /// The number of bytes read and written so far.
    #[cfg(test)]
    pub(super) fn moved(&self) -> u64 {
        self.moved.load(Ordering::Relaxed)
    }

    fn count(&self, len: usize) {
        self.moved.fetch_add(len as u64, Ordering::Relaxed);
    }

    fn read_into(&self, offset: u32, structure: Structure, to: &mut [u8]) -> EditResult<()> {
        self.count(to.len());
        let end = u64::from(offset) + to.len() as u64;
        let position = CellOffset(offset).file_offset();
        if end > u64::from(self.bins_size) {
            let limit = BASE_BLOCK_LEN as u64 + u64::from(self.bins_size);
            let problem = Problem::Beyond { end: position + to.len() as u64, limit };
            return Err(damaged(structure, position, problem));
        }
        let result = self.image.copy_to(position, to);
        result.map_err(|error| error.locate(structure, position, position + to.len() as u64, end).into())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> EditResult<()> {
        self.writes += 1;
        self.count(bytes.len());
        let position = CellOffset(offset).file_offset();
        let end = position + bytes.len() as u64;
        self.image
            .write(position, bytes)
            .map_err(|error| error.locate(Structure::Cell, position, end, end).into())
    }

    /// The length of the allocated cell at an offset, with its header.
    fn cell_len(&self, cell: CellOffset, structure: Structure) -> EditResult<u32> {
        let fault = |problem| Err(damaged(structure, cell.file_offset(), problem));
        if cell.is_nil() {
            return fault(Problem::Nil);
        }
        if !cell.0.is_multiple_of(self.layout.alignment) {
            return fault(Problem::Unaligned);
        }
        let mut size = [0; 4];
        self.read_into(cell.0, structure, &mut size)?;
        let size = CellSize(i32::from_le_bytes(size));
        if size.0 > 0 {
            return fault(Problem::Free);
        }
        if !size.is_possible(self.layout)
            || u64::from(cell.0) + u64::from(size.len()) > u64::from(self.bins_size)
        {
            return fault(Problem::CellSize(size.0));
        }
        Ok(size.len())
    }

    /// The number of bytes that an allocated cell can hold.
    pub(super) fn room(&self, cell: CellOffset, structure: Structure) -> EditResult<usize> {
        Ok((self.cell_len(cell, structure)? - HEADER) as usize)
    }

    /// All data of an allocated cell.
    pub(super) fn data(&self, cell: CellOffset, structure: Structure) -> EditResult<Vec<u8>> {
        let len = self.room(cell, structure)?;
        self.first(cell, structure, len)
    }

    /// The first bytes of the data of an allocated cell.
    pub(super) fn first(&self, cell: CellOffset, structure: Structure, len: usize) -> EditResult<Vec<u8>> {
        let room = self.room(cell, structure)?;
        if len > room {
            let problem = Problem::TooShort { needed: len as u64, found: room as u64 };
            return Err(damaged(structure, cell.file_offset(), problem));
        }
        let mut bytes = vec![0; len];
        self.read_into(cell.0 + HEADER, structure, &mut bytes)?;
        Ok(bytes)
    }

    /// Writes into the data of an allocated cell.
    pub(super) fn put(&mut self, cell: CellOffset, at: usize, bytes: &[u8]) -> EditResult<()> {
        let room = self.room(cell, Structure::Cell)?;
        if at + bytes.len() > room {
            let problem = Problem::TooShort { needed: (at + bytes.len()) as u64, found: room as u64 };
            return Err(damaged(Structure::Cell, cell.file_offset(), problem));
        }
        let at = u32::try_from(at).map_err(|_| Invalid::TooLarge)?;
        self.write(cell.0 + HEADER + at, bytes)
    }

    pub(super) fn put_u32(&mut self, cell: CellOffset, at: usize, value: u32) -> EditResult<()> {
        self.put(cell, at, &value.to_le_bytes())
    }

    /// Allocates a cell for at least `room` bytes, near another one if possible. Its data begins with
    /// `bytes`, the rest is zero.
    pub(super) fn allocate(&mut self, bytes: &[u8], room: usize, near: CellOffset) -> EditResult<CellOffset> {
        let room = room.max(bytes.len());
        let len = u32::try_from(room)
            .ok()
            .filter(|&room| room < MAX_BINS / 2)
            .map(|room| (room + HEADER).next_multiple_of(self.layout.alignment))
            .ok_or(Invalid::TooLarge)?;
        // Damage in the neighbor's bin does not prevent allocation elsewhere, because that bin is not
        // changed.
        if !near.is_nil() {
            self.know(near)?;
        }
        if self.fitting(len).is_none() {
            self.search(len);
        }
        let (found, at) = match self.fitting(len) {
            Some(cell) => cell,
            None => self.append(len)?,
        };
        self.take_free(at, found);
        let taken = if found - len >= self.layout.alignment {
            self.add_free(at + len, found - len)?;
            len
        } else {
            found
        };
        let size = i32::try_from(taken).map_err(|_| Invalid::TooLarge)?;
        let mut cell = (-size).to_le_bytes().to_vec();
        cell.extend(bytes);
        cell.resize(taken as usize, 0);
        self.write(at, &cell)?;
        Ok(CellOffset(at))
    }

    /// Frees an allocated cell and joins it with its free neighbors.
    pub(super) fn free(&mut self, cell: CellOffset, structure: Structure) -> EditResult<()> {
        let mut len = self.cell_len(cell, structure)?;
        let (bin, end) = self.know(cell)?;
        let mut start = cell.0;
        if start + len > end {
            return Err(damaged(structure, cell.file_offset(), Problem::CrossesBin));
        }
        if let Some(&after) = self.free.get(&(start + len)).filter(|_| start + len < end) {
            self.take_free(start + len, after);
            len += after;
        }
        if let Some((&before, &before_len)) = self.free.range(bin..start).next_back()
            && before + before_len == start
        {
            self.take_free(before, before_len);
            start = before;
            len += before_len;
        }
        self.add_free(start, len)
    }

    fn add_free(&mut self, at: u32, len: u32) -> EditResult<()> {
        self.free.insert(at, len);
        self.by_len.insert((len, at));
        self.write(at, &len.to_le_bytes())
    }

    fn take_free(&mut self, at: u32, len: u32) {
        self.free.remove(&at);
        self.by_len.remove(&(len, at));
    }

    /// The smallest known free cell that is large enough: length and offset.
    fn fitting(&self, len: u32) -> Option<(u32, u32)> {
        self.by_len.range((len, 0)..).next().copied()
    }

    /// Searches for free space in bins that were not searched before.
    fn search(&mut self, len: u32) {
        for _ in 0..SEARCH {
            let Some(before) = self.searched.checked_sub(self.layout.alignment) else { return };
            // Free space in a damaged bin is not used; the bins before it are not searched either.
            let Ok((bin, _)) = self.know(CellOffset(before)) else {
                self.searched = 0;
                return;
            };
            self.searched = bin;
            if self.fitting(len).is_some() {
                return;
            }
        }
    }

    /// Makes the bin around an offset known; returns its offset and end.
    ///
    /// A bin does not refer to the one before it, and walking all bins from the first would read the whole
    /// hive. So the header is searched backwards; a candidate must have the correct offset and cells that
    /// fill the bin.
    fn know(&mut self, place: CellOffset) -> EditResult<(u32, u32)> {
        if let Some((&bin, &end)) = self.known.range(..=place.0).next_back()
            && place.0 < end
        {
            return Ok((bin, end));
        }
        let mut page = place.0 - place.0 % BIN_ALIGNMENT;
        loop {
            let mut header = [0; BIN_HEADER_LEN];
            self.read_into(page, Structure::Bin, &mut header)?;
            if let Some(header) = BinHeader::new(&header).filter(|header| header.is_valid_at(page)) {
                let end = u64::from(page) + u64::from(header.size());
                if let Ok(end) = u32::try_from(end)
                    && end > place.0
                    && end <= self.bins_size
                {
                    self.walk_bin(page, end)?;
                    return Ok((page, end));
                }
            }
            let Some(before) = page.checked_sub(BIN_ALIGNMENT) else {
                let problem = Problem::Signature { expected: "hbin", found: [0; 4] };
                return Err(damaged(Structure::Bin, place.file_offset(), problem));
            };
            page = before;
        }
    }

    fn walk_bin(&mut self, bin: u32, end: u32) -> EditResult<()> {
        let mut at = bin + u32::try_from(BIN_HEADER_LEN).unwrap_or(0);
        let mut cells: Vec<(u32, u32)> = Vec::new();
        let mut last_free = None;
        while at < end {
            let mut size = [0; 4];
            self.read_into(at, Structure::Cell, &mut size)?;
            let size = CellSize(i32::from_le_bytes(size));
            if !size.is_possible(self.layout) || u64::from(at) + u64::from(size.len()) > u64::from(end) {
                return Err(damaged(
                    Structure::Cell,
                    CellOffset(at).file_offset(),
                    Problem::CellSize(size.0),
                ));
            }
            if size.is_allocated() {
                last_free = None;
            } else if last_free == Some(at) {
                // Adjacent free cells that another program did not join count as one; they are joined when
                // they are allocated.
                if let Some((_, len)) = cells.last_mut() {
                    *len += size.len();
                }
                last_free = Some(at + size.len());
            } else {
                cells.push((at, size.len()));
                last_free = Some(at + size.len());
            }
            at += size.len();
        }
        for (at, len) in cells {
            self.free.insert(at, len);
            self.by_len.insert((len, at));
        }
        self.known.insert(bin, end);
        Ok(())
    }

    /// Appends a bin with room for a cell of this length; returns length and offset of its one free cell.
    fn append(&mut self, len: u32) -> EditResult<(u32, u32)> {
        let head = u32::try_from(BIN_HEADER_LEN).unwrap_or(0);
        let bin = self.bins_size;
        let size = (len + head).next_multiple_of(BIN_ALIGNMENT);
        let end = bin.checked_add(size).filter(|&end| end <= MAX_BINS).ok_or(Invalid::TooLarge)?;
        let mut bytes = vec![0; size as usize];
        let free = size - head;
        for (at, field) in [
            (bin_at::SIGNATURE, BinHeader::SIGNATURE),
            (bin_at::OFFSET, bin.to_le_bytes()),
            (bin_at::SIZE, size.to_le_bytes()),
            (BIN_HEADER_LEN, free.to_le_bytes()),
        ] {
            if let Some(to) = bytes.get_mut(at..at + 4) {
                to.copy_from_slice(&field);
            }
        }
        // The whole bin is written, because an existing tail of the file may contain anything.
        self.write(bin, &bytes)?;
        self.set_bins_size(end)?;
        self.known.insert(bin, end);
        self.free.insert(bin + head, free);
        self.by_len.insert((free, bin + head));
        Ok((free, bin + head))
    }

    fn set_bins_size(&mut self, size: u32) -> EditResult<()> {
        let mut sector = [0; SECTOR];
        let fault = |error: crate::image::ImageError| {
            EditError::from(error.locate(Structure::BaseBlock, 0, SECTOR as u64, SECTOR as u64))
        };
        self.image.copy_to(0, &mut sector).map_err(fault)?;
        let mut block = BaseBlock::from_sector(sector);
        block.set_u32(base_block_at::BINS_SIZE, size);
        block.update_checksum();
        self.image.write(0, block.sector()).map_err(fault)?;
        self.bins_size = size;
        Ok(())
    }
}
