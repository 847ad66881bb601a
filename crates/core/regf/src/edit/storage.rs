//! The files that a commit writes to.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use super::commit::Target;
use super::editor::{Editor, Options};
use super::error::{CommitError, EditError};
use crate::image::{FileImage, Image, ReadAt};

/// A file, or a substitute for one.
pub trait Storage {
    /// Reads some bytes at an offset and returns their number; zero at the end.
    fn read_at(&self, offset: u64, to: &mut [u8]) -> io::Result<usize>;
    /// Writes all bytes at an offset.
    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()>;
    /// Extends it to this length with zeros.
    fn set_len(&mut self, len: u64) -> io::Result<()>;
    /// Returns when all written data is durable.
    fn sync(&mut self) -> io::Result<()>;
}

/// A hive and its logs.
pub trait Files {
    /// Returns one of them; a log that does not exist is created.
    fn storage(&mut self, target: Target) -> io::Result<&mut dyn Storage>;
}

impl Storage for File {
    fn read_at(&self, offset: u64, to: &mut [u8]) -> io::Result<usize> {
        ReadAt::read_at(self, to, offset)
    }

    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        #[cfg(unix)]
        return std::os::unix::fs::FileExt::write_all_at(self, bytes, offset);
        #[cfg(windows)]
        {
            let (mut bytes, mut offset) = (bytes, offset);
            while !bytes.is_empty() {
                match std::os::windows::fs::FileExt::seek_write(self, bytes, offset) {
                    Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                    Ok(written) => {
                        bytes = bytes.get(written..).unwrap_or_default();
                        offset += written as u64;
                    }
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => return Err(error),
                }
            }
            Ok(())
        }
    }

    fn set_len(&mut self, len: u64) -> io::Result<()> {
        File::set_len(self, len)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_all()
    }
}

/// The reason why a hive's files cannot be opened for editing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Another program has it open or locked.
    #[error("the hive {} is in use by another program", .0.display())]
    InUse(PathBuf),
    /// A file cannot be opened or read.
    #[error("{}: {source}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The hive cannot be edited.
    #[error(transparent)]
    Edit(#[from] EditError),
}

/// A hive file with its logs, under an exclusive lock until it is dropped.
///
/// The lock excludes other programs that request one. Windows opens loaded hives without sharing, so opening
/// such a hive fails.
#[derive(Debug)]
pub struct HiveFiles {
    path: PathBuf,
    hive: File,
    logs: [Option<File>; 3],
}

/// The suffixes of the logs' names, in the order in which an editor takes them.
const LOGS: [(Target, &str); 3] = [(Target::Log1, ".LOG1"), (Target::Log2, ".LOG2"), (Target::Log, ".LOG")];

impl HiveFiles {
    /// Opens and locks a hive file for reading and writing.
    ///
    /// # Errors
    ///
    /// [`OpenError::InUse`], or the error of the system.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        let path = path.as_ref();
        let at = |source: io::Error| {
            // ERROR_SHARING_VIOLATION and ERROR_LOCK_VIOLATION.
            if cfg!(windows) && matches!(source.raw_os_error(), Some(32 | 33)) {
                return OpenError::InUse(path.to_path_buf());
            }
            OpenError::Io { path: path.to_path_buf(), source }
        };
        let hive = OpenOptions::new().read(true).write(true).open(path).map_err(at)?;
        match hive.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(OpenError::InUse(path.to_path_buf())),
            Err(TryLockError::Error(error)) => return Err(at(error)),
        }
        let mut files = Self { path: path.to_path_buf(), hive, logs: [None, None, None] };
        for (file, (_, suffix)) in files.logs.iter_mut().zip(LOGS) {
            let path = log_path(path, suffix);
            match OpenOptions::new().read(true).write(true).open(&path) {
                Ok(log) => *file = Some(log),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(source) => return Err(OpenError::Io { path, source }),
            }
        }
        Ok(files)
    }

    /// Returns an editor for the current state of the hive.
    ///
    /// # Errors
    ///
    /// If files cannot be read, or the hive must not be edited.
    pub fn edit(&self, options: Options) -> Result<Editor<FileImage>, OpenError> {
        let at = |source| OpenError::Io { path: self.path.clone(), source };
        let mut logs = [const { Vec::new() }; 3];
        for (bytes, file) in logs.iter_mut().zip(&self.logs) {
            if let Some(file) = file {
                *bytes = read_all(file).map_err(at)?;
            }
        }
        let image = FileImage::from_file(self.hive.try_clone().map_err(at)?).map_err(at)?;
        Ok(Editor::open(image, &[&logs[0], &logs[1], &logs[2]], options)?)
    }
}

impl HiveFiles {
    /// Makes the edits durable through the log.
    ///
    /// # Errors
    ///
    /// [`SaveError::Edit`] if the edits cannot be committed and nothing was written; [`SaveError::Commit`] if
    /// writing failed.
    pub fn commit<I: Image>(&mut self, editor: Editor<I>) -> Result<(), SaveError> {
        let commit = editor.commit()?;
        drop(editor);
        Ok(commit.apply(self)?)
    }
}

/// The reason why edits were not saved.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SaveError {
    /// The edits cannot be committed. Nothing was written.
    #[error(transparent)]
    Edit(#[from] EditError),
    /// Writing failed; the error reports the state of the hive.
    #[error(transparent)]
    Commit(#[from] CommitError),
}

impl Files for HiveFiles {
    fn storage(&mut self, target: Target) -> io::Result<&mut dyn Storage> {
        let Some(index) = LOGS.iter().position(|(log, _)| *log == target) else { return Ok(&mut self.hive) };
        // Windows has both logs, one of which may be empty; yarp does not recover if only one exists.
        match target {
            Target::Log1 => self.create_log(1)?,
            Target::Log2 => self.create_log(0)?,
            Target::Log | Target::Hive => {}
        }
        self.create_log(index)?;
        match self.logs.get_mut(index) {
            Some(Some(file)) => Ok(file),
            _ => Err(io::ErrorKind::NotFound.into()),
        }
    }
}

impl HiveFiles {
    /// Creates a log if it does not exist.
    fn create_log(&mut self, index: usize) -> io::Result<()> {
        let (Some(slot @ None), Some((_, suffix))) = (self.logs.get_mut(index), LOGS.get(index)) else {
            return Ok(());
        };
        let path = log_path(&self.path, suffix);
        let file = OpenOptions::new().read(true).write(true).create_new(true).open(&path)?;
        sync_folder(&path)?;
        *slot = Some(file);
        Ok(())
    }
}

/// The path of a log: beside the hive, its name compared case-insensitively.
fn log_path(hive: &Path, suffix: &str) -> PathBuf {
    let mut name = hive.file_name().unwrap_or_default().to_os_string();
    name.push(suffix);
    let folder = hive.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let exact = folder.join(&name);
    if exact.exists() {
        return exact;
    }
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| entry.file_name())
        .find(|found| found.eq_ignore_ascii_case(&name))
        .map_or(exact, |found| folder.join(found))
}

/// A new file is durable only after its folder is flushed.
#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

/// Windows flushes the folder's entry with the file.
#[cfg(not(unix))]
#[allow(clippy::unnecessary_wraps)] // elsewhere it can fail
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

fn read_all(file: &File) -> io::Result<Vec<u8>> {
    let len = usize::try_from(file.metadata()?.len()).map_err(|_| io::ErrorKind::OutOfMemory)?;
    let mut bytes = vec![0; len];
    let mut filled = 0;
    while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match ReadAt::read_at(file, rest, filled as u64) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(filled);
    Ok(bytes)
}
