//! Read access to a tree of files.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// An entry of a folder.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileEntry {
    /// Its name.
    pub name: String,
    /// True for a folder.
    pub is_folder: bool,
}

/// A tree of files. Paths are relative to its root, with `/` as separator; the empty path is the root.
pub trait Files {
    /// The entries of a folder, in any order. The error is a sentence without the path.
    fn list(&mut self, folder: &str) -> Result<Vec<FileEntry>, String>;

    /// The content of a file of at most `most` bytes.
    fn read(&mut self, file: &str, most: u64) -> Result<Vec<u8>, String>;

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
    fn list(&mut self, folder: &str) -> Result<Vec<FileEntry>, String> {
        let mut listed = Vec::new();
        for entry in fs::read_dir(self.at(folder)).map_err(|error| error.to_string())? {
            let entry = entry.map_err(|error| error.to_string())?;
            let kind = entry.file_type().map_err(|error| error.to_string())?;
            // Links to folders are not followed, because they can form loops; links to files are.
            let is_folder = kind.is_dir();
            if is_folder || fs::metadata(entry.path()).is_ok_and(|metadata| metadata.is_file()) {
                listed.push(FileEntry { name: entry.file_name().to_string_lossy().into_owned(), is_folder });
            }
        }
        Ok(listed)
    }

    fn read(&mut self, file: &str, most: u64) -> Result<Vec<u8>, String> {
        let mut bytes = Vec::new();
        let file = fs::File::open(self.at(file)).map_err(|error| error.to_string())?;
        file.take(most + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
        if bytes.len() as u64 > most {
            return Err(format!("is larger than {most} bytes, which no such file is"));
        }
        Ok(bytes)
    }

    fn shown(&self, path: &str) -> String {
        self.at(path).display().to_string()
    }
}
