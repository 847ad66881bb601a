//! Logs of the new format: entries with hashes (`HvLE`).

use crate::bytes::{u32_at, u64_at};
use crate::disk::{BIN_ALIGNMENT, BaseBlock, SECTOR};
use crate::error::{Error, Problem, Result, Structure};
use crate::hash::marvin32;

/// Field positions in a log entry.
pub mod entry_at {
    /// `HvLE`.
    pub const SIGNATURE: usize = 0;
    /// Size of the entry in bytes (`u32`), a multiple of 512.
    pub const SIZE: usize = 4;
    /// Bit 0 of the base block's flags (`u32`).
    pub const FLAGS: usize = 8;
    /// Sequence number (`u32`).
    pub const SEQUENCE: usize = 12;
    /// Size of the hive bins data (`u32`).
    pub const BINS_SIZE: usize = 16;
    /// Number of pages (`u32`).
    pub const PAGE_COUNT: usize = 20;
    /// Marvin32 from the page references to the end of the entry (`u64`).
    pub const HASH_1: usize = 24;
    /// Marvin32 of the 32 bytes before this field (`u64`).
    pub const HASH_2: usize = 32;
    /// Page references: offset and size of each page (`u32`, `u32`); the pages follow without gaps.
    pub const PAGES: usize = 40;
}

const HEAD: usize = entry_at::PAGES;

/// The maximum size of a hive: the highest bit of an offset means volatile storage.
const MAX_BINS_SIZE: u32 = 0x7FFF_F000;

/// A log of the new format.
#[derive(Clone, Debug)]
pub struct NewLog<'a> {
    header: BaseBlock,
    bytes: &'a [u8],
}

impl<'a> NewLog<'a> {
    pub(crate) fn new(header: BaseBlock, bytes: &'a [u8]) -> Self {
        Self { header, bytes }
    }

    /// The copy of the base block, as it was when the first entry was written.
    #[must_use]
    pub fn header(&self) -> &BaseBlock {
        &self.header
    }

    /// The entries in file order, as long as they are contiguous and their hashes are correct.
    ///
    /// Sequence numbers are not checked: older entries may follow the newest one.
    #[must_use]
    pub fn entries(&self) -> Entries<'a> {
        Entries { bytes: self.bytes, offset: SECTOR }
    }
}

/// An entry of a log, with new contents of pages.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    offset: u64,
    head: &'a [u8; HEAD],
    references: &'a [[u8; 8]],
    pages: &'a [u8],
}

/// A page in an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageRef<'a> {
    /// Its offset from the beginning of the hive bins data.
    pub offset: u32,
    /// Its contents.
    pub bytes: &'a [u8],
}

impl<'a> Entry<'a> {
    /// The signature of an entry.
    pub const SIGNATURE: [u8; 4] = *b"HvLE";

    /// Reads and verifies the entry at an offset of a log.
    ///
    /// # Errors
    ///
    /// If it is truncated, a field is invalid, or a hash is wrong. Recovery stops at such an entry.
    pub fn parse(log: &'a [u8], offset: usize) -> Result<Self> {
        let at = offset as u64;
        let fault = |problem| Error::new(Structure::LogEntry, at, problem);
        let field = |name, value: u32| fault(Problem::Field { name, value: value.into() });
        let rest = log.get(offset..).unwrap_or_default();
        let Some(head) = rest.first_chunk::<HEAD>() else {
            return Err(fault(Problem::TooShort { needed: HEAD as u64, found: rest.len() as u64 }));
        };
        if head[..4] != Self::SIGNATURE {
            let found = [head[0], head[1], head[2], head[3]];
            return Err(fault(Problem::Signature { expected: "HvLE", found }));
        }
        let size = u32_at(head, entry_at::SIZE);
        if size == 0 || !size.is_multiple_of(512) {
            return Err(field("size", size));
        }
        let Some(entry) = rest.get(..size as usize) else {
            return Err(fault(Problem::Beyond { end: at + u64::from(size), limit: log.len() as u64 }));
        };
        for (name, stored, hashed) in [
            ("hash 2", u64_at(head, entry_at::HASH_2), entry.get(..entry_at::HASH_2)),
            ("hash 1", u64_at(head, entry_at::HASH_1), entry.get(HEAD..)),
        ] {
            let Some(hashed) = hashed else { return Err(field(name, size)) };
            let computed = marvin32(hashed);
            if stored != computed {
                return Err(fault(Problem::Checksum { stored, computed }));
            }
        }
        let bins_size = u32_at(head, entry_at::BINS_SIZE);
        if !bins_size.is_multiple_of(BIN_ALIGNMENT) || bins_size > MAX_BINS_SIZE {
            return Err(field("hive bins data size", bins_size));
        }
        let count = u32_at(head, entry_at::PAGE_COUNT);
        let body = entry.get(HEAD..).unwrap_or_default();
        let (references, pages) = usize::try_from(count)
            .ok()
            .and_then(|count| count.checked_mul(8))
            .and_then(|len| body.split_at_checked(len))
            .ok_or_else(|| field("page count", count))?;
        let entry = Self { offset: at, head, references: references.as_chunks().0, pages };
        let mut needed = 0_u64;
        for (offset, len) in entry.ranges() {
            if u64::from(offset) + u64::from(len) > u64::from(bins_size) {
                return Err(field("page offset", offset));
            }
            needed += u64::from(len);
        }
        if needed > pages.len() as u64 {
            return Err(fault(Problem::TooShort { needed, found: pages.len() as u64 }));
        }
        Ok(entry)
    }

    fn ranges(&self) -> impl Iterator<Item = (u32, u32)> + use<'a> {
        self.references.iter().map(|reference| (u32_at(reference, 0), u32_at(reference, 4)))
    }

    /// The offset of the entry in its log.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// The length of the entry in its log.
    #[must_use]
    pub fn len(&self) -> u32 {
        u32_at(self.head, entry_at::SIZE)
    }

    /// Always false: an entry has at least a header.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        false
    }

    /// Bit 0: the kernel transaction manager had pending transactions.
    #[must_use]
    pub fn flags(&self) -> u32 {
        u32_at(self.head, entry_at::FLAGS)
    }

    /// The sequence number of the hive after the entry is applied.
    #[must_use]
    pub fn sequence(&self) -> u32 {
        u32_at(self.head, entry_at::SEQUENCE)
    }

    /// The size of the hive bins data after the entry is applied.
    #[must_use]
    pub fn bins_size(&self) -> u32 {
        u32_at(self.head, entry_at::BINS_SIZE)
    }

    /// The pages that the entry writes.
    pub fn pages(&self) -> impl Iterator<Item = PageRef<'a>> + use<'a> {
        let mut rest = self.pages;
        self.ranges().map_while(move |(offset, len)| {
            let (bytes, later) = rest.split_at_checked(len as usize)?;
            rest = later;
            Some(PageRef { offset, bytes })
        })
    }
}

/// The entries of a log; see [`NewLog::entries`]. Ends with an error at data that is not a valid entry,
/// unless it is the end of the file or does not begin with the signature.
#[derive(Clone, Debug)]
pub struct Entries<'a> {
    bytes: &'a [u8],
    offset: usize,
}

impl<'a> Iterator for Entries<'a> {
    type Item = Result<Entry<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.bytes.get(self.offset..)?;
        if rest.get(..4)? != Entry::SIGNATURE {
            return None;
        }
        let entry = Entry::parse(self.bytes, self.offset);
        self.offset = match &entry {
            Ok(entry) => self.offset.saturating_add(entry.len() as usize),
            Err(_) => usize::MAX,
        };
        Some(entry)
    }
}
