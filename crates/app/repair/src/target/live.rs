//! The registry of the running machine.

use std::time::Duration;

use diagnostic::Code;
use snapshot::{Data, FileTime, Key, KeyPath, Name, RootKey, Security, Value, ValueType};
use win32::service::{self, State};
use win32::token::{self, Held, Privilege};
use win32::wmi::{self, Wmi};
use win32::write::{Key as Open, Rights, Transaction, With};
use win32::{Error, Key as Read, Reach as By, Root, write};

use super::Reach;
use super::keyed::{CallError, Calls, Need, Parts};
use super::setters::{MethodResult, Setter, WmiSetters};

/// Maximum nesting of keys; the registry itself permits no more.
const MAX_DEPTH: usize = 512;

/// The calls of this machine's registry.
///
/// The privileges to back up, restore and take ownership are enabled while this value exists, if the account
/// has them.
#[derive(Debug)]
pub struct LiveCalls {
    privileges: Vec<Held>,
    transaction: Option<Transaction>,
    /// Whether transactions work here, once tested.
    has_transactions: Option<bool>,
}

impl LiveCalls {
    /// Enables the privileges of the account.
    pub fn new() -> Self {
        let wanted = [Privilege::Backup, Privilege::Restore, Privilege::TakeOwnership];
        // A privilege that cannot be enabled is not held; calls that need it then fail with an explanation.
        let privileges = wanted.into_iter().filter_map(|one| token::hold(one).ok().flatten()).collect();
        Self { privileges, transaction: None, has_transactions: None }
    }

    fn holds(&self, privilege: Privilege) -> bool {
        self.privileges.iter().any(|held| held.privilege() == privilege)
    }

    /// Opens a key for writing: by its access list, or, if denied, by the restore privilege.
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
                if depth >= MAX_DEPTH {
                    found.damage = Some("keys are nested more than 512 levels deep".to_owned());
                    break;
                }
                // A key that was deleted in the meantime does not exist.
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
        // The restore privilege does not permit this; the privilege to take ownership does.
        let opened = Open::open(root, &names, rights, With::Grant).map_err(refused)?;
        let opened = opened.ok_or(CallError::NotThere)?;
        opened.set_security(security.bytes(), write::Parts { owner, group, dacl }).map_err(refused)
    }

    fn flush(&mut self, hive: &KeyPath) -> Result<(), CallError> {
        let (hive, _) = self.open(hive, Rights::FLUSH)?;
        hive.flush().map_err(refused)
    }

    fn begin(&mut self) -> Result<bool, CallError> {
        // Transactions are rarely used, so they are first tested on this machine.
        let works = *self.has_transactions.get_or_insert_with(Transaction::are_to_be_had);
        self.transaction = if works { Transaction::begin().ok() } else { None };
        Ok(self.transaction.is_some())
    }

    fn commit(&mut self) -> Result<(), CallError> {
        self.transaction.take().map_or(Ok(()), Transaction::commit_changes).map_err(refused)
    }

    fn roll_back(&mut self) {
        // If it cannot be rolled back, closing it does so.
        let _ = self.transaction.take().map(Transaction::roll_back);
    }

    fn when_denied(&self) -> &'static str {
        if !token::is_elevated().unwrap_or(false) {
            return "rdscal is not elevated, which is required to change this machine; start it from an elevated prompt (Run as administrator)";
        }
        if !self.holds(Privilege::Restore) {
            return "this account lacks the privilege to restore files and directories (SeRestorePrivilege), which protected keys require; run rdscal as a member of Administrators, or as SYSTEM";
        }
        "even the privileges to restore and to take ownership are not sufficient; a security product may protect the key and must permit the change first"
    }
}

/// The methods of this Windows.
#[derive(Default)]
pub struct WindowsSetters {
    wmi: Wmi,
}

/// Time limit for the service.
const PATIENCE: Duration = Duration::from_secs(15);

impl WmiSetters for WindowsSetters {
    fn call(&mut self, setter: &Setter) -> MethodResult {
        // If the service does not run, it cannot be notified. If that is unknown, the method reports it.
        if service::state(SERVICE).is_ok_and(|state| state != Some(State::Running)) {
            return MethodResult::Absent;
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
                Some((_, wmi::Value::Unsigned(0) | wmi::Value::Signed(0))) => MethodResult::Done,
                Some((_, wmi::Value::Unsigned(code))) => {
                    MethodResult::Refused(format!("it returned {code:#x}"))
                }
                other => MethodResult::Refused(format!("it returned {:?}", other.map(|(_, value)| value))),
            },
            Err(fault) if fault.is_missing() => MethodResult::Absent,
            Err(fault) => MethodResult::Refused(fault.to_string()),
        }
    }
}

/// The service that the methods notify.
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
        // Windows derives these two from other keys, and no recipe uses them.
        RootKey::ClassesRoot | RootKey::CurrentConfig => {
            return Err(CallError::refused(Code::Unsupported, "it is only a view of other keys"));
        }
    };
    Ok((root, key.parts().iter().map(Name::to_utf16).collect()))
}

/// `ERROR_INVALID_OWNER` and `ERROR_PRIVILEGE_NOT_HELD` also mean that access was denied.
const ALSO_DENIED: [u32; 2] = [1307, 1314];

fn refused(error: Error) -> CallError {
    let is_denied = error.is_access_denied() || error.code().is_some_and(|code| ALSO_DENIED.contains(&code));
    if is_denied { CallError::Denied } else { CallError::refused(Code::Io, error) }
}
