//! Changed pages over another image.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::file::PAGE;
use super::store::Store;
use super::{Image, ImageError};

const PAGE_U64: u64 = PAGE as u64;

/// An image with some of its pages replaced; the base does not change.
///
/// This is the result of log recovery: its cost depends on the changed pages, not on the size of the hive.
/// The overlay may be longer than its base; bytes in neither of them read as zeros.
#[derive(Debug)]
pub struct Overlay<I> {
    base: I,
    len: u64,
    pages: BTreeMap<u64, Box<[u8; PAGE]>>,
    joined: Store,
}

/// A page for offsets beyond the base that were not written.
static ZEROS: [u8; PAGE] = [0; PAGE];

impl<I: Image> Overlay<I> {
    /// An overlay without changes.
    pub fn new(base: I) -> Self {
        Self { len: base.size(), base, pages: BTreeMap::new(), joined: Store::default() }
    }

    /// The base image.
    pub fn base(&self) -> &I {
        &self.base
    }

    /// Returns the base image, without the changes.
    pub fn into_base(self) -> I {
        self.base
    }

    /// True if nothing was changed.
    #[must_use]
    pub fn is_unchanged(&self) -> bool {
        self.pages.is_empty() && self.len == self.base.size()
    }

    /// The changed pages: file offset (a multiple of [`PAGE`]) and bytes, in order.
    pub fn changed_pages(&self) -> impl Iterator<Item = (u64, &[u8; PAGE])> {
        self.pages.iter().map(|(number, page)| (number * PAGE_U64, &**page))
    }

    /// Extends the image to at least this length.
    pub fn grow(&mut self, len: u64) {
        self.len = self.len.max(len);
    }

    /// Writes bytes at an offset, extending the image if necessary.
    ///
    /// # Errors
    ///
    /// If the rest of a partly written page cannot be read from the base.
    pub fn write(&mut self, offset: u64, bytes: &[u8]) -> Result<(), ImageError> {
        let end = offset.checked_add(bytes.len() as u64).ok_or(ImageError::Beyond)?;
        // Copied ranges may be out of date now.
        self.joined = Store::default();
        self.grow(end);
        let mut rest = bytes;
        let mut position = offset;
        while !rest.is_empty() {
            let number = position / PAGE_U64;
            let within = usize::try_from(position % PAGE_U64).unwrap_or(0);
            let len = rest.len().min(PAGE - within);
            let (now, later) = rest.split_at(len);
            let page = match self.pages.entry(number) {
                std::collections::btree_map::Entry::Occupied(entry) => entry.into_mut(),
                std::collections::btree_map::Entry::Vacant(entry) => {
                    let mut page = Box::new([0; PAGE]);
                    if len < PAGE {
                        let available = self.base.size().saturating_sub(number * PAGE_U64).min(PAGE_U64);
                        let available = usize::try_from(available).unwrap_or(0);
                        if available > 0 {
                            let from = self.base.slice(number * PAGE_U64, available)?;
                            if let Some(to) = page.get_mut(..available) {
                                to.copy_from_slice(from);
                            }
                        }
                    }
                    entry.insert(page)
                }
            };
            if let Some(to) = page.get_mut(within..within + len) {
                to.copy_from_slice(now);
            }
            rest = later;
            position += len as u64;
        }
        Ok(())
    }

    /// All bytes with the changes applied.
    ///
    /// # Errors
    ///
    /// If the base cannot be read, or does not fit into memory.
    pub fn to_vec(&self) -> Result<Vec<u8>, ImageError> {
        let len = usize::try_from(self.len).map_err(|_| ImageError::Beyond)?;
        self.join(0, len)
    }

    fn changed_within(&self, offset: u64, len: usize) -> bool {
        let first = offset / PAGE_U64;
        let last = offset.saturating_add((len as u64).saturating_sub(1)) / PAGE_U64;
        self.pages.range(first..=last).next().is_some()
    }

    /// The bytes from `offset` to the end of its page, from the overlay, the base, or zeros.
    fn rest_of_page(&self, offset: u64) -> Result<&[u8], ImageError> {
        let within = usize::try_from(offset % PAGE_U64).unwrap_or(0);
        let len = usize::try_from((self.len - offset).min((PAGE - within) as u64)).unwrap_or(0);
        if let Some(page) = self.pages.get(&(offset / PAGE_U64)) {
            return page.get(within..within + len).ok_or(ImageError::Beyond);
        }
        let in_base = self.base.size().saturating_sub(offset).min(len as u64);
        match usize::try_from(in_base).unwrap_or(0) {
            0 => ZEROS.get(..len).ok_or(ImageError::Beyond),
            in_base => self.base.slice(offset, in_base),
        }
    }

    fn join(&self, offset: u64, len: usize) -> Result<Vec<u8>, ImageError> {
        let mut bytes = Vec::with_capacity(len);
        while bytes.len() < len {
            let here = self.rest_of_page(offset + bytes.len() as u64)?;
            let take = here.len().min(len - bytes.len());
            bytes.extend_from_slice(here.get(..take).unwrap_or(here));
        }
        Ok(bytes)
    }

    fn check(&self, offset: u64, len: usize) -> Result<(), ImageError> {
        let end = offset.checked_add(len as u64).ok_or(ImageError::Beyond)?;
        if end > self.len { Err(ImageError::Beyond) } else { Ok(()) }
    }
}

impl<I: Image> Image for Overlay<I> {
    fn size(&self) -> u64 {
        self.len
    }

    fn slice(&self, offset: u64, len: usize) -> Result<&[u8], ImageError> {
        self.at_least(offset, len)?.get(..len).ok_or(ImageError::Beyond)
    }

    #[inline]
    fn peek(&self, offset: u64) -> Option<&[u8]> {
        if self.is_unchanged() {
            return self.base.peek(offset);
        }
        // Only to the end of the page, because the next one may be changed.
        let within = usize::try_from(offset % PAGE_U64).unwrap_or(0);
        let bytes = match self.pages.get(&(offset / PAGE_U64)) {
            Some(page) => page.get(within..)?,
            None => self.base.peek(offset)?,
        };
        let len = usize::try_from(self.len.checked_sub(offset)?).unwrap_or(usize::MAX);
        bytes.get(..len.min(PAGE - within).min(bytes.len()))
    }

    fn at_least(&self, offset: u64, min: usize) -> Result<&[u8], ImageError> {
        if self.is_unchanged() {
            return self.base.at_least(offset, min);
        }
        self.check(offset, min)?;
        if offset == self.len {
            return Ok(&[]);
        }
        let here = self.rest_of_page(offset)?;
        if here.len() >= min {
            return Ok(here);
        }
        if !self.changed_within(offset, min) && offset + min as u64 <= self.base.size() {
            return self.base.slice(offset, min);
        }
        if let Some(joined) = self.joined.get(offset, min) {
            return Ok(joined);
        }
        let joined = self.join(offset, min)?;
        self.joined.insert(offset, joined.into(), self.len.saturating_mul(2)).ok_or(ImageError::Overlapping)
    }

    fn read(&self, offset: u64, len: usize) -> Result<Cow<'_, [u8]>, ImageError> {
        self.check(offset, len)?;
        if !self.changed_within(offset, len) && offset + len as u64 <= self.base.size() {
            return self.base.read(offset, len);
        }
        let within = usize::try_from(offset % PAGE_U64).unwrap_or(0);
        if within + len <= PAGE {
            self.slice(offset, len).map(Cow::Borrowed)
        } else {
            self.join(offset, len).map(Cow::Owned)
        }
    }

    fn copy_to(&self, offset: u64, to: &mut [u8]) -> Result<(), ImageError> {
        self.check(offset, to.len())?;
        if !self.changed_within(offset, to.len()) && offset + to.len() as u64 <= self.base.size() {
            return self.base.copy_to(offset, to);
        }
        to.copy_from_slice(&self.join(offset, to.len())?);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_overlay_without_changes_is_its_base() {
        let bytes = vec![7_u8; 5000];
        let overlay = Overlay::new(&bytes);
        assert!(overlay.is_unchanged());
        assert_eq!(overlay.slice(4000, 1000).unwrap(), &bytes[4000..]);
        assert_eq!(overlay.to_vec().unwrap(), bytes);
    }

    proptest! {
        /// Writes into an overlay and into a plain vector have equal results with every method of reading.
        #[test]
        fn writes_are_those_of_a_vector(
            len in 0_usize..12_000,
            writes in prop::collection::vec((0_u64..20_000, prop::collection::vec(any::<u8>(), 0..6000)), 0..6),
            reads in prop::collection::vec((0_u64..24_000, 0_usize..9000), 0..12),
        ) {
            let base: Vec<u8> = (0..len).map(|i| u8::try_from(i % 255).unwrap()).collect();
            let mut plain = base.clone();
            let mut overlay = Overlay::new(base);
            for (offset, bytes) in writes {
                let at = usize::try_from(offset).unwrap();
                plain.resize(plain.len().max(at + bytes.len()), 0);
                plain[at..at + bytes.len()].copy_from_slice(&bytes);
                overlay.write(offset, &bytes).unwrap();
            }
            prop_assert_eq!(overlay.to_vec().unwrap(), plain.clone());
            for (offset, len) in reads {
                let at = usize::try_from(offset).unwrap();
                let expected = plain.get(at..at + len);
                if let Some(bytes) = overlay.peek(offset) {
                    prop_assert_eq!(bytes, &plain[at..at + bytes.len()]);
                }
                let read = overlay.read(offset, len).ok();
                prop_assert_eq!(read.as_deref(), expected);
                match overlay.slice(offset, len) {
                    Ok(bytes) => prop_assert_eq!(Some(bytes), expected),
                    Err(ImageError::Overlapping) => {}
                    Err(_) => prop_assert_eq!(None, expected),
                }
            }
        }
    }
}
