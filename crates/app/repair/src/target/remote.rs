//! The registry of a machine on the network, changed call by call over the Remote Registry Protocol.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::time::Duration;

use diagnostic::{Code, Message};
use licensing::knowledge::capture;
use msrpc::winreg::{Access, CreateOptions, Handle, OpenOptions, SecurityInformation};
use msrpc::{Client, Error, Pipe};
use nt::security::{Control, SecurityDescriptor};
use snapshot::{Data, FileTime, Key, KeyPath, Name, RootKey, Security, Value, ValueType};
use sources::Secrets;
use sources::{Line, ReadError, RegistrySource, predefined};

use super::keyed::{CallError, Calls, Need, Parts};
use super::{KeyedTarget, Reach, TargetError};

/// Time limit of a repair of one machine. It is generous, so that it does not stop a repair midway.
const WITHIN: Duration = Duration::from_hours(1);

/// Maximum nesting of keys; the registry itself permits no more.
const MAX_DEPTH: usize = 512;

/// Maximum number of values and subkeys of a key that are read, regardless of the server's count. No recipe
/// changes a larger key.
const MAX_ENTRIES: u32 = 100_000;

/// Connects to the machine to change its registry.
pub(super) fn open(place: &RegistrySource) -> Result<KeyedTarget<Remote<Line>>, TargetError> {
    let not_remote = || {
        let message = Message::new(Code::Unsupported, "is not a remote machine");
        TargetError::Unreachable(Box::new(ReadError::new(place.locator(), message)))
    };
    let client = place
        .connect(WITHIN)
        .ok_or_else(not_remote)?
        .map_err(|error| TargetError::Unreachable(Box::new(error)))?;
    Ok(KeyedTarget::new(Remote::new(client)))
}

/// The registry behind a connection.
///
/// Keys that deny access are opened again with `REG_OPTION_BACKUP_RESTORE` (MS-RRP 3.1.5.15): the backup
/// privilege permits reading, and the restore privilege permits changing values and creating subkeys. The
/// option does not permit deleting such a key or changing its permissions.
#[derive(Debug)]
pub struct Remote<P> {
    client: RefCell<Client<P>>,
    roots: RefCell<HashMap<RootKey, Handle>>,
    secrets: Secrets,
    /// Whether the backup and restore privileges are available, if tested.
    privileged: Cell<Option<bool>>,
    /// Cache of keys read since the last change, each with a flag for its subkeys. The same keys are read
    /// repeatedly, and each read takes a dozen round trips.
    seen: RefCell<HashMap<(String, bool), Option<Key>>>,
}

impl<P: Pipe> Remote<P> {
    /// The registry behind this connection.
    pub fn new(client: Client<P>) -> Self {
        Self {
            client: RefCell::new(client),
            roots: RefCell::default(),
            secrets: Secrets::of(&capture::scope()),
            privileged: Cell::new(None),
            seen: RefCell::default(),
        }
    }

    /// [`Remote::with`] for calls that change something.
    fn change<T>(
        &mut self,
        key: &KeyPath,
        access: Access,
        by_privilege: bool,
        work: impl FnOnce(&mut Client<P>, Handle) -> Result<T, Error>,
    ) -> Result<T, CallError> {
        self.seen.borrow_mut().clear();
        self.with(key, access, by_privilege, work)
    }

    fn root(&self, root: RootKey) -> Result<Handle, CallError> {
        if let Some(handle) = self.roots.borrow().get(&root) {
            return Ok(*handle);
        }
        let handle = self.client.borrow_mut().open_root(predefined(root), Access::READ).map_err(of)?;
        self.roots.borrow_mut().insert(root, handle);
        Ok(handle)
    }

    /// Opens a key. `by_privilege`: use the backup and restore privileges instead of the key's permissions.
    fn open(&self, key: &KeyPath, access: Access, by_privilege: bool) -> Result<Handle, CallError> {
        let root = self.root(key.root_key())?;
        let path = joined(key);
        let mut client = self.client.borrow_mut();
        let opened = client.open_key(root, &path, OpenOptions::default(), access);
        match opened {
            Err(error) if error.is_access_denied() && by_privilege => {
                client.open_key(root, &path, OpenOptions::BACKUP_RESTORE, access).map_err(of)
            }
            opened => opened.map_err(of),
        }
    }

    /// Opens a key, works with it, and closes it.
    fn with<T>(
        &self,
        key: &KeyPath,
        access: Access,
        by_privilege: bool,
        work: impl FnOnce(&mut Client<P>, Handle) -> Result<T, Error>,
    ) -> Result<T, CallError> {
        let handle = self.open(key, access, by_privilege)?;
        let mut client = self.client.borrow_mut();
        let done = work(&mut client, handle).map_err(of);
        // A failure to close shows at the next call.
        let _ = client.close_key(handle);
        done
    }

    fn read(&self, path: &KeyPath, reach: Reach, depth: usize) -> Result<Option<Key>, CallError> {
        let secrets = &self.secrets;
        let read = self.with(path, Access::READ, true, |client, handle| {
            let info = client.info(handle)?;
            let mut found = Key {
                name: path.last().cloned().unwrap_or_default(),
                last_write: (info.last_write != 0).then_some(FileTime(info.last_write)),
                class: (!info.class.is_empty()).then(|| Name::from_utf16(&info.class)),
                security: Some(Security::new(client.security(
                    handle,
                    SecurityInformation::READABLE,
                    info.security,
                )?)),
                ..Key::default()
            };
            if info.values > MAX_ENTRIES || info.subkeys > MAX_ENTRIES {
                found.damage = Some("it has more values or subkeys than the limit".to_owned());
            }
            for index in 0..info.values.min(MAX_ENTRIES) {
                match value(client, handle, index, info.longest_data, &|name| secrets.hold(path, name))? {
                    Some(value) => found.values.push(value),
                    None => break,
                }
            }
            let mut below = Vec::new();
            if reach == Reach::Tree {
                for index in 0..info.subkeys.min(MAX_ENTRIES) {
                    match client.subkey_at(handle, index)? {
                        Some(entry) => below.push(Name::from_utf16(&entry.name)),
                        None => break,
                    }
                }
            }
            Ok((found, below))
        });
        let (mut found, below) = match read {
            Ok(read) => read,
            Err(CallError::NotThere) => return Ok(None),
            Err(error) => return Err(error),
        };
        if !below.is_empty() && depth >= MAX_DEPTH {
            found.damage = Some("keys are nested more than 512 levels deep".to_owned());
            return Ok(Some(found));
        }
        for name in below {
            // A key that no longer exists was deleted by another process, which the comparison with the plan
            // detects.
            found.subkeys.extend(self.read(&path.child(&name), reach, depth + 1)?);
        }
        Ok(Some(found))
    }
}

/// The value with this index; the data of secrets is not requested.
fn value<P: Pipe>(
    client: &mut Client<P>,
    handle: Handle,
    index: u32,
    likely: u32,
    is_secret: &dyn Fn(&Name) -> bool,
) -> Result<Option<Value>, Error> {
    // Names are always requested first, because keys that a repair changes have few values.
    let Some(head) = client.value_head_at(handle, index)? else { return Ok(None) };
    let name = Name::from_utf16(&head.name);
    if is_secret(&name) {
        let data = Data::Withheld { length: u64::from(head.value.length) };
        return Ok(Some(Value { name, kind: ValueType(head.value.kind), data }));
    }
    let fetched = client.value(handle, &head.name, likely)?;
    Ok(fetched.map(|value| Value { name, kind: ValueType(value.kind), data: Data::Bytes(value.data) }))
}

fn joined(key: &KeyPath) -> Vec<u16> {
    let names: Vec<Vec<u16>> = key.parts().iter().map(Name::to_utf16).collect();
    names.join(&u16::from(b'\\'))
}

#[allow(clippy::needless_pass_by_value)] // as map_err gives it
fn of(error: Error) -> CallError {
    if error.is_access_denied() {
        CallError::Denied
    } else if error.is_not_found() {
        CallError::NotThere
    } else if error.is_fatal() {
        CallError::Lost(Message::of(&error))
    } else {
        CallError::Refused(Message::of(&error))
    }
}

/// The parent key and the name in it.
fn parted(key: &KeyPath) -> Result<(KeyPath, Vec<u16>), CallError> {
    let parted = key.parent().zip(key.last().map(Name::to_utf16));
    parted.ok_or_else(|| {
        CallError::refused(Code::Unsupported, "a predefined key is neither created nor deleted")
    })
}

impl<P: Pipe> Calls for Remote<P> {
    fn key(&self, key: &KeyPath, reach: Reach) -> Result<Option<Key>, CallError> {
        let whole = reach == Reach::Tree;
        let name = (key.to_string().to_lowercase(), whole);
        if let Some(seen) = self.seen.borrow().get(&name) {
            return Ok(seen.clone());
        }
        let found = self.read(key, reach, 0)?;
        self.seen.borrow_mut().insert(name, found.clone());
        Ok(found)
    }

    fn allows(&self, key: &KeyPath, need: Need) -> Result<bool, CallError> {
        let access = match need {
            Need::SetValues => Access::SET_VALUE,
            Need::CreateSubkeys => Access::CREATE_SUBKEY,
        };
        match self.with(key, access, true, |_, _| Ok(())) {
            Ok(()) => Ok(true),
            Err(CallError::Denied) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// An account that can open a key by privilege is assumed to have both privileges; the protocol does not
    /// distinguish them.
    fn gives_owners_back(&self) -> Result<bool, CallError> {
        if let Some(known) = self.privileged.get() {
            return Ok(known);
        }
        let root = self.root(RootKey::LocalMachine)?;
        let path: Vec<u16> = "SYSTEM".encode_utf16().collect();
        let mut client = self.client.borrow_mut();
        let privileged = match client.open_key(root, &path, OpenOptions::BACKUP_RESTORE, Access::WRITE) {
            Ok(handle) => {
                let _ = client.close_key(handle);
                true
            }
            Err(error) if error.is_access_denied() => false,
            Err(error) => return Err(of(error)),
        };
        self.privileged.set(Some(privileged));
        Ok(privileged)
    }

    fn may_open_up(&self, key: &KeyPath) -> Result<bool, CallError> {
        let may = |access| match self.with(key, access, false, |_, _| Ok(())) {
            Ok(()) => Ok(true),
            Err(CallError::Denied) => Ok(false),
            Err(error) => Err(error),
        };
        Ok(may(Access::WRITE_DAC)? || (self.gives_owners_back()? && may(Access::WRITE_OWNER)?))
    }

    fn create_key(&mut self, key: &KeyPath, class: Option<&Name>) -> Result<(), CallError> {
        let (above, name) = parted(key)?;
        let class = class.map(Name::to_utf16);
        let created = self.change(&above, Access::CREATE_SUBKEY, true, |client, above| {
            let options = CreateOptions::default();
            let created =
                client.create_key_of_class(above, &name, class.as_deref(), options, Access::READ, None)?;
            let _ = client.close_key(created.handle);
            Ok(created)
        })?;
        if created.is_new { Ok(()) } else { Err(CallError::Exists) }
    }

    fn set_value(&mut self, key: &KeyPath, value: &Value) -> Result<(), CallError> {
        let (name, kind) = (value.name.to_utf16(), value.kind.0);
        self.change(key, Access::SET_VALUE, true, |client, key| {
            client.set_value(key, &name, kind, value.bytes())
        })
    }

    fn delete_value(&mut self, key: &KeyPath, name: &Name) -> Result<(), CallError> {
        self.change(key, Access::SET_VALUE, true, |client, key| client.delete_value(key, &name.to_utf16()))
    }

    fn delete_key(&mut self, key: &KeyPath) -> Result<(), CallError> {
        let (above, name) = parted(key)?;
        self.change(&above, Access::READ, true, |client, above| client.delete_key(above, &name))
    }

    fn set_security(&mut self, key: &KeyPath, security: &Security, parts: Parts) -> Result<(), CallError> {
        let mut access = Access::READ_CONTROL;
        let mut information = SecurityInformation(0);
        for (is_set, right, part) in [
            (parts.owner, Access::WRITE_OWNER, SecurityInformation::OWNER),
            (parts.group, Access::WRITE_OWNER, SecurityInformation::GROUP),
            (parts.dacl, Access::WRITE_DAC, SecurityInformation::DACL),
        ] {
            if is_set {
                access = access.and(right);
                information.0 |= part.0;
            }
        }
        let descriptor = requested(security);
        self.change(key, access, false, |client, key| client.set_security(key, information, &descriptor))
    }

    fn flush(&mut self, hive: &KeyPath) -> Result<(), CallError> {
        self.with(hive, Access::READ, true, Client::flush)
    }
}

/// The requested descriptor. The inherited flag of a list is kept only with `SE_DACL_AUTO_INHERIT_REQ`
/// ([MS-DTYP] 2.4.6).
fn requested(security: &Security) -> Vec<u8> {
    let Ok(mut descriptor) = SecurityDescriptor::from_bytes(security.bytes()) else {
        return security.bytes().to_vec();
    };
    if descriptor.control().contains(Control::DACL_AUTO_INHERITED) {
        descriptor.set_control(Control::DACL_AUTO_INHERIT_REQ, true);
    }
    descriptor.to_bytes()
}
