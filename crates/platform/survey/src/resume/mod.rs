//! Continuing an interrupted run from the JSON Lines that it wrote.

mod earlier;
mod writer;

use std::io;
use std::path::PathBuf;

use diagnostic::{Code, Diagnostic};

pub use earlier::{Earlier, Entry, place_key};
pub use writer::LineWriter;

/// Why lines cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ResumeError {
    /// The file cannot be read.
    #[error("{path}: {cause}", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The reason.
        cause: io::Error,
    },
    /// Output cannot be written.
    #[error("could not write to {target}: {cause}", target = path.as_ref().map_or("standard output".to_owned(), |path| path.display().to_string()))]
    Write {
        /// The file; `None` is standard output.
        path: Option<PathBuf>,
        /// The reason.
        cause: io::Error,
    },
    /// A line of the file was not written by this program.
    #[error("line {line} of {path} was not written by a run that can be resumed", path = path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// The number of the line.
        line: usize,
    },
    /// Another process has the file locked.
    #[error("another run is writing to {path}", path = path.display())]
    Locked {
        /// The file.
        path: PathBuf,
    },
}

impl Diagnostic for ResumeError {
    fn code(&self) -> Code {
        match self {
            Self::Read { cause, .. } | Self::Write { cause, .. } => Code::of_io(cause.kind()),
            Self::Foreign { .. } => Code::UnknownFormat,
            Self::Locked { .. } => Code::InUse,
        }
    }

    fn state(&self) -> Option<String> {
        matches!(self, Self::Foreign { .. }).then(|| "Nothing was changed.".to_owned())
    }

    fn advice(&self) -> Option<String> {
        matches!(self, Self::Foreign { .. }).then(|| "Remove the line, or name another file.".to_owned())
    }
}
