//! The places that snapshots are captured from.
//!
//! [`discover`] recognizes what a path is, by content and not by name, and lists the machines that it holds as [`Place`]s;
//! [`Place::capture`] fetches the subtrees that it is asked for. Discovery reads the first bytes of files only, so that a folder
//! of a thousand machines is listed at once and captured one machine at a time.

#![forbid(unsafe_code)]

#[cfg(windows)]
mod answers;
mod blob;
mod capture;
mod control_sets;
mod deleted;
mod discover;
mod error;
mod export;
mod hive;
#[cfg(windows)]
mod listener;
#[cfg(windows)]
mod live;
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
use snapshot::{KeyPath, Question, Selector, Snapshot};

pub use blob::Blob;
pub use capture::{Registry, Secrets, capture};
pub use error::{Cause, ContentError, FileError, KeyError, Part, ReadError};
pub use policy::policy_snapshot;
#[cfg(feature = "remote")]
pub use remote::{Cost, Line, predefined};
/// Cancellation and the lockout guard, which connections to many machines share.
#[cfg(feature = "remote")]
pub use signin::{CancelToken, LockoutGuard, SharedContext};
/// Naming a machine across the network, and its credentials.
#[cfg(feature = "remote")]
pub use smb::{BadTarget, Credentials, SMB_PORT, Target, Timeouts};
pub use watch::{Watch, Woken};

/// What a path holds.
#[derive(Debug, Default)]
pub struct Found {
    /// The machines (and policies), each to be captured on its own.
    pub places: Vec<Place>,
    /// What could not be read or recognized.
    pub problems: Vec<ReadError>,
}

/// What was read of a place.
#[derive(Debug)]
pub struct Reading {
    /// What could be read.
    pub snapshot: Snapshot,
    /// Why it is not all, where the connection to the machine broke on the way.
    pub broken_off: Option<ReadError>,
}

/// One machine, or one policy, that can be captured.
#[derive(Debug)]
pub struct Place {
    locator: String,
    content: Content,
}

#[derive(Debug)]
enum Content {
    /// Hives of one machine.
    Hives(Vec<hive::HiveFiles>),
    /// `.reg` exports of one machine.
    Exports(Vec<Blob>),
    /// One Group Policy file.
    Policy(Blob),
    /// A snapshot.
    Snapshot(Blob),
    /// The running machine.
    #[cfg(windows)]
    Live,
    /// A machine across the network.
    #[cfg(feature = "remote")]
    Remote(Box<remote::Remote>),
}

/// What a place lies in, for whoever changes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Medium {
    /// Hives of one machine.
    Hives(Vec<HiveFile>),
    /// `.reg` exports of one machine.
    Exports(Vec<PathBuf>),
    /// One Group Policy file.
    Policy(PathBuf),
    /// A machine across the network.
    Remote(Machine),
    /// The registry of the running machine, which lies in no file that anybody may open.
    Live,
}

/// A machine across the network, without the account that reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    /// Its name or address, as it was given.
    pub host: String,
    /// The port of its SMB server.
    pub port: u16,
}

/// A hive file, and where its root is seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HiveFile {
    /// The key that it is, such as `HKLM\SYSTEM`.
    pub mount: KeyPath,
    /// The file; its transaction logs lie beside it.
    pub path: PathBuf,
}

/// What the running machine is called where a path could stand.
pub const THIS_MACHINE: &str = ".";

/// Lists what this path holds. Never fails: what cannot be read is among the problems.
///
/// On Windows `.` is the running machine; the folder that one stands in is `.\` there.
#[must_use]
pub fn discover(path: &Path) -> Found {
    match this_machine() {
        // As typed: paths that mean the same folder compare equal.
        Some(place) if path.as_os_str() == THIS_MACHINE => {
            Found { places: vec![place], problems: Vec::new() }
        }
        _ => discover::discover(path),
    }
}

/// The running machine; `None` where that is no Windows.
#[must_use]
pub fn this_machine() -> Option<Place> {
    #[cfg(windows)]
    return Some(Place::new(THIS_MACHINE.to_owned(), Content::Live));
    #[cfg(not(windows))]
    None
}

impl Place {
    fn new(locator: String, content: Content) -> Self {
        Self { locator, content }
    }

    /// A machine across the network. Nothing is asked of it before it is captured.
    #[cfg(feature = "remote")]
    #[must_use]
    pub fn remote(target: Target, credentials: Credentials, timeouts: Timeouts) -> Self {
        Self::signing_in(target, remote::Account::Known(credentials), timeouts)
    }

    /// [`Place::remote`] with the sign-on of whoever runs the program, by Windows' own means.
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

    /// The same machine as one of many. A place that is not across a network is left as it is.
    #[cfg(feature = "remote")]
    #[must_use]
    pub fn under(mut self, control: SharedContext) -> Self {
        if let Content::Remote(remote) = &mut self.content {
            remote.control = control;
        }
        self
    }

    /// The name or address of the machine across the network, with its port where that is not the usual one.
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

    /// True where capturing means waiting for others more than working.
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

    /// The place as a person would name it.
    #[must_use]
    pub fn locator(&self) -> &str {
        &self.locator
    }

    /// What the place lies in. The error says why it is nothing that could be changed.
    pub fn medium(&self) -> Result<Medium, ReadError> {
        let file = |blob: &Blob| blob.file().map(Path::to_owned).ok_or(ContentError::InArchive);
        let medium = match &self.content {
            Content::Hives(files) => {
                files.iter().map(hive::HiveFiles::file).collect::<Result<_, _>>().map(Medium::Hives)
            }
            Content::Exports(blobs) => blobs.iter().map(file).collect::<Result<_, _>>().map(Medium::Exports),
            Content::Policy(blob) => file(blob).map(Medium::Policy),
            Content::Snapshot(_) => Err(ContentError::IsSnapshot),
            #[cfg(feature = "remote")]
            Content::Remote(remote) => {
                Ok(Medium::Remote(Machine { host: remote.target.host.clone(), port: remote.target.port }))
            }
            #[cfg(windows)]
            Content::Live => Ok(Medium::Live),
        };
        medium.map_err(|error| self.error(error))
    }

    /// Captures these subtrees.
    ///
    /// Damage is local: a key that cannot be read is among the snapshot's unread keys. The error is for places of which
    /// nothing could be read.
    pub fn capture(&self, scope: &[Selector]) -> Result<Snapshot, ReadError> {
        self.read(scope, None).map(|reading| reading.snapshot)
    }

    /// [`Place::capture`] for whoever may try again: with what is to be expected of that, and within this time, where the place is a
    /// machine across the network.
    #[cfg_attr(not(feature = "remote"), allow(unused_variables))]
    pub fn read(&self, scope: &[Selector], within: Option<Duration>) -> Result<Reading, ReadError> {
        let result = match &self.content {
            Content::Hives(files) => hive::capture(&self.locator, files, scope),
            Content::Exports(blobs) => export::capture(&self.locator, blobs, scope),
            Content::Policy(blob) => policy::capture(&self.locator, blob, scope),
            Content::Snapshot(blob) => {
                blob.content(blob::LARGEST_SNAPSHOT).and_then(|bytes| Ok(Snapshot::from_json(&bytes)?))
            }
            #[cfg(windows)]
            Content::Live => Ok(live::capture(&self.locator, scope)),
            #[cfg(feature = "remote")]
            Content::Remote(remote) => {
                let captured = remote::capture(remote, scope, within).map_err(|cause| self.error(cause))?;
                let broken_off = captured.broken_off.map(|error| self.error(error));
                return Ok(Reading { snapshot: captured.snapshot, broken_off });
            }
        };
        result.map(|snapshot| Reading { snapshot, broken_off: None }).map_err(|cause| self.error(cause))
    }

    fn error(&self, cause: impl Into<Cause>) -> ReadError {
        ReadError::new(self.locator.as_str(), cause)
    }

    /// Asks what stands in no registry and adds the answers to the snapshot's facts. Only running machines answer; a snapshot of any
    /// other place is left as it is.
    #[cfg_attr(not(windows), allow(unused_variables))]
    pub fn ask(&self, questions: &[Question], snapshot: &mut Snapshot) {
        #[cfg(windows)]
        if let Content::Live = self.content {
            answers::ask(questions, snapshot);
        }
    }

    /// A connection to the registry of a machine across the network, for whoever does more there than capture; `None` for a place that
    /// is none. `within` is the time that everything may take which is asked of the machine through it.
    #[cfg(feature = "remote")]
    pub fn connect(&self, within: Duration) -> Option<Result<Client<Line>, ReadError>> {
        let Content::Remote(remote) = &self.content else { return None };
        let timeouts = Timeouts { machine: within, ..remote.timeouts };
        let remote = remote::Remote { timeouts, ..(**remote).clone() };
        Some(remote::connect(&remote, None).map_err(|cause| self.error(cause)))
    }

    /// Waits for changes of what the selectors name; `None` where the place is none that anybody could wait for. From now on Ctrl-C ends
    /// a wait and not the program. The error says in a sentence what cannot be had.
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

    /// [`Place::capture`] with what it cost in calls and round trips; no cost for a place that is not across a network.
    #[cfg(feature = "remote")]
    pub fn capture_counting(&self, scope: &[Selector]) -> Result<(Snapshot, Cost), ReadError> {
        match &self.content {
            Content::Remote(remote) => remote::capture(remote, scope, None)
                .map(|captured| (captured.snapshot, captured.cost))
                .map_err(|cause| self.error(cause)),
            _ => self.capture(scope).map(|snapshot| (snapshot, Cost::default())),
        }
    }

    /// Searches for deleted keys and values. Only hives hold any; whatever else the place is, `None` is returned.
    ///
    /// `wanted` is asked about every record that is found, and must bear to be asked about millions. What is listed is bounded,
    /// however the hive was forged: 100,000 records, and 32 MiB of paths and data.
    ///
    /// # Errors
    ///
    /// Where none of the hives can be read.
    pub fn deleted(&self, wanted: &dyn Fn(Candidate<'_>) -> Wanted) -> Option<Result<Recovery, ReadError>> {
        let Content::Hives(files) = &self.content else { return None };
        Some(deleted::recover(&self.locator, files, wanted).map_err(|cause| self.error(cause)))
    }
}
