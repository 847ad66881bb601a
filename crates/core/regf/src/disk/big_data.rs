//! Data stored in segments (`db`).

use crate::bytes::{u16_at, u32_at};
use crate::disk::CellOffset;
use crate::error::Problem;

/// The maximum size of a segment; all segments except the last have this size.
pub const SEGMENT_LEN: u32 = 16_344;

/// A record with the segments of a value's data.
///
/// Windows allocates a cell for 16,344 bytes for every segment, including the last one regardless of its
/// length (measured on all 22 long values of the public hives). Readers may rely on it: hivex and libregf
/// assume that the last four bytes of a segment's cell are not data, which truncates data in a cell that fits
/// exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BigData {
    /// The number of segments.
    pub segments: u16,
    /// The cell with the offsets of the segments, each a `u32`.
    pub list: CellOffset,
}

impl BigData {
    /// The signature of the record.
    pub const SIGNATURE: [u8; 2] = *b"db";

    /// Reads the record from the data of its cell: signature, number of segments (`u16` at 2), offset of the
    /// list (`u32` at 4).
    ///
    /// # Errors
    ///
    /// If the signature is different, or the cell too short.
    pub fn parse(data: &[u8]) -> Result<Self, Problem> {
        let Some(head) = data.first_chunk::<8>() else {
            return Err(Problem::TooShort { needed: 8, found: data.len() as u64 });
        };
        if head[..2] != Self::SIGNATURE {
            return Err(Problem::Signature { expected: "db", found: [head[0], head[1], 0, 0] });
        }
        Ok(Self { segments: u16_at(head, 2), list: CellOffset(u32_at(head, 4)) })
    }

    /// The number of segments that data of this length has.
    #[must_use]
    pub const fn segments_for(len: u32) -> u32 {
        len.div_ceil(SEGMENT_LEN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_record_is_read() {
        let record = BigData::parse(b"db\x03\0\x40\0\0\0").unwrap();
        assert_eq!(record, BigData { segments: 3, list: CellOffset(0x40) });
        assert!(BigData::parse(b"db\x03\0").is_err());
        assert!(BigData::parse(b"xx\x03\0\x40\0\0\0").is_err());
        assert_eq!(BigData::segments_for(16_344), 1);
        assert_eq!(BigData::segments_for(16_345), 2);
    }
}
