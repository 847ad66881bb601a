//! Values of a key and their data.

use std::borrow::Cow;
use std::fmt;

use crate::bytes::u32s;
use crate::data::DataType;
use crate::disk::{BigData, CellOffset, KeyValue, SEGMENT_LEN, ValueFlags};
use crate::error::{Error, Problem, Result, Structure};
use crate::hive::Hive;
use crate::image::Image;
use crate::key::Key;
use crate::name::Name;

/// A value of a key.
///
/// A small handle that borrows from the hive and is cheap to copy.
pub struct Value<'h, I> {
    hive: &'h Hive<I>,
    record: KeyValue<'h>,
    offset: CellOffset,
}

impl<I> Clone for Value<'_, I> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<I> Copy for Value<'_, I> {}

impl<'h, I: Image> Value<'h, I> {
    // Out of line, the result would be passed through memory, with a stall.
    #[allow(clippy::inline_always)]
    #[inline(always)]
    pub(crate) fn at(hive: &'h Hive<I>, offset: CellOffset) -> Result<Self> {
        let data = hive.cell(offset, Structure::KeyValue)?;
        match KeyValue::parse(data, hive.layout()) {
            Ok(record) => Ok(Self { hive, record, offset }),
            Err(problem) => Err(Error::new(Structure::KeyValue, offset.file_offset(), problem)),
        }
    }

    #[inline]
    pub(crate) fn new(hive: &'h Hive<I>, record: KeyValue<'h>, offset: CellOffset) -> Self {
        Self { hive, record, offset }
    }

    /// The value's record, for fields without a method here.
    pub fn record(&self) -> KeyValue<'h> {
        self.record
    }

    /// The cell of the value.
    pub fn offset(&self) -> CellOffset {
        self.offset
    }

    /// The name; empty for the default value.
    #[inline]
    pub fn name(&self) -> Name<'h> {
        self.record.name()
    }

    /// The type as stored.
    #[inline]
    pub fn data_type(&self) -> DataType {
        DataType(self.record.data_type())
    }

    /// The stored length of the data in bytes.
    #[inline]
    pub fn data_len(&self) -> u32 {
        self.record.data_len()
    }

    /// True for a tombstone of a layered hive: the value is deleted in this layer and has no data.
    pub fn is_tombstone(&self) -> bool {
        self.hive.layout().narrow_names && self.record.flags().has(ValueFlags::TOMBSTONE)
    }

    /// The data, byte for byte as stored, for any type.
    ///
    /// Borrowed from the hive, unless it is stored in segments or crosses pages of a file.
    ///
    /// # Errors
    ///
    /// If a cell is damaged or too short, so that data is missing.
    #[inline]
    pub fn data(&self) -> Result<Cow<'h, [u8]>> {
        let len = self.record.data_len();
        if self.record.is_resident() {
            return match self.record.resident_bytes().get(..len as usize) {
                Some(bytes) => Ok(Cow::Borrowed(bytes)),
                None => Err(self.fault(Problem::Resident { size: len })),
            };
        }
        if len == 0 {
            return Ok(Cow::Borrowed(&[]));
        }
        if len > SEGMENT_LEN && self.hive.layout().big_data {
            return self.segmented(len);
        }
        self.hive.cell_bytes(self.record.data_offset(), Structure::ValueData, len as usize)
    }

    #[cold]
    fn fault(&self, problem: Problem) -> Error {
        Error::new(Structure::KeyValue, self.offset.file_offset(), problem)
    }

    fn segmented(&self, len: u32) -> Result<Cow<'h, [u8]>> {
        let offset = self.record.data_offset();
        let at = |problem| Error::new(Structure::BigData, offset.file_offset(), problem);
        // Segments do not overlap, so the data cannot be longer than the hive; this ends loops of segments.
        if u64::from(len) > self.hive.bins_len() {
            return Err(at(Problem::Beyond {
                end: offset.file_offset() + u64::from(len),
                limit: self.hive.bins_end(),
            }));
        }
        let head = self.hive.cell_bytes(offset, Structure::BigData, 8)?;
        let record = match BigData::parse(&head) {
            Ok(record) => record,
            // Some programs store long data in one cell regardless of the version; if it is complete, it can
            // be read.
            Err(Problem::Signature { .. }) => {
                return self
                    .hive
                    .cell_bytes(offset, Structure::ValueData, len as usize)
                    .map_err(|_| at(Problem::Signature { expected: "db", found: [head[0], head[1], 0, 0] }));
            }
            Err(problem) => return Err(at(problem)),
        };
        let needed = BigData::segments_for(len);
        if u32::from(record.segments) < needed {
            return Err(at(Problem::Count {
                claimed: u64::from(needed),
                possible: u64::from(record.segments),
            }));
        }
        let list = self.hive.cell_bytes(record.list, Structure::BigData, 4 * needed as usize)?;
        let mut data = Vec::with_capacity(len as usize);
        let mut left = len;
        for segment in u32s(&list) {
            let take = left.min(SEGMENT_LEN);
            let bytes = self.hive.cell_bytes(CellOffset(segment), Structure::BigData, take as usize)?;
            data.extend_from_slice(&bytes);
            left -= take;
        }
        Ok(Cow::Owned(data))
    }
}

impl<I> fmt::Debug for Value<'_, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Value")
            .field("offset", &self.offset)
            .field("name", &self.record.name())
            .field("type", &self.record.data_type())
            .field("len", &self.record.data_len())
            .finish()
    }
}

/// The values of a key in stored order; see [`Key::values`].
pub struct Values<'h, I> {
    hive: &'h Hive<I>,
    state: State<'h>,
}

enum State<'h> {
    /// The list has not been read yet.
    Start { list: CellOffset, count: u32 },
    /// Remaining offsets, and the number of missing ones at the end.
    List { rest: &'h [[u8; 4]], list: CellOffset, claimed: u32, possible: u32 },
}

impl<'h, I: Image> Values<'h, I> {
    pub(crate) fn new(key: &Key<'h, I>) -> Self {
        let (list, count) = (key.node().value_list(), key.value_count());
        let state = if count == 0 {
            State::List { rest: &[], list, claimed: 0, possible: 0 }
        } else {
            State::Start { list, count }
        };
        Self { hive: key.hive(), state }
    }
}

/// The offsets in a value list that are present, of the stored number.
#[inline]
fn value_offsets<I: Image>(hive: &Hive<I>, list: CellOffset, count: u32) -> Result<&[[u8; 4]]> {
    Ok(offsets_in(hive.cell(list, Structure::ValueList)?, count))
}

#[inline]
pub(crate) fn offsets_in(data: &[u8], count: u32) -> &[[u8; 4]] {
    let offsets = data.as_chunks::<4>().0;
    offsets.get(..count as usize).unwrap_or(offsets)
}

#[cold]
pub(crate) fn missing_values(list: CellOffset, claimed: u32, possible: usize) -> Error {
    let problem = Problem::Count { claimed: u64::from(claimed), possible: possible as u64 };
    Error::new(Structure::ValueList, list.file_offset(), problem)
}

impl<'h, I: Image> Iterator for Values<'h, I> {
    type Item = Result<Value<'h, I>>;

    fn next(&mut self) -> Option<Self::Item> {
        if let State::Start { list, count } = self.state {
            let (rest, failed) = match value_offsets(self.hive, list, count) {
                Ok(rest) => (rest, None),
                Err(error) => (&[][..], Some(error)),
            };
            let possible =
                if failed.is_some() { count } else { u32::try_from(rest.len()).unwrap_or(u32::MAX) };
            self.state = State::List { rest, list, claimed: count, possible };
            if let Some(error) = failed {
                return Some(Err(error));
            }
        }
        let State::List { rest, list, claimed, possible } = &mut self.state else { return None };
        match rest.split_first() {
            Some((offset, others)) => {
                *rest = others;
                Some(Value::at(self.hive, CellOffset(u32::from_le_bytes(*offset))))
            }
            None if *possible < *claimed => {
                let error = missing_values(*list, *claimed, *possible as usize);
                *possible = *claimed;
                Some(Err(error))
            }
            None => None,
        }
    }
}
