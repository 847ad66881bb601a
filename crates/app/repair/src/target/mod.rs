//! Targets: the writing half of sources.

mod hives;
mod keyed;
#[cfg(windows)]
mod live;
#[cfg(feature = "remote")]
mod remote;
mod setters;
mod text;

use std::io;
use std::path::{Path, PathBuf};

use diagnostic::{Code, Diagnostic, Message, Retry};
use serde::{Deserialize, Serialize};
use snapshot::{Change, FileTime, Key, KeyPath};
use sources::{Backing, HiveFile, Machine, ReadError, RegistrySource};

pub use hives::HiveTarget;
pub use keyed::{CallError, Calls, KeyedTarget, Need, Parts};
#[cfg(windows)]
pub use live::{LiveCalls, WindowsSetters};
#[cfg(feature = "remote")]
pub use remote::Remote;
pub use setters::{MethodResult, Setter, WmiFirst, WmiSetters};
pub use text::TextTarget;

/// How much of a key is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Its values, class and security.
    Alone,
    /// Also all its subkeys.
    Tree,
}

/// A registry that can be changed.
///
/// Only this crate calls [`Target::change`] and [`Target::commit`], and never without a journal entry.
pub trait Target {
    /// The present key, with the changes made so far; `None` if it does not exist. Values are in their stored
    /// order.
    fn key(&self, key: &KeyPath, reach: Reach) -> Result<Option<Key>, TargetError>;

    /// Makes a change that matches the present state. `now` becomes the last-write time, unless the registry
    /// sets it itself.
    fn change(&mut self, change: &Change, now: FileTime) -> Result<(), TargetError>;

    /// Commits the open transaction, after the last change that belongs to it.
    fn commit_transaction(&mut self) -> Result<(), TargetError> {
        Ok(())
    }

    /// True if changes are not visible to others before [`Target::commit`].
    fn is_buffered(&self) -> bool;

    /// Remarks on how the changes were made so far, each a sentence.
    fn remarks(&self) -> Vec<String> {
        Vec::new()
    }

    /// Makes the changes durable. The target then shows the stored state.
    fn commit(&mut self) -> Result<(), TargetError>;

    /// The changes, with additional security changes before and after them if the registry would otherwise
    /// deny them. The original descriptors are restored at the end.
    fn with_access_grants(&self, changes: Vec<Change>) -> Result<Vec<Change>, TargetError> {
        Ok(changes)
    }
}

/// Error of a target.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TargetError {
    /// Another program has it open.
    #[error("{} is in use by another program", .0.display())]
    InUse(PathBuf),
    /// Access to the file was denied.
    #[error("{} cannot be opened for writing: {source}", .path.display())]
    NotWritable {
        /// The file.
        path: PathBuf,
        /// Error of the system.
        source: io::Error,
    },
    /// It cannot be read, or not be written.
    #[error("{}: {cause}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        cause: Message,
    },
    /// None of the files contains the key.
    #[error("{0} is not in the specified source")]
    NotHere(KeyPath),
    /// This kind of target cannot represent the key.
    #[error("{key}: {message}")]
    Unsupported {
        /// The key.
        key: KeyPath,
        /// Why.
        message: String,
    },
    /// Access was denied.
    #[error("access is denied while {doing} {key}: {then}")]
    Denied {
        /// The operation.
        doing: &'static str,
        /// The key.
        key: KeyPath,
        /// Advice, a sentence.
        then: &'static str,
    },
    /// A running registry refused a call.
    #[error("{doing} {key} failed: {because}")]
    Call {
        /// The operation.
        doing: &'static str,
        /// The key.
        key: KeyPath,
        /// Error of the registry.
        because: CallError,
    },
    /// The remote machine cannot be reached, or rejects the credentials.
    #[error(transparent)]
    Unreachable(Box<ReadError>),
    /// The repair was made on a running Windows, and this machine is not one.
    #[error("the running machine: the repair was of a running Windows; it can only be reverted there")]
    NotWindows,
    /// The repair was made on a remote machine.
    #[error("{host}: it is a remote machine, and no account was specified")]
    NoAccount {
        /// The machine.
        host: String,
    },
    /// The connection to a running registry was lost.
    #[error("the connection was lost while {doing} {key} ({because})")]
    Lost {
        /// The operation. It is unknown whether it was carried out.
        doing: &'static str,
        /// The key.
        key: KeyPath,
        /// Error of the network.
        because: Message,
    },
    /// Writing failed midway. The hive's log completes it.
    #[error(
        "writing {} failed ({cause})", .path.display()
    )]
    Interrupted {
        /// The file.
        path: PathBuf,
        /// What failed.
        cause: io::Error,
    },
}

impl TargetError {
    /// True if the connection was lost.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        matches!(self, Self::Lost { .. })
    }
}

impl Diagnostic for TargetError {
    fn code(&self) -> Code {
        match self {
            Self::InUse(_) => Code::InUse,
            Self::NotWritable { source, .. } => Code::of_io(source.kind()),
            Self::File { cause, .. } => cause.code,
            Self::Call { because, .. } => because.code(),
            Self::NotHere(_) => Code::NotFound,
            Self::Unsupported { .. } => Code::Unsupported,
            Self::Denied { .. } => Code::AccessDenied,
            Self::Unreachable(error) => error.code(),
            Self::NotWindows => Code::Unavailable,
            Self::NoAccount { .. } => Code::InvalidArgument,
            Self::Lost { .. } => Code::ConnectionLost,
            Self::Interrupted { .. } => Code::Incomplete,
        }
    }

    /// A repair is never repeated without the user.
    fn retry(&self) -> Retry {
        Retry::Permanent
    }

    fn state(&self) -> Option<String> {
        match self {
            Self::InUse(_) | Self::NotWritable { .. } => Some("Nothing was changed.".to_owned()),
            Self::File { cause, .. } => cause.state.clone(),
            Self::Interrupted { .. } => Some(
                "The hive is written in part. Its transaction log contains the remaining changes, so it can be completed."
                    .to_owned(),
            ),
            _ => None,
        }
    }

    fn advice(&self) -> Option<String> {
        let advice = match self {
            Self::Unreachable(error) => return error.advice(),
            Self::File { cause, .. } => return cause.advice.clone(),
            Self::InUse(_) => "Close it (a loaded hive must be unloaded first), then try again.",
            Self::Interrupted { .. } => "Run the command again when the cause is fixed.",
            _ => return None,
        };
        Some(advice.to_owned())
    }
}

/// Location of a target, as recorded in the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Location {
    /// Hives of one machine.
    Hives {
        /// The files.
        files: Vec<Mounted>,
        /// The control set that represents `CurrentControlSet`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        control_set: Option<String>,
        /// True for Windows before 8.1, whose transaction logs have the older format.
        #[serde(default)]
        older_logs: bool,
    },
    /// `.reg` exports of one machine.
    Exports {
        /// The files.
        files: Vec<PathBuf>,
        /// The control set that represents `CurrentControlSet`, if the files contain only numbered sets.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        control_set: Option<String>,
    },
    /// One Group Policy file.
    Policy {
        /// The file.
        file: PathBuf,
    },
    /// A machine on the network. Credentials are not stored.
    Remote {
        /// Its name or address, as specified.
        host: String,
        /// The port of its SMB server.
        port: u16,
    },
    /// The running Windows machine with the journal.
    Live,
}

/// A hive file with its root key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mounted {
    /// The key, such as `HKLM\SYSTEM`.
    pub mount: KeyPath,
    /// The file, by its full path.
    pub path: PathBuf,
}

impl Location {
    /// The location of a captured source. The error states why it cannot be changed.
    pub fn of(backing: Backing, control_set: Option<&str>, older_logs: bool) -> Result<Self, TargetError> {
        match backing {
            Backing::Hives(files) => {
                let mounted = |HiveFile { mount, path }: HiveFile| {
                    let path = absolute(&path)?;
                    Ok(Mounted { mount, path })
                };
                let files = files.into_iter().map(mounted).collect::<Result<_, TargetError>>()?;
                Ok(Self::Hives { files, control_set: control_set.map(str::to_owned), older_logs })
            }
            Backing::Exports(paths) => {
                let files = paths.iter().map(|path| absolute(path)).collect::<Result<_, _>>()?;
                Ok(Self::Exports { files, control_set: control_set.map(str::to_owned) })
            }
            Backing::Policy(path) => Ok(Self::Policy { file: absolute(&path)? }),
            Backing::Remote(Machine { host, port }) => Ok(Self::Remote { host, port }),
            Backing::Live => Ok(Self::Live),
        }
    }

    /// The files; none for a running machine.
    #[must_use]
    pub fn paths(&self) -> Vec<&Path> {
        match self {
            Self::Hives { files, .. } => files.iter().map(|file| file.path.as_path()).collect(),
            Self::Exports { files, .. } => files.iter().map(PathBuf::as_path).collect(),
            Self::Policy { file } => vec![file],
            Self::Remote { .. } | Self::Live => Vec::new(),
        }
    }

    /// True if both share a file or are the same machine.
    #[must_use]
    pub fn meets(&self, other: &Self) -> bool {
        if let (Self::Remote { host, port }, Self::Remote { host: other, port: theirs }) = (self, other) {
            return host.eq_ignore_ascii_case(other) && port == theirs;
        }
        matches!((self, other), (Self::Live, Self::Live))
            || self.paths().iter().any(|path| other.paths().contains(path))
    }

    /// Opens the target for changes at or below these keys, locked until it is dropped. A machine on the
    /// network is opened by [`Location::open_as`], because only the caller knows the account.
    pub fn open<'k>(&self, keys: impl Iterator<Item = &'k KeyPath>) -> Result<Box<dyn Target>, TargetError> {
        Ok(match self {
            Self::Hives { files, control_set, older_logs } => {
                Box::new(HiveTarget::open(files, control_set.as_deref(), *older_logs, keys)?)
            }
            Self::Exports { files, control_set } => {
                Box::new(TextTarget::exports(files, control_set.as_deref())?)
            }
            Self::Policy { file } => Box::new(TextTarget::policy(file)?),
            #[cfg(windows)]
            Self::Live => {
                Box::new(KeyedTarget::new(WmiFirst::new(LiveCalls::new(), WindowsSetters::default())))
            }
            #[cfg(not(windows))]
            Self::Live => {
                return Err(TargetError::NotWindows);
            }
            Self::Remote { host, .. } => {
                return Err(TargetError::NoAccount { host: host.clone() });
            }
        })
    }

    /// Opens the target like [`Location::open`]; a machine on the network with the account of `place`, which
    /// is the same machine.
    pub fn open_as<'k>(
        &self,
        place: &RegistrySource,
        keys: impl Iterator<Item = &'k KeyPath>,
    ) -> Result<Box<dyn Target>, TargetError> {
        #[cfg(feature = "remote")]
        if let Self::Remote { .. } = self {
            return Ok(Box::new(remote::open(place)?));
        }
        #[cfg(not(feature = "remote"))]
        let _ = place;
        self.open(keys)
    }
}

/// The error of a file that the system reports.
fn file_error(path: &Path, source: io::Error) -> TargetError {
    match source.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            TargetError::NotWritable { path: path.to_owned(), source }
        }
        kind => TargetError::File {
            path: path.to_owned(),
            cause: Message::new(Code::of_io(kind), source.to_string()),
        },
    }
}

fn absolute(path: &Path) -> Result<PathBuf, TargetError> {
    path.canonicalize().map_err(|error| file_error(path, error))
}
