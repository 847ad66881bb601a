//! Walks over whole trees, with a check of every cell.

use std::borrow::Cow;

use crate::bytes::u32s;
use crate::disk::{BigData, CellOffset, KeyNode, KeyValue, ListKind, SEGMENT_LEN, SubkeyList};
use crate::error::{Error, Problem, Result, Structure};
use crate::hive::Hive;
use crate::image::Image;
use crate::key::{Key, MAX_DEPTH, join_names};
use crate::marks::{Bins, KeyMarks};
use crate::subkeys::{Cursor, cut, list_in_cell};
use crate::value::{Value, missing_values, offsets_in};

/// The decision of a visitor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Step {
    /// Continue.
    #[default]
    Continue,
    /// Skip the values and subkeys of this key.
    Skip,
    /// End the walk.
    Stop,
}

/// Receives the results of a [`walk`].
///
/// The order: a key, its values in stored order, its subkeys in the order of the list, each with its subtree.
pub trait Visitor<'h, I: Image> {
    /// A key was reached; the last key of the trail.
    fn key(&mut self, trail: &Trail<'h, I>) -> Step;

    /// A value of the last key of the trail, with its data or an error.
    fn value(&mut self, trail: &Trail<'h, I>, value: &Value<'h, I>, data: Result<&[u8]>) -> Step;

    /// Something below the last key of the trail cannot be read. The walk continues with the rest.
    fn damage(&mut self, trail: &Trail<'h, I>, error: Error);

    /// The subtree of the last key of the trail was visited.
    fn leave(&mut self, _trail: &Trail<'h, I>) {}
}

/// The keys from the start of a walk to its current key.
pub struct Trail<'h, I> {
    keys: Vec<Key<'h, I>>,
}

impl<'h, I: Image> Trail<'h, I> {
    /// The keys, the outermost first. Never empty while a visitor is called, except for an error in the first
    /// key.
    pub fn keys(&self) -> &[Key<'h, I>] {
        &self.keys
    }

    /// The innermost key.
    pub fn key(&self) -> Option<&Key<'h, I>> {
        self.keys.last()
    }

    /// The depth of the innermost key below the first; 0 for the first itself.
    pub fn depth(&self) -> usize {
        self.keys.len().saturating_sub(1)
    }

    /// The path of the innermost key below the first; empty for the first itself.
    pub fn path(&self) -> String {
        join_names(self.keys.iter().skip(1).map(Key::name))
    }
}

/// Visits a key, all keys below it, their values and data.
///
/// Every key is visited at most once: a second reference to a key, for example by a loop, is reported as
/// damage and not followed. Values with two owners are visited for both, but the total size of all cells is
/// limited to four times that of the hive, so that every walk ends soon. These are checked: offsets, sizes,
/// use and bin of each cell; signatures and lengths of each record; counts against lists; the chain of bins;
/// depth.
///
/// Returns `false` if the visitor stopped the walk.
pub fn walk<'h, I: Image>(key: Key<'h, I>, visitor: &mut impl Visitor<'h, I>) -> bool {
    let hive = key.hive();
    let mut walker = Walker {
        hive,
        in_memory: hive.bins_in_memory(),
        bins: Bins::read(hive),
        met: KeyMarks::new(hive.bins_len()),
        budget: hive.bins_len().saturating_mul(4),
        last_security: CellOffset::NIL,
        trail: Trail { keys: Vec::with_capacity(16) },
        frames: Vec::with_capacity(16),
    };
    walker.run(key, visitor).is_some()
}

impl<I: Image> Hive<I> {
    /// Walks the whole hive; see [`walk`].
    ///
    /// # Errors
    ///
    /// If the hive has no root key.
    pub fn walk<'h>(&'h self, visitor: &mut impl Visitor<'h, I>) -> Result<bool> {
        Ok(walk(self.root()?, visitor))
    }
}

/// The remaining subkeys of a key: the rest of a leaf, then the rest of the leaves.
struct Frame<'h> {
    leaf: Option<Cursor<'h>>,
    root: Option<Cursor<'h>>,
}

struct Walker<'h, I> {
    hive: &'h Hive<I>,
    /// The hive bins data as one slice, if possible.
    in_memory: &'h [u8],
    bins: Bins,
    /// The visited keys.
    met: KeyMarks,
    /// The remaining budget for bytes of cells. Cells do not overlap, so a valid hive does not need more than
    /// its length.
    budget: u64,
    last_security: CellOffset,
    trail: Trail<'h, I>,
    frames: Vec<Frame<'h>>,
}

/// `None` if the visitor stopped the walk.
type Going = Option<()>;

impl<'h, I: Image> Walker<'h, I> {
    fn run(&mut self, key: Key<'h, I>, visitor: &mut impl Visitor<'h, I>) -> Going {
        if let Some(error) = self.bins.damage.take() {
            visitor.damage(&self.trail, error);
        }
        self.met.mark(key.offset());
        self.trail.keys.push(key);
        loop {
            self.enter(visitor)?;
            while !self.next(visitor) {
                if self.frames.is_empty() {
                    return Some(());
                }
            }
        }
    }

    /// Advances to the next key; false if it cannot be read, or the current key has no more subkeys.
    #[inline]
    fn next(&mut self, visitor: &mut impl Visitor<'h, I>) -> bool {
        let Some(offset) = self.next_subkey(visitor) else {
            if self.frames.pop().is_some() {
                visitor.leave(&self.trail);
                self.trail.keys.pop();
            }
            return false;
        };
        match self.cell(offset, Structure::KeyNode) {
            Ok(data) => match KeyNode::parse(data, self.hive.layout()) {
                Ok(node) if self.met.mark(offset) && self.trail.keys.len() <= MAX_DEPTH => {
                    self.trail.keys.push(Key::new(self.hive, node, offset));
                    return true;
                }
                Ok(_) => {
                    let too_deep = self.trail.keys.len() > MAX_DEPTH;
                    let problem = if too_deep { Problem::TooDeep } else { Problem::MetBefore };
                    self.fault(Structure::KeyNode, offset, problem, visitor);
                }
                Err(problem) => self.fault(Structure::KeyNode, offset, problem, visitor),
            },
            Err(error) => visitor.damage(&self.trail, error),
        }
        false
    }

    /// The data of an allocated cell that is in one bin.
    // Inlined into four callers, each a large part of the total cost.
    #[allow(clippy::inline_always)]
    #[inline(always)]
    fn cell(&mut self, offset: CellOffset, structure: Structure) -> Result<&'h [u8]> {
        let data = match cell_in(self.in_memory, offset) {
            Some(data) => data,
            None => self.hive.cell(offset, structure)?,
        };
        self.spend(offset, data.len(), structure)?;
        Ok(data)
    }

    /// Subtracts the length of a cell from the budget; an error if that is exhausted, or the cell crosses its
    /// bin.
    #[allow(clippy::inline_always)] // As above.
    #[inline(always)]
    fn spend(&mut self, offset: CellOffset, data_len: usize, structure: Structure) -> Result<()> {
        let left = self.budget.checked_sub(data_len as u64);
        if let Some(left) = left.filter(|_| self.bins.holds(offset, data_len + 4)) {
            self.budget = left;
            return Ok(());
        }
        Err(self.refused(offset, data_len, structure))
    }

    #[cold]
    fn refused(&self, offset: CellOffset, data_len: usize, structure: Structure) -> Error {
        let within = self.bins.holds(offset, data_len + 4);
        let problem = if within { Problem::Overlapping } else { Problem::CrossesBin };
        Error::new(structure, offset.file_offset(), problem)
    }

    /// Visits the innermost key, and its values.
    #[inline]
    fn enter(&mut self, visitor: &mut impl Visitor<'h, I>) -> Going {
        let Some(&key) = self.trail.keys.last() else { return Some(()) };
        match visitor.key(&self.trail) {
            Step::Stop => return None,
            Step::Skip => {}
            Step::Continue => {
                self.attachments(&key, visitor);
                self.values(&key, visitor)?;
                if key.subkey_count() > 0 && self.open(key.node().subkey_list(), visitor) {
                    return Some(());
                }
            }
        }
        visitor.leave(&self.trail);
        self.trail.keys.pop();
        Some(())
    }

    /// Security item and class name.
    #[inline]
    fn attachments(&mut self, key: &Key<'h, I>, visitor: &mut impl Visitor<'h, I>) {
        let security = key.node().security();
        if security != self.last_security {
            self.last_security = security;
            if let Err(error) = key.security() {
                visitor.damage(&self.trail, error);
            }
        }
        if key.node().class_len() != 0 {
            let class = key.class_name().and_then(|name| {
                name.map_or(Ok(()), |name| {
                    self.spend(key.node().class(), name.bytes().len(), Structure::ClassName)
                })
            });
            if let Err(error) = class {
                visitor.damage(&self.trail, error);
            }
        }
    }

    #[inline]
    fn values(&mut self, key: &Key<'h, I>, visitor: &mut impl Visitor<'h, I>) -> Going {
        let (list, count) = (key.node().value_list(), key.value_count());
        if count == 0 {
            return Some(());
        }
        let offsets = match self.cell(list, Structure::ValueList) {
            Ok(data) => offsets_in(data, count),
            Err(error) => {
                visitor.damage(&self.trail, error);
                return Some(());
            }
        };
        for offset in offsets {
            let offset = CellOffset(u32::from_le_bytes(*offset));
            // Not as a result that contains the value, because it would be built in memory for every value.
            match self.cell(offset, Structure::KeyValue) {
                Ok(data) => match KeyValue::parse(data, self.hive.layout()) {
                    Ok(record) => {
                        let value = Value::new(self.hive, record, offset);
                        if self.data(&value, visitor) == Step::Stop {
                            return None;
                        }
                    }
                    Err(problem) => self.fault(Structure::KeyValue, offset, problem, visitor),
                },
                Err(error) => visitor.damage(&self.trail, error),
            }
        }
        if offsets.len() < count as usize {
            visitor.damage(&self.trail, missing_values(list, count, offsets.len()));
        }
        Some(())
    }

    #[cold]
    fn fault(
        &self,
        structure: Structure,
        offset: CellOffset,
        problem: Problem,
        visitor: &mut impl Visitor<'h, I>,
    ) {
        visitor.damage(&self.trail, Error::new(structure, offset.file_offset(), problem));
    }

    /// Visits a value with its data.
    #[inline]
    fn data(&mut self, value: &Value<'h, I>, visitor: &mut impl Visitor<'h, I>) -> Step {
        let record = value.record();
        let len = record.data_len() as usize;
        // One call of the visitor for both, so that inlining it pays.
        let data = if record.is_resident() {
            match record.resident_bytes().get(..len) {
                Some(data) => Ok(data),
                None => return self.data_slow(value, visitor),
            }
        } else {
            let offset = record.data_offset();
            match cell_in(self.in_memory, offset).and_then(|cell| Some((cell.len(), cell.get(..len)?))) {
                Some((spent, data)) if len <= SEGMENT_LEN as usize => {
                    self.spend(offset, spent, Structure::ValueData).map(|()| data)
                }
                _ => return self.data_slow(value, visitor),
            }
        };
        visitor.value(&self.trail, value, data)
    }

    #[inline(never)]
    fn data_slow(&mut self, value: &Value<'h, I>, visitor: &mut impl Visitor<'h, I>) -> Step {
        let record = value.record();
        let len = record.data_len();
        let data = if record.is_resident() || len == 0 {
            value.data()
        } else if len > SEGMENT_LEN && self.hive.layout().big_data {
            self.segments(value)
        } else {
            value.data().and_then(|data| {
                self.spend(record.data_offset(), data.len(), Structure::ValueData)?;
                Ok(data)
            })
        };
        match data {
            Ok(data) => visitor.value(&self.trail, value, Ok(&data)),
            Err(error) => visitor.value(&self.trail, value, Err(error)),
        }
    }

    fn segments(&mut self, value: &Value<'h, I>) -> Result<Cow<'h, [u8]>> {
        let offset = value.record().data_offset();
        let data = value.data()?;
        let head = self.hive.cell_bytes(offset, Structure::BigData, 8)?;
        let Ok(record) = BigData::parse(&head) else {
            self.spend(offset, data.len(), Structure::ValueData)?;
            return Ok(data);
        };
        self.spend(offset, 8, Structure::BigData)?;
        let count = BigData::segments_for(value.data_len()) as usize;
        let list = self.hive.cell_bytes(record.list, Structure::BigData, 4 * count)?;
        self.spend(record.list, 4 * count, Structure::BigData)?;
        let mut left = data.len();
        for segment in u32s(&list) {
            let take = left.min(SEGMENT_LEN as usize);
            self.spend(CellOffset(segment), take, Structure::BigData)?;
            left -= take;
        }
        Ok(data)
    }

    /// Begins with the subkeys of the innermost key; false if there are none.
    #[inline]
    fn open(&mut self, offset: CellOffset, visitor: &mut impl Visitor<'h, I>) -> bool {
        match self.list(offset) {
            Ok(list) => {
                let cursor = Cursor { list, offset, next: 0 };
                self.frames.push(match list.kind() {
                    ListKind::IndexRoot => Frame { leaf: None, root: Some(cursor) },
                    _ => Frame { leaf: Some(cursor), root: None },
                });
                true
            }
            Err(error) => {
                visitor.damage(&self.trail, error);
                false
            }
        }
    }

    #[inline]
    fn list(&mut self, offset: CellOffset) -> Result<SubkeyList<'h>> {
        list_in_cell(offset, self.cell(offset, Structure::SubkeyList)?)
    }

    /// The next subkey of the innermost key.
    #[inline]
    fn next_subkey(&mut self, visitor: &mut impl Visitor<'h, I>) -> Option<CellOffset> {
        loop {
            let frame = self.frames.last_mut()?;
            if let Some(leaf) = &mut frame.leaf {
                if let Some(element) = leaf.advance() {
                    return Some(element.offset);
                }
                let Cursor { list, offset, .. } = *leaf;
                frame.leaf = None;
                if list.is_cut() {
                    visitor.damage(&self.trail, cut(list, offset));
                }
            }
            let root = frame.root.as_mut()?;
            let Some(element) = root.advance() else {
                let Cursor { list, offset, .. } = *root;
                frame.root = None;
                if list.is_cut() {
                    visitor.damage(&self.trail, cut(list, offset));
                }
                return None;
            };
            match self.list(element.offset) {
                Ok(leaf) if leaf.kind() == ListKind::IndexRoot => {
                    let at = element.offset.file_offset();
                    visitor
                        .damage(&self.trail, Error::new(Structure::SubkeyList, at, Problem::NestedIndexRoot));
                }
                Ok(list) => {
                    if let Some(frame) = self.frames.last_mut() {
                        frame.leaf = Some(Cursor { list, offset: element.offset, next: 0 });
                    }
                }
                Err(error) => visitor.damage(&self.trail, error),
            }
        }
    }
}

/// The data of an allocated cell in hive bins data with short cell headers, if it is valid.
#[inline]
fn cell_in(bins: &[u8], offset: CellOffset) -> Option<&[u8]> {
    let (size, rest) = bins.get(offset.0 as usize..)?.split_first_chunk::<4>()?;
    // A free cell has a positive size; its negation exceeds the size of any cell.
    let len = u32::from_le_bytes(*size).wrapping_neg();
    if (len | offset.0) & 7 != 0 { None } else { rest.get(..(len as usize).wrapping_sub(4)) }
}
