//! The writing half of a source.

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

use serde::{Deserialize, Serialize};
use snapshot::{Change, FileTime, Key, KeyPath};
use sources::{HiveFile, Machine, Medium, Place};

pub use hives::HiveTarget;
pub use keyed::{CallError, Calls, KeyedTarget, Need, Parts};
#[cfg(windows)]
pub use live::{LiveCalls, WindowsMethods};
#[cfg(feature = "remote")]
pub use remote::Remote;
pub use setters::{Called, Methods, Preferring, Setter};
pub use text::TextTarget;

/// How much of a key is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Its values, class and security.
    Alone,
    /// Everything below it too.
    Tree,
}

/// A registry that can be changed.
///
/// Only this crate calls [`Target::change`] and [`Target::commit`], and never without a journal entry.
pub trait Target {
    /// The key as it is, changes made so far included; `None` where there is none. Values come in their stored order.
    fn key(&self, key: &KeyPath, reach: Reach) -> Result<Option<Key>, TargetError>;

    /// Makes a change, which was found to fit what is there. `now` becomes the last-write time where the registry does not
    /// set it itself.
    fn change(&mut self, change: &Change, now: FileTime) -> Result<(), TargetError>;

    /// Ends what is under way, when all changes of one kind are made: a transaction that holds them is committed, and they are there.
    fn settle(&mut self) -> Result<(), TargetError> {
        Ok(())
    }

    /// True where nobody sees the changes before [`Target::commit`].
    fn holds_back(&self) -> bool;

    /// What is worth telling of how the changes were made so far, each in a sentence.
    fn remarks(&self) -> Vec<String> {
        Vec::new()
    }

    /// Makes the changes durable. Afterwards the target shows what is really there.
    fn commit(&mut self) -> Result<(), TargetError>;

    /// The changes, which were found to fit what is there, and before and after them those of security without which this registry
    /// would refuse them: keys that are opened up are closed again, with the descriptors that they had.
    fn opened_up(&self, changes: Vec<Change>) -> Result<Vec<Change>, TargetError> {
        Ok(changes)
    }
}

/// Why a registry cannot be changed, or read for that purpose.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TargetError {
    /// Another program has it open.
    #[error("{} is in use by another program; close it (a loaded hive must be unloaded first), then try again", .0.display())]
    InUse(PathBuf),
    /// There is no right to it.
    #[error("{} cannot be opened for writing: {source}; nothing was changed", .path.display())]
    NotWritable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It cannot be read, or not be written.
    #[error("{}: {message}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
    /// The key lies in none of the files at hand.
    #[error("{0} does not lie in what was named")]
    NotHere(KeyPath),
    /// What this kind of place cannot hold.
    #[error("{key}: {message}")]
    Unsupported {
        /// The key.
        key: KeyPath,
        /// Why.
        message: String,
    },
    /// The rights do not suffice.
    #[error("access is denied while {doing} {key}: {then}")]
    Denied {
        /// What was being done.
        doing: &'static str,
        /// To which key.
        key: KeyPath,
        /// What whoever is denied it can do, in a sentence.
        then: &'static str,
    },
    /// A running registry refused a call.
    #[error("{doing} {key} failed: {because}")]
    Call {
        /// What was being done.
        doing: &'static str,
        /// To which key.
        key: KeyPath,
        /// What the registry says.
        because: String,
    },
    /// A machine across the network does not let itself be reached or signed in to.
    #[error("{place}: {message}")]
    Unreachable {
        /// The machine.
        place: String,
        /// Why, and what may help.
        message: String,
    },
    /// The connection to a running registry is gone.
    #[error("the connection was lost while {doing} {key} ({because})")]
    Lost {
        /// What was being done. Whether it was done is not known.
        doing: &'static str,
        /// To which key.
        key: KeyPath,
        /// What the network says.
        because: String,
    },
    /// It was being written when something failed. The hive's log completes it.
    #[error(
        "{} was being written when it failed ({message}); its transaction log holds the rest, so that it can be completed: run \
         the command again when the cause is mended",
        .path.display()
    )]
    Interrupted {
        /// The file.
        path: PathBuf,
        /// What failed.
        message: String,
    },
}

impl TargetError {
    /// True where nothing more can be asked.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        matches!(self, Self::Lost { .. })
    }
}

/// Where a target lies, so that it can be found again weeks later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Location {
    /// Hives of one machine.
    Hives {
        /// The files.
        files: Vec<Mounted>,
        /// The key that stands for `CurrentControlSet`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        control_set: Option<String>,
        /// True for a Windows before 8.1, whose transaction logs have the older form.
        #[serde(default)]
        older_logs: bool,
    },
    /// `.reg` exports of one machine.
    Exports {
        /// The files.
        files: Vec<PathBuf>,
        /// The key that stands for `CurrentControlSet`, where the files hold numbered sets only.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        control_set: Option<String>,
    },
    /// One Group Policy file.
    Policy {
        /// The file.
        file: PathBuf,
    },
    /// A machine across the network. Who may sign in there is not kept.
    Remote {
        /// Its name or address, as it was given.
        host: String,
        /// The port of its SMB server.
        port: u16,
    },
    /// The Windows machine that the journal lies on, as it runs.
    Live,
}

/// A hive file with the key that it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mounted {
    /// The key, such as `HKLM\SYSTEM`.
    pub mount: KeyPath,
    /// The file, by its full path.
    pub path: PathBuf,
}

impl Location {
    /// The location of a place that was captured. The error says, for people, why it is nothing that can be changed.
    pub fn of(medium: Medium, control_set: Option<&str>, older_logs: bool) -> Result<Self, TargetError> {
        match medium {
            Medium::Hives(files) => {
                let mounted = |HiveFile { mount, path }: HiveFile| {
                    let path = absolute(&path)?;
                    Ok(Mounted { mount, path })
                };
                let files = files.into_iter().map(mounted).collect::<Result<_, TargetError>>()?;
                Ok(Self::Hives { files, control_set: control_set.map(str::to_owned), older_logs })
            }
            Medium::Exports(paths) => {
                let files = paths.iter().map(|path| absolute(path)).collect::<Result<_, _>>()?;
                Ok(Self::Exports { files, control_set: control_set.map(str::to_owned) })
            }
            Medium::Policy(path) => Ok(Self::Policy { file: absolute(&path)? }),
            Medium::Remote(Machine { host, port }) => Ok(Self::Remote { host, port }),
            Medium::Live => Ok(Self::Live),
        }
    }

    /// The files; none where it is a running machine.
    #[must_use]
    pub fn paths(&self) -> Vec<&Path> {
        match self {
            Self::Hives { files, .. } => files.iter().map(|file| file.path.as_path()).collect(),
            Self::Exports { files, .. } => files.iter().map(PathBuf::as_path).collect(),
            Self::Policy { file } => vec![file],
            Self::Remote { .. } | Self::Live => Vec::new(),
        }
    }

    /// True where both have a file in common, or are the same machine.
    #[must_use]
    pub fn meets(&self, other: &Self) -> bool {
        if let (Self::Remote { host, port }, Self::Remote { host: other, port: theirs }) = (self, other) {
            return host.eq_ignore_ascii_case(other) && port == theirs;
        }
        matches!((self, other), (Self::Live, Self::Live))
            || self.paths().iter().any(|path| other.paths().contains(path))
    }

    /// Opens what lies there for changing keys at or below these, locked until it is dropped. A machine across the network is opened
    /// by [`Location::open_as`], for only the caller knows the account.
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
                Box::new(KeyedTarget::new(Preferring::new(LiveCalls::new(), WindowsMethods::default())))
            }
            #[cfg(not(windows))]
            Self::Live => {
                return Err(TargetError::Unreachable {
                    place: "the running machine".to_owned(),
                    message: "the repair was of a Windows as it ran; it is taken back there".to_owned(),
                });
            }
            Self::Remote { host, .. } => {
                return Err(TargetError::Unreachable {
                    place: host.clone(),
                    message: "it is a machine across the network, and no account to sign in with was named"
                        .to_owned(),
                });
            }
        })
    }

    /// Opens what lies there as [`Location::open`] does; a machine across the network with the account of `place`, which is the same
    /// machine.
    pub fn open_as<'k>(
        &self,
        place: &Place,
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

fn absolute(path: &Path) -> Result<PathBuf, TargetError> {
    path.canonicalize()
        .map_err(|error| TargetError::File { path: path.to_owned(), message: error.to_string() })
}
