//! A file, or a member of an archive.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::member;
use crate::error::{Cause, ContentError, FileError, ReadError};

/// No hive in an archive that is larger is unpacked into memory: none of a real machine is.
pub(super) const LARGEST_HIVE: u64 = 1 << 30;
/// No transaction log that is larger is read: Windows keeps them below a fraction of this.
pub(super) const LARGEST_LOG: u64 = 256 << 20;
/// No export that is larger is read, which a machine's whole HKEY_LOCAL_MACHINE hardly reaches: parsed it takes a multiple.
pub(super) const LARGEST_EXPORT: u64 = 512 << 20;
/// No policy that is larger is read: real ones have some kilobytes.
pub(super) const LARGEST_POLICY: u64 = 64 << 20;
/// No snapshot that is larger is read: real ones have some hundred kilobytes.
pub(super) const LARGEST_SNAPSHOT: u64 = 256 << 20;

/// Where bytes are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Blob {
    /// A file.
    File {
        /// Its path.
        path: PathBuf,
        /// Its size in bytes.
        size: u64,
    },
    /// A member of a `.zip`.
    Member {
        /// The archive.
        archive: PathBuf,
        /// The member's index in it.
        index: usize,
        /// The member's name in it, with `/` between folders.
        name: String,
        /// The size in bytes that the archive claims.
        size: u64,
    },
}

impl Blob {
    /// The path for people: `archive.zip!member` for a member.
    #[must_use]
    pub fn shown(&self) -> String {
        match self {
            Self::File { path, .. } => path.display().to_string(),
            Self::Member { archive, name, .. } => format!("{}!{name}", archive.display()),
        }
    }

    /// The size in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        match self {
            Self::File { size, .. } | Self::Member { size, .. } => *size,
        }
    }

    /// The file's path, where it is a file of its own.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::File { path, .. } => Some(path),
            Self::Member { .. } => None,
        }
    }

    /// The name without folders.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::File { path, .. } => path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            Self::Member { name, .. } => name.rsplit('/').next().unwrap_or_default().to_owned(),
        }
    }

    /// The folder's name for people; equal for two blobs that lie side by side.
    #[must_use]
    pub fn folder(&self) -> String {
        match self {
            Self::File { path, .. } => path.parent().unwrap_or(Path::new("")).display().to_string(),
            Self::Member { archive, name, .. } => match name.rsplit_once('/') {
                Some((folder, _)) => format!("{}!{folder}", archive.display()),
                None => archive.display().to_string(),
            },
        }
    }

    /// The first bytes, at most `length` of them.
    pub(super) fn head(&self, length: usize) -> Result<Vec<u8>, Cause> {
        match self {
            Self::File { path, .. } => {
                let mut head = Vec::with_capacity(length);
                File::open(path)
                    .and_then(|file| file.take(length as u64).read_to_end(&mut head))
                    .map_err(|error| FileError::new(path, error))?;
                Ok(head)
            }
            Self::Member { archive, index, .. } => member::head(archive, *index, length as u64),
        }
    }

    /// The whole content.
    ///
    /// # Errors
    /// Also if it has more bytes than `limit`.
    pub fn read_at_most(&self, limit: u64) -> Result<Vec<u8>, ReadError> {
        self.content(limit).map_err(|cause| ReadError { place: self.shown(), cause })
    }

    /// The whole content, if it has at most `limit` bytes.
    pub(super) fn content(&self, limit: u64) -> Result<Vec<u8>, Cause> {
        let too_large = ContentError::TooLarge { limit };
        if self.size() > limit {
            return Err(too_large.into());
        }
        match self {
            Self::File { path, size } => {
                let mut bytes = Vec::with_capacity(usize::try_from(*size).unwrap_or(0));
                // It may grow while it is read.
                File::open(path)
                    .and_then(|file| file.take(limit + 1).read_to_end(&mut bytes))
                    .map_err(|error| FileError::new(path, error))?;
                if bytes.len() as u64 > limit { Err(too_large.into()) } else { Ok(bytes) }
            }
            Self::Member { archive, index, size, .. } => member::read(archive, *index, *size),
        }
    }
}
