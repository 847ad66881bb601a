//! Iterators over subkeys.

use crate::disk::{CellOffset, ListElement, ListKind, SubkeyList};
use crate::error::{Error, Problem, Result, Structure};
use crate::hive::Hive;
use crate::image::Image;
use crate::key::Key;

/// The size of the shortest cell of a key: header and record without a name.
const SHORTEST_KEY: u64 = 80;

/// Reads the list at an offset.
#[inline]
pub(crate) fn list_at<I: Image>(hive: &Hive<I>, offset: CellOffset) -> Result<SubkeyList<'_>> {
    list_in_cell(offset, hive.cell(offset, Structure::SubkeyList)?)
}

/// Reads the list in a cell whose data was read already.
#[inline]
pub(crate) fn list_in_cell(offset: CellOffset, data: &[u8]) -> Result<SubkeyList<'_>> {
    SubkeyList::parse(data)
        .map_err(|problem| Error::new(Structure::SubkeyList, offset.file_offset(), problem))
}

/// The error for a list whose stored number of elements is too large.
#[cold]
pub(crate) fn cut(list: SubkeyList<'_>, offset: CellOffset) -> Error {
    let problem = Problem::Count { claimed: u64::from(list.claimed()), possible: list.len() as u64 };
    Error::new(Structure::SubkeyList, offset.file_offset(), problem)
}

/// A list and the position in it.
#[derive(Clone, Copy)]
pub(crate) struct Cursor<'h> {
    pub(crate) list: SubkeyList<'h>,
    pub(crate) offset: CellOffset,
    pub(crate) next: usize,
}

impl<'h> Cursor<'h> {
    fn new(list: SubkeyList<'h>, offset: CellOffset) -> Self {
        Self { list, offset, next: 0 }
    }

    #[inline]
    pub(crate) fn advance(&mut self) -> Option<ListElement> {
        let element = self.list.get(self.next)?;
        self.next += 1;
        Some(element)
    }
}

/// The subkeys of a key in the order of their list; see [`Key::subkeys`].
pub struct Subkeys<'h, I> {
    elements: Elements<'h, I>,
}

impl<'h, I: Image> Subkeys<'h, I> {
    pub(crate) fn new(key: &Key<'h, I>) -> Self {
        Self { elements: Elements::new(key) }
    }
}

impl<'h, I: Image> Iterator for Subkeys<'h, I> {
    type Item = Result<Key<'h, I>>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let element = self.elements.next()?;
        Some(element.and_then(|(_, element)| Key::at(self.elements.hive, element.offset)))
    }
}

/// The elements of all leaves of a key's subkey list, with errors of lists in between.
pub(crate) struct Elements<'h, I> {
    hive: &'h Hive<I>,
    /// The list that is not read yet; the index root and the leaf that are being read.
    start: Option<CellOffset>,
    root: Option<Cursor<'h>>,
    leaf: Option<Cursor<'h>>,
    /// The maximum number of elements that may follow: the number of keys that fit into the hive.
    left: u64,
}

impl<'h, I: Image> Elements<'h, I> {
    pub(crate) fn new(key: &Key<'h, I>) -> Self {
        let hive = key.hive();
        let node = key.node();
        Self {
            hive,
            start: (node.subkey_count() > 0).then(|| node.subkey_list()),
            root: None,
            leaf: None,
            left: hive.bins_len() / SHORTEST_KEY + 1,
        }
    }

    #[cold]
    fn end(&mut self) {
        (self.start, self.root, self.leaf) = (None, None, None);
    }
}

impl<I: Image> Iterator for Elements<'_, I> {
    type Item = Result<(ListKind, ListElement)>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(leaf) = &mut self.leaf {
                if let Some(element) = leaf.advance() {
                    if self.left == 0 {
                        let problem = Problem::Count {
                            claimed: u64::MAX,
                            possible: self.hive.bins_len() / SHORTEST_KEY,
                        };
                        let error = Error::new(Structure::SubkeyList, leaf.offset.file_offset(), problem);
                        self.end();
                        return Some(Err(error));
                    }
                    self.left -= 1;
                    return Some(Ok((leaf.list.kind(), element)));
                }
                let (list, offset) = (leaf.list, leaf.offset);
                self.leaf = None;
                if list.is_cut() {
                    return Some(Err(cut(list, offset)));
                }
            }
            if let Some(root) = &mut self.root {
                let Some(element) = root.advance() else {
                    let (list, offset) = (root.list, root.offset);
                    self.root = None;
                    if list.is_cut() {
                        return Some(Err(cut(list, offset)));
                    }
                    return None;
                };
                // An empty leaf must count too, otherwise a root could repeat one many times.
                self.left = self.left.saturating_sub(1);
                match list_at(self.hive, element.offset) {
                    Ok(list) if list.kind() == ListKind::IndexRoot => {
                        let offset = element.offset.file_offset();
                        return Some(Err(Error::new(
                            Structure::SubkeyList,
                            offset,
                            Problem::NestedIndexRoot,
                        )));
                    }
                    Ok(list) => self.leaf = Some(Cursor::new(list, element.offset)),
                    Err(error) => return Some(Err(error)),
                }
                continue;
            }
            let offset = self.start.take()?;
            match list_at(self.hive, offset) {
                Ok(list) if list.kind() == ListKind::IndexRoot => self.root = Some(Cursor::new(list, offset)),
                Ok(list) => self.leaf = Some(Cursor::new(list, offset)),
                Err(error) => return Some(Err(error)),
            }
        }
    }
}
