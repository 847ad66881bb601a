//! Reading the registry of a machine across the network.
//!
//! What this costs is round trips, and each is a call of the protocol: one to open a key, one for its numbers and last-write time,
//! one for its security descriptor, one for each value, one for each subkey's name. Where a value may be one that is withheld, its
//! name is asked for first, so that a secret never crosses the network; that is one more call for each value of such a key. Keys
//! are not closed one by one: the server closes them when the connection ends.

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

/// Data of more bytes than this is not read: no value that licensing knows has a hundredth of it.
const LARGEST_VALUE: u32 = 16 << 20;

/// Of what is open on the server and no longer needed, this much is left to the end of the connection. Samba takes 2048 on
/// one pipe.
const MOST_OPEN: usize = 1_000;

/// Of a key's values and subkeys, so many are asked for, whatever number the server gives.
const MOST_ENTRIES: u32 = 100_000;

/// A machine across the network, and how to sign in there.
#[derive(Clone, Debug)]
pub(super) struct Remote {
    pub(super) target: Target,
    pub(super) account: Account,
    pub(super) timeouts: Timeouts,
    pub(super) control: SharedContext,
}

/// What was read of a machine.
pub(super) struct Captured {
    pub(super) snapshot: Snapshot,
    pub(super) cost: Cost,
    /// Why it is not all, where the connection broke on the way.
    pub(super) broken_off: Option<Error>,
}

/// Who signs in.
#[derive(Clone, Debug)]
pub(super) enum Account {
    /// This account.
    Known(Credentials),
    /// Whoever runs the program, as Windows knows him.
    #[cfg(windows)]
    User,
}

/// The open pipe, whoever opened it.
#[derive(Debug)]
pub enum Line {
    /// By an SMB client of the program's own.
    Smb(Box<SmbPipe>),
    /// By Windows.
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

/// What a capture has cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Calls of the protocol.
    pub calls: u64,
    /// Round trips on the wire, with those that open the connection.
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

/// The machine without the account: that one is nobody's business who reads a snapshot.
pub(super) fn locator(target: &Target) -> String {
    Target { domain: None, user: None, ..target.clone() }.to_string()
}

/// Signs in, and asks for the registry, in no more than this time where it is less than what the machine may take.
pub(super) fn connect(remote: &Remote, within: Option<Duration>) -> Result<Client<Line>, Cause> {
    let machine = remote.timeouts.machine.min(within.unwrap_or(Duration::MAX));
    let timeouts = Timeouts { machine, ..remote.timeouts };
    let client = Client::bind(Line::open(remote, timeouts)?).map_err(smb::ConnectError::Interface)?;
    Ok(client.with_max_data(LARGEST_VALUE))
}

/// Captures, in no more than this time where it is less than what the machine may take.
pub(super) fn capture(
    remote: &Remote,
    scope: &[Selector],
    within: Option<Duration>,
) -> Result<Captured, Cause> {
    let started = Instant::now();
    let machine = Machine::new(connect(remote, within)?, scope);
    // That nothing at all can be read must not look like a machine without keys.
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
        // What Windows needs to open it, it does not tell.
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

/// The registry behind a connection.
struct Machine<P> {
    client: RefCell<Client<P>>,
    roots: RefCell<HashMap<RootKey, Handle>>,
    secrets: Secrets,
    /// Handles that nobody needs any more.
    unused: Rc<RefCell<Vec<Handle>>>,
    open: Cell<usize>,
    /// Keys that could be opened only by the right to back up.
    by_backup: Cell<usize>,
    /// That right is not there.
    no_backup: Cell<bool>,
}

/// A key on the server. It is opened when it is first looked into: of a key that may not be opened, the name is known all the same.
struct RemoteKey {
    path: KeyPath,
    /// As the enumeration of the key above told it.
    last_write: Option<FileTime>,
    /// The key above, which is open as long as it is needed.
    above: Option<Rc<Open>>,
    opened: OnceCell<Result<(Rc<Open>, KeyInfo), KeyError>>,
}

/// An open key. Dropping it does not ask the server; its handle is put aside.
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

    /// Opens a key below another; `None` where there is none.
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
                // Who lacks the right for one key lacks it for all.
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

    /// Closes what nobody needs, where so much is open that the server may mind.
    fn close_unused(&self) {
        if self.open.get() < MOST_OPEN {
            return;
        }
        let unused = std::mem::take(&mut *self.unused.borrow_mut());
        let mut client = self.client.borrow_mut();
        for handle in unused {
            // Whether it worked shows at the next call.
            let _ = client.close_key(handle);
            self.open.set(self.open.get().saturating_sub(1));
        }
    }

    /// The key, opened if it was not yet.
    fn look_into<'k>(&self, key: &'k RemoteKey) -> Result<&'k (Rc<Open>, KeyInfo), KeyError> {
        let opened = key.opened.get_or_init(|| {
            let (Some(above), Some(name)) = (&key.above, key.path.last()) else {
                return Err(KeyError::NotOpen);
            };
            self.open_below(above.handle, &name.to_utf16())?.ok_or(KeyError::Deleted)
        });
        opened.as_ref().map_err(Clone::clone)
    }

    /// The value with this index; `None` behind the last.
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
            // By its name: the index may mean another value by now.
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

    /// What a reader of the snapshot should know of how it was made.
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

/// The error, and what may help where that is known.
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

    /// `HKEY_CURRENT_USER` is that of the account which signed in, and `HKEY_CLASSES_ROOT` a view of others: neither is a fact about
    /// the machine.
    fn covers(&self, path: &KeyPath) -> bool {
        matches!(path.root_key(), RootKey::LocalMachine | RootKey::Users)
    }

    fn last_write(&self, key: &RemoteKey) -> Option<FileTime> {
        key.last_write
    }

    fn security(&self, key: &RemoteKey) -> Result<Option<Security>, KeyError> {
        // That it cannot be opened is said where its values are asked for.
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
        // Elsewhere all values are wanted, and none need be asked for by its name first.
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

/// Samba knows no last-write times and gives 0.
fn file_time(time: u64) -> Option<FileTime> {
    (time != 0).then_some(FileTime(time))
}
