//! Where the lines go.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::earlier::Earlier;
use crate::exit::Failure;
use crate::{interrupt, output};

/// A power failure costs no more lines than came in this time.
const KEPT_EVERY: Duration = Duration::from_secs(3);

/// Where the lines go: each is there as soon as it was put.
pub enum Out {
    /// A file.
    File(Rendered),
    /// The screen, or a pipe.
    Screen {
        /// Whoever read has left.
        gone: bool,
    },
}

/// A file, and when it was last certain to be on the disk.
pub struct Rendered {
    path: PathBuf,
    file: File,
    synced: Instant,
    /// The file that it takes the place of stays locked until the end.
    _before: Option<File>,
}

impl Out {
    /// The file, which is emptied, or the screen where none is named.
    pub fn new(path: Option<&Path>) -> Result<Self, Failure> {
        let Some(path) = path else { return Ok(Self::Screen { gone: false }) };
        let failure = |error| failure(path, error);
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(path).map_err(failure)?;
        lock(&file, path)?;
        // What is no file, such as a pipe, has no length.
        if file.metadata().is_ok_and(|metadata| metadata.is_file()) {
            file.set_len(0).map_err(failure)?;
        }
        Ok(Self::kept(path, file, None))
    }

    /// The file with the lines that are kept of it, the others taken out. Killed at any moment, this leaves the old file or the new one.
    pub fn resume(path: &Path, earlier: &Earlier) -> Result<Self, Failure> {
        if earlier.kept.is_empty() {
            return Self::new(Some(path));
        }
        let failure = |error| failure(path, error);
        let mut old = File::open(path).map_err(failure)?;
        lock(&old, path)?;
        let all = old.metadata().map_err(failure)?;
        if let [range] = &*earlier.kept
            && *range == (0..all.len())
        {
            let mut file = OpenOptions::new().write(true).open(path).map_err(failure)?;
            file.seek(SeekFrom::End(0)).map_err(failure)?;
            return Ok(Self::kept(path, file, Some(old)));
        }
        // A link leads to what is to be replaced.
        let target = fs::canonicalize(path).map_err(failure)?;
        // Always the same name, so that runs that are killed leave no more than one.
        let name = target.file_name().unwrap_or_default().to_string_lossy();
        let aside = target.with_file_name(format!(".{name}.resumed"));
        let mut new = File::create(&aside).map_err(failure)?;
        for range in &earlier.kept {
            old.seek(SeekFrom::Start(range.start)).map_err(failure)?;
            io::copy(&mut (&old).take(range.end - range.start), &mut new).map_err(failure)?;
        }
        new.set_permissions(all.permissions()).and_then(|()| new.sync_all()).map_err(failure)?;
        lock(&new, path)?;
        // Windows does not replace what is open.
        let before = cfg!(unix).then_some(old);
        fs::rename(&aside, &target).map_err(failure)?;
        Ok(Self::kept(path, new, before))
    }

    fn kept(path: &Path, file: File, before: Option<File>) -> Self {
        Self::File(Rendered { path: path.to_owned(), file, synced: Instant::now(), _before: before })
    }

    /// Writes a line. Where whoever read has left, the run ends.
    pub fn put(&mut self, line: &[u8]) -> Result<(), Failure> {
        match self {
            Self::File(kept) => {
                kept.file.write_all(line).map_err(|error| failure(&kept.path, error))?;
                if kept.synced.elapsed() >= KEPT_EVERY { kept.sync() } else { Ok(()) }
            }
            Self::Screen { gone: true } => Ok(()),
            Self::Screen { gone } => {
                let mut out = io::stdout().lock();
                match out.write_all(line).and_then(|()| out.flush()) {
                    Err(error) if output::is_gone(&error) => {
                        *gone = true;
                        interrupt::end();
                        Ok(())
                    }
                    result => {
                        result.map_err(|error| Failure::Write { target: "the screen".to_owned(), error })
                    }
                }
            }
        }
    }

    /// The last line was put. False where whoever read has left.
    pub fn finish(self) -> Result<bool, Failure> {
        match self {
            Self::File(mut kept) => kept.sync().map(|()| true),
            Self::Screen { gone } => Ok(!gone),
        }
    }
}

impl Rendered {
    fn sync(&mut self) -> Result<(), Failure> {
        self.synced = Instant::now();
        match self.file.sync_data() {
            // A pipe, and some file systems, cannot; what was written is there all the same.
            Err(error) if matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported) => Ok(()),
            result => result.map_err(|error| failure(&self.path, error)),
        }
    }
}

/// Two runs must not write to one file.
#[cfg_attr(not(unix), allow(unused_variables, clippy::unnecessary_wraps))]
fn lock(file: &File, path: &Path) -> Result<(), Failure> {
    // On Windows nobody could read a file that is locked.
    #[cfg(unix)]
    if let Err(fs::TryLockError::WouldBlock) = file.try_lock() {
        return Err(Failure::Usage(format!("another run is writing to {}", path.display())));
    }
    Ok(())
}

fn failure(path: &Path, error: io::Error) -> Failure {
    Failure::Write { target: path.display().to_string(), error }
}
