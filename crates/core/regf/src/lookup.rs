//! Lookup of subkeys and values by name.

use std::cmp::Ordering;

use crate::disk::{CellOffset, ListKind, SubkeyList};
use crate::error::{Error, Problem, Result, Structure};
use crate::hash::name_hash;
use crate::image::Image;
use crate::key::Key;
use crate::name::Name;
use crate::subkeys::{cut, list_at};
use crate::value::Value;
use nt::upcase;

/// The number of leaves from which selecting a leaf by the order of names is faster than searching all.
const MANY_LEAVES: usize = 4;

/// The name to find, upper-cased once.
pub(crate) struct Needle {
    units: Vec<u16>,
    hash: u32,
    ascii: bool,
}

impl Needle {
    pub(crate) fn new(units: impl Iterator<Item = u16>) -> Self {
        let units: Vec<u16> = units.map(upcase).collect();
        let hash = name_hash(units.iter().copied());
        let ascii = units.iter().all(|&unit| unit < 0x80);
        Self { units, hash, ascii }
    }

    #[inline]
    pub(crate) fn is(&self, name: Name<'_>) -> bool {
        name.len() == self.units.len() && name.units().map(upcase).eq(self.units.iter().copied())
    }

    fn cmp(&self, name: Name<'_>) -> Ordering {
        self.units.iter().copied().cmp(name.units().map(upcase))
    }

    /// True if a name with this hint in a fast leaf may be the one to find.
    fn fits_hint(&self, hint: [u8; 4]) -> bool {
        if hint[0] == 0 {
            return true;
        }
        let wanted = self.units.iter().copied().chain(std::iter::repeat(0));
        hint.iter().zip(wanted).all(|(&byte, unit)| upcase(u16::from(byte)) == unit)
    }
}

/// A search in the lists of one key. Damage is recorded, because it may be the reason if nothing is found.
struct Search<'h, 'n, I> {
    key: Key<'h, I>,
    needle: &'n Needle,
    damage: Option<Error>,
}

pub(crate) fn subkey<'h, I: Image>(key: &Key<'h, I>, needle: &Needle) -> Result<Option<Key<'h, I>>> {
    let node = key.node();
    if node.subkey_count() == 0 {
        return Ok(None);
    }
    let list_offset = node.subkey_list();
    let list = list_at(key.hive(), list_offset)?;
    let mut search = Search { key: *key, needle, damage: None };
    let found = if list.kind() == ListKind::IndexRoot {
        search.in_root(list, list_offset)
    } else {
        search.in_leaf(list, list_offset)
    };
    if found.is_some() {
        return Ok(found);
    }
    // Hashes, hints or order may be wrong if lists are damaged, or if another program wrote names outside
    // ASCII. Then only comparing every name is reliable.
    if search.damage.is_some() || !needle.ascii {
        for subkey in key.subkeys() {
            match subkey {
                Ok(subkey) if needle.is(subkey.name()) => return Ok(Some(subkey)),
                Ok(_) => {}
                Err(error) => search.note(error),
            }
        }
    }
    match search.damage {
        Some(error) => Err(error),
        None => Ok(None),
    }
}

impl<'h, I: Image> Search<'h, '_, I> {
    #[cold]
    fn note(&mut self, error: Error) {
        self.damage.get_or_insert(error);
    }

    fn key_at(&mut self, offset: CellOffset) -> Option<Key<'h, I>> {
        match Key::at(self.key.hive(), offset) {
            Ok(key) => Some(key),
            Err(error) => {
                self.note(error);
                None
            }
        }
    }

    /// The key at an offset, if it is the one to find.
    fn matching(&mut self, offset: CellOffset) -> Option<Key<'h, I>> {
        self.key_at(offset).filter(|key| self.needle.is(key.name()))
    }

    fn in_root(&mut self, root: SubkeyList<'h>, offset: CellOffset) -> Option<Key<'h, I>> {
        if root.is_cut() {
            self.note(cut(root, offset));
        }
        let chosen = if root.len() >= MANY_LEAVES { self.choose_leaf(root) } else { None };
        if let Some(found) = chosen.and_then(|index| self.in_leaf_number(root, index)) {
            return Some(found);
        }
        (0..root.len())
            .filter(|&index| Some(index) != chosen)
            .find_map(|index| self.in_leaf_number(root, index))
    }

    /// The last leaf whose first key does not come after the one to find, in the order of names.
    fn choose_leaf(&mut self, root: SubkeyList<'h>) -> Option<usize> {
        let (mut low, mut high) = (0, root.len());
        while high - low > 1 {
            let middle = usize::midpoint(low, high);
            let leaf = list_at(self.key.hive(), root.get(middle)?.offset).ok()?;
            let first = Key::at(self.key.hive(), leaf.get(0)?.offset).ok()?;
            if self.needle.cmp(first.name()).is_lt() {
                high = middle;
            } else {
                low = middle;
            }
        }
        Some(low)
    }

    fn in_leaf_number(&mut self, root: SubkeyList<'h>, index: usize) -> Option<Key<'h, I>> {
        let offset = root.get(index)?.offset;
        match list_at(self.key.hive(), offset) {
            Ok(leaf) if leaf.kind() == ListKind::IndexRoot => {
                self.note(Error::new(Structure::SubkeyList, offset.file_offset(), Problem::NestedIndexRoot));
                None
            }
            Ok(leaf) => self.in_leaf(leaf, offset),
            Err(error) => {
                self.note(error);
                None
            }
        }
    }

    fn in_leaf(&mut self, leaf: SubkeyList<'h>, offset: CellOffset) -> Option<Key<'h, I>> {
        if leaf.is_cut() {
            self.note(cut(leaf, offset));
        }
        match leaf.kind() {
            ListKind::HashLeaf => {
                let hash = self.needle.hash.to_le_bytes();
                leaf.hinted().iter().find_map(|[o0, o1, o2, o3, hint @ ..]| {
                    let offset = CellOffset(u32::from_le_bytes([*o0, *o1, *o2, *o3]));
                    if *hint == hash { self.matching(offset) } else { None }
                })
            }
            ListKind::FastLeaf => leaf.hinted().iter().find_map(|[o0, o1, o2, o3, hint @ ..]| {
                let offset = CellOffset(u32::from_le_bytes([*o0, *o1, *o2, *o3]));
                if self.needle.fits_hint(*hint) { self.matching(offset) } else { None }
            }),
            ListKind::IndexLeaf => self.in_index_leaf(leaf),
            ListKind::IndexRoot => None,
        }
    }

    /// Bisects by the order of names; if that fails, compares every key, because the list may be unsorted.
    fn in_index_leaf(&mut self, leaf: SubkeyList<'h>) -> Option<Key<'h, I>> {
        let (mut low, mut high) = (0, leaf.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            let Ok(key) = Key::at(self.key.hive(), leaf.get(middle)?.offset) else { break };
            match self.needle.cmp(key.name()) {
                Ordering::Equal => return Some(key),
                Ordering::Less => high = middle,
                Ordering::Greater => low = middle + 1,
            }
        }
        leaf.iter().find_map(|element| self.matching(element.offset))
    }
}

pub(crate) fn value<'h, I: Image>(key: &Key<'h, I>, needle: &Needle) -> Result<Option<Value<'h, I>>> {
    let mut damage = None;
    for value in key.values() {
        match value {
            Ok(value) if needle.is(value.name()) => return Ok(Some(value)),
            Ok(_) => {}
            Err(error) => {
                damage.get_or_insert(error);
            }
        }
    }
    damage.map_or(Ok(None), Err)
}
