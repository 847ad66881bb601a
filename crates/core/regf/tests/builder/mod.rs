//! Tiny hives for tests, built cell by cell. They are minimal: no security ring, one bin, no limits.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used)] // Each test file uses a part of it.

use nt::FileTime;
use regf::disk::{BASE_BLOCK_LEN, BaseBlock, SECTOR, base_block_at};
use regf::hash::{name_hash, name_hint};
use regf::{CellOffset, Name};

/// A key to be built.
#[derive(Clone, Default)]
pub struct KeySpec {
    pub name: String,
    pub time: u64,
    pub class: Option<String>,
    pub values: Vec<ValueSpec>,
    pub subkeys: Vec<KeySpec>,
}

/// A value to be built.
#[derive(Clone)]
pub struct ValueSpec {
    pub name: String,
    pub kind: u32,
    pub data: Vec<u8>,
}

pub fn key(name: &str) -> KeySpec {
    KeySpec { name: name.to_owned(), time: 131_474_268_000_000_000, ..KeySpec::default() }
}

impl KeySpec {
    pub fn value(mut self, name: &str, kind: u32, data: &[u8]) -> Self {
        self.values.push(ValueSpec { name: name.to_owned(), kind, data: data.to_vec() });
        self
    }

    pub fn subkey(mut self, subkey: KeySpec) -> Self {
        self.subkeys.push(subkey);
        self
    }

    pub fn class(mut self, class: &str) -> Self {
        self.class = Some(class.to_owned());
        self
    }
}

/// How a hive is built.
#[derive(Clone, Copy)]
pub struct Options {
    pub minor: u32,
    /// The maximum number of elements in a leaf; longer lists have several leaves and an index root.
    pub leaf_len: usize,
    pub sequence: (u32, u32),
}

impl Default for Options {
    fn default() -> Self {
        Self { minor: 5, leaf_len: 500, sequence: (1, 1) }
    }
}

const NIL: u32 = u32::MAX;

struct Bins {
    bytes: Vec<u8>,
    options: Options,
}

impl Bins {
    fn header(&self) -> usize {
        if self.options.minor <= 1 { 8 } else { 4 }
    }

    /// Adds an allocated cell and returns its offset.
    fn cell(&mut self, data: &[u8]) -> u32 {
        let offset = self.bytes.len();
        let align = if self.options.minor <= 1 { 16 } else { 8 };
        let len = (self.header() + data.len()).next_multiple_of(align);
        self.bytes.extend_from_slice(&(-i32::try_from(len).unwrap()).to_le_bytes());
        self.bytes.resize(offset + self.header(), 0xFF);
        self.bytes.extend_from_slice(data);
        self.bytes.resize(offset + len, 0);
        u32::try_from(offset).unwrap()
    }

    fn patch(&mut self, cell: u32, at: usize, value: u32) {
        let at = cell as usize + self.header() + at;
        self.bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
    }

    fn name(&self, name: &str) -> (Vec<u8>, bool) {
        let units: Vec<u16> = name.encode_utf16().collect();
        if self.options.minor > 1 && units.iter().all(|&unit| unit < 0x100) {
            (units.iter().map(|&unit| u8::try_from(unit).unwrap()).collect(), true)
        } else {
            (units.iter().flat_map(|unit| unit.to_le_bytes()).collect(), false)
        }
    }

    fn offsets(&mut self, offsets: &[u32]) -> u32 {
        let bytes: Vec<u8> = offsets.iter().flat_map(|offset| offset.to_le_bytes()).collect();
        self.cell(&bytes)
    }

    fn value(&mut self, spec: &ValueSpec) -> u32 {
        let len = u32::try_from(spec.data.len()).unwrap();
        let (size, offset) = if len <= 4 {
            let mut resident = [0; 4];
            resident[..spec.data.len()].copy_from_slice(&spec.data);
            (len | 1 << 31, u32::from_le_bytes(resident))
        } else if len > 16_344 && self.options.minor > 3 {
            let segments: Vec<u32> = spec.data.chunks(16_344).map(|chunk| self.cell(chunk)).collect();
            let list = self.offsets(&segments);
            let mut record = b"db".to_vec();
            record.extend_from_slice(&u16::try_from(segments.len()).unwrap().to_le_bytes());
            record.extend_from_slice(&list.to_le_bytes());
            (len, self.cell(&record))
        } else {
            (len, self.cell(&spec.data))
        };
        let (name, narrow) = self.name(&spec.name);
        let mut record = b"vk".to_vec();
        record.extend_from_slice(&u16::try_from(name.len()).unwrap().to_le_bytes());
        for field in [size, offset, spec.kind, u32::from(narrow)] {
            record.extend_from_slice(&field.to_le_bytes());
        }
        record.extend_from_slice(&name);
        self.cell(&record)
    }

    fn leaf(&mut self, elements: &[(u32, String)]) -> u32 {
        let mut data = match self.options.minor {
            0..=2 => *b"li",
            3 | 4 => *b"lf",
            _ => *b"lh",
        }
        .to_vec();
        data.extend_from_slice(&u16::try_from(elements.len()).unwrap().to_le_bytes());
        for (offset, name) in elements {
            data.extend_from_slice(&offset.to_le_bytes());
            let wide: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
            match self.options.minor {
                0..=2 => {}
                3 | 4 => data.extend_from_slice(&name_hint(Name::utf16(&wide))),
                _ => data.extend_from_slice(&name_hash(name.encode_utf16()).to_le_bytes()),
            }
        }
        self.cell(&data)
    }

    /// Adds the only security item, with a minimal self-relative descriptor: revision 1, otherwise empty.
    fn security(&mut self) -> u32 {
        let descriptor = b"\x01\0\0\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
        let mut item = b"sk\0\0".to_vec();
        for field in [0_u32, 0, 1, 20] {
            item.extend_from_slice(&field.to_le_bytes());
        }
        item.extend_from_slice(descriptor);
        let this = self.cell(&item);
        self.patch(this, 4, this);
        self.patch(this, 8, this);
        this
    }

    /// Adds a key with its subtree. The root comes first and the security item after it, as in hives of
    /// Windows.
    fn key(&mut self, spec: &KeySpec, parent: u32, security: Option<u32>) -> u32 {
        let (name, narrow) = self.name(&spec.name);
        let mut flags = if narrow { 0x20_u16 } else { 0 };
        if security.is_none() {
            flags |= 0x0C;
        }
        let mut node = b"nk".to_vec();
        node.extend_from_slice(&flags.to_le_bytes());
        node.extend_from_slice(&spec.time.to_le_bytes());
        for field in [0, parent, u32::try_from(spec.subkeys.len()).unwrap(), 0, NIL, NIL] {
            node.extend_from_slice(&field.to_le_bytes());
        }
        for field in [u32::try_from(spec.values.len()).unwrap(), NIL, NIL, NIL] {
            node.extend_from_slice(&field.to_le_bytes());
        }
        let class: Vec<u8> =
            spec.class.iter().flat_map(|c| c.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        for field in [510_u32, 0, 32_766, 1 << 20, 0] {
            node.extend_from_slice(&field.to_le_bytes());
        }
        node.extend_from_slice(&u16::try_from(name.len()).unwrap().to_le_bytes());
        node.extend_from_slice(&u16::try_from(class.len()).unwrap().to_le_bytes());
        node.extend_from_slice(&name);
        let this = self.cell(&node);
        let security = security.unwrap_or_else(|| self.security());
        self.patch(this, 44, security);
        if !class.is_empty() {
            let cell = self.cell(&class);
            self.patch(this, 48, cell);
        }
        if !spec.values.is_empty() {
            let values: Vec<u32> = spec.values.iter().map(|value| self.value(value)).collect();
            let list = self.offsets(&values);
            self.patch(this, 40, list);
        }
        if !spec.subkeys.is_empty() {
            let mut subkeys: Vec<(u32, String)> = spec
                .subkeys
                .iter()
                .map(|subkey| (self.key(subkey, this, Some(security)), subkey.name.clone()))
                .collect();
            subkeys.sort_by_key(|(_, name)| name.encode_utf16().map(nt::upcase).collect::<Vec<_>>());
            let leaves: Vec<u32> =
                subkeys.chunks(self.options.leaf_len).map(|chunk| self.leaf(chunk)).collect();
            let list = if let [leaf] = leaves[..] {
                leaf
            } else {
                let mut data = b"ri".to_vec();
                data.extend_from_slice(&u16::try_from(leaves.len()).unwrap().to_le_bytes());
                data.extend(leaves.iter().flat_map(|leaf| leaf.to_le_bytes()));
                self.cell(&data)
            };
            self.patch(this, 28, list);
        }
        this
    }
}

/// Returns the bytes of a hive with this root key.
pub fn build(root: &KeySpec, options: Options) -> Vec<u8> {
    let mut bins = Bins { bytes: vec![0; 32], options };
    let first_key = bins.key(root, NIL, None);
    let used = bins.bytes.len();
    let size = (used + 16).next_multiple_of(4096);
    bins.bytes.extend_from_slice(&u32::try_from(size - used).unwrap().to_le_bytes());
    bins.bytes.resize(size, 0);
    let size = u32::try_from(size).unwrap();
    bins.bytes[..4].copy_from_slice(b"hbin");
    bins.bytes[8..12].copy_from_slice(&size.to_le_bytes());
    bins.bytes[20..28].copy_from_slice(&131_474_268_000_000_000_u64.to_le_bytes());

    let mut bytes = vec![0; BASE_BLOCK_LEN];
    bytes[..4].copy_from_slice(b"regf");
    bytes[base_block_at::LAST_WRITTEN..][..8].copy_from_slice(&131_474_268_000_000_000_u64.to_le_bytes());
    let mut block = BaseBlock::new(&bytes).unwrap();
    for (at, value) in [
        (base_block_at::PRIMARY_SEQUENCE, options.sequence.0),
        (base_block_at::SECONDARY_SEQUENCE, options.sequence.1),
        (base_block_at::MAJOR, 1),
        (base_block_at::MINOR, options.minor),
        (base_block_at::FORMAT, 1),
        (base_block_at::ROOT, first_key),
        (base_block_at::BINS_SIZE, size),
        (base_block_at::CLUSTERING, 1),
    ] {
        block.set_u32(at, value);
    }
    block.update_checksum();
    bytes[..SECTOR].copy_from_slice(block.sector());
    bytes.extend_from_slice(&bins.bytes);
    bytes
}

/// A tree with every kind of structure.
pub fn sample() -> KeySpec {
    let mut many = key("Many");
    for i in 0..40 {
        many = many.subkey(key(&format!("Key{i:02}")).value("n", 4, &[i, 0, 0, 0]));
    }
    key("ROOT")
        .value("", 1, b"d\0e\0f\0\0\0")
        .value("Count", 4, &[7, 0, 0, 0])
        .value("Empty", 3, &[])
        .value("Odd", 0xFFFF_0012, b"12345")
        .subkey(
            key("Software")
                .class("class")
                .value("Big", 3, &(0..40_000_u32).map(|i| i.to_le_bytes()[0]).collect::<Vec<_>>())
                .value("Größe", 3, &[1; 16_344])
                .subkey(key("Ключ").value("имя", 1, b"x\0\0\0"))
                .subkey(key("ÄÖ").subkey(key("deep").subkey(key("deeper")))),
        )
        .subkey(many)
}

pub fn time() -> FileTime {
    FileTime(131_474_268_000_000_000)
}

/// The file offset of a cell's data in a hive of a current version.
pub fn data_at(offset: CellOffset) -> usize {
    usize::try_from(offset.file_offset()).unwrap() + 4
}

/// A page of a log: its offset in the hive bins data, and its bytes.
pub type Page = (u32, Vec<u8>);

/// The copy of a hive's base block in a log.
pub fn log_header(hive: &[u8], file_type: u32, sequence: u32) -> BaseBlock {
    let mut block = BaseBlock::new(hive).unwrap();
    block.set_u32(base_block_at::FILE_TYPE, file_type);
    block.set_u32(base_block_at::PRIMARY_SEQUENCE, sequence);
    block.set_u32(base_block_at::SECONDARY_SEQUENCE, sequence);
    block.update_checksum();
    block
}

/// A log of the new format: entries with consecutive numbers from `first` on.
pub fn new_log(hive: &[u8], first: u32, bins_size: u32, entries: &[Vec<Page>]) -> Vec<u8> {
    let mut log = log_header(hive, 6, first).sector().to_vec();
    for (sequence, pages) in (first..).zip(entries) {
        let mut body = Vec::new();
        for (offset, bytes) in pages {
            body.extend_from_slice(&offset.to_le_bytes());
            body.extend_from_slice(&u32::try_from(bytes.len()).unwrap().to_le_bytes());
        }
        for (_, bytes) in pages {
            body.extend_from_slice(bytes);
        }
        body.resize((40 + body.len()).next_multiple_of(512) - 40, 0);
        let mut head = b"HvLE".to_vec();
        let size = u32::try_from(40 + body.len()).unwrap();
        for field in [size, 0, sequence, bins_size, u32::try_from(pages.len()).unwrap()] {
            head.extend_from_slice(&field.to_le_bytes());
        }
        head.extend_from_slice(&regf::hash::marvin32(&body).to_le_bytes());
        let hash_2 = regf::hash::marvin32(&head);
        head.extend_from_slice(&hash_2.to_le_bytes());
        log.extend_from_slice(&head);
        log.extend_from_slice(&body);
    }
    log
}

/// A log of the old format with these pages of 512 bytes, in order of their offsets.
pub fn old_log(hive: &[u8], sequence: u32, pages: &[Page]) -> Vec<u8> {
    let header = log_header(hive, 1, sequence);
    let mut bitmap = vec![0; header.bins_size() as usize / 512 / 8];
    for (offset, _) in pages {
        let bit = *offset as usize / 512;
        bitmap[bit / 8] |= 1 << (bit % 8);
    }
    let mut log = header.sector().to_vec();
    log.extend_from_slice(b"DIRT");
    log.extend_from_slice(&bitmap);
    log.resize(log.len().next_multiple_of(512), 0);
    for (_, bytes) in pages {
        log.extend_from_slice(bytes);
    }
    log
}

/// The pages of `len` bytes in which two hives of the same size differ.
pub fn difference(old: &[u8], new: &[u8], len: usize) -> Vec<Page> {
    let pages = old[BASE_BLOCK_LEN..].chunks(len).zip(new[BASE_BLOCK_LEN..].chunks(len));
    (0_u32..)
        .zip(pages)
        .filter(|(_, (old, new))| old != new)
        .map(|(index, (_, new))| (index * u32::try_from(len).unwrap(), new.to_vec()))
        .collect()
}
