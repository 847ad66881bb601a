//! The registry of the running machine.

use std::time::Duration;

use snapshot::{Data, FileTime, Key, KeyPath, Name, RootKey, Security, Value, ValueType};
use win32::service::{self, State};
use win32::token::{self, Held, Privilege};
use win32::wmi::{self, Wmi};
use win32::write::{Key as Open, Rights, Transaction, With};
use win32::{Error, Key as Read, Reach as By, Root, write};

use super::Reach;
use super::keyed::{CallError, Calls, Need, Parts};
use super::setters::{Called, Methods, Setter};

/// Keys more than this far below another are not followed: the registry itself allows no more.
const DEEPEST: usize = 512;

/// The calls of this machine's registry.
///
/// The privileges to back up, to restore and to take ownership are on as long as this value lives, where the account holds them.
#[derive(Debug)]
pub struct LiveCalls {
    privileges: Vec<Held>,
    transaction: Option<Transaction>,
    /// Whether transactions work here, once that was tried out.
    has_transactions: Option<bool>,
}

impl LiveCalls {
    /// Switches on what the account holds.
    pub fn new() -> Self {
        let wanted = [Privilege::Backup, Privilege::Restore, Privilege::TakeOwnership];
        // One that cannot be switched on is one that is not held; what it was for is then refused, in words.
        let privileges = wanted.into_iter().filter_map(|one| token::hold(one).ok().flatten()).collect();
        Self { privileges, transaction: None, has_transactions: None }
    }

    fn holds(&self, privilege: Privilege) -> bool {
        self.privileges.iter().any(|held| held.privilege() == privilege)
    }

    /// Opens a key for changing: as its access list grants, and where that is refused as whoever restores may.
    fn open(&self, key: &KeyPath, rights: Rights) -> Result<(Open, With), CallError> {
        let (root, names) = place(key)?;
        let by = |with| Open::open_in(self.transaction.as_ref(), root, &names, rights, with);
        let (mut with, mut opened) = (With::Grant, by(With::Grant));
        if opened.as_ref().is_err_and(Error::is_access_denied) && self.holds(Privilege::Restore) {
            (with, opened) = (With::Restore, by(With::Restore));
        }
        Ok((opened.map_err(refused)?.ok_or(CallError::NotThere)?, with))
    }

    fn read(&self, open: impl Fn(By) -> Result<Option<Read>, Error>) -> Result<Option<Read>, CallError> {
        let mut opened = open(By::Granted);
        if opened.as_ref().is_err_and(Error::is_access_denied) && self.holds(Privilege::Backup) {
            opened = open(By::Backup);
        }
        opened.map_err(refused)
    }

    fn tree(&self, key: &Read, path: &KeyPath, reach: Reach, depth: usize) -> Result<Key, CallError> {
        let class = key.class().map_err(refused)?;
        let mut found = Key {
            name: path.last().cloned().unwrap_or_default(),
            last_write: key.last_write().ok().map(FileTime),
            class: (!class.is_empty()).then(|| Name::from_utf16(&class)),
            security: Some(Security::new(key.security().map_err(refused)?)),
            ..Key::default()
        };
        let is_secret = path.starts_with(&licensing::places::rcm_secrets());
        for (name, kind) in key.values().map_err(refused)? {
            let shown = Name::from_utf16(&name);
            if is_secret {
                let Some(length) = key.value_len(&name).map_err(refused)? else { continue };
                let data = Data::Withheld { length: length.into() };
                found.values.push(Value { name: shown, kind: ValueType(kind), data });
            } else if let Some(value) = key.value(&name).map_err(refused)? {
                found.values.push(Value::new(shown, ValueType(value.kind), value.data));
            }
        }
        if reach == Reach::Tree {
            for name in key.subkeys().map_err(refused)? {
                if depth >= DEEPEST {
                    found.damage = Some("keys lie more than 512 deep".to_owned());
                    break;
                }
                // One that is gone meanwhile is none.
                if let Some(subkey) = self.read(|by| key.subkey_with(&name, by))? {
                    let path = path.child(&Name::from_utf16(&name));
                    found.subkeys.push(self.tree(&subkey, &path, reach, depth + 1)?);
                }
            }
        }
        Ok(found)
    }
}

impl Default for LiveCalls {
    fn default() -> Self {
        Self::new()
    }
}

impl Calls for LiveCalls {
    fn key(&self, key: &KeyPath, reach: Reach) -> Result<Option<Key>, CallError> {
        let (root, names) = place(key)?;
        let opened = self.read(|by| Read::open(root, &names, by))?;
        opened.map(|opened| self.tree(&opened, key, reach, 0)).transpose()
    }

    fn allows(&self, key: &KeyPath, need: Need) -> Result<bool, CallError> {
        match self.open(key, rights(need)) {
            Ok(_) => Ok(true),
            Err(CallError::Denied) => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn gives_owners_back(&self) -> Result<bool, CallError> {
        Ok(self.holds(Privilege::Restore))
    }

    fn create_key(&mut self, key: &KeyPath, class: Option<&Name>) -> Result<(), CallError> {
        let parent = key.parent().ok_or(CallError::NotThere)?;
        let name = key.last().map(Name::to_utf16).unwrap_or_default();
        let (parent, with) = self.open(&parent, Rights::CREATE_SUBKEY)?;
        let class = class.map(Name::to_utf16).unwrap_or_default();
        let created = match &self.transaction {
            Some(transaction) => parent.create_subkey_in(transaction, &name, &class, with),
            None => parent.create_subkey(&name, &class, with),
        };
        created.map_err(refused)
    }

    fn set_value(&mut self, key: &KeyPath, value: &Value) -> Result<(), CallError> {
        let (key, _) = self.open(key, Rights::SET_VALUE)?;
        key.set_value(&value.name.to_utf16(), value.kind.0, value.bytes()).map_err(refused)
    }

    fn delete_value(&mut self, key: &KeyPath, name: &Name) -> Result<(), CallError> {
        let (key, _) = self.open(key, Rights::SET_VALUE)?;
        let was_there = key.delete_value(&name.to_utf16()).map_err(refused)?;
        if was_there { Ok(()) } else { Err(CallError::NotThere) }
    }

    fn delete_key(&mut self, key: &KeyPath) -> Result<(), CallError> {
        let (key, _) = self.open(key, Rights::DELETE)?;
        key.delete().map_err(refused)
    }

    fn set_security(&mut self, key: &KeyPath, security: &Security, parts: Parts) -> Result<(), CallError> {
        let (root, names) = place(key)?;
        let Parts { owner, group, dacl } = parts;
        let mut rights = Rights::NONE;
        if owner || group {
            rights = rights.and(Rights::SET_OWNER);
        }
        if dacl {
            rights = rights.and(Rights::SET_DACL);
        }
        // The right to restore opens no key for this; that to take ownership does.
        let opened = Open::open(root, &names, rights, With::Grant).map_err(refused)?;
        let opened = opened.ok_or(CallError::NotThere)?;
        opened.set_security(security.bytes(), write::Parts { owner, group, dacl }).map_err(refused)
    }

    fn flush(&mut self, hive: &KeyPath) -> Result<(), CallError> {
        let (hive, _) = self.open(hive, Rights::FLUSH)?;
        hive.flush().map_err(refused)
    }

    fn begin(&mut self) -> Result<bool, CallError> {
        // Code that runs on few machines has to show first that it works on this one.
        let works = *self.has_transactions.get_or_insert_with(Transaction::are_to_be_had);
        self.transaction = if works { Transaction::begin().ok() } else { None };
        Ok(self.transaction.is_some())
    }

    fn commit(&mut self) -> Result<(), CallError> {
        self.transaction.take().map_or(Ok(()), Transaction::commit_changes).map_err(refused)
    }

    fn roll_back(&mut self) {
        // Where it cannot be rolled back, closing it does.
        let _ = self.transaction.take().map(Transaction::roll_back);
    }

    fn when_denied(&self) -> &'static str {
        if !token::is_elevated().unwrap_or(false) {
            return "rdscal was not started elevated, and changing this machine takes that: start it from an elevated prompt (Run as \
                    administrator)";
        }
        if !self.holds(Privilege::Restore) {
            return "this account lacks the right to restore files and folders (SeRestorePrivilege), which protected keys take; run \
                    rdscal as a member of Administrators, or as SYSTEM";
        }
        "even the rights to restore and to take ownership do not suffice; a security product may guard the key, and must allow the \
         change first"
    }
}

/// The methods of this Windows.
#[derive(Default)]
pub struct WindowsMethods {
    wmi: Wmi,
}

/// How long the service may take for a setting.
const PATIENCE: Duration = Duration::from_secs(15);

impl Methods for WindowsMethods {
    fn call(&mut self, setter: &Setter) -> Called {
        // Where the service does not run there is nobody to tell. Where that cannot be found out, the method says.
        if service::state(SERVICE).is_ok_and(|state| state != Some(State::Running)) {
            return Called::Absent;
        }
        let input = match setter {
            Setter::Mode(mode) => ("LicensingType".to_owned(), wmi::Value::Unsigned((*mode).into())),
            Setter::Servers(names) => {
                let names = names.iter().cloned().map(wmi::Value::Text).collect();
                ("SpecifiedLSList".to_owned(), wmi::Value::List(names))
            }
        };
        let output = &[RETURNED];
        match self.wmi.call(NAMESPACE, CLASS, setter.method(), vec![input], output, PATIENCE) {
            Ok(output) => match output.into_iter().find(|(name, _)| name == RETURNED) {
                Some((_, wmi::Value::Unsigned(0) | wmi::Value::Signed(0))) => Called::Done,
                Some((_, wmi::Value::Unsigned(code))) => Called::Refused(format!("it returned {code:#x}")),
                other => Called::Refused(format!("it returned {:?}", other.map(|(_, value)| value))),
            },
            Err(fault) if fault.is_missing() => Called::Absent,
            Err(fault) => Called::Refused(fault.to_string()),
        }
    }
}

/// The service that the methods tell of the change.
const SERVICE: &str = "TermService";
const NAMESPACE: &str = r"root\CIMV2\TerminalServices";
const CLASS: &str = "Win32_TerminalServiceSetting";
const RETURNED: &str = "ReturnValue";

fn rights(need: Need) -> Rights {
    match need {
        Need::SetValues => Rights::SET_VALUE,
        Need::CreateSubkeys => Rights::CREATE_SUBKEY,
    }
}

fn place(key: &KeyPath) -> Result<(Root, Vec<Vec<u16>>), CallError> {
    let root = match key.root_key() {
        RootKey::LocalMachine => Root::LocalMachine,
        RootKey::Users => Root::Users,
        RootKey::CurrentUser => Root::CurrentUser,
        // Windows makes these two up from keys of the others, and no recipe names them.
        RootKey::ClassesRoot | RootKey::CurrentConfig => {
            return Err(CallError::Refused("it is only a view of other keys".to_owned()));
        }
    };
    Ok((root, key.parts().iter().map(Name::to_utf16).collect()))
}

/// `ERROR_INVALID_OWNER`, `ERROR_PRIVILEGE_NOT_HELD`: other words for rights that do not suffice.
const ALSO_DENIED: [u32; 2] = [1307, 1314];

fn refused(error: Error) -> CallError {
    let is_denied = error.is_access_denied() || error.code().is_some_and(|code| ALSO_DENIED.contains(&code));
    if is_denied { CallError::Denied } else { CallError::Refused(error.to_string()) }
}
