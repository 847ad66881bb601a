//! Writing lines so that each survives an interruption.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::{Earlier, ResumeError};
use crate::interrupt;

/// A power failure loses the lines of this time at most.
const SYNC_INTERVAL: Duration = Duration::from_secs(3);

/// Writes lines to a file or to standard output. Each line is visible as soon as it is written.
#[derive(Debug)]
pub struct LineWriter(Target);

#[derive(Debug)]
enum Target {
    File(SyncedFile),
    StandardOutput {
        /// True for an error that means that the reader has closed the pipe.
        is_closed: fn(&io::Error) -> bool,
        closed: bool,
    },
}

#[derive(Debug)]
struct SyncedFile {
    path: PathBuf,
    file: File,
    synced: Instant,
    /// The file that this one replaced stays locked until the end.
    _before: Option<File>,
}

impl LineWriter {
    /// Writes to standard output. When `is_closed` accepts an error, the run ends without one.
    pub fn standard_output(is_closed: fn(&io::Error) -> bool) -> Self {
        Self(Target::StandardOutput { is_closed, closed: false })
    }

    /// Truncates a file and writes to it.
    pub fn create(path: &Path) -> Result<Self, ResumeError> {
        let failed = |cause| write_error(path, cause);
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(path).map_err(failed)?;
        lock(&file, path)?;
        // A pipe or device has no length.
        if file.metadata().is_ok_and(|metadata| metadata.is_file()) {
            file.set_len(0).map_err(failed)?;
        }
        Ok(Self::file(path, file, None))
    }

    /// Resumes a file: keeps these lines and removes the others. After a crash, the file is either the old or
    /// the new one.
    pub fn resume<T>(path: &Path, earlier: &Earlier<T>) -> Result<Self, ResumeError> {
        if earlier.kept.is_empty() {
            return Self::create(path);
        }
        let failed = |cause| write_error(path, cause);
        let mut old = File::open(path).map_err(failed)?;
        lock(&old, path)?;
        let metadata = old.metadata().map_err(failed)?;
        if let [range] = &*earlier.kept
            && *range == (0..metadata.len())
        {
            let mut file = OpenOptions::new().write(true).open(path).map_err(failed)?;
            file.seek(SeekFrom::End(0)).map_err(failed)?;
            return Ok(Self::file(path, file, Some(old)));
        }
        // If the path is a symbolic link, the file behind it is replaced.
        let target = fs::canonicalize(path).map_err(failed)?;
        // Always the same name, so that killed runs leave one such file at most.
        let name = target.file_name().unwrap_or_default().to_string_lossy();
        let aside = target.with_file_name(format!(".{name}.resumed"));
        let mut new = File::create(&aside).map_err(failed)?;
        for range in &earlier.kept {
            old.seek(SeekFrom::Start(range.start)).map_err(failed)?;
            io::copy(&mut (&old).take(range.end - range.start), &mut new).map_err(failed)?;
        }
        new.set_permissions(metadata.permissions()).and_then(|()| new.sync_all()).map_err(failed)?;
        lock(&new, path)?;
        // Windows does not replace an open file.
        let before = cfg!(unix).then_some(old);
        fs::rename(&aside, &target).map_err(failed)?;
        Ok(Self::file(path, new, before))
    }

    fn file(path: &Path, file: File, before: Option<File>) -> Self {
        let synced = Instant::now();
        Self(Target::File(SyncedFile { path: path.to_owned(), file, synced, _before: before }))
    }

    /// Writes a line. If the reader has closed the pipe, the run ends.
    pub fn write(&mut self, line: &[u8]) -> Result<(), ResumeError> {
        match &mut self.0 {
            Target::File(synced) => {
                synced.file.write_all(line).map_err(|cause| write_error(&synced.path, cause))?;
                if synced.synced.elapsed() >= SYNC_INTERVAL { synced.sync() } else { Ok(()) }
            }
            Target::StandardOutput { closed: true, .. } => Ok(()),
            Target::StandardOutput { is_closed, closed } => {
                let mut out = io::stdout().lock();
                match out.write_all(line).and_then(|()| out.flush()) {
                    Err(error) if is_closed(&error) => {
                        *closed = true;
                        interrupt::end();
                        Ok(())
                    }
                    result => result.map_err(|cause| ResumeError::Write { path: None, cause }),
                }
            }
        }
    }

    /// Syncs the file. False if the reader has closed the pipe.
    pub fn finish(self) -> Result<bool, ResumeError> {
        match self.0 {
            Target::File(mut synced) => synced.sync().map(|()| true),
            Target::StandardOutput { closed, .. } => Ok(!closed),
        }
    }
}

impl SyncedFile {
    fn sync(&mut self) -> Result<(), ResumeError> {
        self.synced = Instant::now();
        match self.file.sync_data() {
            // Pipes and some file systems cannot sync.
            Err(error) if matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported) => Ok(()),
            result => result.map_err(|cause| write_error(&self.path, cause)),
        }
    }
}

/// Locks the file, since two runs must not write to it.
#[cfg_attr(not(unix), allow(unused_variables, clippy::unnecessary_wraps))]
fn lock(file: &File, path: &Path) -> Result<(), ResumeError> {
    // On Windows a locked file could not be read.
    #[cfg(unix)]
    if let Err(fs::TryLockError::WouldBlock) = file.try_lock() {
        return Err(ResumeError::Locked { path: path.to_owned() });
    }
    Ok(())
}

fn write_error(path: &Path, cause: io::Error) -> ResumeError {
    ResumeError::Write { path: Some(path.to_owned()), cause }
}
