//! Read access to a tree of files.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// An entry of a folder.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileEntry {
    /// Its name.
    pub name: String,
    /// True for a folder.
    pub is_folder: bool,
}

/// Why a folder or file could not be read. The sentence does not contain the path.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// The system refuses it.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The file has more bytes than any file of its kind.
    #[error("is larger than {0} bytes, which no such file is")]
    TooLarge(u64),
    /// The archive has no member of this name.
    #[error("is not in the archive")]
    NotInArchive,
    /// The member of an archive cannot be read.
    #[error("{}", .0.message())]
    Member(#[from] sources::ReadError),
    /// The server refuses it.
    #[cfg(feature = "smb")]
    #[error(transparent)]
    Share(#[from] smb::FileError),
}

/// A tree of files. Paths are relative to its root, with `/` as separator; the empty path is the root.
pub trait Files {
    /// The entries of a folder, in any order.
    fn list(&mut self, folder: &str) -> Result<Vec<FileEntry>, FilesError>;

    /// The content of a file of at most `most` bytes.
    fn read(&mut self, file: &str, most: u64) -> Result<Vec<u8>, FilesError>;

    /// A path as shown to users.
    fn shown(&self, path: &str) -> String;
}

/// A folder of this machine.
#[derive(Clone, Debug)]
pub struct Disk {
    root: PathBuf,
}

impl Disk {
    /// The tree below this folder.
    #[must_use]
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    fn at(&self, path: &str) -> PathBuf {
        if path.is_empty() { self.root.clone() } else { self.root.join(Path::new(path)) }
    }
}

impl Files for Disk {
    fn list(&mut self, folder: &str) -> Result<Vec<FileEntry>, FilesError> {
        let mut listed = Vec::new();
        for entry in fs::read_dir(self.at(folder))? {
            let entry = entry?;
            let kind = entry.file_type()?;
            // Links to folders are not followed, because they can form loops; links to files are.
            let is_folder = kind.is_dir();
            if is_folder || fs::metadata(entry.path()).is_ok_and(|metadata| metadata.is_file()) {
                listed.push(FileEntry { name: entry.file_name().to_string_lossy().into_owned(), is_folder });
            }
        }
        Ok(listed)
    }

    fn read(&mut self, file: &str, most: u64) -> Result<Vec<u8>, FilesError> {
        let mut bytes = Vec::new();
        let file = fs::File::open(self.at(file))?;
        file.take(most + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > most {
            return Err(FilesError::TooLarge(most));
        }
        Ok(bytes)
    }

    fn shown(&self, path: &str) -> String {
        self.at(path).display().to_string()
    }
}
