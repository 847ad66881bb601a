//! Changes to subkey lists.
//!
//! A leaf keeps its kind; a first leaf has the kind of the version. A leaf that would exceed one bin of 4096
//! bytes (507 hashed elements) is split below an index root. A list that another program left unsorted, or
//! with wrong hashes, is rewritten when a key is added or removed, because Windows would not find some of its
//! keys.

use std::cmp::Ordering;

use super::editor::Editor;
use super::error::{EditResult, Invalid, damaged};
use crate::build::by_name;
use crate::bytes::u32s;
use crate::disk::{
    BIN_ALIGNMENT, BIN_HEADER_LEN, CellOffset, ListElement, ListKind, SubkeyList, key_node_at,
};
use crate::error::{Problem, Structure};
use crate::hash::name_hash;
use crate::image::Image;

/// The lists of a key: the index root, if there is one, and the leaves.
struct Lists {
    root: Option<CellOffset>,
    leaves: Vec<CellOffset>,
}

struct Leaf {
    kind: ListKind,
    elements: Vec<ListElement>,
}

/// The position of a name in the lists of a key.
struct Place {
    /// The index of the leaf, and the leaf.
    number: usize,
    leaf: Leaf,
    /// The element with the name, or the one before which to insert it.
    index: usize,
    found: bool,
}

/// The number of elements in a leaf that fills one bin of 4096 bytes.
fn leaf_limit(kind: ListKind) -> usize {
    (BIN_ALIGNMENT as usize - BIN_HEADER_LEN - 8) / kind.element_len()
}

fn hint(kind: ListKind, name: &[u16]) -> u32 {
    match kind {
        ListKind::HashLeaf => name_hash(name.iter().copied()),
        ListKind::FastLeaf => {
            let narrow: Option<Vec<u8>> = name.iter().take(4).map(|&unit| u8::try_from(unit).ok()).collect();
            let mut bytes = narrow.unwrap_or_default();
            bytes.resize(4, 0);
            bytes.iter().rev().fold(0, |sum, &byte| sum << 8 | u32::from(byte))
        }
        ListKind::IndexLeaf | ListKind::IndexRoot => 0,
    }
}

fn encode(kind: ListKind, elements: &[ListElement]) -> EditResult<Vec<u8>> {
    let count = u16::try_from(elements.len()).map_err(|_| Invalid::TooLarge)?;
    let mut bytes = kind.signature().to_vec();
    bytes.extend(count.to_le_bytes());
    for element in elements {
        bytes.extend(element.offset.0.to_le_bytes());
        if kind.element_len() == 8 {
            bytes.extend(element.hint.to_le_bytes());
        }
    }
    Ok(bytes)
}

impl<I: Image> Editor<I> {
    /// The subkey of this name.
    pub(super) fn child(&mut self, parent: CellOffset, name: &[u16]) -> EditResult<Option<CellOffset>> {
        self.put_in_order(parent)?;
        let lists = self.lists(parent)?;
        let Some(place) = self.place(&lists, name)? else { return Ok(None) };
        let element = place.leaf.elements.get(place.index).filter(|_| place.found);
        Ok(element.map(|element| element.offset))
    }

    /// The subkeys of a key.
    pub(super) fn children(&self, key: CellOffset) -> EditResult<Vec<CellOffset>> {
        let count = self.node(key)?.subkey_count();
        let mut found = Vec::new();
        for &leaf in &self.lists(key)?.leaves {
            found.extend(self.leaf(leaf)?.elements.iter().map(|element| element.offset));
            // A forged index root can refer to one leaf repeatedly.
            if found.len() > count as usize {
                break;
            }
        }
        if found.len() == count as usize {
            return Ok(found);
        }
        let problem = Problem::Count { claimed: count.into(), possible: found.len() as u64 };
        Err(damaged(Structure::SubkeyList, key.file_offset(), problem))
    }

    /// The cells of all lists of a key.
    pub(super) fn list_cells(&self, key: CellOffset) -> EditResult<Vec<CellOffset>> {
        let lists = self.lists(key)?;
        Ok(lists.root.into_iter().chain(lists.leaves).collect())
    }

    /// Adds a key to the lists of its parent.
    pub(super) fn link(&mut self, parent: CellOffset, key: CellOffset, name: &[u16]) -> EditResult<()> {
        let mut lists = self.lists(parent)?;
        let Some(mut place) = self.place(&lists, name)? else {
            let kind = ListKind::for_minor(self.block.minor_version());
            let bytes = encode(kind, &[ListElement { offset: key, hint: hint(kind, name) }])?;
            let leaf = self.space.allocate(&bytes, 0, parent)?;
            return self.space.put_u32(parent, key_node_at::SUBKEY_LIST, leaf.0);
        };
        let kind = place.leaf.kind;
        let element = ListElement { offset: key, hint: hint(kind, name) };
        place.leaf.elements.insert(place.index, element);
        let mut elements = place.leaf.elements;
        let limit = leaf_limit(kind);
        if elements.len() > limit {
            let second = elements.split_off(elements.len() / 2);
            let second = self.store_leaf(None, kind, &second, parent)?;
            lists.leaves.insert(place.number + 1, second);
        }
        self.replace_leaf(parent, &mut lists, place.number, kind, &elements)
    }

    /// Removes a key from the lists of its parent.
    pub(super) fn unlink(&mut self, parent: CellOffset, key: CellOffset, name: &[u16]) -> EditResult<()> {
        let mut lists = self.lists(parent)?;
        let place = self.place(&lists, name)?;
        let Some(mut place) = place.filter(|place| {
            place.found && place.leaf.elements.get(place.index).is_some_and(|element| element.offset == key)
        }) else {
            return Err(damaged(Structure::SubkeyList, parent.file_offset(), Problem::Nil));
        };
        place.leaf.elements.remove(place.index);
        if !place.leaf.elements.is_empty() {
            return self.replace_leaf(
                parent,
                &mut lists,
                place.number,
                place.leaf.kind,
                &place.leaf.elements,
            );
        }
        let leaf = lists.leaves.remove(place.number);
        self.space.free(leaf, Structure::SubkeyList)?;
        self.store_root(parent, &lists)
    }

    /// Writes a leaf and, if its offset or the number of leaves changed, the references to it.
    fn replace_leaf(
        &mut self,
        parent: CellOffset,
        lists: &mut Lists,
        number: usize,
        kind: ListKind,
        elements: &[ListElement],
    ) -> EditResult<()> {
        let Some(&old) = lists.leaves.get(number) else { return Ok(()) };
        let new = self.store_leaf(Some(old), kind, elements, parent)?;
        if let Some(leaf) = lists.leaves.get_mut(number) {
            *leaf = new;
        }
        self.store_root(parent, lists)
    }

    /// Writes a leaf into its old cell if it fits, otherwise into a new one with some room to grow.
    fn store_leaf(
        &mut self,
        old: Option<CellOffset>,
        kind: ListKind,
        elements: &[ListElement],
        near: CellOffset,
    ) -> EditResult<CellOffset> {
        let bytes = encode(kind, elements)?;
        if let Some(old) = old {
            if self.space.room(old, Structure::SubkeyList)? >= bytes.len() {
                self.space.put(old, 0, &bytes)?;
                return Ok(old);
            }
            self.space.free(old, Structure::SubkeyList)?;
        }
        let spare = if elements.len() < 8 { 0 } else { elements.len() / 4 };
        let most = leaf_limit(kind).max(elements.len());
        let room = 4 + (elements.len() + spare).min(most) * kind.element_len();
        self.space.allocate(&bytes, room, near)
    }

    /// Writes the reference to the leaves: none, the one leaf, or an index root, which is kept once it
    /// exists.
    fn store_root(&mut self, parent: CellOffset, lists: &Lists) -> EditResult<()> {
        let top = match (lists.root, lists.leaves.as_slice()) {
            (root, []) => {
                if let Some(root) = root {
                    self.space.free(root, Structure::SubkeyList)?;
                }
                CellOffset::NIL
            }
            (None, &[leaf]) => leaf,
            (root, leaves) => {
                let elements: Vec<_> = leaves.iter().map(|&offset| ListElement { offset, hint: 0 }).collect();
                let bytes = encode(ListKind::IndexRoot, &elements)?;
                match root {
                    Some(root) if self.space.room(root, Structure::SubkeyList)? >= bytes.len() => {
                        if self.space.first(root, Structure::SubkeyList, bytes.len())? != bytes {
                            self.space.put(root, 0, &bytes)?;
                        }
                        root
                    }
                    root => {
                        if let Some(root) = root {
                            self.space.free(root, Structure::SubkeyList)?;
                        }
                        self.space.allocate(&bytes, bytes.len() + 16, parent)?
                    }
                }
            }
        };
        if self.node(parent)?.subkey_list() != top {
            self.space.put_u32(parent, key_node_at::SUBKEY_LIST, top.0)?;
        }
        Ok(())
    }

    fn lists(&self, key: CellOffset) -> EditResult<Lists> {
        let node = self.node(key)?;
        if node.subkey_count() == 0 || node.subkey_list().is_nil() {
            return Ok(Lists { root: None, leaves: Vec::new() });
        }
        let top = node.subkey_list();
        let first = self.leaf(top)?;
        if first.kind == ListKind::IndexRoot {
            let leaves = first.elements.iter().map(|element| element.offset).collect();
            return Ok(Lists { root: Some(top), leaves });
        }
        Ok(Lists { root: None, leaves: vec![top] })
    }

    /// Reads a list; a leaf below an index root must not be an index root, which [`Editor::put_in_order`]
    /// ensures.
    fn leaf(&self, cell: CellOffset) -> EditResult<Leaf> {
        let fault = |problem| damaged(Structure::SubkeyList, cell.file_offset(), problem);
        let data = self.space.data(cell, Structure::SubkeyList)?;
        let list = SubkeyList::parse(&data).map_err(fault)?;
        if list.is_cut() {
            return Err(fault(Problem::Count {
                claimed: list.claimed().into(),
                possible: list.len() as u64,
            }));
        }
        Ok(Leaf { kind: list.kind(), elements: list.iter().collect() })
    }

    fn name_of(&self, key: CellOffset) -> EditResult<Vec<u16>> {
        Ok(self.node(key)?.into_name())
    }

    /// The position of a name in sorted lists; `None` without lists.
    fn place(&self, lists: &Lists, name: &[u16]) -> EditResult<Option<Place>> {
        if lists.leaves.is_empty() {
            return Ok(None);
        }
        let (mut low, mut high) = (0, lists.leaves.len());
        while high - low > 1 {
            let middle = usize::midpoint(low, high);
            let Some(&cell) = lists.leaves.get(middle) else { break };
            // Elements of every kind begin with the offset, and sorted leaves are not empty.
            let head = self.space.first(cell, Structure::SubkeyList, 8)?;
            let first = CellOffset(u32s(&head).nth(1).unwrap_or(u32::MAX));
            if by_name(name, &self.name_of(first)?) == Ordering::Less {
                high = middle;
            } else {
                low = middle;
            }
        }
        let Some(&cell) = lists.leaves.get(low) else { return Ok(None) };
        let leaf = self.leaf(cell)?;
        let (mut first, mut last) = (0, leaf.elements.len());
        while first < last {
            let middle = usize::midpoint(first, last);
            let Some(element) = leaf.elements.get(middle) else { break };
            match by_name(name, &self.name_of(element.offset)?) {
                Ordering::Equal => {
                    return Ok(Some(Place { number: low, leaf, index: middle, found: true }));
                }
                Ordering::Less => last = middle,
                Ordering::Greater => first = middle + 1,
            }
        }
        Ok(Some(Place { number: low, leaf, index: first, found: false }))
    }

    /// Ensures that the lists of a key are valid, sorted, and have correct hashes; checks the lists of each
    /// key once.
    fn put_in_order(&mut self, parent: CellOffset) -> EditResult<()> {
        if self.sorted.contains(&parent.0) {
            return Ok(());
        }
        let lists = self.lists(parent)?;
        let children = self.children(parent)?;
        let mut in_order = true;
        let mut kinds = Vec::new();
        let mut named: Vec<(Vec<u16>, CellOffset)> = Vec::with_capacity(children.len());
        for &cell in &lists.leaves {
            let leaf = self.leaf(cell)?;
            if leaf.kind == ListKind::IndexRoot {
                return Err(damaged(Structure::SubkeyList, cell.file_offset(), Problem::NestedIndexRoot));
            }
            in_order &= !leaf.elements.is_empty();
            kinds.push(leaf.kind);
            for element in &leaf.elements {
                let node = self.node(element.offset)?;
                if node.parent() != parent {
                    let problem = Problem::Field { name: "parent", value: node.parent().0.into() };
                    return Err(damaged(Structure::KeyNode, element.offset.file_offset(), problem));
                }
                let name = node.into_name();
                in_order &= element.hint == hint(leaf.kind, &name);
                if let Some((before, _)) = named.last() {
                    in_order &= by_name(before, &name) == Ordering::Less;
                }
                named.push((name, element.offset));
            }
        }
        if !in_order {
            let kind = kinds.first().copied().unwrap_or(ListKind::for_minor(self.block.minor_version()));
            self.write_anew(parent, &lists, kind, named)?;
        }
        self.sorted.insert(parent.0);
        Ok(())
    }

    fn write_anew(
        &mut self,
        parent: CellOffset,
        old: &Lists,
        kind: ListKind,
        mut named: Vec<(Vec<u16>, CellOffset)>,
    ) -> EditResult<()> {
        named.sort_by(|(a, _), (b, _)| by_name(a, b));
        for pair in named.windows(2) {
            if let [(first, _), (second, offset)] = pair
                && by_name(first, second) == Ordering::Equal
            {
                return Err(damaged(Structure::KeyNode, offset.file_offset(), Problem::MetBefore));
            }
        }
        for cell in old.root.iter().chain(&old.leaves) {
            self.space.free(*cell, Structure::SubkeyList)?;
        }
        let mut lists = Lists { root: None, leaves: Vec::new() };
        for part in named.chunks(leaf_limit(kind)) {
            let elements: Vec<_> = part
                .iter()
                .map(|(name, offset)| ListElement { offset: *offset, hint: hint(kind, name) })
                .collect();
            lists.leaves.push(self.store_leaf(None, kind, &elements, parent)?);
        }
        self.store_root(parent, &lists)
    }
}
