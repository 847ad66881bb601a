//! A check of a whole hive against the rules of hives written by Windows.

use std::collections::{HashMap, HashSet};
use std::fmt;

use crate::build::by_name;
use crate::bytes::u32s;
use crate::disk::{
    BIN_HEADER_LEN, BigData, BinHeader, CellOffset, CellSize, KeyFlags, KeyNode, KeySecurity, KeyValue,
    ListKind, SEGMENT_LEN, SubkeyList,
};
use crate::error::Structure;
use crate::hash::{name_hash, name_hint};
use crate::hive::Hive;
use crate::image::Image;
use crate::key::MAX_DEPTH;
use nt::upcase;

/// A violation of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The file offset.
    pub offset: u64,
    /// The violation.
    pub rule: &'static str,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at offset {:#x}: {}", self.offset, self.rule)
    }
}

/// Checks a whole hive: cells fill their bins, each is used once (security items as often as they count),
/// allocated cells are reachable, adjacent free cells are joined, lists are sorted and have correct hashes
/// and counts, maximum lengths of names and data are not too low, and data is stored in the form required by
/// its length. Returns an empty list for a valid hive.
///
/// The whole hive is read.
pub fn check<I: Image>(hive: &Hive<I>) -> Vec<Fault> {
    let mut checker = Checker {
        hive,
        faults: Vec::new(),
        cells: HashMap::new(),
        used: HashSet::new(),
        security: HashMap::new(),
    };
    checker.bins();
    checker.keys();
    checker.ring();
    checker.leaks();
    checker.faults
}

struct Checker<'h, I> {
    hive: &'h Hive<I>,
    faults: Vec<Fault>,
    /// All cells: size by offset.
    cells: HashMap<u32, i32>,
    used: HashSet<u32>,
    /// Keys that use each security item.
    security: HashMap<u32, u32>,
}

/// The maximum lengths that a key stores for its subkeys and values.
#[derive(Default)]
struct Longest {
    name: usize,
    data: usize,
    class: usize,
}

impl<I: Image> Checker<'_, I> {
    fn fault(&mut self, cell: u32, rule: &'static str) {
        self.faults.push(Fault { offset: CellOffset(cell).file_offset(), rule });
    }

    /// Reads bytes; unreadable bytes are zero, which is neither a bin nor a cell.
    fn bytes(&self, at: u32, to: &mut [u8]) {
        if self.hive.image().copy_to(CellOffset(at).file_offset(), to).is_err() {
            to.fill(0);
        }
    }

    fn bins(&mut self) {
        let size = self.hive.base_block().bins_size();
        if self.hive.is_truncated() || !self.hive.base_block().is_valid() {
            self.faults.push(Fault { offset: 0, rule: "the base block is sound and the file long enough" });
        }
        let mut bin = 0;
        while bin < size {
            let mut header = [0; BIN_HEADER_LEN];
            self.bytes(bin, &mut header);
            let len = BinHeader::new(&header).filter(|header| header.is_valid_at(bin)).map(BinHeader::size);
            let Some(end) = len.and_then(|len| bin.checked_add(len)).filter(|&end| end <= size) else {
                return self.fault(bin, "bins follow each other");
            };
            self.bin(bin, end);
            bin = end;
        }
    }

    fn bin(&mut self, bin: u32, end: u32) {
        let mut at = bin + u32::try_from(BIN_HEADER_LEN).unwrap_or(0);
        let mut after_free = false;
        while at < end {
            let mut size = [0; 4];
            self.bytes(at, &mut size);
            let size = CellSize(i32::from_le_bytes(size));
            if !size.is_possible(self.hive.layout()) || size.len() > end - at {
                return self.fault(at, "cells fill their bin");
            }
            if !size.is_allocated() && after_free {
                self.fault(at, "free neighbors are joined");
            }
            after_free = !size.is_allocated();
            self.cells.insert(at, size.0);
            at += size.len();
        }
    }

    /// The data of a cell, which is marked as used.
    fn take(&mut self, cell: CellOffset, structure: Structure) -> Option<Vec<u8>> {
        match self.cells.get(&cell.0) {
            None => {
                self.fault(cell.0, "offsets lead to cells");
                return None;
            }
            Some(&size) if size > 0 => {
                self.fault(cell.0, "cells in use are allocated");
                return None;
            }
            Some(_) => {}
        }
        if !self.used.insert(cell.0) {
            self.fault(cell.0, "each cell is used once");
            return None;
        }
        self.hive.cell(cell, structure).ok().map(<[u8]>::to_vec)
    }

    fn keys(&mut self) {
        let root = self.hive.base_block().root();
        let mut waiting = vec![(root, CellOffset::NIL, 0)];
        while let Some((cell, parent, depth)) = waiting.pop() {
            let Some(data) = self.take(cell, Structure::KeyNode) else { continue };
            let Ok(node) = KeyNode::parse(&data, self.hive.layout()) else {
                self.fault(cell.0, "subkey lists lead to keys");
                continue;
            };
            if node.flags().has(KeyFlags::ROOT) != parent.is_nil() {
                self.fault(cell.0, "the root key, and no other, is marked so");
            }
            if !parent.is_nil() && node.parent() != parent {
                self.fault(cell.0, "keys know the key above them");
            }
            if depth > MAX_DEPTH {
                self.fault(cell.0, "keys lie no deeper than 512");
                continue;
            }
            if node.security().is_nil() {
                self.fault(cell.0, "every key has a security item");
            } else {
                *self.security.entry(node.security().0).or_default() += 1;
            }
            if node.class_len() > 0 {
                let class = self.take(node.class(), Structure::ClassName);
                if class.is_some_and(|class| class.len() < usize::from(node.class_len())) {
                    self.fault(node.class().0, "class names are whole");
                }
            } else if !node.class().is_nil() {
                self.fault(cell.0, "no class name, no cell for it");
            }
            self.subkeys(cell, node, &mut |child| waiting.push((child, cell, depth + 1)));
            if !node.flags().has(KeyFlags::PREDEFINED_HANDLE) {
                self.values(cell, node);
            }
        }
    }

    fn subkeys(&mut self, cell: CellOffset, node: KeyNode<'_>, found: &mut impl FnMut(CellOffset)) {
        if (node.subkey_count() == 0) != node.subkey_list().is_nil() {
            return self.fault(cell.0, "a key without subkeys has no list of them");
        }
        if node.subkey_count() == 0 {
            return;
        }
        let mut leaves = vec![node.subkey_list()];
        let mut elements = Vec::new();
        let mut top = true;
        while let Some(leaf) = leaves.pop() {
            let Some(data) = self.take(leaf, Structure::SubkeyList) else { continue };
            let Some(list) = SubkeyList::parse(&data).ok().filter(|list| !list.is_cut() && !list.is_empty())
            else {
                self.fault(leaf.0, "subkey lists are whole and not empty");
                continue;
            };
            if list.kind() == ListKind::IndexRoot {
                if !top {
                    self.fault(leaf.0, "an index root leads to leaves");
                    continue;
                }
                leaves.extend(list.iter().map(|element| element.offset));
                leaves.reverse();
            } else {
                elements.extend(list.iter().map(|element| (list.kind(), element)));
            }
            top = false;
        }
        if elements.len() != node.subkey_count() as usize {
            self.fault(cell.0, "keys count their subkeys");
        }
        let mut longest = Longest::default();
        let mut before: Option<Vec<u16>> = None;
        for (kind, element) in elements {
            let hive = self.hive;
            let Ok(child) = hive.key_at(element.offset) else {
                self.fault(element.offset.0, "subkey lists lead to keys");
                continue;
            };
            let name: Vec<u16> = child.name().units().collect();
            let hint = match kind {
                ListKind::HashLeaf => name_hash(name.iter().copied()),
                ListKind::FastLeaf => u32::from_le_bytes(name_hint(child.name())),
                ListKind::IndexLeaf | ListKind::IndexRoot => element.hint,
            };
            if element.hint != hint {
                self.fault(element.offset.0, "names have the right hash");
            }
            if before.is_some_and(|before| by_name(&before, &name).is_ge()) {
                self.fault(element.offset.0, "subkeys are in order");
            }
            longest.name = longest.name.max(2 * name.len());
            longest.class = longest.class.max(child.node().class_len().into());
            before = Some(name);
            found(element.offset);
        }
        if usize::from(node.max_subkey_name()) < longest.name {
            self.fault(cell.0, "no subkey's name is longer than its key says");
        }
        if (node.max_subkey_class() as usize) < longest.class {
            self.fault(cell.0, "no subkey's class is longer than its key says");
        }
    }

    fn values(&mut self, cell: CellOffset, node: KeyNode<'_>) {
        let count = node.value_count() as usize;
        if count == 0 {
            return;
        }
        let Some(list) = self.take(node.value_list(), Structure::ValueList) else { return };
        if list.len() / 4 < count {
            self.fault(node.value_list().0, "value lists are whole");
        }
        let mut longest = Longest::default();
        let mut names = HashSet::new();
        for offset in u32s(&list).take(count).map(CellOffset) {
            let Some(data) = self.take(offset, Structure::KeyValue) else { continue };
            let Ok(value) = KeyValue::parse(&data, self.hive.layout()) else {
                self.fault(offset.0, "value lists lead to values");
                continue;
            };
            if !names.insert(value.name().units().map(upcase).collect::<Vec<_>>()) {
                self.fault(offset.0, "no two values of a key have one name");
            }
            longest.name = longest.name.max(2 * value.name().len());
            longest.data = longest.data.max(value.data_len() as usize);
            self.data(offset, value);
        }
        if (node.max_value_name() as usize) < longest.name {
            self.fault(cell.0, "no value's name is longer than its key says");
        }
        if (node.max_value_data() as usize) < longest.data {
            self.fault(cell.0, "no value's data is longer than its key says");
        }
    }

    fn data(&mut self, cell: CellOffset, value: KeyValue<'_>) {
        let len = value.data_len();
        if value.is_resident() {
            if len > KeyValue::MAX_RESIDENT {
                self.fault(cell.0, "no more than four bytes lie in a record");
            }
            return;
        }
        if len == 0 {
            if !value.data_offset().is_nil() {
                self.fault(cell.0, "data of no length has no cell");
            }
            return;
        }
        if len <= KeyValue::MAX_RESIDENT {
            self.fault(cell.0, "four bytes and fewer lie in their record");
        }
        let at = value.data_offset();
        let Some(data) = self.take(at, Structure::ValueData) else { return };
        if len <= SEGMENT_LEN || !self.hive.layout().big_data {
            if data.len() < len as usize {
                self.fault(at.0, "data is whole");
            }
            return;
        }
        let Ok(head) = BigData::parse(&data) else {
            return self.fault(at.0, "long data is cut into segments");
        };
        if u32::from(head.segments) != BigData::segments_for(len) {
            self.fault(at.0, "segments are as many as the length calls for");
        }
        let Some(list) = self.take(head.list, Structure::BigData) else { return };
        let mut left = len;
        for segment in u32s(&list).take(head.segments.into()) {
            let segment = CellOffset(segment);
            if self
                .take(segment, Structure::BigData)
                .is_some_and(|data| data.len() < left.min(SEGMENT_LEN) as usize)
            {
                self.fault(segment.0, "segments are whole");
            }
            left = left.saturating_sub(SEGMENT_LEN);
        }
        if left > 0 {
            self.fault(at.0, "data is whole");
        }
    }

    fn ring(&mut self) {
        let counted = std::mem::take(&mut self.security);
        for (&cell, &keys) in &counted {
            let cell = CellOffset(cell);
            let Some(data) = self.take(cell, Structure::KeySecurity) else { continue };
            let Ok(item) = KeySecurity::parse(&data) else {
                self.fault(cell.0, "keys lead to security items");
                continue;
            };
            if item.references() != keys {
                self.fault(cell.0, "security items count the keys that use them");
            }
            let hive = self.hive;
            let neighbor = |at: CellOffset| {
                let data = hive.cell(at, Structure::KeySecurity).ok()?;
                KeySecurity::parse(data).ok().filter(|_| counted.contains_key(&at.0))
            };
            if neighbor(item.next()).is_none_or(|next| next.previous() != cell)
                || neighbor(item.previous()).is_none_or(|previous| previous.next() != cell)
            {
                self.fault(cell.0, "security items form a ring");
            }
        }
    }

    fn leaks(&mut self) {
        let mut leaked: Vec<u32> = self
            .cells
            .iter()
            .filter(|&(cell, &size)| size < 0 && !self.used.contains(cell))
            .map(|(&cell, _)| cell)
            .collect();
        leaked.sort_unstable();
        for cell in leaked {
            self.fault(cell, "cells that nothing leads to are free");
        }
    }
}
