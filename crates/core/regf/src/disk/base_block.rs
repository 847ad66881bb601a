//! The base block.

use crate::bytes::{u32_at, u64_at};
use crate::disk::CellOffset;
use crate::name::Name;
use nt::FileTime;

/// The length of the base block; hive bins data begins after it.
pub const BASE_BLOCK_LEN: usize = 4096;

/// The size of the part with fields, of which logs contain a copy.
pub const SECTOR: usize = 512;

/// Field positions in the base block.
pub mod base_block_at {
    /// `regf`.
    pub const SIGNATURE: usize = 0;
    /// Primary sequence number (`u32`): raised before the file is written.
    pub const PRIMARY_SEQUENCE: usize = 4;
    /// Secondary sequence number (`u32`): raised after the file was written.
    pub const SECONDARY_SEQUENCE: usize = 8;
    /// FILETIME of the last write; not kept up to date from Windows 8.1 on.
    pub const LAST_WRITTEN: usize = 12;
    /// Major version (`u32`), 1.
    pub const MAJOR: usize = 20;
    /// Minor version (`u32`).
    pub const MINOR: usize = 24;
    /// File type (`u32`).
    pub const FILE_TYPE: usize = 28;
    /// File format (`u32`), 1.
    pub const FORMAT: usize = 32;
    /// Offset of the root key's cell (`u32`).
    pub const ROOT: usize = 36;
    /// Size of the hive bins data (`u32`).
    pub const BINS_SIZE: usize = 40;
    /// Sector size divided by 512 (`u32`), 1.
    pub const CLUSTERING: usize = 44;
    /// The end of the file's path: 32 UTF-16 units.
    pub const FILE_NAME: usize = 48;
    /// GUID of the resource manager.
    pub const RM_ID: usize = 112;
    /// GUID of the log.
    pub const LOG_ID: usize = 128;
    /// Flags (`u32`).
    pub const FLAGS: usize = 144;
    /// GUID of the transaction manager.
    pub const TM_ID: usize = 148;
    /// `rmtm`.
    pub const GUID_SIGNATURE: usize = 164;
    /// FILETIME of the last reorganization; its two lowest bits are the kind.
    pub const LAST_REORGANIZED: usize = 168;
    /// Checksum (`u32`) over the 508 bytes before it.
    pub const CHECKSUM: usize = 508;
}

/// The checksum of a base block: the XOR of its first 127 words. The results 0 and 0xFFFFFFFF are replaced by
/// 1 and 0xFFFFFFFE.
#[must_use]
pub fn checksum(sector: &[u8; SECTOR]) -> u32 {
    let (words, _) = sector.as_chunks::<4>();
    let sum = words.iter().take(127).fold(0, |sum, word| sum ^ u32::from_le_bytes(*word));
    match sum {
        0 => 1,
        u32::MAX => u32::MAX - 1,
        sum => sum,
    }
}

/// The kind of file that begins with this base block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileType {
    /// A hive.
    Primary,
    /// A transaction log of the old format (types 1 and 2).
    OldLog,
    /// A transaction log of the new format (type 6).
    NewLog,
    /// A type that is not documented.
    Other(u32),
}

/// The fields of a base block. It owns its bytes, so that it can be restored from a log.
#[derive(Clone)]
pub struct BaseBlock {
    sector: Box<[u8; SECTOR]>,
}

impl BaseBlock {
    /// The signature of a base block.
    pub const SIGNATURE: [u8; 4] = *b"regf";

    /// Flag: the kernel transaction manager has pending transactions.
    pub const FLAG_TRANSACTIONS: u32 = 1;
    /// Flag: defragmented and being written (Windows 8), or: the hive may contain layered keys (Windows 10).
    pub const FLAG_LAYERED: u32 = 2;

    /// Takes the first 512 bytes of a file; `None` if there are fewer. Signature and checksum are not
    /// checked.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Option<Self> {
        bytes.first_chunk().map(|sector| Self { sector: Box::new(*sector) })
    }

    /// Takes the first 512 bytes of a file.
    #[must_use]
    pub fn from_sector(sector: [u8; SECTOR]) -> Self {
        Self { sector: Box::new(sector) }
    }

    /// The 512 bytes.
    #[must_use]
    pub fn sector(&self) -> &[u8; SECTOR] {
        &self.sector
    }

    fn u32(&self, at: usize) -> u32 {
        u32_at(&self.sector, at)
    }

    /// The first four bytes; see [`BaseBlock::SIGNATURE`].
    #[must_use]
    pub fn signature(&self) -> [u8; 4] {
        self.u32(base_block_at::SIGNATURE).to_le_bytes()
    }

    /// Raised before the file is written.
    #[must_use]
    pub fn primary_sequence(&self) -> u32 {
        self.u32(base_block_at::PRIMARY_SEQUENCE)
    }

    /// Raised after the file was written. It differs from the primary one if a write was interrupted or has
    /// not happened yet.
    #[must_use]
    pub fn secondary_sequence(&self) -> u32 {
        self.u32(base_block_at::SECONDARY_SEQUENCE)
    }

    /// Time of the last write; not kept up to date from Windows 8.1 on.
    #[must_use]
    pub fn last_written(&self) -> FileTime {
        FileTime(u64_at(&self.sector, base_block_at::LAST_WRITTEN))
    }

    /// Major version of the format, 1.
    #[must_use]
    pub fn major_version(&self) -> u32 {
        self.u32(base_block_at::MAJOR)
    }

    /// Minor version of the format, 3 to 6 in hives written since 2000.
    #[must_use]
    pub fn minor_version(&self) -> u32 {
        self.u32(base_block_at::MINOR)
    }

    /// The kind of file: hive or log.
    #[must_use]
    pub fn file_type(&self) -> FileType {
        match self.u32(base_block_at::FILE_TYPE) {
            0 => FileType::Primary,
            1 | 2 => FileType::OldLog,
            6 => FileType::NewLog,
            other => FileType::Other(other),
        }
    }

    /// The file format field, 1 ("direct memory load").
    #[must_use]
    pub fn file_format(&self) -> u32 {
        self.u32(base_block_at::FORMAT)
    }

    /// The cell of the root key.
    #[must_use]
    pub fn root(&self) -> CellOffset {
        CellOffset(self.u32(base_block_at::ROOT))
    }

    /// The size of the hive bins data in bytes. The file may be longer.
    #[must_use]
    pub fn bins_size(&self) -> u32 {
        self.u32(base_block_at::BINS_SIZE)
    }

    /// Sector size of the disk divided by 512; 1.
    #[must_use]
    pub fn clustering_factor(&self) -> u32 {
        self.u32(base_block_at::CLUSTERING)
    }

    /// The end of the path of the file when it was created, up to the first NUL.
    #[must_use]
    pub fn file_name(&self) -> Name<'_> {
        let field = self.sector.get(base_block_at::FILE_NAME..base_block_at::RM_ID).unwrap_or_default();
        let units = field.as_chunks::<2>().0;
        let len = units.iter().position(|unit| unit == &[0, 0]).unwrap_or(units.len());
        Name::utf16(field.get(..2 * len).unwrap_or_default())
    }

    /// The flags; see [`BaseBlock::FLAG_TRANSACTIONS`] and [`BaseBlock::FLAG_LAYERED`].
    #[must_use]
    pub fn flags(&self) -> u32 {
        self.u32(base_block_at::FLAGS)
    }

    /// Time of the last reorganization (Windows 8 and later; otherwise zero or undefined). The two lowest
    /// bits are its kind, so the values 1 and 2 request the next reorganization and are not times.
    #[must_use]
    pub fn last_reorganized(&self) -> FileTime {
        FileTime(u64_at(&self.sector, base_block_at::LAST_REORGANIZED))
    }

    /// True when the file was written by the Offline Registry Library (`OfRg` at 168 or 176).
    #[must_use]
    pub fn is_offreg(&self) -> bool {
        [168, 176].into_iter().any(|at| self.u32(at) == u32::from_le_bytes(*b"OfRg"))
    }

    /// The checksum as stored.
    #[must_use]
    pub fn stored_checksum(&self) -> u32 {
        self.u32(base_block_at::CHECKSUM)
    }

    /// The checksum computed over the first 508 bytes.
    #[must_use]
    pub fn computed_checksum(&self) -> u32 {
        checksum(&self.sector)
    }

    /// True if signature and checksum are valid. Otherwise the other fields cannot be trusted.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.signature() == Self::SIGNATURE && self.stored_checksum() == self.computed_checksum()
    }

    /// Sets a field of a base block that will be written; does not update the checksum.
    pub fn set_u32(&mut self, at: usize, value: u32) {
        if let Some(field) = self.sector.get_mut(at..).and_then(|rest| rest.first_chunk_mut()) {
            *field = value.to_le_bytes();
        }
    }

    /// Stores the checksum of the current fields.
    pub fn update_checksum(&mut self) {
        self.set_u32(base_block_at::CHECKSUM, self.computed_checksum());
    }
}

impl std::fmt::Debug for BaseBlock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BaseBlock")
            .field("version", &format_args!("{}.{}", self.major_version(), self.minor_version()))
            .field("sequence", &(self.primary_sequence(), self.secondary_sequence()))
            .field("file_type", &self.file_type())
            .field("root", &self.root())
            .field("bins_size", &self.bins_size())
            .field("last_written", &format_args!("{}", self.last_written()))
            .field("file_name", &self.file_name())
            .field("flags", &self.flags())
            .field("is_valid", &self.is_valid())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_avoids_two_values() {
        let mut sector = [0; SECTOR];
        assert_eq!(checksum(&sector), 1);
        sector[..4].fill(0xFF);
        assert_eq!(checksum(&sector), 0xFFFF_FFFE);
        sector[..4].copy_from_slice(b"regf");
        assert_eq!(checksum(&sector), u32::from_le_bytes(*b"regf"));
        sector[SECTOR - 4..].fill(7);
        assert_eq!(checksum(&sector), u32::from_le_bytes(*b"regf"), "the checksum does not cover itself");
    }

    #[test]
    fn fields_are_read_where_they_lie() {
        let mut bytes = [0_u8; SECTOR];
        bytes[..4].copy_from_slice(b"regf");
        let mut block = BaseBlock::new(&bytes).unwrap();
        block.set_u32(base_block_at::PRIMARY_SEQUENCE, 8);
        block.set_u32(base_block_at::SECONDARY_SEQUENCE, 7);
        block.set_u32(base_block_at::FILE_TYPE, 6);
        block.set_u32(base_block_at::ROOT, 0x20);
        block.set_u32(base_block_at::FILE_NAME, u32::from_le_bytes(*b"S\0Y\0"));
        assert!(!block.is_valid());
        block.update_checksum();
        assert!(block.is_valid());
        assert_eq!((block.primary_sequence(), block.secondary_sequence()), (8, 7));
        assert_eq!(block.file_type(), FileType::NewLog);
        assert_eq!(block.root(), CellOffset(0x20));
        assert_eq!(block.file_name().to_string(), "SY");
        assert!(BaseBlock::new(&bytes[..511]).is_none());
    }
}
