//! An append-only store of byte blocks with stable addresses.

use std::collections::HashMap;
use std::sync::{Mutex, OnceLock, PoisonError};

/// An append-only collection of byte blocks, each identified by its range.
///
/// Slots are allocated in blocks of doubling size that never move, so a reference is valid as long as the
/// store.
#[derive(Debug, Default)]
pub(crate) struct Store {
    blocks: [OnceLock<Block>; BLOCKS],
    index: Mutex<Index>,
}

type Piece = Box<[u8]>;
type Block = Box<[OnceLock<Piece>]>;

#[derive(Debug, Default)]
struct Index {
    slots: HashMap<(u64, usize), usize>,
    bytes: u64,
}

/// The number of blocks: enough for 16 million pieces.
const BLOCKS: usize = 20;
/// The number of slots in the first block.
const FIRST: usize = 16;

/// The block of a slot, and the index in it.
fn place(slot: usize) -> (usize, usize) {
    let shifted = slot + FIRST;
    let block = (shifted.ilog2() - FIRST.ilog2()) as usize;
    (block, shifted - (FIRST << block))
}

impl Store {
    /// The bytes of a range, if stored.
    pub(crate) fn get(&self, offset: u64, len: usize) -> Option<&[u8]> {
        let slot = *self.index.lock().unwrap_or_else(PoisonError::into_inner).slots.get(&(offset, len))?;
        self.slot(slot)?.get().map(AsRef::as_ref)
    }

    /// Stores the bytes of a range; `None` if the total would exceed `budget` bytes.
    pub(crate) fn insert(&self, offset: u64, bytes: Piece, budget: u64) -> Option<&[u8]> {
        let mut index = self.index.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (offset, bytes.len());
        let slot = if let Some(&slot) = index.slots.get(&key) {
            slot
        } else {
            let total = index.bytes.checked_add(bytes.len() as u64).filter(|&total| total <= budget)?;
            let slot = index.slots.len();
            if place(slot).0 >= BLOCKS {
                return None;
            }
            index.bytes = total;
            index.slots.insert(key, slot);
            slot
        };
        self.slot(slot).map(|cell| &**cell.get_or_init(|| bytes))
    }

    fn slot(&self, slot: usize) -> Option<&OnceLock<Piece>> {
        let (block, at) = place(slot);
        let block_len = FIRST << block;
        self.blocks
            .get(block)?
            .get_or_init(|| std::iter::repeat_with(OnceLock::new).take(block_len).collect())
            .get(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_stay_and_are_found_again() {
        let store = Store::default();
        let first = store.insert(7, Box::new([1, 2, 3]), 1 << 20).unwrap();
        for i in 0..1000_u64 {
            let bytes = i.to_le_bytes();
            assert_eq!(store.insert(i * 8, Box::new(bytes), 1 << 20), Some(&bytes[..]));
        }
        assert_eq!(first, [1, 2, 3]);
        assert_eq!(store.get(7, 3), Some(first));
        assert_eq!(store.get(999 * 8, 8), Some(&999_u64.to_le_bytes()[..]));
        assert_eq!(store.get(7, 4), None);
        let again = store.insert(7, Box::new([9, 9, 9]), 1 << 20).unwrap();
        assert_eq!(again, [1, 2, 3], "a range keeps its first piece");
    }

    #[test]
    fn the_budget_is_kept() {
        let store = Store::default();
        assert!(store.insert(0, vec![0; 60].into(), 100).is_some());
        assert!(store.insert(1, vec![0; 60].into(), 100).is_none());
        assert!(store.insert(2, vec![0; 40].into(), 100).is_some());
    }
}
