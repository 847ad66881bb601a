//! Search for records in the unused parts of a hive.

use super::Candidate;
use super::regions::{Origin, Region, Regions};
use crate::disk::{CellOffset, KeyNode, KeyValue, Layout, ValueFlags};
use crate::hive::Hive;
use crate::image::Image;
use crate::name::Name;

/// Bytes with the form of key and value records.
pub(super) struct Candidates<'h> {
    pub(super) keys: Vec<Candidate<KeyNode<'h>>>,
    pub(super) values: Vec<Candidate<KeyValue<'h>>>,
}

pub(super) fn candidates<'h, I: Image>(hive: &'h Hive<I>, regions: &Regions) -> Candidates<'h> {
    let mut found = Candidates { keys: Vec::new(), values: Vec::new() };
    for region in regions.iter() {
        region_candidates(hive, region, &mut found);
    }
    found
}

/// Checks every place in a region at which a cell may have begun.
fn region_candidates<'h, I: Image>(hive: &'h Hive<I>, region: &Region, found: &mut Candidates<'h>) {
    let layout = hive.layout();
    let header = layout.cell_header;
    // The data after the hive need not consist of cells of this hive.
    let alignment = if region.origin == Origin::Tail { 4 } else { layout.alignment };
    // The first former cell with its data in the region: its header may be before a region of slack.
    let first = region.start.saturating_sub(header).next_multiple_of(alignment);
    let Some(mut start) = first.checked_add(header) else { return };
    let mut piece = [0; PIECE];
    while start < region.end {
        let len = PIECE.min((region.end - start) as usize);
        let Some(bytes) = piece.get_mut(..len) else { return };
        if hive.image().copy_to(CellOffset(start).file_offset(), bytes).is_err() {
            return;
        }
        for (place, bytes) in bytes.chunks(alignment as usize).enumerate() {
            let kind = bytes.first_chunk::<2>();
            if kind != Some(b"nk") && kind != Some(b"vk") {
                continue;
            }
            let data = start + u32::try_from(place).unwrap_or(0) * alignment;
            let room = (region.end - data) as usize;
            let (position, offset) =
                (CellOffset(data).file_offset(), CellOffset(data.saturating_sub(header)));
            let origin = region.origin;
            if kind == Some(b"nk") {
                if let Some(record) = key(hive, position, room) {
                    found.keys.push(Candidate { record, offset, origin });
                }
            } else if let Some(record) = value(hive, position, room) {
                found.values.push(Candidate { record, offset, origin });
            }
        }
        match start.checked_add(PIECE_STEP) {
            Some(next) => start = next,
            None => return,
        }
    }
}

/// The number of bytes searched at once; a multiple of every alignment.
const PIECE: usize = 1 << 14;
const PIECE_STEP: u32 = 1 << 14;

/// The bytes of a record with the length of the name at `len_at` and the fixed length `head`.
fn record_bytes<I: Image>(
    hive: &Hive<I>,
    position: u64,
    room: usize,
    head: usize,
    len_at: usize,
) -> Option<&[u8]> {
    if room < head {
        return None;
    }
    let bytes = hive.image().at_least(position, head).ok()?;
    let len = head + usize::from(u16::from_le_bytes(*bytes.get(len_at..)?.first_chunk::<2>()?));
    if len > room {
        return None;
    }
    hive.image().slice(position, len).ok()
}

fn key<I: Image>(hive: &Hive<I>, position: u64, room: usize) -> Option<KeyNode<'_>> {
    let bytes = record_bytes(hive, position, room, 76, 72)?;
    let node = KeyNode::parse(bytes, hive.layout()).ok()?;
    let name = node.name();
    let possible = (1..=255).contains(&name.len())
        && (!name.is_utf16() || name.bytes().len().is_multiple_of(2))
        // Flags that are not defined in any version.
        && node.flags().0 & 0x0C00 == 0
        && (node.subkey_count() == 0 || is_place(hive, node.subkey_list()))
        && (node.value_count() == 0 || is_place(hive, node.value_list()))
        && u64::from(node.value_count()) <= hive.bins_len() / 4
        && is_place(hive, node.security())
        && (node.class_len() == 0 || is_place(hive, node.class()));
    possible.then_some(node)
}

fn value<I: Image>(hive: &Hive<I>, position: u64, room: usize) -> Option<KeyValue<'_>> {
    let bytes = record_bytes(hive, position, room, 20, 2)?;
    let record = KeyValue::parse(bytes, hive.layout()).ok()?;
    let name = record.name();
    let len = record.data_len();
    let data = if record.is_resident() {
        len <= KeyValue::MAX_RESIDENT
    } else {
        len == 0 || (u64::from(len) <= hive.bins_len() && is_cell(hive.layout(), hive, record.data_offset()))
    };
    let flags = record.flags().0 & !(ValueFlags::NARROW_NAME | ValueFlags::TOMBSTONE);
    let possible = data
        && (!name.is_utf16() || name.bytes().len().is_multiple_of(2))
        && (flags == 0 || !hive.layout().narrow_names);
    possible.then_some(record)
}

/// True for the null offset, or one at which a cell may be.
fn is_place<I: Image>(hive: &Hive<I>, offset: CellOffset) -> bool {
    offset.is_nil() || is_cell(hive.layout(), hive, offset)
}

/// Offsets in a truncated hive may be beyond its end.
fn is_cell<I: Image>(layout: Layout, hive: &Hive<I>, offset: CellOffset) -> bool {
    let claimed = u64::from(hive.base_block().bins_size()).max(hive.bins_len());
    offset.0.is_multiple_of(layout.alignment) && u64::from(offset.0) < claimed
}

/// True for a name without control characters and unpaired surrogates.
pub(super) fn is_plain(name: Name<'_>) -> bool {
    char::decode_utf16(name.units()).all(|c| c.is_ok_and(|c| !c.is_control()))
}
