//! Exit codes, which scripts rely on, and the errors that lead to them.

use std::fmt;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use diagnostic::{Code, Diagnostic, Message};
use report::ReportError;
use sources::ReadError;
use survey::resume::ResumeError;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// 0: nothing at or above the `--fail-on` level.
    Fine,
    /// 1: findings at or above it; for `diff`, differences; for `fix` and `undo`, a refusal or failure.
    Findings,
    /// 2: wrong usage.
    Usage,
    /// 3: a source, or evidence that decides, is missing; what could be read was reported.
    Unreadable,
}

impl Exit {
    /// The exit code of a report: whether everything was read, and whether findings reach `--fail-on`.
    pub fn of(is_complete: bool, has_findings: bool) -> Self {
        match (is_complete, has_findings) {
            (false, _) => Self::Unreadable,
            (true, true) => Self::Findings,
            (true, false) => Self::Fine,
        }
    }
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

/// Why a command ended early.
#[derive(Debug)]
pub struct Failure {
    exit: Exit,
    message: Message,
}

impl Failure {
    /// The arguments are wrong, or contradict each other.
    pub fn usage(cause: impl fmt::Display) -> Self {
        Self::new(Exit::Usage, Code::InvalidArgument, cause)
    }

    /// Something could not be read or written.
    pub fn unreadable(cause: impl fmt::Display) -> Self {
        Self::new(Exit::Unreadable, Code::Io, cause)
    }

    /// A repair was refused or failed.
    pub fn not_done(cause: impl fmt::Display) -> Self {
        Self::new(Exit::Findings, Code::Rejected, cause)
    }

    /// This exit, with the message of an error.
    pub fn with(exit: Exit, error: &impl Diagnostic) -> Self {
        Self { exit, message: Message::of(error) }
    }

    /// Output could not be written.
    pub fn write(target: impl fmt::Display, error: &io::Error) -> Self {
        Self::unreadable(format_args!("could not write to {target}: {error}"))
    }

    /// A file exists that must not be replaced.
    pub fn exists(path: &Path) -> Self {
        Self::unreadable(format_args!("could not write to {}: the file exists", path.display()))
            .advice("Use --force to replace it, or name another file.")
    }

    /// No part of a source could be read.
    pub fn unread(problems: &[ReadError]) -> Self {
        let lines: Vec<_> =
            problems.iter().map(|problem| format!("{}: {}", problem.place, problem.message())).collect();
        Self::unreadable(lines.join("\nerror: "))
    }

    /// An error whose exit code follows from its code.
    pub fn of(error: &impl Diagnostic) -> Self {
        let exit = match error.code() {
            Code::InvalidArgument | Code::Unavailable | Code::Unsupported => Exit::Usage,
            _ => Exit::Unreadable,
        };
        Self { exit, message: Message::of(error) }
    }

    fn new(exit: Exit, code: Code, cause: impl fmt::Display) -> Self {
        Self { exit, message: Message::new(code, cause.to_string()) }
    }

    /// Adds the state that the failure leaves.
    #[must_use]
    pub fn state(self, state: impl fmt::Display) -> Self {
        Self { message: self.message.with_state(state.to_string()), ..self }
    }

    /// Adds what the user can do.
    #[must_use]
    pub fn advice(self, advice: impl fmt::Display) -> Self {
        Self { message: self.message.with_advice(advice.to_string()), ..self }
    }

    /// The exit code of this failure.
    pub fn exit(&self) -> Exit {
        self.exit
    }

    /// The message that is printed.
    pub fn message(&self) -> &Message {
        &self.message
    }
}

/// The environment variable for the folder of temporary files.
const TEMPORARY: &str = if cfg!(windows) { "TEMP" } else { "TMPDIR" };

impl From<ReportError> for Failure {
    fn from(error: ReportError) -> Self {
        match error {
            ReportError::Spool(error) => Self::unreadable(format_args!(
                "could not write a temporary file in {}: {error}",
                std::env::temp_dir().display()
            ))
            .advice(format_args!("Set {TEMPORARY} to a writable folder with free space.")),
            error => Self::unreadable(error),
        }
    }
}

impl From<survey::Error> for Failure {
    fn from(error: survey::Error) -> Self {
        Self::of(&error)
    }
}

impl From<ResumeError> for Failure {
    fn from(error: ResumeError) -> Self {
        let failure = Self::of(&error);
        let is_usage = matches!(error, ResumeError::Foreign { .. } | ResumeError::Locked { .. });
        if is_usage { Self { exit: Exit::Usage, ..failure } } else { failure }
    }
}

impl From<ReadError> for Failure {
    fn from(problem: ReadError) -> Self {
        Self::unreadable(format_args!("{}: {}", problem.place, problem.message()))
    }
}
