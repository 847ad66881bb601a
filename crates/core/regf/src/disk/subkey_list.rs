//! Lists of subkeys: index leaves (`li`), fast leaves (`lf`), hash leaves (`lh`), index roots (`ri`).

use crate::bytes::{u16_at, u32_at};
use crate::disk::CellOffset;
use crate::error::Problem;

/// The kind of a subkey list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ListKind {
    /// `li`: offsets of keys.
    IndexLeaf,
    /// `lf`: offsets of keys, each with the first four characters of the name.
    FastLeaf,
    /// `lh`: offsets of keys, each with a hash of the name.
    HashLeaf,
    /// `ri`: offsets of leaves.
    IndexRoot,
}

impl ListKind {
    /// The kind with this signature.
    #[inline]
    #[must_use]
    pub fn of_signature(signature: [u8; 2]) -> Option<Self> {
        match &signature {
            b"li" => Some(Self::IndexLeaf),
            b"lf" => Some(Self::FastLeaf),
            b"lh" => Some(Self::HashLeaf),
            b"ri" => Some(Self::IndexRoot),
            _ => None,
        }
    }

    /// The signature of the kind.
    #[must_use]
    pub fn signature(self) -> [u8; 2] {
        *match self {
            Self::IndexLeaf => b"li",
            Self::FastLeaf => b"lf",
            Self::HashLeaf => b"lh",
            Self::IndexRoot => b"ri",
        }
    }

    /// The length of an element in bytes.
    #[inline]
    #[must_use]
    pub const fn element_len(self) -> usize {
        match self {
            Self::IndexLeaf | Self::IndexRoot => 4,
            Self::FastLeaf | Self::HashLeaf => 8,
        }
    }

    /// The kind of leaf for new lists in a hive of this minor version: `lh` above 4, `lf` for 3 and 4, `li`
    /// before.
    #[must_use]
    pub const fn for_minor(minor: u32) -> Self {
        match minor {
            0..=2 => Self::IndexLeaf,
            3 | 4 => Self::FastLeaf,
            _ => Self::HashLeaf,
        }
    }
}

/// An element of a leaf or of an index root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListElement {
    /// The key, or the leaf in an index root.
    pub offset: CellOffset,
    /// The hash of the name in a hash leaf, its first four characters in a fast leaf, otherwise zero.
    pub hint: u32,
}

/// A list of subkeys, or of leaves.
#[derive(Clone, Copy)]
pub struct SubkeyList<'a> {
    kind: ListKind,
    elements: &'a [u8],
    claimed: u16,
}

/// Signature and count.
const HEAD: usize = 4;

impl<'a> SubkeyList<'a> {
    /// Reads a list from the data of its cell. A list whose count exceeds its cell is truncated; see
    /// [`SubkeyList::is_cut`].
    ///
    /// # Errors
    ///
    /// If the signature is not that of a list, or the cell too short for signature and count.
    #[inline]
    pub fn parse(data: &'a [u8]) -> Result<Self, Problem> {
        let Some((head, rest)) = data.split_first_chunk::<HEAD>() else {
            return Err(Problem::TooShort { needed: HEAD as u64, found: data.len() as u64 });
        };
        let Some(kind) = ListKind::of_signature([head[0], head[1]]) else {
            return Err(Problem::Signature { expected: "lh", found: [head[0], head[1], 0, 0] });
        };
        let claimed = u16_at(head, 2);
        let len = usize::from(claimed) * kind.element_len();
        let elements = rest.get(..len).unwrap_or_else(|| {
            let whole = rest.len() - rest.len() % kind.element_len();
            rest.get(..whole).unwrap_or_default()
        });
        Ok(Self { kind, elements, claimed })
    }

    /// The kind of list.
    #[inline]
    #[must_use]
    pub fn kind(self) -> ListKind {
        self.kind
    }

    /// The number of elements that are present.
    #[inline]
    #[must_use]
    pub fn len(self) -> usize {
        self.elements.len() / self.kind.element_len()
    }

    /// True if the list has no elements.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.elements.is_empty()
    }

    /// The stored number of elements.
    #[must_use]
    pub fn claimed(self) -> u16 {
        self.claimed
    }

    /// True if the stored number of elements exceeds the cell.
    #[inline]
    #[must_use]
    pub fn is_cut(self) -> bool {
        usize::from(self.claimed) > self.len()
    }

    /// The element with this index.
    #[inline]
    #[must_use]
    pub fn get(self, index: usize) -> Option<ListElement> {
        let len = self.kind.element_len();
        let bytes = self.elements.get(index.checked_mul(len)?..)?;
        if len == 8 {
            let element = bytes.first_chunk::<8>()?;
            Some(ListElement { offset: CellOffset(u32_at(element, 0)), hint: u32_at(element, 4) })
        } else {
            let element = bytes.first_chunk::<4>()?;
            Some(ListElement { offset: CellOffset(u32_at(element, 0)), hint: 0 })
        }
    }

    /// All elements in order.
    pub fn iter(self) -> impl Iterator<Item = ListElement> + 'a {
        (0..self.len()).filter_map(move |index| self.get(index))
    }

    /// The elements of a hash leaf or a fast leaf, each as offset and hint.
    #[inline]
    pub(crate) fn hinted(self) -> &'a [[u8; 8]] {
        self.elements.as_chunks::<8>().0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_its_elements() {
        let list = SubkeyList::parse(b"lh\x02\0\x10\0\0\0\x01\0\0\0\x20\0\0\0\x02\0\0\0\0\0\0\0").unwrap();
        assert_eq!(list.kind(), ListKind::HashLeaf);
        let elements: Vec<_> = list.iter().map(|e| (e.offset.0, e.hint)).collect();
        assert_eq!(elements, [(0x10, 1), (0x20, 2)]);
        assert!(!list.is_cut());
        let list = SubkeyList::parse(b"ri\x01\0\x10\0\0\0").unwrap();
        assert_eq!(list.get(0), Some(ListElement { offset: CellOffset(0x10), hint: 0 }));
        assert_eq!(list.get(1), None);
        for kind in [ListKind::IndexLeaf, ListKind::FastLeaf, ListKind::HashLeaf, ListKind::IndexRoot] {
            assert_eq!(ListKind::of_signature(kind.signature()), Some(kind));
        }
    }

    #[test]
    fn a_count_beyond_the_cell_is_cut() {
        let list = SubkeyList::parse(b"lf\xFF\xFF\x10\0\0\0abcd\x20\0").unwrap();
        assert_eq!((list.len(), list.claimed(), list.is_cut()), (1, 0xFFFF, true));
        assert!(SubkeyList::parse(b"lh").is_err());
        assert!(SubkeyList::parse(b"xx\0\0").is_err());
    }
}
