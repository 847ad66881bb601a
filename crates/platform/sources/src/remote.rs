//! Reading the registry of a machine on the network.
//!
//! The cost is round trips, one per protocol call: one to open a key, one for its counts and last-write time,
//! one for its security descriptor, one for each value, and one for the name of each subkey. If a value may
//! be withheld, its name is requested first, so that a secret never crosses the network; that is one more
//! call for each value of such a key. Keys are not closed one by one: the server closes them when the
//! connection ends.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashMap;
use std::fmt;
use std::rc::Rc;
use std::time::{Duration, Instant, SystemTime};

use msrpc::winreg::{Access, Handle, KeyInfo, OpenOptions, Root, SecurityInformation};
use msrpc::{Client, Error, Pipe, PipeError};
use signin::SharedContext;
use smb::{Credentials, SmbPipe, Target, Timeouts};

use crate::error::{Cause, KeyError, Part};
use crate::{Registry, Secrets, capture as capture_subtrees};
use diagnostic::{Diagnostic as _, Retry};
use snapshot::{
    Data, FileTime, KeyPath, Name, Note, Origin, OriginKind, RootKey, Security, Selector, Snapshot, Value,
    ValueType,
};

/// Limit on the data of one value. No value of licensing has a hundredth of it.
const LARGEST_VALUE: u32 = 16 << 20;

/// When this many handles are open, those that are no longer needed are closed. Samba allows 2048 per pipe.
const MOST_OPEN: usize = 1_000;

/// Limit on the values and subkeys of a key, regardless of the count that the server reports.
const MOST_ENTRIES: u32 = 100_000;

/// A machine on the network and the sign-in for it.
#[derive(Clone, Debug)]
pub(super) struct Remote {
    pub(super) target: Target,
    pub(super) account: Account,
    pub(super) timeouts: Timeouts,
    pub(super) control: SharedContext,
}

/// The result of a capture.
pub(super) struct Captured {
    pub(super) snapshot: Snapshot,
    pub(super) cost: Cost,
    /// The error that interrupted the connection; `None` if the capture is complete.
    pub(super) broken_off: Option<Error>,
}

/// The account that signs in.
#[derive(Clone, Debug)]
pub(super) enum Account {
    /// An account with its credentials.
    Known(Credentials),
    /// The current Windows user.
    #[cfg(windows)]
    User,
}

/// The open pipe, by the client that opened it.
#[derive(Debug)]
pub enum Line {
    /// Opened by the SMB client of this program.
    Smb(Box<SmbPipe>),
    /// Opened by Windows.
    #[cfg(windows)]
    Own(smb::WindowsPipe),
}

impl Line {
    fn open(remote: &Remote, timeouts: Timeouts) -> Result<Self, smb::ConnectError> {
        match &remote.account {
            Account::Known(credentials) => {
                let opened = smb::connect_under(&remote.target, credentials, timeouts, &remote.control);
                opened.map(|pipe| Self::Smb(Box::new(pipe)))
            }
            #[cfg(windows)]
            Account::User => smb::connect_as_user(&remote.target, timeouts).map(Self::Own),
        }
    }
}

impl Pipe for Line {
    fn write(&mut self, message: &[u8]) -> Result<(), PipeError> {
        match self {
            Self::Smb(pipe) => pipe.write(message),
            #[cfg(windows)]
            Self::Own(pipe) => pipe.write(message),
        }
    }

    fn read(&mut self, most: usize) -> Result<Vec<u8>, PipeError> {
        match self {
            Self::Smb(pipe) => pipe.read(most),
            #[cfg(windows)]
            Self::Own(pipe) => pipe.read(most),
        }
    }

    fn transact(&mut self, message: &[u8], most: usize) -> Result<Vec<u8>, PipeError> {
        match self {
            Self::Smb(pipe) => pipe.transact(message, most),
            #[cfg(windows)]
            Self::Own(pipe) => pipe.transact(message, most),
        }
    }
}

/// The cost of a capture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Calls of the protocol.
    pub calls: u64,
    /// Network round trips, including those that open the connection.
    pub round_trips: u64,
}

/// The protocol's name of a predefined key.
#[must_use]
pub fn predefined(root: RootKey) -> Root {
    match root {
        RootKey::LocalMachine => Root::LocalMachine,
        RootKey::Users => Root::Users,
        RootKey::CurrentUser => Root::CurrentUser,
        RootKey::ClassesRoot => Root::ClassesRoot,
        RootKey::CurrentConfig => Root::CurrentConfig,
    }
}

/// The machine without the account, which must not appear in a snapshot.
pub(super) fn locator(target: &Target) -> String {
    Target { domain: None, user: None, ..target.clone() }.to_string()
}

/// Signs in and opens the remote registry. `within` can only shorten the machine's time limit.
pub(super) fn connect(remote: &Remote, within: Option<Duration>) -> Result<Client<Line>, Cause> {
    let machine = remote.timeouts.machine.min(within.unwrap_or(Duration::MAX));
    let timeouts = Timeouts { machine, ..remote.timeouts };
    let client = Client::bind(Line::open(remote, timeouts)?).map_err(smb::ConnectError::Interface)?;
    Ok(client.with_max_data(LARGEST_VALUE))
}

/// Captures the scope. `within` can only shorten the machine's time limit.
pub(super) fn capture(
    remote: &Remote,
    scope: &[Selector],
    within: Option<Duration>,
) -> Result<Captured, Cause> {
    let started = Instant::now();
    let machine = Machine::new(connect(remote, within)?, scope);
    // A registry that cannot be read at all must not look like a machine without keys.
    let root = RootKey::LocalMachine;
    machine.root(root).map_err(|error| Cause::Root { root: root.short(), error })?;
    let mut snapshot = Snapshot::new(Origin {
        kind: OriginKind::Remote,
        locator: locator(&remote.target),
        files: Vec::new(),
    });
    snapshot.captured_at = Some(to_the_second(FileTime::from(SystemTime::now())));
    capture_subtrees(&&machine, scope, &mut snapshot);
    machine.note(&mut snapshot);
    let client = machine.client.borrow();
    let round_trips = match client.pipe() {
        Line::Smb(pipe) => pipe.round_trips(),
        // Windows does not report what it requires to open the root.
        #[cfg(windows)]
        Line::Own(_) => client.traffic().round_trips,
    };
    let cost = Cost { calls: client.traffic().calls, round_trips };
    let (calls, elapsed) = (cost.calls, started.elapsed());
    tracing::info!(host = remote.target.host, calls, round_trips, ?elapsed, "read registry");
    match client.broken().cloned() {
        Some(error) if error.retry() == Retry::Cancelled => Err(error.into()),
        broken_off => Ok(Captured { snapshot, cost, broken_off }),
    }
}

fn to_the_second(time: FileTime) -> FileTime {
    FileTime(time.0 / 10_000_000 * 10_000_000)
}

/// A remote registry over a connection.
struct Machine<P> {
    client: RefCell<Client<P>>,
    roots: RefCell<HashMap<RootKey, Handle>>,
    secrets: Secrets,
    /// Handles that are no longer needed.
    unused: Rc<RefCell<Vec<Handle>>>,
    open: Cell<usize>,
    /// The number of keys that could be opened only with the backup privilege.
    by_backup: Cell<usize>,
    /// Whether the account lacks the backup privilege.
    no_backup: Cell<bool>,
}

/// A key on the server, opened on first use. The name of a key is known even if it cannot be opened.
struct RemoteKey {
    path: KeyPath,
    /// As reported by the enumeration of the parent.
    last_write: Option<FileTime>,
    /// The parent, kept open as long as it is needed.
    above: Option<Rc<Open>>,
    opened: OnceCell<Result<(Rc<Open>, KeyInfo), KeyError>>,
}

/// An open key. Dropping it makes no call; its handle is kept for later closing.
struct Open {
    handle: Handle,
    unused: Rc<RefCell<Vec<Handle>>>,
}

impl Drop for Open {
    fn drop(&mut self) {
        self.unused.borrow_mut().push(self.handle);
    }
}

impl fmt::Debug for Open {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.handle.fmt(f)
    }
}

impl<P: Pipe> Machine<P> {
    fn new(client: Client<P>, scope: &[Selector]) -> Self {
        Self {
            client: RefCell::new(client),
            roots: RefCell::default(),
            secrets: Secrets::of(scope),
            unused: Rc::default(),
            open: Cell::new(0),
            by_backup: Cell::new(0),
            no_backup: Cell::new(false),
        }
    }

    /// The handle of a predefined key, opened once.
    fn root(&self, root: RootKey) -> Result<Handle, KeyError> {
        if let Some(handle) = self.roots.borrow().get(&root) {
            return Ok(*handle);
        }
        let handle = self.client.borrow_mut().open_root(predefined(root), Access::READ).map_err(explained)?;
        self.roots.borrow_mut().insert(root, handle);
        Ok(handle)
    }

    /// Opens a key below another; `None` if it does not exist.
    fn open_below(&self, above: Handle, path: &[u16]) -> Result<Option<(Rc<Open>, KeyInfo)>, KeyError> {
        self.close_unused();
        let mut client = self.client.borrow_mut();
        let mut opened = client.open_key(above, path, OpenOptions::default(), Access::READ);
        if opened.as_ref().is_err_and(Error::is_access_denied) && !self.no_backup.get() {
            match client.open_key(above, path, OpenOptions::BACKUP_RESTORE, Access::READ) {
                Ok(handle) => {
                    self.by_backup.set(self.by_backup.get() + 1);
                    opened = Ok(handle);
                }
                // An account without the privilege lacks it for every key.
                Err(error) if error.is_access_denied() => self.no_backup.set(true),
                Err(error) => opened = Err(error),
            }
        }
        let handle = match opened {
            Ok(handle) => handle,
            Err(error) if error.is_not_found() => return Ok(None),
            Err(error) => return Err(explained(error)),
        };
        self.open.set(self.open.get() + 1);
        let open = Rc::new(Open { handle, unused: Rc::clone(&self.unused) });
        let info = client.info(handle).map_err(explained)?;
        Ok(Some((open, info)))
    }

    /// Closes unused handles when their number approaches the limit of the server.
    fn close_unused(&self) {
        if self.open.get() < MOST_OPEN {
            return;
        }
        let unused = std::mem::take(&mut *self.unused.borrow_mut());
        let mut client = self.client.borrow_mut();
        for handle in unused {
            // A failure shows at the next call.
            let _ = client.close_key(handle);
            self.open.set(self.open.get().saturating_sub(1));
        }
    }

    /// Opens the key on first use.
    fn look_into<'k>(&self, key: &'k RemoteKey) -> Result<&'k (Rc<Open>, KeyInfo), KeyError> {
        let opened = key.opened.get_or_init(|| {
            let (Some(above), Some(name)) = (&key.above, key.path.last()) else {
                return Err(KeyError::NotOpen);
            };
            self.open_below(above.handle, &name.to_utf16())?.ok_or(KeyError::Deleted)
        });
        opened.as_ref().map_err(Clone::clone)
    }

    /// The value at this index; `None` after the last.
    fn value(
        &self,
        open: &Open,
        info: &KeyInfo,
        index: u32,
        wanted: Option<&dyn Fn(&Name) -> bool>,
    ) -> Option<Result<Value, KeyError>> {
        let mut client = self.client.borrow_mut();
        if let Some(wanted) = wanted {
            let head = match client.value_head_at(open.handle, index) {
                Ok(head) => head?,
                Err(error) => return Some(Err(explained(error).at(Part::UnknownValue))),
            };
            let name = Name::from_utf16(&head.name);
            if !wanted(&name) {
                let data = Data::Withheld { length: u64::from(head.value.length) };
                return Some(Ok(Value { name, kind: ValueType(head.value.kind), data }));
            }
            // By name: the index may have moved to another value.
            return Some(match client.value(open.handle, &head.name, head.value.length) {
                Ok(Some(value)) => {
                    Ok(Value { name, kind: ValueType(value.kind), data: Data::Bytes(value.data) })
                }
                Ok(None) => Err(KeyError::Deleted.at(Part::Value(name))),
                Err(error) => Err(explained(error).at(Part::Value(name))),
            });
        }
        match client.value_at(open.handle, index, info.longest_data) {
            Ok(None) => None,
            Ok(Some(entry)) => Some(Ok(Value {
                name: Name::from_utf16(&entry.name),
                kind: ValueType(entry.value.kind),
                data: Data::Bytes(entry.value.data),
            })),
            Err(Error::TooLarge { length, .. }) => {
                let head = client.value_head_at(open.handle, index).ok().flatten();
                let name = head.map(|head| Name::from_utf16(&head.name)).unwrap_or_default();
                Some(Err(KeyError::TooLarge { name, length }))
            }
            Err(error) => Some(Err(explained(error).at(Part::UnknownValue))),
        }
    }

    /// Adds notes about the capture that a reader of the snapshot needs.
    fn note(&self, snapshot: &mut Snapshot) {
        let count = self.by_backup.get();
        if count > 0 {
            let keys = if count == 1 { "1 key".to_owned() } else { format!("{count} keys") };
            let text = format!(
                "{keys} could be read only by the account's right to back up files, which their own permissions do not ask for"
            );
            snapshot.notes.push(Note { about: snapshot.origin.locator.clone(), text });
        }
    }
}

/// The error, with a remedy if one is known.
fn explained(error: Error) -> KeyError {
    if error.is_access_denied() {
        return KeyError::Denied(" to this account; an administrator of the host may read it");
    }
    error.into()
}

impl<P: Pipe> Registry for &Machine<P> {
    type Key = RemoteKey;

    fn open(&self, path: &KeyPath) -> Result<Option<RemoteKey>, KeyError> {
        let root = self.root(path.root_key())?;
        let names: Vec<Vec<u16>> = path.parts().iter().map(Name::to_utf16).collect();
        let joined = names.join(&u16::from(b'\\'));
        Ok(self.open_below(root, &joined)?.map(|opened| {
            let last_write = file_time(opened.1.last_write);
            RemoteKey { path: path.clone(), last_write, above: None, opened: OnceCell::from(Ok(opened)) }
        }))
    }

    /// `HKEY_CURRENT_USER` belongs to the account that signed in, and `HKEY_CLASSES_ROOT` is a merged view:
    /// neither is a fact about the machine.
    fn covers(&self, path: &KeyPath) -> bool {
        matches!(path.root_key(), RootKey::LocalMachine | RootKey::Users)
    }

    fn last_write(&self, key: &RemoteKey) -> Option<FileTime> {
        key.last_write
    }

    fn security(&self, key: &RemoteKey) -> Result<Option<Security>, KeyError> {
        // A failure to open the key is reported when its values are read.
        let Ok((open, info)) = self.look_into(key) else { return Ok(None) };
        let descriptor =
            self.client.borrow_mut().security(open.handle, SecurityInformation::READABLE, info.security);
        match descriptor {
            Ok(bytes) => Ok(Some(Security::new(bytes))),
            Err(error) => Err(explained(error).at(Part::Security)),
        }
    }

    fn values<'a>(
        &'a self,
        key: &'a RemoteKey,
        wanted: &'a dyn Fn(&Name) -> bool,
    ) -> impl Iterator<Item = Result<Value, KeyError>> + 'a {
        let (opened, fault) = match self.look_into(key) {
            Ok(opened) => (Some(opened), None),
            Err(reason) => (None, Some(Err(reason))),
        };
        // In other keys all values are wanted, so names need not be requested first.
        let wanted = self.secrets.reach(&key.path).then_some(wanted);
        let values = opened.into_iter().flat_map(move |(open, info)| {
            (0..info.values.min(MOST_ENTRIES)).map_while(move |index| self.value(open, info, index, wanted))
        });
        fault.into_iter().chain(values)
    }

    fn subkeys<'a>(
        &'a self,
        key: &'a RemoteKey,
    ) -> impl Iterator<Item = Result<(Name, RemoteKey), KeyError>> + 'a {
        let opened = self.look_into(key).ok();
        opened.into_iter().flat_map(move |(open, info)| {
            (0..info.subkeys.min(MOST_ENTRIES)).map_while(move |index| {
                let entry = match self.client.borrow_mut().subkey_at(open.handle, index) {
                    Ok(entry) => entry?,
                    Err(error) => return Some(Err(explained(error).at(Part::UnknownSubkey))),
                };
                let name = Name::from_utf16(&entry.name);
                let below = RemoteKey {
                    path: key.path.child(&name),
                    last_write: entry.last_write.and_then(file_time),
                    above: Some(Rc::clone(open)),
                    opened: OnceCell::new(),
                };
                Some(Ok((name, below)))
            })
        })
    }
}

/// Samba has no last-write times and returns 0.
fn file_time(time: u64) -> Option<FileTime> {
    (time != 0).then_some(FileTime(time))
}
