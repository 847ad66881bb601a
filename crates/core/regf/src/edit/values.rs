//! Changes to values.

use std::collections::HashMap;

use super::editor::Editor;
use super::error::{EditResult, Invalid, Refusal, damaged};
use crate::build::{MAX_CELL_DATA, stored};
use crate::bytes::u32s;
use crate::data::{Data, DataType, ToUnits};
use crate::disk::{BigData, CellOffset, KeyFlags, KeyValue, ValueFlags, key_node_at, key_value_at};
use crate::error::{Problem, Structure};
use crate::image::Image;
use nt::FileTime;
use nt::upcase;

/// The maximum length of a value name in units. Source: Microsoft, "Registry element size limits".
const MAX_NAME: usize = 16_383;
/// The maximum size of data in a hive of version 1.3 ("standard format"). Source: as above.
const MAX_STANDARD: usize = 1 << 20;
/// The maximum size of data in later versions: the number of segments is a 16-bit count.
const MAX_SEGMENTED: usize = MAX_CELL_DATA * 0xFFFF;
/// Set in the size field if the data is in the record.
const RESIDENT: u32 = 1 << 31;

/// The values of one key by upper-cased name, so that setting many values does not read all of them each
/// time.
#[derive(Debug)]
pub(super) struct ValueIndex {
    key: CellOffset,
    cells: HashMap<Vec<u16>, CellOffset>,
}

/// The fields of a value's record that may change.
struct Record {
    size: u32,
    data: CellOffset,
}

impl Record {
    fn is_resident(&self) -> bool {
        self.size & RESIDENT != 0
    }

    fn len(&self) -> usize {
        (self.size & !RESIDENT) as usize
    }
}

fn upper(name: &[u16]) -> Vec<u16> {
    name.iter().map(|&unit| upcase(unit)).collect()
}

impl<I: Image> Editor<I> {
    /// Sets the type and data of a value. An existing value keeps its position and the spelling of its name;
    /// a new one is added at the end. An empty name is that of the default value; any type number can be
    /// stored.
    ///
    /// # Errors
    ///
    /// [`Invalid`] if name or data are too long, [`Refusal::Layered`] and [`Refusal::PredefinedHandle`] for
    /// keys and values of these kinds, or damage.
    pub fn set_value(
        &mut self,
        key: CellOffset,
        name: &(impl ToUnits + ?Sized),
        kind: impl Into<DataType>,
        data: &[u8],
        time: FileTime,
    ) -> EditResult<()> {
        let (name, kind) = (&*name.to_units(), kind.into().0);
        self.atomically(|this| {
            this.check_value(key, name, data)?;
            match this.index(key)?.get(&upper(name)).copied() {
                Some(cell) => this.change_value(cell, kind, data)?,
                None => this.add_value(key, None, name, kind, data)?,
            }
            let len = u32::try_from(data.len()).map_err(|_| Invalid::TooLarge)?;
            this.raise(key, key_node_at::MAX_VALUE_DATA, len)?;
            this.touch(key, time)
        })
    }

    /// Sets a value from a number, text, list of texts, or bytes; see [`Data`].
    ///
    /// # Errors
    ///
    /// As [`Editor::set_value`].
    pub fn set(
        &mut self,
        key: CellOffset,
        name: &(impl ToUnits + ?Sized),
        data: impl Into<Data>,
        time: FileTime,
    ) -> EditResult<()> {
        let Data { kind, bytes } = data.into();
        self.set_value(key, name, kind, &bytes, time)
    }

    /// Adds a value at a position in the order of values (at the end if there are fewer), to restore a
    /// deleted value.
    ///
    /// # Errors
    ///
    /// As [`Editor::set_value`], and [`Invalid::ValueExists`] if a value of this name exists.
    pub fn insert_value(
        &mut self,
        key: CellOffset,
        place: usize,
        name: &(impl ToUnits + ?Sized),
        kind: impl Into<DataType>,
        data: &[u8],
        time: FileTime,
    ) -> EditResult<()> {
        let (name, kind) = (&*name.to_units(), kind.into().0);
        self.atomically(|this| {
            this.check_value(key, name, data)?;
            if this.index(key)?.contains_key(&upper(name)) {
                return Err(Invalid::ValueExists(String::from_utf16_lossy(name)).into());
            }
            this.add_value(key, Some(place), name, kind, data)?;
            let len = u32::try_from(data.len()).map_err(|_| Invalid::TooLarge)?;
            this.raise(key, key_node_at::MAX_VALUE_DATA, len)?;
            this.touch(key, time)
        })
    }

    /// Deletes a value. Returns false, without a change, if no value of this name exists.
    ///
    /// # Errors
    ///
    /// As [`Editor::set_value`].
    pub fn delete_value(
        &mut self,
        key: CellOffset,
        name: &(impl ToUnits + ?Sized),
        time: FileTime,
    ) -> EditResult<bool> {
        self.atomically(|this| {
            this.check_value(key, &[], &[])?;
            let name = upper(&name.to_units());
            let Some(cell) = this.index(key)?.get(&name).copied() else { return Ok(false) };
            let mut offsets = this.value_offsets(key)?;
            let Some(place) = offsets.iter().position(|&offset| offset == cell) else {
                return Err(damaged(Structure::ValueList, key.file_offset(), Problem::Nil));
            };
            let record = this.record(cell)?;
            offsets.remove(place);
            this.store_offsets(key, &offsets, place)?;
            this.free_data(&record)?;
            this.space.free(cell, Structure::KeyValue)?;
            if let Some(index) = &mut this.values {
                index.cells.remove(&name);
            }
            this.touch(key, time)?;
            Ok(true)
        })
    }

    /// Rejects a key with a value that must not be deleted.
    pub(super) fn check_values(&self, key: CellOffset) -> EditResult<()> {
        if self.node(key)?.flags().has(KeyFlags::PREDEFINED_HANDLE) {
            return Err(Refusal::PredefinedHandle.into());
        }
        for cell in self.value_offsets(key)? {
            self.record(cell)?;
        }
        Ok(())
    }

    /// Frees all cells of a key's values.
    pub(super) fn release_values(&mut self, key: CellOffset) -> EditResult<()> {
        if self.values.as_ref().is_some_and(|index| index.key == key) {
            self.values = None;
        }
        let offsets = self.value_offsets(key)?;
        for &cell in &offsets {
            let record = self.record(cell)?;
            self.free_data(&record)?;
            self.space.free(cell, Structure::KeyValue)?;
        }
        if !offsets.is_empty() {
            let list = self.node(key)?.value_list();
            self.space.free(list, Structure::ValueList)?;
        }
        Ok(())
    }

    fn check_value(&self, key: CellOffset, name: &[u16], data: &[u8]) -> EditResult<()> {
        if name.len() > MAX_NAME {
            return Err(Invalid::ValueName(name.len()).into());
        }
        let most = if self.layout().big_data { MAX_SEGMENTED } else { MAX_STANDARD };
        if data.len() > most {
            return Err(Invalid::Data { length: data.len(), most }.into());
        }
        if self.node(key)?.flags().has(KeyFlags::PREDEFINED_HANDLE) {
            return Err(Refusal::PredefinedHandle.into());
        }
        Ok(())
    }

    /// The cells of a key's values in order.
    fn value_offsets(&self, key: CellOffset) -> EditResult<Vec<CellOffset>> {
        let node = self.node(key)?;
        let count = node.value_count();
        if count == 0 {
            return Ok(Vec::new());
        }
        let list = node.value_list();
        let room = self.space.room(list, Structure::ValueList)?;
        let len =
            usize::try_from(count).ok().and_then(|count| count.checked_mul(4)).filter(|&len| len <= room);
        let Some(len) = len else {
            let problem = Problem::Count { claimed: count.into(), possible: room as u64 / 4 };
            return Err(damaged(Structure::ValueList, list.file_offset(), problem));
        };
        Ok(u32s(&self.space.first(list, Structure::ValueList, len)?).map(CellOffset).collect())
    }

    fn index(&mut self, key: CellOffset) -> EditResult<&HashMap<Vec<u16>, CellOffset>> {
        let index = match self.values.take().filter(|index| index.key == key) {
            Some(index) => index,
            None => ValueIndex { key, cells: self.read_index(key)? },
        };
        Ok(&self.values.insert(index).cells)
    }

    fn read_index(&self, key: CellOffset) -> EditResult<HashMap<Vec<u16>, CellOffset>> {
        let mut cells = HashMap::new();
        for cell in self.value_offsets(key)? {
            let bytes = self.space.data(cell, Structure::KeyValue)?;
            let value = KeyValue::parse(&bytes, self.layout())
                .map_err(|problem| damaged(Structure::KeyValue, cell.file_offset(), problem))?;
            let name = value.name().units().map(upcase).collect();
            if cells.insert(name, cell).is_some() {
                return Err(damaged(Structure::KeyValue, cell.file_offset(), Problem::MetBefore));
            }
        }
        Ok(cells)
    }

    fn record(&self, cell: CellOffset) -> EditResult<Record> {
        let bytes = self.space.data(cell, Structure::KeyValue)?;
        let value = KeyValue::parse(&bytes, self.layout())
            .map_err(|problem| damaged(Structure::KeyValue, cell.file_offset(), problem))?;
        if value.flags().has(ValueFlags::TOMBSTONE) {
            return Err(Refusal::Layered.into());
        }
        let resident = if value.is_resident() { RESIDENT } else { 0 };
        Ok(Record { size: value.data_len() | resident, data: value.data_offset() })
    }

    fn change_value(&mut self, cell: CellOffset, kind: u32, data: &[u8]) -> EditResult<()> {
        let old = self.record(cell)?;
        let single = |len: usize| len > 4 && (len <= MAX_CELL_DATA || !self.layout().big_data);
        let in_place = !old.is_resident() && single(old.len()) && single(data.len()) && {
            let room = self.space.room(old.data, Structure::ValueData)?;
            // A cell that would be mostly unused is freed.
            room >= data.len() && room <= 2 * data.len() + 64
        };
        let (size, field) = if in_place {
            self.space.put(old.data, 0, data)?;
            (u32::try_from(data.len()).map_err(|_| Invalid::TooLarge)?, old.data.0.to_le_bytes())
        } else {
            self.free_data(&old)?;
            self.store_data(data, cell)?
        };
        self.space.put(cell, key_value_at::DATA_SIZE, &size.to_le_bytes())?;
        self.space.put(cell, key_value_at::DATA, &field)?;
        self.space.put_u32(cell, key_value_at::TYPE, kind)
    }

    fn add_value(
        &mut self,
        key: CellOffset,
        place: Option<usize>,
        name: &[u16],
        kind: u32,
        data: &[u8],
    ) -> EditResult<()> {
        let count = self.node(key)?.value_count();
        let (stored_name, narrow) = stored(name);
        let name_len = u16::try_from(stored_name.len()).map_err(|_| Invalid::ValueName(name.len()))?;
        let (size, field) = self.store_data(data, key)?;
        let mut record = KeyValue::SIGNATURE.to_vec();
        record.extend(name_len.to_le_bytes());
        record.extend(size.to_le_bytes());
        record.extend(field);
        record.extend(kind.to_le_bytes());
        record.extend(if narrow { ValueFlags::NARROW_NAME } else { 0 }.to_le_bytes());
        record.extend([0; 2]);
        record.extend(stored_name);
        let cell = self.space.allocate(&record, 0, key)?;
        match place
            .and_then(|place| usize::try_from(count).ok().filter(|&count| place < count).map(|_| place))
        {
            Some(place) => {
                let mut offsets = self.value_offsets(key)?;
                offsets.insert(place, cell);
                self.store_offsets(key, &offsets, place)?;
            }
            None => self.push_offset(key, count, cell)?,
        }
        if let Some(index) = self.values.as_mut().filter(|index| index.key == key) {
            index.cells.insert(upper(name), cell);
        }
        let units = u32::try_from(name.len()).map_err(|_| Invalid::ValueName(name.len()))?;
        self.raise(key, key_node_at::MAX_VALUE_NAME, units * 2)
    }

    /// Appends an offset to the value list, without reading the list if its cell has room.
    fn push_offset(&mut self, key: CellOffset, count: u32, cell: CellOffset) -> EditResult<()> {
        let at = 4 * count as usize;
        if count > 0 {
            let list = self.node(key)?.value_list();
            if self.space.room(list, Structure::ValueList)? >= at + 4 {
                self.space.put_u32(list, at, cell.0)?;
                return self.space.put_u32(key, key_node_at::VALUE_COUNT, count + 1);
            }
        }
        let mut offsets = self.value_offsets(key)?;
        offsets.push(cell);
        self.store_offsets(key, &offsets, 0)
    }

    /// Writes the value list; the part before `from` has not changed.
    fn store_offsets(&mut self, key: CellOffset, offsets: &[CellOffset], from: usize) -> EditResult<()> {
        let node = self.node(key)?;
        let (old, old_count) = (node.value_list(), node.value_count());
        let bytes: Vec<u8> = offsets.iter().flat_map(|offset| offset.0.to_le_bytes()).collect();
        let list = if offsets.is_empty() {
            if old_count > 0 {
                self.space.free(old, Structure::ValueList)?;
            }
            CellOffset::NIL
        } else if old_count > 0 && self.space.room(old, Structure::ValueList)? >= bytes.len() {
            self.space.put(old, 4 * from, bytes.get(4 * from..).unwrap_or_default())?;
            old
        } else {
            if old_count > 0 {
                self.space.free(old, Structure::ValueList)?;
            }
            let spare = if offsets.len() < 8 { 0 } else { offsets.len() / 4 };
            self.space.allocate(&bytes, bytes.len() + 4 * spare, key)?
        };
        let count = u32::try_from(offsets.len()).map_err(|_| Invalid::TooLarge)?;
        self.space.put_u32(key, key_node_at::VALUE_COUNT, count)?;
        if list != old {
            self.space.put_u32(key, key_node_at::VALUE_LIST, list.0)?;
        }
        Ok(())
    }

    /// Stores data; returns the fields of size and offset. Empty data is resident data of length zero, as in
    /// every measured hive.
    fn store_data(&mut self, data: &[u8], near: CellOffset) -> EditResult<(u32, [u8; 4])> {
        let len = u32::try_from(data.len()).map_err(|_| Invalid::TooLarge)?;
        if data.len() <= 4 {
            let mut field = [0; 4];
            if let Some(to) = field.get_mut(..data.len()) {
                to.copy_from_slice(data);
            }
            return Ok((len | RESIDENT, field));
        }
        if data.len() <= MAX_CELL_DATA || !self.layout().big_data {
            return Ok((len, self.space.allocate(data, 0, near)?.0.to_le_bytes()));
        }
        let segments = data.chunks(MAX_CELL_DATA);
        let count = u16::try_from(segments.len()).map_err(|_| Invalid::TooLarge)?;
        let mut list = Vec::with_capacity(4 * segments.len());
        for segment in segments {
            // The last segment has a cell as large as the others; see [`BigData`].
            list.extend(self.space.allocate(segment, MAX_CELL_DATA, near)?.0.to_le_bytes());
        }
        let list = self.space.allocate(&list, 0, near)?;
        let mut record = BigData::SIGNATURE.to_vec();
        record.extend(count.to_le_bytes());
        record.extend(list.0.to_le_bytes());
        Ok((len, self.space.allocate(&record, 0, near)?.0.to_le_bytes()))
    }

    fn free_data(&mut self, record: &Record) -> EditResult<()> {
        if record.is_resident() || record.len() == 0 {
            return Ok(());
        }
        let cell = record.data;
        // Other programs store long data in one cell regardless of the version.
        let in_one = self.space.room(cell, Structure::ValueData)? >= record.len();
        if in_one || !self.layout().big_data {
            return self.space.free(cell, Structure::ValueData);
        }
        let head = self.space.data(cell, Structure::BigData)?;
        let head = BigData::parse(&head)
            .map_err(|problem| damaged(Structure::BigData, cell.file_offset(), problem))?;
        let list = self.space.first(head.list, Structure::BigData, 4 * usize::from(head.segments))?;
        for segment in u32s(&list) {
            self.space.free(CellOffset(segment), Structure::BigData)?;
        }
        self.space.free(head.list, Structure::BigData)?;
        self.space.free(cell, Structure::BigData)
    }
}
