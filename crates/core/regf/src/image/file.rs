//! A hive file that is read page by page, on demand.

use std::borrow::Cow;
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use super::store::Store;
use super::{Image, ImageError};

/// The size of a page in bytes: that of the smallest hive bin, and of a memory page on most machines.
pub const PAGE: usize = 4096;
const PAGE_U64: u64 = PAGE as u64;

/// Pages in one block of the page table: 2 MiB of the file.
const PIECE: usize = 512;

/// Something that can be read at any position without moving a cursor.
pub trait ReadAt {
    /// Reads some bytes at `offset` into `buffer` and returns their number; zero at the end of the file.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;
}

impl ReadAt for File {
    #[cfg(unix)]
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        std::os::unix::fs::FileExt::read_at(self, buffer, offset)
    }

    #[cfg(windows)]
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        std::os::windows::fs::FileExt::seek_read(self, buffer, offset)
    }
}

impl ReadAt for Vec<u8> {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let from = usize::try_from(offset).ok().and_then(|offset| self.get(offset..)).unwrap_or_default();
        let len = from.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..len), from.get(..len)) {
            to.copy_from_slice(from);
        }
        Ok(len)
    }
}

impl<T: ReadAt + ?Sized> ReadAt for &T {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        (**self).read_at(buffer, offset)
    }
}

impl<T: ReadAt + ?Sized> ReadAt for Box<T> {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        (**self).read_at(buffer, offset)
    }
}

/// An image that reads pages of 4096 bytes on first access and keeps them.
///
/// Looking up a few values in a large hive reads only the pages on the path. The file is not mapped into
/// memory: a failed read is an error, not a crash. Ranges that cross pages are copied once and kept. Their
/// total size is limited to twice the file size, which valid hives never approach, so that a forged hive
/// cannot exhaust memory.
///
/// It can be shared between threads.
#[derive(Debug)]
pub struct FileImage<R = File> {
    source: R,
    len: u64,
    pieces: Box<[OnceLock<Piece>]>,
    joined: Store,
    touched: AtomicU64,
}

type Page = OnceLock<Box<[u8]>>;
type Piece = Box<[Page]>;

impl FileImage<File> {
    /// Opens a file for reading.
    pub fn open(path: impl AsRef<Path>) -> io::Result<Self> {
        Self::from_file(File::open(path)?)
    }

    /// Creates an image of an open file.
    ///
    /// # Errors
    ///
    /// If its length cannot be determined.
    pub fn from_file(file: File) -> io::Result<Self> {
        let len = file.metadata()?.len();
        Ok(Self::new(file, len))
    }
}

impl<R: ReadAt> FileImage<R> {
    /// An image over `len` bytes of a source.
    pub fn new(source: R, len: u64) -> Self {
        let pieces = usize::try_from(len.div_ceil(PAGE_U64 * PIECE as u64)).unwrap_or(0);
        Self {
            source,
            len,
            pieces: std::iter::repeat_with(OnceLock::new).take(pieces).collect(),
            joined: Store::default(),
            touched: AtomicU64::new(0),
        }
    }

    /// The number of pages read so far.
    #[must_use]
    pub fn pages_touched(&self) -> u64 {
        self.touched.load(Ordering::Relaxed)
    }

    /// The source of the bytes.
    pub fn source(&self) -> &R {
        &self.source
    }

    /// The page with this index; shorter at the end of the file.
    fn page(&self, number: u64) -> Result<&[u8], ImageError> {
        let number_in_table = usize::try_from(number).map_err(|_| ImageError::Beyond)?;
        let piece = self.pieces.get(number_in_table / PIECE).ok_or(ImageError::Beyond)?;
        let piece = piece.get_or_init(|| std::iter::repeat_with(OnceLock::new).take(PIECE).collect());
        let page = piece.get(number_in_table % PIECE).ok_or(ImageError::Beyond)?;
        if let Some(bytes) = page.get() {
            return Ok(bytes);
        }
        let bytes = self.load(number)?;
        self.touched.fetch_add(1, Ordering::Relaxed);
        Ok(page.get_or_init(|| bytes))
    }

    #[cold]
    fn load(&self, number: u64) -> Result<Box<[u8]>, ImageError> {
        let start = number * PAGE_U64;
        let len = self.len.checked_sub(start).ok_or(ImageError::Beyond)?.min(PAGE_U64);
        let mut bytes = vec![0; usize::try_from(len).unwrap_or(0)];
        self.fill(start, &mut bytes)?;
        Ok(bytes.into())
    }

    /// Reads from the source itself.
    fn fill(&self, start: u64, bytes: &mut [u8]) -> Result<(), ImageError> {
        let mut filled = 0;
        while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match self.source.read_at(rest, start + filled as u64) {
                // The file was truncated since it was opened.
                Ok(0) => return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()),
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    fn check(&self, offset: u64, len: usize) -> Result<(), ImageError> {
        let end = offset.checked_add(len as u64).ok_or(ImageError::Beyond)?;
        if end > self.len { Err(ImageError::Beyond) } else { Ok(()) }
    }

    fn join(&self, offset: u64, len: usize) -> Result<Vec<u8>, ImageError> {
        let mut bytes = Vec::with_capacity(len);
        while bytes.len() < len {
            let position = offset + bytes.len() as u64;
            let here = self.at_least(position, 1)?;
            let take = here.len().min(len - bytes.len());
            bytes.extend_from_slice(here.get(..take).unwrap_or(here));
        }
        Ok(bytes)
    }
}

impl<R: ReadAt> Image for FileImage<R> {
    fn size(&self) -> u64 {
        self.len
    }

    #[inline]
    fn slice(&self, offset: u64, len: usize) -> Result<&[u8], ImageError> {
        self.at_least(offset, len)?.get(..len).ok_or(ImageError::Beyond)
    }

    #[inline]
    fn peek(&self, offset: u64) -> Option<&[u8]> {
        let number = usize::try_from(offset / PAGE_U64).ok()?;
        let page = self.pieces.get(number / PIECE)?.get()?.get(number % PIECE)?.get()?;
        page.get(usize::try_from(offset % PAGE_U64).ok()?..)
    }

    fn at_least(&self, offset: u64, min: usize) -> Result<&[u8], ImageError> {
        self.check(offset, min)?;
        if offset == self.len {
            return Ok(&[]);
        }
        let page = self.page(offset / PAGE_U64)?;
        let within = usize::try_from(offset % PAGE_U64).unwrap_or(0);
        let here = page.get(within..).unwrap_or_default();
        if here.len() >= min {
            return Ok(here);
        }
        if let Some(joined) = self.joined.get(offset, min) {
            return Ok(joined);
        }
        let joined = self.join(offset, min)?;
        self.joined.insert(offset, joined.into(), self.len.saturating_mul(2)).ok_or(ImageError::Overlapping)
    }

    fn read(&self, offset: u64, len: usize) -> Result<Cow<'_, [u8]>, ImageError> {
        self.check(offset, len)?;
        let within = usize::try_from(offset % PAGE_U64).unwrap_or(0);
        if within + len <= PAGE {
            self.slice(offset, len).map(Cow::Borrowed)
        } else {
            self.join(offset, len).map(Cow::Owned)
        }
    }

    fn copy_to(&self, offset: u64, to: &mut [u8]) -> Result<(), ImageError> {
        self.check(offset, to.len())?;
        self.fill(offset, to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(len: usize) -> Vec<u8> {
        (0..len).map(|i| u8::try_from((i / PAGE + i) % 251).unwrap()).collect()
    }

    #[test]
    fn ranges_within_and_across_pages_are_those_of_the_file() {
        let bytes = sample(3 * PAGE + 100);
        let image = FileImage::new(bytes.clone(), bytes.len() as u64);
        assert_eq!(image.pages_touched(), 0);
        for (offset, len) in [(0, 4), (4090, 10), (4095, 2), (0, bytes.len()), (3 * PAGE + 50, 50), (100, 0)]
        {
            let range = &bytes[offset..offset + len];
            assert_eq!(image.slice(offset as u64, len).unwrap(), range);
            assert_eq!(&*image.read(offset as u64, len).unwrap(), range);
            let touched = image.pages_touched();
            let mut copy = vec![0; len];
            image.copy_to(offset as u64, &mut copy).unwrap();
            assert_eq!((&copy[..], image.pages_touched()), (range, touched));
        }
        assert_eq!(image.pages_touched(), 4);
        assert!(image.slice(0, bytes.len() + 1).is_err());
        assert!(image.slice(u64::MAX, 2).is_err());
        assert!(image.slice(bytes.len() as u64, 0).unwrap().is_empty());
    }

    #[test]
    fn one_page_is_read_once() {
        let bytes = sample(10 * PAGE);
        let image = FileImage::new(bytes, 10 * PAGE_U64);
        for _ in 0..3 {
            image.slice(5 * PAGE_U64 + 8, 16).unwrap();
        }
        assert_eq!(image.pages_touched(), 1);
    }

    #[test]
    fn overlapping_ranges_cannot_fill_the_memory() {
        let bytes = sample(4 * PAGE);
        let image = FileImage::new(bytes, 4 * PAGE_U64);
        let mut kept = 0;
        let refused = (0..1000).find(|&offset| match image.slice(offset, 3 * PAGE) {
            Ok(_) => {
                kept += 1;
                false
            }
            Err(error) => matches!(error, ImageError::Overlapping),
        });
        assert!(refused.is_some());
        assert!(kept <= 3);
    }

    #[test]
    fn a_file_that_shrinks_or_fails_is_an_error() {
        struct Failing;
        impl ReadAt for Failing {
            fn read_at(&self, _: &mut [u8], _: u64) -> io::Result<usize> {
                Err(io::Error::other("bad sector"))
            }
        }
        let image = FileImage::new(Failing, 8192);
        assert!(matches!(image.slice(0, 4), Err(ImageError::Io(_))));
        let shorter = FileImage::new(vec![0; 100], 8192);
        assert!(matches!(shorter.slice(0, 4), Err(ImageError::Io(_))));
    }

    #[test]
    fn four_gibibytes_of_nothing_cost_little() {
        struct Zeros;
        impl ReadAt for Zeros {
            fn read_at(&self, buffer: &mut [u8], _: u64) -> io::Result<usize> {
                buffer.fill(0);
                Ok(buffer.len())
            }
        }
        let image = FileImage::new(Zeros, 4 << 30);
        assert_eq!(image.slice((4 << 30) - 4, 4).unwrap(), [0; 4]);
        assert_eq!(image.pages_touched(), 1);
    }
}
