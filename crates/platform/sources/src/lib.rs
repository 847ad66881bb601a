//! The sources of snapshots.
//!
//! [`discover`] identifies the files at a path by content, not by name, and lists the machines in them as
//! [`RegistrySource`]s. [`RegistrySource::capture`] reads the selected subtrees. Discovery reads only the
//! first bytes of each file, so a folder of a thousand machines is listed quickly and captured one machine at
//! a time.

#![forbid(unsafe_code)]

#[cfg(windows)]
mod answers;
mod blob;
mod capture;
mod control_sets;
mod deleted;
mod discover;
mod error;
mod event_log;
mod export;
mod hive;
mod identity;
#[cfg(windows)]
mod listener;
#[cfg(windows)]
mod live;
mod lost;
mod member;
mod policy;
mod recognize;
#[cfg(feature = "remote")]
mod remote;
mod tree;
mod watch;

use std::path::{Path, PathBuf};
use std::time::Duration;

#[cfg(feature = "remote")]
use msrpc::Client;

use snapshot::recovered::{Candidate, Recovery, Wanted};
use snapshot::{KeyPath, Name, Position, Question, Selector, Snapshot, Subject};

pub use blob::Blob;
pub use capture::{Registry, Secrets, capture};
pub use error::{Cause, ContentError, FileError, KeyError, Part, ReadError};
pub use policy::{PolicyContent, PolicyEntry, policy_snapshot};
#[cfg(feature = "remote")]
pub use remote::{Cost, Line, predefined};
/// Cancellation and the lockout guard, shared by connections to many machines.
#[cfg(feature = "remote")]
pub use signin::{CancelToken, LockoutGuard, SharedContext};
/// Addressing a machine on the network, and its credentials.
#[cfg(feature = "remote")]
pub use smb::{BadTarget, Credentials, SMB_PORT, Target, Timeouts};
pub use watch::{Watch, Woken};

/// The machines found at a path.
#[derive(Debug, Default)]
pub struct Found {
    /// The machines and policy files, each captured separately.
    pub places: Vec<RegistrySource>,
    /// What could not be read or recognized.
    pub problems: Vec<ReadError>,
}

/// The result of a capture.
#[derive(Debug)]
pub struct Reading {
    /// The captured part.
    pub snapshot: Snapshot,
    /// The error that interrupted the connection; `None` if the capture is complete.
    pub broken_off: Option<ReadError>,
}

/// A machine or policy file that can be captured.
#[derive(Debug)]
pub struct RegistrySource {
    locator: String,
    content: Content,
    /// The event log files of the machine.
    logs: Vec<event_log::EventLog>,
}

#[derive(Debug)]
enum Content {
    /// The hives of one machine.
    Hives(Vec<hive::HiveFiles>),
    /// The `.reg` exports of one machine.
    Exports(Vec<Blob>),
    /// A Group Policy file.
    Policy(Blob),
    /// A snapshot.
    Snapshot(Blob),
    /// Event log files without a registry.
    EventLogs,
    /// The running machine.
    #[cfg(windows)]
    Live,
    /// A machine on the network.
    #[cfg(feature = "remote")]
    Remote(Box<remote::Remote>),
}

/// The storage of a place, used to change it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Backing {
    /// The hives of one machine.
    Hives(Vec<HiveFile>),
    /// The `.reg` exports of one machine.
    Exports(Vec<PathBuf>),
    /// A Group Policy file.
    Policy(PathBuf),
    /// A machine on the network.
    Remote(Machine),
    /// The registry of the running machine, whose files Windows keeps open exclusively.
    Live,
}

/// A machine on the network, without the account that signs in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    /// The name or address as the user entered it.
    pub host: String,
    /// The TCP port of its SMB server.
    pub port: u16,
}

/// A hive file and its mount point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HiveFile {
    /// The mount point, such as `HKLM\SYSTEM`.
    pub mount: KeyPath,
    /// The path of the file; its transaction logs are in the same folder.
    pub path: PathBuf,
}

/// The path that denotes the running machine.
pub const THIS_MACHINE: &str = ".";

/// Lists the machines at this path. Never fails: what cannot be read is added to the problems.
///
/// On Windows, `.` is the running machine; write `.\` for the current folder.
#[must_use]
pub fn discover(path: &Path) -> Found {
    match this_machine() {
        // Compared as typed: `Path` equality ignores differences such as a trailing separator.
        Some(place) if path.as_os_str() == THIS_MACHINE => {
            Found { places: vec![place], problems: Vec::new() }
        }
        _ => discover::discover(path),
    }
}

/// The running machine; `None` if it does not run Windows.
#[must_use]
pub fn this_machine() -> Option<RegistrySource> {
    #[cfg(windows)]
    return Some(RegistrySource::new(THIS_MACHINE.to_owned(), Content::Live));
    #[cfg(not(windows))]
    None
}

/// The computer's name in a captured registry.
fn computer_name(snapshot: &Snapshot) -> Option<String> {
    const KEY: &str = r"SYSTEM\CurrentControlSet\Control\ComputerName";
    ["ActiveComputerName", "ComputerName"].into_iter().find_map(|key| {
        let found = snapshot.key(&KeyPath::hklm(KEY).join(key))?.value("ComputerName")?;
        found.as_text().map(|text| text.content).filter(|name| !name.is_empty())
    })
}

impl RegistrySource {
    fn new(locator: String, content: Content) -> Self {
        Self { locator, content, logs: Vec::new() }
    }

    /// A machine on the network. No connection is made before the capture.
    #[cfg(feature = "remote")]
    #[must_use]
    pub fn remote(target: Target, credentials: Credentials, timeouts: Timeouts) -> Self {
        Self::signing_in(target, remote::Account::Known(credentials), timeouts)
    }

    /// [`RegistrySource::remote`] with the sign-on of the current Windows user, through the Windows API.
    #[cfg(all(feature = "remote", windows))]
    #[must_use]
    pub fn remote_as_user(target: Target, timeouts: Timeouts) -> Self {
        Self::signing_in(target, remote::Account::User, timeouts)
    }

    #[cfg(feature = "remote")]
    fn signing_in(target: Target, account: remote::Account, timeouts: Timeouts) -> Self {
        let locator = remote::locator(&target);
        let control = SharedContext::default();
        Self::new(locator, Content::Remote(Box::new(remote::Remote { target, account, timeouts, control })))
    }

    /// The same place as one of many, for a machine on the network. Other places are returned unchanged.
    #[cfg(feature = "remote")]
    #[must_use]
    pub fn under(mut self, control: SharedContext) -> Self {
        if let Content::Remote(remote) = &mut self.content {
            remote.control = control;
        }
        self
    }

    /// The name or address of the machine on the network, with its port if that is not the default.
    #[cfg(feature = "remote")]
    #[must_use]
    pub fn host(&self) -> Option<(&str, Option<u16>)> {
        match &self.content {
            Content::Remote(remote) => {
                let Target { host, port, .. } = &remote.target;
                Some((host, Some(*port).filter(|port| *port != smb::SMB_PORT)))
            }
            _ => None,
        }
    }

    /// True if a capture mostly waits for the network.
    #[must_use]
    pub fn is_remote(&self) -> bool {
        #[cfg(feature = "remote")]
        let remote = matches!(self.content, Content::Remote(_));
        #[cfg(not(feature = "remote"))]
        let remote = false;
        remote
    }

    /// True for the running machine.
    #[must_use]
    pub fn is_this_machine(&self) -> bool {
        #[cfg(windows)]
        let is_live = matches!(self.content, Content::Live);
        #[cfg(not(windows))]
        let is_live = false;
        is_live
    }

    /// The place for display.
    #[must_use]
    pub fn locator(&self) -> &str {
        &self.locator
    }

    /// The storage of the place. The error is the reason why it cannot be changed.
    pub fn backing(&self) -> Result<Backing, ReadError> {
        let file = |blob: &Blob| blob.file().map(Path::to_owned).ok_or(ContentError::InArchive);
        let backing = match &self.content {
            Content::Hives(files) => {
                files.iter().map(hive::HiveFiles::file).collect::<Result<_, _>>().map(Backing::Hives)
            }
            Content::Exports(blobs) => blobs.iter().map(file).collect::<Result<_, _>>().map(Backing::Exports),
            Content::Policy(blob) => {
                policy::check_is_pol(blob).and_then(|()| file(blob)).map(Backing::Policy)
            }
            Content::Snapshot(_) => Err(ContentError::IsSnapshot),
            Content::EventLogs => Err(ContentError::IsEventLog),
            #[cfg(feature = "remote")]
            Content::Remote(remote) => {
                Ok(Backing::Remote(Machine { host: remote.target.host.clone(), port: remote.target.port }))
            }
            #[cfg(windows)]
            Content::Live => Ok(Backing::Live),
        };
        backing.map_err(|error| self.error(error))
    }

    /// Captures these subtrees.
    ///
    /// Damage is local: a key that cannot be read is recorded in the unread keys of the snapshot. An error is
    /// returned only if nothing could be read.
    pub fn capture(&self, scope: &[Selector]) -> Result<Snapshot, ReadError> {
        self.read(scope, None).map(|reading| reading.snapshot)
    }

    /// Like [`RegistrySource::capture`], but also returns an interruption of the connection, so that the
    /// caller can retry. `within` limits the time for a machine on the network.
    #[cfg_attr(not(feature = "remote"), allow(unused_variables))]
    pub fn read(&self, scope: &[Selector], within: Option<Duration>) -> Result<Reading, ReadError> {
        let result = match &self.content {
            Content::Hives(files) => hive::capture(&self.locator, files, scope),
            Content::Exports(blobs) => export::capture(&self.locator, blobs, scope),
            Content::Policy(blob) => policy::capture(&self.locator, blob, scope),
            Content::Snapshot(blob) => {
                blob.content(blob::LARGEST_SNAPSHOT).and_then(|bytes| Ok(Snapshot::from_json(&bytes)?))
            }
            Content::EventLogs => Ok(event_log::alone(&self.locator)),
            #[cfg(windows)]
            Content::Live => Ok(live::capture(&self.locator, scope)),
            #[cfg(feature = "remote")]
            Content::Remote(remote) => {
                let captured = remote::capture(remote, scope, within).map_err(|cause| self.error(cause))?;
                let broken_off = captured.broken_off.map(|error| self.error(error));
                return Ok(Reading { snapshot: captured.snapshot, broken_off });
            }
        };
        let mut snapshot = result.map_err(|cause| self.error(cause))?;
        let name = computer_name(&snapshot);
        event_log::describe(&self.logs, name.as_deref(), &mut snapshot);
        Ok(Reading { snapshot, broken_off: None })
    }

    /// Where these keys and values are in the files of this place, each with the name of a value or `None`
    /// for the key. A key or value that does not exist is where it would be: in the closest key above it.
    ///
    /// Opens the files again; one that cannot be read has no positions, like a place that is not in files.
    #[must_use]
    pub fn locate(&self, wanted: &[(KeyPath, Option<Name>)]) -> Vec<Option<Position>> {
        match &self.content {
            Content::Hives(files) => hive::locate(files, wanted),
            Content::Exports(blobs) => export::locate(blobs, wanted),
            Content::Policy(blob) => policy::locate(blob, wanted),
            _ => vec![None; wanted.len()],
        }
    }

    /// The folder of the files, for display; `None` for a place that is not in files.
    fn folder(&self) -> Option<String> {
        match &self.content {
            Content::Hives(files) => files.first().map(|file| file.primary.folder()),
            Content::Exports(blobs) => blobs.first().map(Blob::folder),
            _ => None,
        }
    }

    fn error(&self, cause: impl Into<Cause>) -> ReadError {
        ReadError::new(self.locator.as_str(), cause)
    }

    /// Adds the answers to these questions to the snapshot's facts. Only the running machine can answer all
    /// of them; event log files answer questions about events.
    pub fn ask(&self, questions: &[Question], snapshot: &mut Snapshot) {
        for question in questions {
            if let Subject::Events(asked) = question.subject
                && !self.logs.is_empty()
            {
                event_log::ask(question.fact, &asked, &self.logs, snapshot);
            }
        }
        #[cfg(windows)]
        if let Content::Live = self.content {
            answers::ask(questions, snapshot);
        }
    }

    /// A connection to the registry of a machine on the network, for operations other than capture; `None`
    /// for other places. `within` limits the total time of all calls on the connection.
    #[cfg(feature = "remote")]
    pub fn connect(&self, within: Duration) -> Option<Result<Client<Line>, ReadError>> {
        let Content::Remote(remote) = &self.content else { return None };
        let timeouts = Timeouts { machine: within, ..remote.timeouts };
        let remote = remote::Remote { timeouts, ..(**remote).clone() };
        Some(remote::connect(&remote, None).map_err(|cause| self.error(cause)))
    }

    /// Waits for changes in the selected subtrees; `None` if the place cannot be watched. After this call,
    /// Ctrl-C ends a wait and not the program. The error is the reason why the place cannot be watched.
    #[cfg_attr(not(windows), allow(unused_variables))]
    #[must_use]
    pub fn watch(&self, scope: &[Selector]) -> Option<Result<Box<dyn Watch>, ReadError>> {
        match self.content {
            #[cfg(windows)]
            Content::Live => {
                Some(listener::Listener::new(scope).map(|listener| -> Box<dyn Watch> { Box::new(listener) }))
            }
            _ => None,
        }
    }

    /// Like [`RegistrySource::capture`], with the number of calls and round trips; zero for a place that is
    /// not on the network.
    #[cfg(feature = "remote")]
    pub fn capture_counting(&self, scope: &[Selector]) -> Result<(Snapshot, Cost), ReadError> {
        match &self.content {
            Content::Remote(remote) => remote::capture(remote, scope, None)
                .map(|captured| (captured.snapshot, captured.cost))
                .map_err(|cause| self.error(cause)),
            _ => self.capture(scope).map(|snapshot| (snapshot, Cost::default())),
        }
    }

    /// Searches for deleted keys and values. Only hives contain any; other places return `None`.
    ///
    /// `wanted` is called for each record, possibly for millions of them. The result has limits that even a
    /// forged hive cannot exceed: 100,000 records, and 32 MiB of paths and data.
    ///
    /// # Errors
    /// If none of the hives can be read.
    pub fn deleted(&self, wanted: &dyn Fn(Candidate<'_>) -> Wanted) -> Option<Result<Recovery, ReadError>> {
        let Content::Hives(files) = &self.content else { return None };
        Some(deleted::recover(&self.locator, files, wanted).map_err(|cause| self.error(cause)))
    }
}
