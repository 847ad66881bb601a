//! Recovery of deleted keys and values.
//!
//! Deletion frees cells without erasing them. Until the cells are reused, the records remain in free cells,
//! in the slack of cells that were reused for shorter contents, and in allocated but unreferenced cells.
//! [`deleted`] finds them.
//!
//! The results are evidence, not fact: a record may be older than it appears, its path may lead through a key
//! that replaced another one, and its data may have been overwritten. [`Confidence`] and [`DataState`] report
//! what was checked.
//!
//! Source: "Windows registry file format specification", unallocated cells; the rest was measured on test
//! hives.

mod regions;
mod scan;

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::bytes::u32s;
use crate::disk::{BigData, CellOffset, KeyNode, KeyValue, SEGMENT_LEN};
use crate::error::{Error, Problem, Result, Structure};
use crate::hive::Hive;
use crate::image::Image;
use crate::key::{Key, MAX_DEPTH};
use crate::name::Name;
use nt::FileTime;

pub use regions::Origin;
use regions::Regions;

/// The confidence that a recovered record is genuine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// It has the form of a record, but with contradictions: an impossible time, an odd name or type, a
    /// missing or younger parent, or lost data.
    Low,
    /// Most checks passed.
    Medium,
    /// All checks passed.
    High,
}

/// The path of a recovered key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum RecoveredPath {
    /// The chain of parents reaches the root.
    Full(Arc<str>),
    /// The chain of parents ends at a place without a key; the path from there on.
    Partial(Arc<str>),
}

impl RecoveredPath {
    /// The path, as far as it is known.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Full(path) | Self::Partial(path) => path,
        }
    }

    /// True if the path begins at the root.
    #[must_use]
    pub fn is_full(&self) -> bool {
        matches!(self, Self::Full(_))
    }
}

/// A recovered record.
pub enum Recovered<'h, I> {
    /// A key.
    Key(RecoveredKey<'h>),
    /// A value.
    Value(RecoveredValue<'h, I>),
}

impl<I> Clone for Recovered<'_, I> {
    fn clone(&self) -> Self {
        match self {
            Self::Key(key) => Self::Key(key.clone()),
            Self::Value(value) => Self::Value(value.clone()),
        }
    }
}

impl<I> std::fmt::Debug for Recovered<'_, I> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Key(key) => key.fmt(f),
            Self::Value(value) => value.fmt(f),
        }
    }
}

/// A deleted key.
#[derive(Clone)]
pub struct RecoveredKey<'h> {
    node: KeyNode<'h>,
    offset: CellOffset,
    /// Where the record is.
    pub origin: Origin,
    /// The path according to the key's parents.
    pub path: RecoveredPath,
    /// The confidence that the key is genuine.
    pub confidence: Confidence,
}

impl<'h> RecoveredKey<'h> {
    /// The record.
    #[must_use]
    pub fn node(&self) -> KeyNode<'h> {
        self.node
    }

    /// The offset of its cell.
    #[must_use]
    pub fn offset(&self) -> CellOffset {
        self.offset
    }

    /// The name as stored.
    #[must_use]
    pub fn name(&self) -> Name<'h> {
        self.node.name()
    }

    /// The last-write time of the key; some versions of Windows update it on deletion.
    #[must_use]
    pub fn last_write(&self) -> FileTime {
        self.node.last_write()
    }
}

/// The key that a recovered value belonged to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The key's cell.
    pub key: CellOffset,
    /// The key's path.
    pub path: RecoveredPath,
    /// True if the key was deleted as well, false if it still exists and only the value was deleted.
    pub deleted: bool,
}

/// The state of the data of a recovered value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DataState {
    /// It is in the record itself, or empty.
    InRecord,
    /// It is in unused space. Other data may have used the space in the meantime.
    Unowned,
    /// Its space is in use; the bytes there are probably not the value's data.
    Reused,
    /// Its space cannot be read.
    Lost,
}

/// A deleted value.
pub struct RecoveredValue<'h, I> {
    hive: &'h Hive<I>,
    record: KeyValue<'h>,
    offset: CellOffset,
    /// Where the record is.
    pub origin: Origin,
    /// The key of the value, if a value list still refers to it.
    pub owner: Option<Owner>,
    /// The state of the data.
    pub data_state: DataState,
    /// The confidence that the value is genuine.
    pub confidence: Confidence,
}

impl<I> Clone for RecoveredValue<'_, I> {
    fn clone(&self) -> Self {
        Self { owner: self.owner.clone(), ..*self }
    }
}

impl<'h, I: Image> RecoveredValue<'h, I> {
    /// The record with all its fields.
    pub fn record(&self) -> KeyValue<'h> {
        self.record
    }

    /// The offset of its cell.
    pub fn offset(&self) -> CellOffset {
        self.offset
    }

    /// The name; empty for a default value.
    pub fn name(&self) -> Name<'h> {
        self.record.name()
    }

    /// The type as stored.
    pub fn data_type(&self) -> u32 {
        self.record.data_type()
    }

    /// The bytes in the place of the data, in any state; see [`RecoveredValue::data_state`].
    ///
    /// # Errors
    ///
    /// If they cannot be read.
    pub fn data(&self) -> Result<Cow<'h, [u8]>> {
        if self.record.is_resident() {
            let len = self.record.data_len() as usize;
            return self.record.resident_bytes().get(..len).map(Cow::Borrowed).ok_or_else(|| {
                let problem = Problem::Resident { size: self.record.data_len() };
                Error::new(Structure::KeyValue, self.offset.file_offset(), problem)
            });
        }
        let mut data = Vec::new();
        let pieces = pieces(self.hive, &self.record)?;
        if let [(offset, len)] = pieces[..] {
            return raw(self.hive, offset, len);
        }
        for (offset, len) in pieces {
            data.extend_from_slice(&raw(self.hive, offset, len)?);
        }
        Ok(Cow::Owned(data))
    }
}

impl std::fmt::Debug for RecoveredKey<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RecoveredKey")
            .field("path", &self.path)
            .field("last_write", &format_args!("{}", self.last_write()))
            .field("offset", &self.offset)
            .field("origin", &self.origin)
            .field("confidence", &self.confidence)
            .finish()
    }
}

impl<I> std::fmt::Debug for RecoveredValue<'_, I> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RecoveredValue")
            .field("name", &self.record.name())
            .field("type", &self.record.data_type())
            .field("len", &self.record.data_len())
            .field("offset", &self.offset)
            .field("origin", &self.origin)
            .field("owner", &self.owner)
            .field("data", &self.data_state)
            .field("confidence", &self.confidence)
            .finish()
    }
}

/// The bytes of a cell's data, without a check of the cell's header.
fn raw<I: Image>(hive: &Hive<I>, offset: CellOffset, len: usize) -> Result<Cow<'_, [u8]>> {
    let position = offset.file_offset() + u64::from(hive.layout().cell_header);
    let end = position + len as u64;
    if end > hive.bins_end() {
        let problem = Problem::Beyond { end, limit: hive.bins_end() };
        return Err(Error::new(Structure::ValueData, position, problem));
    }
    hive.image()
        .read(position, len)
        .map_err(|e| e.locate(Structure::ValueData, position, end, hive.bins_end()))
}

/// The cells in which a value's data was stored, with the number of bytes in each.
fn pieces<I: Image>(hive: &Hive<I>, record: &KeyValue<'_>) -> Result<Vec<(CellOffset, usize)>> {
    let (offset, len) = (record.data_offset(), record.data_len());
    if record.is_resident() || len == 0 {
        return Ok(Vec::new());
    }
    if len <= SEGMENT_LEN || !hive.layout().big_data {
        return Ok(vec![(offset, len as usize)]);
    }
    let at = |problem| Error::new(Structure::BigData, offset.file_offset(), problem);
    if u64::from(len) > hive.bins_len() {
        return Err(at(Problem::Beyond { end: u64::from(len), limit: hive.bins_len() }));
    }
    let big = BigData::parse(&raw(hive, offset, 8)?).map_err(at)?;
    let count = BigData::segments_for(len);
    if u32::from(big.segments) < count {
        return Err(at(Problem::Count { claimed: count.into(), possible: big.segments.into() }));
    }
    let list = raw(hive, big.list, 4 * count as usize)?;
    let mut left = len;
    Ok(u32s(&list)
        .map(|segment| {
            let take = left.min(SEGMENT_LEN);
            left -= take;
            (CellOffset(segment), take as usize)
        })
        .collect())
}

/// The result of [`deleted`]: an iterator over records in file order.
pub struct Deleted<'h, I> {
    found: std::vec::IntoIter<Recovered<'h, I>>,
}

impl<'h, I> Iterator for Deleted<'h, I> {
    type Item = Recovered<'h, I>;

    fn next(&mut self) -> Option<Self::Item> {
        self.found.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.found.size_hint()
    }
}

/// Searches a hive for deleted keys and values.
///
/// The hive is walked once to determine the used space, and then read from start to end. Damage is not an
/// error: records of unreachable keys are returned with [`Origin::Unreferenced`].
pub fn deleted<I: Image>(hive: &Hive<I>) -> Deleted<'_, I> {
    let regions = Regions::of(hive);
    let candidates = scan::candidates(hive, &regions);
    let finder = Finder::new(hive, &regions, candidates);
    Deleted { found: finder.all().into_iter() }
}

/// A record without its key.
struct Candidate<R> {
    record: R,
    offset: CellOffset,
    origin: Origin,
}

struct Finder<'h, 'r, I> {
    hive: &'h Hive<I>,
    regions: &'r Regions,
    keys: Vec<Candidate<KeyNode<'h>>>,
    values: Vec<Candidate<KeyValue<'h>>>,
    /// Indexes in `keys`, by offset.
    by_offset: HashMap<CellOffset, usize>,
}

impl<'h, 'r, I: Image> Finder<'h, 'r, I> {
    fn new(hive: &'h Hive<I>, regions: &'r Regions, found: scan::Candidates<'h>) -> Self {
        let by_offset = found.keys.iter().enumerate().map(|(index, key)| (key.offset, index)).collect();
        Self { hive, regions, keys: found.keys, values: found.values, by_offset }
    }

    fn all(&self) -> Vec<Recovered<'h, I>> {
        // Paths and lists of segments are much shorter than the hive, unless it is forged, for example with
        // many keys at the end of long chains, or many values that share their data.
        let mut budget = self.hive.bins_len() * 2 + (1 << 20);
        let keys: Vec<RecoveredKey<'h>> = self.keys.iter().map(|key| self.key(key, &mut budget)).collect();
        let owners = self.owners(&keys, &mut budget);
        let mut segments = self.hive.bins_len() / 1024 + 1024;
        let mut all: Vec<_> = Vec::with_capacity(keys.len() + self.values.len());
        for value in &self.values {
            all.push(Recovered::Value(self.value(value, &owners, &mut segments)));
        }
        all.extend(keys.into_iter().map(Recovered::Key));
        all.sort_by_key(|recovered| match recovered {
            Recovered::Key(key) => key.offset,
            Recovered::Value(value) => value.offset,
        });
        all
    }

    fn key(&self, key: &Candidate<KeyNode<'h>>, budget: &mut u64) -> RecoveredKey<'h> {
        let (path, parent_written) = self.path(key, budget);
        let node = key.record;
        let sound = [
            path.is_full(),
            is_plausible_time(node.last_write()),
            scan::is_plain(node.name()),
            // Deleting a key updates its parent. If the parent is older, it is not the original one.
            parent_written.is_none_or(|time| time >= node.last_write()),
        ];
        let confidence = match sound.into_iter().filter(|sound| !sound).count() {
            0 => Confidence::High,
            1 => Confidence::Medium,
            _ => Confidence::Low,
        };
        RecoveredKey { node, offset: key.offset, origin: key.origin, path, confidence }
    }

    /// The path by the chain of parents, and the last-write time of the first one.
    fn path(&self, key: &Candidate<KeyNode<'h>>, budget: &mut u64) -> (RecoveredPath, Option<FileTime>) {
        let mut names = vec![key.record.name()];
        let mut parent = key.record.parent();
        let mut written = None;
        let mut upper = None;
        while names.len() <= MAX_DEPTH {
            if self.regions.is_used(parent) {
                if let Ok(living) = self.hive.key_at(parent) {
                    written.get_or_insert(living.last_write());
                    upper = living_path(&living, budget);
                }
                break;
            }
            let deleted = self.by_offset.get(&parent).and_then(|&index| self.keys.get(index));
            let Some(deleted) = deleted else { break };
            written.get_or_insert(deleted.record.last_write());
            names.push(deleted.record.name());
            parent = deleted.record.parent();
        }
        let len = names.iter().map(|name| 3 * name.len() as u64 + 1).sum::<u64>();
        match budget.checked_sub(len) {
            Some(left) => *budget = left,
            None => return (RecoveredPath::Partial(key.record.name().to_text_lossy().into()), written),
        }
        let lower = crate::key::join_names(names.into_iter().rev());
        let path = match upper {
            Some(upper) if upper.is_empty() => RecoveredPath::Full(lower.into()),
            Some(upper) => RecoveredPath::Full(format!("{upper}\\{lower}").into()),
            None => RecoveredPath::Partial(lower.into()),
        };
        (path, written)
    }

    /// For each value offset, the key whose value list, or the slack of it, still contains it.
    fn owners(&self, keys: &[RecoveredKey<'h>], budget: &mut u64) -> HashMap<CellOffset, Owner> {
        let known: HashSet<CellOffset> = self.values.iter().map(|value| value.offset).collect();
        let mut owners = HashMap::new();
        let mut last: Option<(CellOffset, Option<RecoveredPath>)> = None;
        for &(key, value) in &self.regions.former_values {
            if !known.contains(&value) {
                continue;
            }
            let path = match &last {
                Some((known, path)) if *known == key => path.clone(),
                _ => {
                    let living = self.hive.key_at(key).ok();
                    let path = living.and_then(|living| living_path(&living, budget));
                    let path = path.map(|path| RecoveredPath::Full(path.into()));
                    last = Some((key, path.clone()));
                    path
                }
            };
            if let Some(path) = path {
                owners.entry(value).or_insert(Owner { key, path, deleted: false });
            }
        }
        // The lists together are not longer than the hive, unless they are forged.
        let mut budget = self.hive.bins_len() / 4;
        for key in keys {
            let (list, count) = (key.node.value_list(), u64::from(key.node.value_count()));
            if count == 0 || self.regions.is_used(list) || count > budget {
                continue;
            }
            budget -= count;
            let Ok(offsets) = raw(self.hive, list, 4 * usize::try_from(count).unwrap_or(0)) else { continue };
            for value in u32s(&offsets).map(CellOffset).filter(|value| known.contains(value)) {
                owners.entry(value).or_insert_with(|| Owner {
                    key: key.offset,
                    path: key.path.clone(),
                    deleted: true,
                });
            }
        }
        owners
    }

    fn value(
        &self,
        value: &Candidate<KeyValue<'h>>,
        owners: &HashMap<CellOffset, Owner>,
        segments: &mut u64,
    ) -> RecoveredValue<'h, I> {
        let record = value.record;
        let data_state = self.data_state(&record, segments);
        let owner = owners.get(&value.offset).cloned();
        let sound = [
            record.data_type() <= 11,
            scan::is_plain(record.name()),
            matches!(data_state, DataState::InRecord | DataState::Unowned),
            // Without a name there is little evidence, so another check must pass.
            !record.name().is_empty() || owner.is_some(),
        ];
        let confidence = match sound.into_iter().filter(|sound| !sound).count() {
            0 => Confidence::High,
            1 => Confidence::Medium,
            _ => Confidence::Low,
        };
        RecoveredValue {
            hive: self.hive,
            record,
            offset: value.offset,
            origin: value.origin,
            owner,
            data_state,
            confidence,
        }
    }

    fn data_state(&self, record: &KeyValue<'h>, segments: &mut u64) -> DataState {
        if !record.is_resident() && self.hive.layout().big_data && record.data_len() > SEGMENT_LEN {
            match segments.checked_sub(u64::from(BigData::segments_for(record.data_len()))) {
                Some(left) => *segments = left,
                None => return DataState::Lost,
            }
        }
        let Ok(pieces) = pieces(self.hive, record) else { return DataState::Lost };
        if pieces.is_empty() {
            return DataState::InRecord;
        }
        let header = self.hive.layout().cell_header as usize;
        let mut state = DataState::Unowned;
        for (offset, len) in pieces {
            let end = offset.file_offset() + (header + len) as u64;
            if end > self.hive.bins_end() {
                return DataState::Lost;
            }
            if !self.regions.hold(offset, header + len) {
                state = DataState::Reused;
            }
        }
        state
    }
}

/// The path of an existing key, within the budget.
fn living_path<I: Image>(key: &Key<'_, I>, budget: &mut u64) -> Option<String> {
    // The cost of each step, for short names too.
    const WAY: u64 = 64;
    if *budget == 0 {
        return None;
    }
    let path = key.path().ok();
    *budget = budget.saturating_sub(WAY + path.as_ref().map_or(0, |path| path.len() as u64));
    path
}

/// True for times between the first Windows NT and the end of the century; others are invalid.
fn is_plausible_time(time: FileTime) -> bool {
    const YEAR_1993: u64 = 123_703_200_000_000_000;
    const YEAR_2100: u64 = 157_469_184_000_000_000;
    (YEAR_1993..YEAR_2100).contains(&time.0)
}
