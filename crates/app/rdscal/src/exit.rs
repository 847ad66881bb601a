//! Exit codes, the part of the contract that scripts rely on.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use report::ReportError;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// 0: nothing at or above the `--fail-on` level.
    Fine,
    /// 1: findings at or above it; for `diff`, differences; for `fix` and `undo`, that it was refused or not carried out.
    Findings,
    /// 2: wrong usage.
    Usage,
    /// 3: a source could not be read; what could be read was reported.
    Unreadable,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Fine => 0,
            Exit::Findings => 1,
            Exit::Usage => 2,
            Exit::Unreadable => 3,
        })
    }
}

/// Why a command could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The arguments make no sense together.
    #[error("{0}")]
    Usage(String),
    /// Nothing could be read.
    #[error("{0}")]
    Unreadable(String),
    /// A repair was refused, or could not be carried out.
    #[error("{0}")]
    NotDone(String),
    /// The report could not be made.
    #[error(transparent)]
    Report(ReportError),
    /// What was found could not be kept until the report was complete.
    #[error(
        "could not keep the report in a temporary file in {}: {error}; set {TEMPORARY} to a folder that may be written to and has room",
        folder.display()
    )]
    Spool {
        /// The folder for temporary files.
        folder: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// Output could not be written.
    #[error("could not write to {target}: {error}")]
    Write {
        /// Where to.
        target: String,
        /// Why not.
        error: io::Error,
    },
}

/// The variable of the environment that says where temporary files go.
const TEMPORARY: &str = if cfg!(windows) { "TEMP" } else { "TMPDIR" };

impl From<ReportError> for Failure {
    fn from(error: ReportError) -> Self {
        match error {
            ReportError::Spool(error) => Self::Spool { folder: std::env::temp_dir(), error },
            error => Self::Report(error),
        }
    }
}

impl Failure {
    /// The exit code that belongs to it.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Usage(_) => Exit::Usage,
            Self::NotDone(_) => Exit::Findings,
            Self::Unreadable(_) | Self::Report(_) | Self::Spool { .. } | Self::Write { .. } => {
                Exit::Unreadable
            }
        }
    }
}
