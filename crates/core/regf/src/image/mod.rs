//! Sources of the bytes of a hive.

use std::borrow::Cow;
use std::io;
use std::sync::Arc;

use crate::error::{Error, Problem, Structure};

mod file;
mod overlay;
mod store;

pub use file::{FileImage, PAGE, ReadAt};
pub use overlay::Overlay;

/// The bytes of a hive file.
///
/// Slices borrow from the image, so that names and data can be returned without copying. Byte slices, vectors
/// and smart pointers to images are images; [`FileImage`] reads a file on demand; [`Overlay`] replaces pages
/// of another image.
///
/// An image must not change while it is borrowed.
pub trait Image {
    /// The number of bytes.
    fn size(&self) -> u64;

    /// The `len` bytes at `offset`.
    fn slice(&self, offset: u64, len: usize) -> Result<&[u8], ImageError>;

    /// The bytes in memory from `offset` on, of any number. `None` if there are none, because the image ends
    /// or because they must be read first.
    ///
    /// This is an optimization: a caller that gets too few bytes uses another method.
    fn peek(&self, offset: u64) -> Option<&[u8]> {
        let _ = offset;
        None
    }

    /// At least `min` bytes at `offset`, and any further bytes in memory.
    fn at_least(&self, offset: u64, min: usize) -> Result<&[u8], ImageError> {
        self.slice(offset, min)
    }

    /// The `len` bytes at `offset`, copied if borrowing them would make the image keep a copy permanently.
    fn read(&self, offset: u64, len: usize) -> Result<Cow<'_, [u8]>, ImageError> {
        self.slice(offset, len).map(Cow::Borrowed)
    }

    /// Copies bytes from `offset` on without caching them, for callers that read much and keep little.
    fn copy_to(&self, offset: u64, to: &mut [u8]) -> Result<(), ImageError> {
        let bytes = self.read(offset, to.len())?;
        to.copy_from_slice(&bytes);
        Ok(())
    }
}

/// The reason why bytes of an image cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImageError {
    /// They are beyond the end of the image.
    #[error("the image ends before that")]
    Beyond,
    /// Reading them failed.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The limit for copies of overlapping ranges is exceeded; see [`FileImage`].
    #[error("too many overlapping ranges")]
    Overlapping,
}

impl ImageError {
    /// Converts it to an error in a hive; `end` is the end of the range.
    #[cold]
    pub(crate) fn locate(self, structure: Structure, offset: u64, end: u64, limit: u64) -> Error {
        let problem = match self {
            Self::Beyond => Problem::Beyond { end, limit },
            Self::Io(error) => Problem::Io(Arc::new(error)),
            Self::Overlapping => Problem::Overlapping,
        };
        Error::new(structure, offset, problem)
    }
}

impl Image for [u8] {
    #[inline]
    fn size(&self) -> u64 {
        self.len() as u64
    }

    #[inline]
    fn slice(&self, offset: u64, len: usize) -> Result<&[u8], ImageError> {
        self.at_least(offset, len).and_then(|bytes| bytes.get(..len).ok_or(ImageError::Beyond))
    }

    #[inline]
    fn peek(&self, offset: u64) -> Option<&[u8]> {
        self.get(usize::try_from(offset).ok()?..)
    }

    #[inline]
    fn at_least(&self, offset: u64, min: usize) -> Result<&[u8], ImageError> {
        usize::try_from(offset)
            .ok()
            .and_then(|offset| self.get(offset..))
            .filter(|bytes| bytes.len() >= min)
            .ok_or(ImageError::Beyond)
    }
}

macro_rules! forward {
    () => {
        #[inline]
        fn size(&self) -> u64 {
            Image::size(&**self)
        }

        #[inline]
        fn slice(&self, offset: u64, len: usize) -> Result<&[u8], ImageError> {
            Image::slice(&**self, offset, len)
        }

        #[inline]
        fn peek(&self, offset: u64) -> Option<&[u8]> {
            Image::peek(&**self, offset)
        }

        #[inline]
        fn at_least(&self, offset: u64, min: usize) -> Result<&[u8], ImageError> {
            Image::at_least(&**self, offset, min)
        }

        #[inline]
        fn read(&self, offset: u64, len: usize) -> Result<Cow<'_, [u8]>, ImageError> {
            Image::read(&**self, offset, len)
        }

        #[inline]
        fn copy_to(&self, offset: u64, to: &mut [u8]) -> Result<(), ImageError> {
            Image::copy_to(&**self, offset, to)
        }
    };
}

impl Image for Vec<u8> {
    forward!();
}

impl<T: Image + ?Sized> Image for &T {
    forward!();
}

impl<T: Image + ?Sized> Image for Box<T> {
    forward!();
}

impl<T: Image + ?Sized> Image for Arc<T> {
    forward!();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slice_never_reaches_beyond_its_image() {
        let image: &[u8] = b"0123456789";
        assert_eq!(Image::slice(image, 3, 4).unwrap(), b"3456");
        assert_eq!(Image::slice(image, 10, 0).unwrap(), b"");
        assert_eq!(image.at_least(8, 1).unwrap(), b"89");
        for (offset, len) in [(11, 0), (9, 2), (u64::MAX, 1), (0, usize::MAX), (u64::MAX, usize::MAX)] {
            assert!(Image::slice(image, offset, len).is_err(), "{offset} {len}");
            assert!(Image::slice(&Arc::new(image.to_vec()), offset, len).is_err(), "{offset} {len}");
        }
    }
}
