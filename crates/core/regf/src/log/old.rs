//! Logs of the old format: a bitmap of dirty pages and the pages themselves (`DIRT`).

use crate::disk::{BaseBlock, SECTOR};
use crate::error::{Error, Problem, Result, Structure};

/// The size of a page in a log of the old format.
pub const DIRTY_PAGE: usize = 512;

/// A log of the old format.
#[derive(Clone, Debug)]
pub struct OldLog<'a> {
    header: BaseBlock,
    bitmap: &'a [u8],
    pages: &'a [[u8; DIRTY_PAGE]],
}

impl<'a> OldLog<'a> {
    /// The signature of the dirty vector.
    pub const SIGNATURE: [u8; 4] = *b"DIRT";

    pub(crate) fn new(header: BaseBlock, bytes: &'a [u8]) -> Result<Self> {
        let (primary, secondary) = (header.primary_sequence(), header.secondary_sequence());
        if primary != secondary {
            let problem = Problem::Field { name: "secondary sequence number", value: secondary.into() };
            return Err(Error::new(Structure::BaseBlock, 0, problem));
        }
        // The header specifies the sector size; in practice 512 bytes.
        let sector = match header.clustering_factor() {
            factor @ 2..=8 => SECTOR * factor as usize,
            _ => SECTOR,
        };
        let fault = |problem| Error::new(Structure::DirtyVector, sector as u64, problem);
        let vector = bytes.get(sector..).unwrap_or_default();
        let Some((signature, rest)) = vector.split_first_chunk::<4>() else {
            return Err(fault(Problem::TooShort { needed: 4, found: vector.len() as u64 }));
        };
        if *signature != Self::SIGNATURE {
            return Err(fault(Problem::Signature { expected: "DIRT", found: *signature }));
        }
        let bits = header.bins_size() as usize / DIRTY_PAGE;
        let len = bits.div_ceil(8);
        let Some(bitmap) = rest.get(..len) else {
            return Err(fault(Problem::TooShort { needed: len as u64 + 4, found: vector.len() as u64 }));
        };
        let pages_start = (sector + 4 + len).next_multiple_of(sector);
        let stored = bytes.get(pages_start..).unwrap_or_default().as_chunks().0;
        let dirty: usize = bitmap.iter().map(|byte| byte.count_ones() as usize).sum();
        let Some(pages) = stored.get(..dirty) else {
            return Err(fault(Problem::Count { claimed: dirty as u64, possible: stored.len() as u64 }));
        };
        Ok(Self { header, bitmap, pages })
    }

    /// The copy of the base block.
    #[must_use]
    pub fn header(&self) -> &BaseBlock {
        &self.header
    }

    /// The dirty pages: offset from the beginning of the hive bins data, and contents.
    pub fn pages(&self) -> impl Iterator<Item = (u32, &'a [u8; DIRTY_PAGE])> + use<'a> {
        let bits = self.bitmap.iter().zip(0_u32..).flat_map(|(&byte, index)| {
            (0..8).filter(move |bit| byte >> bit & 1 != 0).map(move |bit| index * 8 + bit)
        });
        bits.map(|bit| bit.saturating_mul(512)).zip(self.pages)
    }
}
