//! Sets of visited cells and of bins.

use crate::disk::{BIN_ALIGNMENT, BIN_HEADER_LEN, BinHeader, CellOffset};
use crate::error::{Error, Problem, Structure};
use crate::hive::Hive;
use crate::image::Image;

/// One bit for each `1 << GRAIN` bytes of a hive at which a cell can begin.
pub(crate) struct Marks<const GRAIN: u32>(Vec<u64>);

/// Granularity for cells of any kind: the shortest has 8 bytes.
pub(crate) type CellMarks = Marks<3>;

/// Granularity for keys: a key node has at least 80 bytes, so at most one can begin in 64 bytes.
pub(crate) type KeyMarks = Marks<6>;

impl<const GRAIN: u32> Marks<GRAIN> {
    pub(crate) fn new(bins_len: u64) -> Self {
        let bits = (bins_len >> GRAIN) + 1;
        Self(vec![0; usize::try_from(bits.div_ceil(64)).unwrap_or(0)])
    }

    /// Marks a cell; returns false if it was marked already or is outside the hive.
    #[inline]
    pub(crate) fn mark(&mut self, offset: CellOffset) -> bool {
        let index = offset.0 >> GRAIN;
        let Some(word) = self.0.get_mut(index as usize / 64) else { return false };
        let bit = 1 << (index % 64);
        let new = *word & bit == 0;
        *word |= bit;
        new
    }

    /// True if the cell was marked.
    #[inline]
    pub(crate) fn is_marked(&self, offset: CellOffset) -> bool {
        let index = offset.0 >> GRAIN;
        self.0.get(index as usize / 64).is_some_and(|word| word & (1 << (index % 64)) != 0)
    }
}

/// The pages on which hive bins begin.
pub(crate) struct Bins {
    starts: Vec<u64>,
    /// The end of the chain of bins; no bin is known after it.
    pub(crate) damage: Option<Error>,
}

impl Bins {
    /// Follows the chain of bins through the hive.
    pub(crate) fn read<I: Image>(hive: &Hive<I>) -> Self {
        let pages = hive.bins_len().div_ceil(u64::from(BIN_ALIGNMENT));
        let mut bins =
            Self { starts: vec![0; usize::try_from(pages.div_ceil(64)).unwrap_or(0)], damage: None };
        let mut offset = 0_u32;
        while u64::from(offset) + BIN_HEADER_LEN as u64 <= hive.bins_len() {
            let size = match bin_at(hive, offset) {
                Ok(size) => size,
                // If the base block is invalid, the whole file counts as hive bins data, but the size in the
                // base block may be correct.
                Err(_) if offset == hive.base_block().bins_size() => break,
                Err(error) => {
                    bins.damage = Some(error);
                    break;
                }
            };
            let page = offset / BIN_ALIGNMENT;
            if let Some(word) = bins.starts.get_mut(page as usize / 64) {
                *word |= 1 << (page % 64);
            }
            // Most bins have the minimum size. With a branch for the others, the processor predicts it and
            // prefetches the next header.
            let next =
                if size == BIN_ALIGNMENT { offset.checked_add(BIN_ALIGNMENT) } else { behind(offset, size) };
            match next {
                Some(next) => offset = next,
                None => break,
            }
        }
        bins
    }

    /// True if a bin begins on this page.
    pub(crate) fn begins(&self, page: u32) -> bool {
        self.starts.get(page as usize / 64).is_some_and(|word| word & (1 << (page % 64)) != 0)
    }

    /// True if a cell of this length is within one bin. After the end of the chain of bins, every cell is
    /// accepted.
    ///
    /// A cell in the header of a bin has an invalid size, so that needs no check.
    #[inline]
    pub(crate) fn holds(&self, offset: CellOffset, len: usize) -> bool {
        let within = (offset.0 % BIN_ALIGNMENT) as usize;
        within + len <= BIN_ALIGNMENT as usize || self.holds_across_pages(offset, len)
    }

    fn holds_across_pages(&self, offset: CellOffset, len: usize) -> bool {
        let page = u64::from(BIN_ALIGNMENT);
        let (first, last) = (u64::from(offset.0) / page, (u64::from(offset.0) + len as u64 - 1) / page);
        (first + 1..=last).all(|page| !u32::try_from(page).is_ok_and(|page| self.begins(page)))
    }
}

#[cold]
#[inline(never)]
fn behind(offset: u32, size: u32) -> Option<u32> {
    offset.checked_add(size)
}

/// The size of the bin at an offset.
pub(crate) fn bin_at<I: Image>(hive: &Hive<I>, offset: u32) -> Result<u32, Error> {
    let position = CellOffset(offset).file_offset();
    let end = position + BIN_HEADER_LEN as u64;
    let fault = |problem| Error::new(Structure::Bin, position, problem);
    let bytes = hive
        .image()
        .slice(position, BIN_HEADER_LEN)
        .map_err(|error| error.locate(Structure::Bin, position, end, hive.bins_end()))?;
    let Some(header) = BinHeader::new(bytes) else {
        return Err(fault(Problem::Beyond { end, limit: hive.bins_end() }));
    };
    if header.signature() != BinHeader::SIGNATURE {
        return Err(fault(Problem::Signature { expected: "hbin", found: header.signature() }));
    }
    if header.offset() != offset {
        return Err(fault(Problem::Field { name: "offset", value: header.offset().into() }));
    }
    let size = header.size();
    if size < BIN_ALIGNMENT || !size.is_multiple_of(BIN_ALIGNMENT) {
        return Err(fault(Problem::Field { name: "size", value: size.into() }));
    }
    Ok(size)
}
