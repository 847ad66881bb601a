//! A file, or a member of an archive.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::member;
use crate::error::{Cause, ContentError, FileError, ReadError};

/// Limit for a hive in an archive, which is unpacked into memory. No hive of a real machine is larger.
pub(super) const LARGEST_HIVE: u64 = 1 << 30;
/// Limit for a transaction log. Windows keeps logs far smaller.
pub(super) const LARGEST_LOG: u64 = 256 << 20;
/// Limit for an export. An export of a whole HKEY_LOCAL_MACHINE rarely reaches it, and parsing needs a
/// multiple of the size.
pub(super) const LARGEST_EXPORT: u64 = 512 << 20;
/// Limit for a policy file. Real ones have a few kilobytes.
pub(super) const LARGEST_POLICY: u64 = 64 << 20;
/// Limit for an event log in an archive, which is unpacked into memory. Windows keeps most below 20 MiB.
pub(super) const LARGEST_EVENT_LOG: u64 = 512 << 20;
/// Limit for a snapshot. Real ones have a few hundred kilobytes.
pub(super) const LARGEST_SNAPSHOT: u64 = 256 << 20;

/// The location of a byte sequence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Blob {
    /// A file on disk.
    File {
        /// Its path.
        path: PathBuf,
        /// Its size in bytes.
        size: u64,
    },
    /// A member of a `.zip` archive.
    Member {
        /// The path of the archive.
        archive: PathBuf,
        /// The index of the member in the archive.
        index: usize,
        /// The name of the member in the archive, with `/` between folders.
        name: String,
        /// The size in bytes as stated in the archive.
        size: u64,
    },
}

impl Blob {
    /// The file at this path, or the member that `ARCHIVE!MEMBER` names.
    ///
    /// # Errors
    /// If the file or the member does not exist.
    pub fn open(path: &Path) -> Result<Self, ReadError> {
        let failed = |cause: Cause| ReadError { place: path.display().to_string(), cause };
        match path.metadata() {
            Ok(metadata) => Ok(Self::File { path: path.to_owned(), size: metadata.len() }),
            Err(error) => {
                let Some((archive, wanted)) = member::split(path) else {
                    return Err(failed(FileError::new(path, error).into()));
                };
                let named = |blob: &Self| matches!(blob, Self::Member { name, .. } if *name == wanted);
                let members = Self::members(&archive)?;
                members
                    .into_iter()
                    .find(named)
                    .ok_or_else(|| failed(ContentError::NoMember(wanted.clone()).into()))
            }
        }
    }

    /// The archive and the member that `ARCHIVE!MEMBER` names; `None` for another path.
    #[must_use]
    pub fn in_archive(path: &Path) -> Option<(PathBuf, String)> {
        if path.exists() { None } else { member::split(path) }
    }

    /// The files in an archive.
    ///
    /// # Errors
    /// If it cannot be read, or is not an archive.
    pub fn members(archive: &Path) -> Result<Vec<Self>, ReadError> {
        let listed = member::list(archive, 0);
        let listed = listed.map_err(|cause| ReadError { place: archive.display().to_string(), cause })?;
        Ok(listed.0.into_iter().map(|(blob, _)| blob).collect())
    }

    /// The path for display: `archive.zip!member` for a member.
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

    /// The path of the file; `None` for a member of an archive.
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

    /// The folder's name for display; equal for two blobs in the same folder.
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

    /// The first bytes, up to `length`.
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

    /// The whole content, which may have up to `limit` bytes.
    pub(super) fn content(&self, limit: u64) -> Result<Vec<u8>, Cause> {
        let too_large = ContentError::TooLarge { limit };
        if self.size() > limit {
            return Err(too_large.into());
        }
        match self {
            Self::File { path, size } => {
                let mut bytes = Vec::with_capacity(usize::try_from(*size).unwrap_or(0));
                // The file may grow during the read.
                File::open(path)
                    .and_then(|file| file.take(limit + 1).read_to_end(&mut bytes))
                    .map_err(|error| FileError::new(path, error))?;
                if bytes.len() as u64 > limit { Err(too_large.into()) } else { Ok(bytes) }
            }
            Self::Member { archive, index, size, .. } => member::read(archive, *index, *size),
        }
    }
}
