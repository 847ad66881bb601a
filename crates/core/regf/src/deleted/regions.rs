//! The unused parts of a hive.

use crate::bytes::u32s;
use crate::disk::{
    BASE_BLOCK_LEN, BIN_ALIGNMENT, BigData, CellOffset, CellSize, KeyNode, ListKind, SEGMENT_LEN,
};
use crate::error::{Error, Structure};
use crate::hive::Hive;
use crate::image::Image;
use crate::key::Key;
use crate::marks::{CellMarks, bin_at};
use crate::subkeys::list_at;
use crate::value::Value;
use crate::walk::{Step, Trail, Visitor};

/// The kind of space that contains a recovered record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// A free cell.
    Free,
    /// The slack of a cell that is in use.
    Slack,
    /// An allocated but unreferenced cell: leaked, or cut off by damage.
    Unreferenced,
    /// A part of the hive that is not a valid bin.
    Broken,
    /// The part of the file after the hive bins data, which may contain bins of a formerly larger hive.
    Tail,
}

/// A part of the hive bins data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Region {
    pub(crate) start: u32,
    pub(crate) end: u32,
    pub(crate) origin: Origin,
}

/// All unused parts of a hive, in order.
pub(crate) struct Regions {
    parts: Vec<Region>,
    /// The boundaries of adjacent regions.
    extents: Vec<(u32, u32)>,
    used: CellMarks,
    /// Offsets of values in the slack of the value lists of existing keys: key, value.
    pub(crate) former_values: Vec<(CellOffset, CellOffset)>,
}

impl Regions {
    pub(crate) fn of<I: Image>(hive: &Hive<I>) -> Self {
        let mut usage = Usage {
            hive,
            used: CellMarks::new(hive.bins_len()),
            slack: Vec::new(),
            former_values: Vec::new(),
        };
        // Without a root, all cells are unused.
        let _ = hive.walk(&mut usage);
        let Usage { used, mut slack, former_values, .. } = usage;
        slack.sort_unstable_by_key(|region| region.start);
        slack.dedup();
        let mut regions = Self { parts: Vec::new(), extents: Vec::new(), used, former_values };
        regions.tile(hive);
        regions.tail(hive);
        regions.parts.extend(slack);
        regions.arrange();
        regions
    }

    /// All regions in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Region> {
        self.parts.iter()
    }

    /// True if a cell is in use.
    pub(crate) fn is_used(&self, offset: CellOffset) -> bool {
        self.used.is_marked(offset)
    }

    /// True if all bytes of a former cell are in one region or in adjacent ones.
    pub(crate) fn hold(&self, offset: CellOffset, len: usize) -> bool {
        let end = u64::from(offset.0) + len as u64;
        let behind = self.extents.partition_point(|&(start, _)| start <= offset.0);
        let extent = behind.checked_sub(1).and_then(|index| self.extents.get(index));
        extent.is_some_and(|&(_, extent_end)| end <= u64::from(extent_end))
    }

    /// Sorts the regions and joins adjacent ones.
    fn arrange(&mut self) {
        self.parts.sort_unstable_by_key(|region| (region.start, region.end));
        for region in &self.parts {
            match self.extents.last_mut() {
                Some((_, end)) if *end >= region.start => *end = (*end).max(region.end),
                _ => self.extents.push((region.start, region.end)),
            }
        }
    }

    /// Iterates over all bins, cell by cell.
    fn tile<I: Image>(&mut self, hive: &Hive<I>) {
        let len = u32::try_from(hive.bins_len()).unwrap_or(u32::MAX);
        let mut bin = 0_u32;
        let mut broken_from = None;
        while bin < len {
            let Ok(size) = bin_at(hive, bin) else {
                // Another valid bin may follow; the search for it is limited.
                let from = *broken_from.get_or_insert(bin);
                match bin.checked_add(BIN_ALIGNMENT) {
                    Some(next) if next - from <= MAX_BROKEN => bin = next,
                    _ => {
                        self.add(from, bin, Origin::Broken);
                        return;
                    }
                }
                continue;
            };
            if let Some(start) = broken_from.take() {
                self.add(start, bin, Origin::Broken);
            }
            let end = bin.saturating_add(size).min(len);
            self.tile_bin(hive, bin.saturating_add(BIN_HEADER), end);
            match bin.checked_add(size) {
                Some(next) => bin = next,
                None => break,
            }
        }
        if let Some(start) = broken_from {
            self.add(start, len, Origin::Broken);
        }
    }

    fn tail<I: Image>(&mut self, hive: &Hive<I>) {
        let start = hive.bins_len();
        let end = hive.image().size().saturating_sub(BASE_BLOCK_LEN as u64).min(start + MAX_TAIL);
        if let (Ok(start), Ok(end)) = (u32::try_from(start), u32::try_from(end)) {
            self.add(start, end, Origin::Tail);
        }
    }

    fn tile_bin<I: Image>(&mut self, hive: &Hive<I>, start: u32, end: u32) {
        let mut cell = start;
        while cell < end {
            let position = CellOffset(cell).file_offset();
            let size = hive.image().slice(position, 4).ok().and_then(|bytes| bytes.first_chunk().copied());
            let Some(size) = size.map(|bytes| CellSize(i32::from_le_bytes(bytes))) else {
                self.add(cell, end, Origin::Broken);
                return;
            };
            let next =
                cell.checked_add(size.len()).filter(|&next| next <= end && size.is_possible(hive.layout()));
            let Some(next) = next else {
                self.add(cell, end, Origin::Broken);
                return;
            };
            if !size.is_allocated() {
                self.add(cell, next, Origin::Free);
            } else if !self.used.is_marked(CellOffset(cell)) {
                self.add(cell, next, Origin::Unreferenced);
            }
            cell = next;
        }
    }

    fn add(&mut self, start: u32, end: u32, origin: Origin) {
        if start < end {
            self.parts.push(Region { start, end, origin });
        }
    }
}

/// Records which cells the existing keys use, and how much of each.
struct Usage<'h, I> {
    hive: &'h Hive<I>,
    used: CellMarks,
    slack: Vec<Region>,
    former_values: Vec<(CellOffset, CellOffset)>,
}

const BIN_HEADER: u32 = 32;

/// The maximum distance at which a valid bin after an invalid one is searched.
const MAX_BROKEN: u32 = 4 << 20;

/// The maximum size of the tail that is searched. The longest tail of the measured hives has 442,368 bytes.
const MAX_TAIL: u64 = 4 << 20;

/// The size of the shortest record with its cell header; shorter slack cannot contain one.
const SHORTEST_RECORD: usize = 24;

impl<I: Image> Usage<'_, I> {
    /// Records that the first `len` bytes of a cell's data are in use.
    fn cell(&mut self, offset: CellOffset, len: usize) {
        if !self.used.mark(offset) {
            return;
        }
        let header = self.hive.layout().cell_header;
        let size = self.hive.image().slice(offset.file_offset(), 4).ok();
        let Some(size) = size.and_then(|bytes| bytes.first_chunk().copied()) else { return };
        let size = CellSize(i32::from_le_bytes(size)).len();
        let Some(start) =
            u32::try_from(len).ok().and_then(|len| offset.0.checked_add(header)?.checked_add(len))
        else {
            return;
        };
        let end = offset.0.saturating_add(size);
        if end.saturating_sub(start) as usize >= SHORTEST_RECORD {
            self.slack.push(Region { start, end, origin: Origin::Slack });
        }
    }

    fn subkey_lists(&mut self, node: KeyNode<'_>) {
        // All leaves of a visited list are already recorded. Visiting them again for each of many keys would
        // take too long.
        if node.subkey_count() == 0 || self.used.is_marked(node.subkey_list()) {
            return;
        }
        let Ok(list) = list_at(self.hive, node.subkey_list()) else { return };
        self.cell(node.subkey_list(), 4 + list.len() * list.kind().element_len());
        if list.kind() == ListKind::IndexRoot {
            for element in list.iter() {
                if let Ok(leaf) = list_at(self.hive, element.offset) {
                    self.cell(element.offset, 4 + leaf.len() * leaf.kind().element_len());
                }
            }
        }
    }

    fn value_list(&mut self, key: &Key<'_, I>) {
        let (list, count) = (key.node().value_list(), key.value_count() as usize);
        if count == 0 {
            return;
        }
        let Ok(data) = self.hive.cell(list, Structure::ValueList) else { return };
        let new = !self.used.is_marked(list);
        self.cell(list, data.len().min(4 * count));
        if new {
            let former = u32s(data.get(4 * count..).unwrap_or_default()).map(CellOffset);
            let limit = self.hive.bins_end();
            let possible = former
                .filter(|value| value.0 != 0 && value.0.is_multiple_of(8) && value.file_offset() < limit);
            self.former_values.extend(possible.map(|value| (key.offset(), value)));
        }
    }

    fn data(&mut self, value: &Value<'_, I>) {
        let record = value.record();
        let len = record.data_len();
        if record.is_resident() || len == 0 {
            return;
        }
        if len <= SEGMENT_LEN || !self.hive.layout().big_data {
            self.cell(record.data_offset(), len as usize);
            return;
        }
        if let Ok(pieces) = super::pieces(self.hive, &record) {
            self.cell(record.data_offset(), 8);
            let head = super::raw(self.hive, record.data_offset(), 8).ok();
            if let Some(Ok(big)) = head.map(|head| BigData::parse(&head)) {
                self.cell(big.list, 4 * pieces.len());
            }
            for (offset, len) in pieces {
                self.cell(offset, len);
            }
        } else {
            self.cell(record.data_offset(), len as usize);
        }
    }
}

impl<'h, I: Image> Visitor<'h, I> for Usage<'h, I> {
    fn key(&mut self, trail: &Trail<'h, I>) -> Step {
        if let Some(key) = trail.key() {
            let node = key.node();
            self.cell(key.offset(), node.record_len());
            if let Ok(Some(security)) = key.security() {
                self.cell(node.security(), 20 + security.descriptor().len());
            }
            if let Ok(Some(class)) = key.class_name() {
                self.cell(node.class(), class.bytes().len());
            }
            self.subkey_lists(node);
            self.value_list(key);
        }
        Step::Continue
    }

    fn value(&mut self, _: &Trail<'h, I>, value: &Value<'h, I>, data: crate::error::Result<&[u8]>) -> Step {
        self.cell(value.offset(), value.record().record_len());
        if data.is_ok() {
            self.data(value);
        }
        Step::Continue
    }

    fn damage(&mut self, _: &Trail<'h, I>, _: Error) {}
}
