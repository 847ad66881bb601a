//! A file, or a member of an archive.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::member;

/// Nothing larger is read into memory whole: no hive, export or policy of a real machine is.
pub(super) const LARGEST_IN_MEMORY: u64 = 1 << 30;

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
    pub(super) fn head(&self, length: usize) -> io::Result<Vec<u8>> {
        match self {
            Self::File { path, .. } => {
                let mut head = Vec::with_capacity(length);
                File::open(path)?.take(length as u64).read_to_end(&mut head)?;
                Ok(head)
            }
            Self::Member { archive, index, .. } => member::head(archive, *index, length as u64),
        }
    }

    /// The whole content.
    pub fn read(&self) -> io::Result<Vec<u8>> {
        match self {
            Self::File { path, size } => {
                if *size > LARGEST_IN_MEMORY {
                    return Err(too_large());
                }
                let mut bytes = Vec::with_capacity(usize::try_from(*size).unwrap_or(0));
                File::open(path)?.take(LARGEST_IN_MEMORY + 1).read_to_end(&mut bytes)?;
                if bytes.len() as u64 > LARGEST_IN_MEMORY { Err(too_large()) } else { Ok(bytes) }
            }
            Self::Member { archive, index, size, .. } => member::read(archive, *index, *size),
        }
    }
}

pub(super) fn too_large() -> io::Error {
    io::Error::new(io::ErrorKind::FileTooLarge, "larger than 1 GiB, which no registry file of this kind is")
}
