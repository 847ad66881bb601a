//! Building new hives from a tree of keys.
//!
//! For samples, tests, and code that needs a hive with exactly these contents. The result is a clean hive of
//! version 1.5 with hash leaves, shared and reference-counted security descriptors, and big data where
//! Windows would use it. To change an existing hive, use [`edit`](crate::edit).

use std::cmp::Ordering;
use std::collections::HashMap;

use crate::data::{Data, ToUnits};
use crate::hash::name_hash;
use nt::FileTime;
use nt::upcase;

/// A key to be written, with its subtree.
#[derive(Clone, Debug, Default)]
pub struct NewKey {
    /// Its name in UTF-16 units.
    pub name: Vec<u16>,
    /// Its class name in UTF-16 units; empty for none.
    pub class: Vec<u16>,
    /// Last-write time.
    pub last_write: FileTime,
    /// Self-relative security descriptor; if empty, that of the parent key.
    pub security: Vec<u8>,
    /// Its values, in stored order.
    pub values: Vec<NewValue>,
    /// Its subkeys, in any order.
    pub subkeys: Vec<NewKey>,
}

/// A value to be written.
#[derive(Clone, Debug, Default)]
pub struct NewValue {
    /// Its name in UTF-16 units; empty for the default value.
    pub name: Vec<u16>,
    /// Its type number.
    pub kind: u32,
    /// Its bytes.
    pub data: Vec<u8>,
}

impl NewKey {
    /// A key without values and subkeys.
    pub fn new(name: &(impl ToUnits + ?Sized)) -> Self {
        Self { name: name.to_units().into_owned(), ..Self::default() }
    }

    /// Adds a value at the end.
    #[must_use]
    pub fn value(mut self, name: &(impl ToUnits + ?Sized), data: impl Into<Data>) -> Self {
        self.values.push(NewValue::new(name, data));
        self
    }

    /// Adds a subkey.
    #[must_use]
    pub fn subkey(mut self, subkey: Self) -> Self {
        self.subkeys.push(subkey);
        self
    }
}

impl NewValue {
    /// Adds a value from a number, text, list of texts, or bytes; see [`Data`].
    pub fn new(name: &(impl ToUnits + ?Sized), data: impl Into<Data>) -> Self {
        let Data { kind, bytes } = data.into();
        Self { name: name.to_units().into_owned(), kind: kind.0, data: bytes }
    }
}

/// The reason why a tree cannot be stored in a hive.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    /// A key's name is empty, longer than 255 units, or contains a backslash.
    #[error("“{name}” cannot be the name of a key: 1 to 255 characters, no backslash")]
    KeyName {
        /// The name.
        name: String,
    },
    /// Two subkeys of one key, or two values, have the same name.
    #[error("one key contains “{name}” twice")]
    Twice {
        /// The name.
        name: String,
    },
    /// A value's name is longer than 16,383 units.
    #[error("a value name of {length} characters exceeds the maximum of 16,383")]
    ValueName {
        /// Its length in UTF-16 units.
        length: usize,
    },
    /// Keys are more than 512 deep.
    #[error("the tree is more than 512 keys deep")]
    Depth,
    /// The root has no security descriptor that its subkeys could inherit.
    #[error("the root key has no security descriptor")]
    NoSecurity,
    /// More than 2 GiB, or more than 65,535 elements in a list with a 16-bit count.
    #[error("the tree is too large for a hive")]
    TooLarge,
}

const BASE_BLOCK: usize = 4096;
const NIL: u32 = 0xFFFF_FFFF;
/// The maximum size of data in one cell in version 1.4 and later.
pub(crate) const MAX_CELL_DATA: usize = 16_344;
/// The maximum depth of keys below the root. Source: Microsoft, "Registry element size limits".
const MAX_KEY_DEPTH: usize = crate::key::MAX_DEPTH;
/// The maximum number of elements in a leaf that fits into one 4096-byte bin.
const LEAF: usize = 507;

/// Writes the tree as a hive. `file_name` is stored in the base block, where it only serves debugging.
pub fn build(root: &NewKey, file_name: &str) -> Result<Vec<u8>, BuildError> {
    if root.security.is_empty() {
        return Err(BuildError::NoSecurity);
    }
    let mut bins = Bins::default();
    let mut descriptors = Descriptors::default();
    let top = Writer { bins: &mut bins, descriptors: &mut descriptors }.tree(root)?;
    descriptors.link(&mut bins);
    bins.close();
    Ok(base_block(&bins.bytes, top, root.last_write, file_name).into_iter().chain(bins.bytes).collect())
}

fn base_block(bins: &[u8], root: u32, written: FileTime, file_name: &str) -> Vec<u8> {
    let mut block = vec![0; BASE_BLOCK];
    let mut put = |at: usize, bytes: &[u8]| block[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, b"regf");
    put(4, &1u32.to_le_bytes());
    put(8, &1u32.to_le_bytes());
    put(12, &written.0.to_le_bytes());
    put(20, &1u32.to_le_bytes());
    put(24, &5u32.to_le_bytes());
    put(32, &1u32.to_le_bytes());
    put(36, &root.to_le_bytes());
    put(40, &u32::try_from(bins.len()).unwrap_or(u32::MAX).to_le_bytes());
    put(44, &1u32.to_le_bytes());
    let units: Vec<u16> = file_name.encode_utf16().collect();
    let tail = units.get(units.len().saturating_sub(31)..).unwrap_or_default();
    put(48, &tail.iter().flat_map(|unit| unit.to_le_bytes()).collect::<Vec<_>>());
    let (words, _) = block[..508].as_chunks::<4>();
    let sum = words.iter().fold(0, |sum, word| sum ^ u32::from_le_bytes(*word));
    let sum = match sum {
        0 => 1,
        u32::MAX => u32::MAX - 1,
        sum => sum,
    };
    block[508..512].copy_from_slice(&sum.to_le_bytes());
    block
}

/// The bins, filled from the front.
#[derive(Default)]
struct Bins {
    bytes: Vec<u8>,
    /// The start of the free rest of the last bin.
    free: usize,
}

impl Bins {
    /// Allocates a zeroed cell for `size` bytes; returns its offset.
    fn allocate(&mut self, size: usize) -> Result<u32, BuildError> {
        let cell = (size + 4).next_multiple_of(8);
        if self.free + cell > self.bytes.len() {
            self.close();
            let start = self.bytes.len();
            let bin = (cell + 32).next_multiple_of(4096);
            if start + bin > 0x7FFF_0000 {
                return Err(BuildError::TooLarge);
            }
            self.bytes.resize(start + bin, 0);
            let offset = u32::try_from(start).map_err(|_| BuildError::TooLarge)?;
            self.bytes[start..start + 4].copy_from_slice(b"hbin");
            self.put(start + 4, &offset.to_le_bytes());
            self.put(start + 8, &u32::try_from(bin).map_err(|_| BuildError::TooLarge)?.to_le_bytes());
            self.free = start + 32;
        }
        let at = self.free;
        let allocated = -i32::try_from(cell).map_err(|_| BuildError::TooLarge)?;
        self.put(at, &allocated.to_le_bytes());
        self.free += cell;
        u32::try_from(at).map_err(|_| BuildError::TooLarge)
    }

    /// Fills the rest of the last bin with a free cell.
    fn close(&mut self) {
        let rest = self.bytes.len() - self.free;
        if rest > 0 {
            let rest = u32::try_from(rest).unwrap_or_default();
            self.put(self.free, &rest.to_le_bytes());
        }
        self.free = self.bytes.len();
    }

    /// Allocates a cell with these bytes; returns its offset.
    fn cell(&mut self, bytes: &[u8]) -> Result<u32, BuildError> {
        let offset = self.allocate(bytes.len())?;
        self.put(offset as usize + 4, bytes);
        Ok(offset)
    }

    fn put(&mut self, at: usize, bytes: &[u8]) {
        self.bytes[at..at + bytes.len()].copy_from_slice(bytes);
    }
}

/// The security cells, one for each distinct descriptor, linked in a ring.
#[derive(Default)]
struct Descriptors {
    cells: Vec<(u32, u32)>,
    known: HashMap<Vec<u8>, usize>,
}

impl Descriptors {
    /// Returns the cell of this descriptor and increments its reference count.
    fn reference(&mut self, bins: &mut Bins, descriptor: &[u8]) -> Result<u32, BuildError> {
        if let Some(&index) = self.known.get(descriptor) {
            let (offset, count) = &mut self.cells[index];
            *count += 1;
            return Ok(*offset);
        }
        let mut bytes = b"sk\0\0".to_vec();
        bytes.extend([0; 12]);
        bytes.extend(u32::try_from(descriptor.len()).map_err(|_| BuildError::TooLarge)?.to_le_bytes());
        bytes.extend(descriptor);
        let offset = bins.cell(&bytes)?;
        self.known.insert(descriptor.to_vec(), self.cells.len());
        self.cells.push((offset, 1));
        Ok(offset)
    }

    fn link(&self, bins: &mut Bins) {
        let count = self.cells.len();
        for (index, &(offset, references)) in self.cells.iter().enumerate() {
            let (next, _) = self.cells[(index + 1) % count];
            let (previous, _) = self.cells[(index + count - 1) % count];
            let at = offset as usize + 4;
            bins.put(at + 4, &next.to_le_bytes());
            bins.put(at + 8, &previous.to_le_bytes());
            bins.put(at + 12, &references.to_le_bytes());
        }
    }
}

struct Writer<'a> {
    bins: &'a mut Bins,
    descriptors: &'a mut Descriptors,
}

/// A key whose subkeys are being written.
struct Open<'k> {
    key: &'k NewKey,
    /// The cell reserved for its record.
    offset: u32,
    parent: u32,
    security: &'k [u8],
    /// The cells of its parts.
    sk: u32,
    values: u32,
    class: u32,
    /// Its subkeys, in reverse order.
    waiting: Vec<&'k NewKey>,
    /// Offsets and hashes of the subkeys that are written.
    elements: Vec<(u32, u32)>,
}

impl Writer<'_> {
    /// Writes the tree and returns the cell of the root. It is iterative, because recursion to a depth of 512
    /// could overflow a small stack.
    fn tree(&mut self, root: &NewKey) -> Result<u32, BuildError> {
        let mut open = vec![self.open(root, NIL, &root.security)?];
        loop {
            let Some(top) = open.last_mut() else { return Ok(NIL) };
            if let Some(sub) = top.waiting.pop() {
                let (offset, security) = (top.offset, top.security);
                if open.len() > MAX_KEY_DEPTH {
                    return Err(BuildError::Depth);
                }
                open.push(self.open(sub, offset, security)?);
                continue;
            }
            self.close(top)?;
            let (offset, hash) = (top.offset, name_hash(top.key.name.iter().copied()));
            open.pop();
            match open.last_mut() {
                Some(above) => above.elements.push((offset, hash)),
                None => return Ok(offset),
            }
        }
    }

    /// Writes the parts of a key that precede its subkeys.
    fn open<'k>(
        &mut self,
        key: &'k NewKey,
        parent: u32,
        inherited: &'k [u8],
    ) -> Result<Open<'k>, BuildError> {
        if key.name.is_empty() || key.name.len() > 255 || key.name.contains(&u16::from(b'\\')) {
            return Err(BuildError::KeyName { name: String::from_utf16_lossy(&key.name) });
        }
        let security = if key.security.is_empty() { inherited } else { &key.security };
        let offset = self.bins.allocate(76 + stored(&key.name).0.len())?;
        let sk = self.descriptors.reference(self.bins, security)?;
        let values = self.values(&key.values)?;
        let class: Vec<u8> = key.class.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        let class = if class.is_empty() { NIL } else { self.bins.cell(&class)? };
        let mut waiting: Vec<_> = key.subkeys.iter().collect();
        waiting.sort_by(|a, b| by_name(&a.name, &b.name));
        refuse_twins(waiting.iter().map(|sub| sub.name.as_slice()))?;
        waiting.reverse();
        Ok(Open { key, offset, parent, security, sk, values, class, waiting, elements: Vec::new() })
    }

    /// Writes the subkey list and the record of a key.
    fn close(&mut self, open: &Open<'_>) -> Result<(), BuildError> {
        let key = open.key;
        let subkeys = self.subkeys(&open.elements)?;
        let (name, compressed) = stored(&key.name);
        let mut record = vec![0; 76];
        let mut put = |at: usize, bytes: &[u8]| record[at..at + bytes.len()].copy_from_slice(bytes);
        let root_flags: u16 = if open.parent == NIL { 0x0C } else { 0 };
        let flags = root_flags | if compressed { 0x20 } else { 0 };
        put(0, b"nk");
        put(2, &flags.to_le_bytes());
        put(4, &key.last_write.0.to_le_bytes());
        put(16, &open.parent.to_le_bytes());
        put(20, &count(key.subkeys.len())?);
        put(28, &subkeys.to_le_bytes());
        put(32, &NIL.to_le_bytes());
        put(36, &count(key.values.len())?);
        put(40, &open.values.to_le_bytes());
        put(44, &open.sk.to_le_bytes());
        put(48, &open.class.to_le_bytes());
        // Lengths are in bytes of UTF-16, regardless of how the names are stored.
        put(52, &count(key.subkeys.iter().map(|sub| sub.name.len() * 2).max().unwrap_or(0))?);
        put(56, &count(key.subkeys.iter().map(|sub| sub.class.len() * 2).max().unwrap_or(0))?);
        put(60, &count(key.values.iter().map(|value| value.name.len() * 2).max().unwrap_or(0))?);
        put(64, &count(key.values.iter().map(|value| value.data.len()).max().unwrap_or(0))?);
        put(72, &short(name.len())?);
        put(74, &short(key.class.len() * 2)?);
        record.extend(name);
        self.bins.put(open.offset as usize + 4, &record);
        Ok(())
    }

    /// Writes the list of these subkeys in the given order: one leaf, or an index root with several.
    fn subkeys(&mut self, elements: &[(u32, u32)]) -> Result<u32, BuildError> {
        let mut leaves = Vec::new();
        for part in elements.chunks(LEAF) {
            let mut leaf = b"lh".to_vec();
            leaf.extend(short(part.len())?);
            leaf.extend(part.iter().flat_map(|(at, hash)| [at.to_le_bytes(), hash.to_le_bytes()].concat()));
            leaves.push(self.bins.cell(&leaf)?);
        }
        match leaves.as_slice() {
            [] => return Ok(NIL),
            [only] => return Ok(*only),
            _ => {}
        }
        let mut index = b"ri".to_vec();
        index.extend(short(leaves.len())?);
        index.extend(leaves.iter().flat_map(|leaf| leaf.to_le_bytes()));
        self.bins.cell(&index)
    }

    fn values(&mut self, values: &[NewValue]) -> Result<u32, BuildError> {
        if values.is_empty() {
            return Ok(NIL);
        }
        let mut names: Vec<_> = values.iter().map(|value| value.name.as_slice()).collect();
        names.sort_by(|a, b| by_name(a, b));
        refuse_twins(names.into_iter())?;
        let mut list = Vec::with_capacity(values.len() * 4);
        for value in values {
            list.extend(self.value(value)?.to_le_bytes());
        }
        self.bins.cell(&list)
    }

    fn value(&mut self, value: &NewValue) -> Result<u32, BuildError> {
        if value.name.len() > 16_383 {
            return Err(BuildError::ValueName { length: value.name.len() });
        }
        let (name, compressed) = stored(&value.name);
        let length = u32::try_from(value.data.len()).map_err(|_| BuildError::TooLarge)?;
        // Data of up to four bytes is stored in the offset field.
        let (size, data) = if value.data.len() <= 4 {
            let mut field = [0; 4];
            field[..value.data.len()].copy_from_slice(&value.data);
            (length | 0x8000_0000, field)
        } else {
            (length, self.data(&value.data)?.to_le_bytes())
        };
        let mut record = b"vk".to_vec();
        record.extend(short(name.len())?);
        record.extend(size.to_le_bytes());
        record.extend(data);
        record.extend(value.kind.to_le_bytes());
        record.extend(u16::from(compressed).to_le_bytes());
        record.extend([0; 2]);
        record.extend(name);
        self.bins.cell(&record)
    }

    fn data(&mut self, data: &[u8]) -> Result<u32, BuildError> {
        if data.len() <= MAX_CELL_DATA {
            return self.bins.cell(data);
        }
        let mut list = Vec::new();
        let segments = data.chunks(MAX_CELL_DATA);
        let number = short(segments.len())?;
        for segment in segments {
            // The last segment is as long as the others; see [`BigData`](crate::disk::BigData).
            let mut bytes = segment.to_vec();
            bytes.resize(MAX_CELL_DATA, 0);
            list.extend(self.bins.cell(&bytes)?.to_le_bytes());
        }
        let list = self.bins.cell(&list)?;
        let mut record = b"db".to_vec();
        record.extend(number);
        record.extend(list.to_le_bytes());
        self.bins.cell(&record)
    }
}

/// The stored name, and whether it has one byte for each unit.
pub(crate) fn stored(name: &[u16]) -> (Vec<u8>, bool) {
    let narrow: Option<Vec<u8>> = name.iter().map(|&unit| u8::try_from(unit).ok()).collect();
    match narrow {
        // Hives written by Windows do not set the flag for the empty name of the default value.
        Some(bytes) => (bytes, !name.is_empty()),
        None => (name.iter().flat_map(|unit| unit.to_le_bytes()).collect(), false),
    }
}

/// Compares names in the order of subkeys: by upper-cased units.
pub(crate) fn by_name(a: &[u16], b: &[u16]) -> Ordering {
    a.iter().map(|&unit| upcase(unit)).cmp(b.iter().map(|&unit| upcase(unit)))
}

fn refuse_twins<'a>(mut sorted: impl Iterator<Item = &'a [u16]>) -> Result<(), BuildError> {
    let Some(mut last) = sorted.next() else { return Ok(()) };
    for name in sorted {
        if by_name(last, name) == Ordering::Equal {
            return Err(BuildError::Twice { name: String::from_utf16_lossy(name) });
        }
        last = name;
    }
    Ok(())
}

fn count(number: usize) -> Result<[u8; 4], BuildError> {
    u32::try_from(number).map(u32::to_le_bytes).map_err(|_| BuildError::TooLarge)
}

fn short(number: usize) -> Result<[u8; 2], BuildError> {
    u16::try_from(number).map(u16::to_le_bytes).map_err(|_| BuildError::TooLarge)
}
