//! Registries that are changed call by call: after an interruption at any call, the next run completes or
//! reverts the repair.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use diagnostic::{Code, Message};
use licensing::places;
use nt::security::{AccessMask, AceFlags, Acl, SecurityDescriptor, Sid};
use repair::journal::Record;
use repair::target::{CallError, Calls, KeyedTarget, Need, Parts, Reach, Target};
use repair::{Applied, ApplyError, Journal, Location, Plan, Recovered};
use snapshot::{Change, Key, KeyPath, Name, RootKey, Security, Value};

use crate::machine::{Host, NOW, core, create, dword, set};

/// A registry in memory that enforces its access lists, as Windows does for an administrator with these
/// privileges.
#[derive(Clone)]
pub struct Memory {
    root: Rc<RefCell<Key>>,
    /// The number of modifying calls that will still succeed.
    calls: Rc<Cell<usize>>,
    restores: bool,
    takes_ownership: bool,
}

pub const UNLIMITED: usize = usize::MAX;

/// Full access for administrators.
pub const OPEN: &str = "O:BAG:SYD:(A;CI;KA;;;BA)(A;CI;KA;;;SY)";
/// Access for the service only; administrators cannot even read the access list.
const SERVICE_ONLY: &str = "O:NSG:NSD:(A;CI;KA;;;NS)(A;CI;KA;;;SY)";
/// Administrators own the key, and so may change the access list, but not the values.
const READ_ONLY: &str = "O:BAG:SYD:P(A;CI;KR;;;BA)(A;CI;KA;;;SY)";

fn security(text: &str) -> Security {
    Security::new(text.parse::<SecurityDescriptor>().unwrap().to_bytes())
}

fn descriptor(key: &Key) -> SecurityDescriptor {
    SecurityDescriptor::from_bytes(key.security.as_ref().unwrap().bytes()).unwrap()
}

fn administrators() -> Sid {
    "S-1-5-32-544".parse().unwrap()
}

fn grants(key: &Key, rights: AccessMask) -> bool {
    descriptor(key).grants(&[administrators()], rights)
}

fn find<'k>(key: &'k mut Key, names: &[Name]) -> Option<&'k mut Key> {
    match names.split_first() {
        None => Some(key),
        Some((first, below)) => find(key.subkeys.iter_mut().find(|key| key.name.same(first))?, below),
    }
}

impl Memory {
    pub fn new() -> Self {
        let root = Key { security: Some(security(OPEN)), ..Key::default() };
        Self {
            root: Rc::new(RefCell::new(root)),
            calls: Rc::new(Cell::new(UNLIMITED)),
            restores: true,
            takes_ownership: true,
        }
    }

    /// Adds a key, with its parents if missing.
    pub fn with(self, path: &KeyPath, text: &str, values: &[Value]) -> Self {
        {
            let mut root = self.root.borrow_mut();
            let mut key = &mut *root;
            for name in path.parts() {
                if !key.subkeys.iter().any(|key| key.name.same(name)) {
                    let new = Key { name: name.clone(), security: Some(security(OPEN)), ..Key::default() };
                    key.subkeys.push(new);
                }
                key = find(key, std::slice::from_ref(name)).unwrap();
            }
            key.security = Some(security(text));
            key.values = values.to_vec();
        }
        self
    }

    /// Limits the number of modifying calls that will still succeed.
    pub fn limit(&self, calls: usize) {
        self.calls.set(calls);
    }

    /// The same registry without the restore privilege.
    pub fn without_restoring(&self) -> Self {
        Self { restores: false, ..self.clone() }
    }

    /// An independent copy of this registry.
    pub fn apart(&self) -> Self {
        Self { root: Rc::new(RefCell::new(self.state())), ..self.clone() }
    }

    /// Takes over the present state of the other registry.
    pub fn become_as(&self, other: &Self) {
        *self.root.borrow_mut() = other.state();
    }

    pub fn state(&self) -> Key {
        self.root.borrow().clone()
    }

    /// A modifying call; it fails when the limit is used up.
    fn changing<T>(
        &self,
        path: &KeyPath,
        change: impl FnOnce(&mut Key) -> Result<T, CallError>,
    ) -> Result<T, CallError> {
        let left = self.calls.get();
        if left == 0 {
            return Err(CallError::Lost(Message::new(Code::ConnectionLost, "a test's end")));
        }
        let mut root = self.root.borrow_mut();
        let done = change(find(&mut root, path.parts()).ok_or(CallError::NotThere)?);
        if done.is_ok() && left != UNLIMITED {
            self.calls.set(left - 1);
        }
        done
    }

    fn may(&self, key: &Key, rights: AccessMask) -> Result<(), CallError> {
        if self.restores || grants(key, rights) { Ok(()) } else { Err(CallError::Denied) }
    }
}

impl Calls for Memory {
    fn key(&self, key: &KeyPath, reach: Reach) -> Result<Option<Key>, CallError> {
        if self.calls.get() == 0 {
            return Err(CallError::Lost(Message::new(Code::ConnectionLost, "a test's end")));
        }
        let mut root = self.root.borrow_mut();
        let found = find(&mut root, key.parts()).map(|key| key.clone());
        Ok(found.map(|key| if reach == Reach::Alone { Key { subkeys: Vec::new(), ..key } } else { key }))
    }

    fn allows(&self, key: &KeyPath, need: Need) -> Result<bool, CallError> {
        let rights = match need {
            Need::SetValues => AccessMask::KEY_SET_VALUE,
            Need::CreateSubkeys => AccessMask::KEY_CREATE_SUB_KEY,
        };
        let found = self.key(key, Reach::Alone)?.ok_or(CallError::NotThere)?;
        Ok(self.may(&found, rights).is_ok())
    }

    fn gives_owners_back(&self) -> Result<bool, CallError> {
        Ok(self.restores)
    }

    fn create_key(&mut self, key: &KeyPath, class: Option<&Name>) -> Result<(), CallError> {
        let name = key.last().unwrap();
        self.changing(&key.parent().unwrap(), |parent| {
            self.may(parent, AccessMask::KEY_CREATE_SUB_KEY)?;
            if parent.subkeys.iter().any(|key| key.name.same(name)) {
                return Err(CallError::Exists);
            }
            let mut inherited = descriptor(parent);
            inherited.set_owner(Some(administrators()));
            let entries = inherited.dacl().unwrap().aces().iter();
            let entries: Vec<_> =
                entries.filter(|ace| ace.flags.contains(AceFlags::CONTAINER_INHERIT)).cloned().collect();
            inherited.set_dacl(Some(Acl::new(entries).unwrap()));
            parent.subkeys.push(Key {
                name: name.clone(),
                class: class.cloned(),
                security: Some(Security::new(inherited.encode())),
                ..Key::default()
            });
            Ok(())
        })
    }

    fn set_value(&mut self, key: &KeyPath, value: &Value) -> Result<(), CallError> {
        self.changing(key, |key| {
            self.may(key, AccessMask::KEY_SET_VALUE)?;
            match key.values.iter_mut().find(|there| there.name.same(&value.name)) {
                Some(there) => *there = Value { name: there.name.clone(), ..value.clone() },
                None => key.values.push(value.clone()),
            }
            Ok(())
        })
    }

    fn delete_value(&mut self, key: &KeyPath, name: &Name) -> Result<(), CallError> {
        self.changing(key, |key| {
            self.may(key, AccessMask::KEY_SET_VALUE)?;
            let at = key.values.iter().position(|there| there.name.same(name)).ok_or(CallError::NotThere)?;
            key.values.remove(at);
            Ok(())
        })
    }

    fn delete_key(&mut self, key: &KeyPath) -> Result<(), CallError> {
        let name = key.last().unwrap();
        self.changing(&key.parent().unwrap(), |parent| {
            let at = parent.subkeys.iter().position(|key| key.name.same(name)).ok_or(CallError::NotThere)?;
            if !grants(&parent.subkeys[at], AccessMask::DELETE) {
                return Err(CallError::Denied);
            }
            if !parent.subkeys[at].subkeys.is_empty() {
                // Windows and Samba return this error for a key with subkeys.
                return Err(CallError::Denied);
            }
            parent.subkeys.remove(at);
            Ok(())
        })
    }

    fn set_security(&mut self, key: &KeyPath, new: &Security, parts: Parts) -> Result<(), CallError> {
        self.changing(key, |key| {
            let new = SecurityDescriptor::from_bytes(new.bytes()).unwrap();
            let mut now = descriptor(key);
            if parts.dacl && !grants(key, AccessMask::WRITE_DAC) {
                return Err(CallError::Denied);
            }
            // The take-ownership privilege permits setting owner and group.
            let takes = self.takes_ownership;
            if (parts.owner || parts.group) && !takes && !grants(key, AccessMask::WRITE_OWNER) {
                return Err(CallError::Denied);
            }
            if parts.owner {
                if new.owner() != Some(&administrators()) && !self.restores {
                    return Err(CallError::refused(Code::Rejected, "not an owner that may be set"));
                }
                now.set_owner(new.owner().cloned());
            }
            if parts.group {
                now.set_group(new.group().cloned());
            }
            if parts.dacl {
                let protected = nt::security::Control::DACL_PROTECTED;
                now.set_dacl(new.dacl().cloned());
                now.set_control(protected, new.control().contains(protected));
            }
            key.security = Some(Security::new(now.encode()));
            Ok(())
        })
    }

    fn flush(&mut self, hive: &KeyPath) -> Result<(), CallError> {
        self.changing(hive, |_| Ok(()))
    }
}

/// A machine in memory with a journal.
struct Case {
    memory: Memory,
    folder: tempfile::TempDir,
    plan: Plan,
}

/// A plan of these changes for this machine.
fn plan(memory: &Memory, changes: fn(&Memory) -> Vec<Change>) -> Plan {
    Host::new().plan_of(changes(memory))
}

impl Case {
    fn new(memory: &Memory, plan: &Plan) -> Self {
        let memory = Memory {
            root: Rc::new(RefCell::new(memory.state())),
            calls: Rc::new(Cell::new(UNLIMITED)),
            ..memory.clone()
        };
        // Thousands of journals are flushed to disk; use a folder in memory if the system has one.
        let memory_disk = std::path::Path::new("/dev/shm");
        let folder =
            if memory_disk.is_dir() { tempfile::tempdir_in(memory_disk) } else { tempfile::tempdir() };
        Self { memory, folder: folder.unwrap(), plan: plan.clone() }
    }

    fn apply(&self, calls: usize) -> Result<Applied, ApplyError> {
        self.carry_out(&self.plan, None, calls)
    }

    fn undo(&self) {
        let plan = repair::undo::plan(&self.journal().record(1).unwrap(), NOW).unwrap();
        self.carry_out(&plan, Some(1), UNLIMITED).unwrap();
    }

    fn carry_out(&self, plan: &Plan, undoes: Option<u64>, calls: usize) -> Result<Applied, ApplyError> {
        self.memory.calls.set(calls);
        let mut target = KeyedTarget::new(self.memory.clone());
        let location = Location::Policy { file: "in memory".into() };
        let applied = repair::apply(plan, &location, undoes, &mut target, &mut self.journal(), NOW);
        self.memory.calls.set(UNLIMITED);
        applied
    }

    fn journal(&self) -> Journal {
        Journal::open(self.folder.path()).unwrap()
    }

    fn open(&self) -> Option<Record> {
        self.journal().record(1).filter(|record| record.end.is_none())
    }

    fn recover(&self, calls: usize) -> Result<Recovered, ApplyError> {
        self.memory.calls.set(calls);
        let mut target = KeyedTarget::new(self.memory.clone());
        let record = self.open().unwrap();
        let recovered = repair::recover(&record, &mut target, &mut self.journal(), NOW);
        self.memory.calls.set(UNLIMITED);
        recovered
    }
}

pub fn same(one: &Key, two: &Key) -> bool {
    one.is_as(two) && two.is_as(one)
}

/// Interrupts the repair after each call, then its recovery after each call, and then completes the recovery.
/// Afterwards the registry must be in the old or the new state, including owners and access lists.
fn stop_everywhere(memory: &Memory, changes: fn(&Memory) -> Vec<Change>) {
    let plan = plan(memory, changes);
    let done = Case::new(memory, &plan);
    let old = done.memory.state();
    done.apply(UNLIMITED).unwrap();
    let new = done.memory.state();
    assert!(!same(&old, &new));
    done.undo();
    assert!(same(&done.memory.state(), &old), "{:#?}", done.memory.state());

    let mut outcomes = [0; 3];
    for stop in 1.. {
        let case = Case::new(memory, &plan);
        if case.apply(stop).is_ok() {
            assert!(stop > plan.steps.len());
            break;
        }
        for second in 1.. {
            let case = Case::new(memory, &plan);
            case.apply(stop).unwrap_err();
            if second == 1 {
                assert!(case.open().is_some(), "the journal knows of it");
            }
            let recovered = case.recover(second).or_else(|error| {
                assert!(case.open().is_some(), "{error}");
                case.recover(UNLIMITED).map(|_| Recovered::PutBack)
            });
            let now = case.memory.state();
            match recovered.unwrap() {
                Recovered::Nothing => assert!(same(&now, &old), "{stop}, {second}: {now:#?}"),
                Recovered::Complete => assert!(same(&now, &new), "{stop}, {second}: {now:#?}"),
                Recovered::PutBack => {
                    assert!(same(&now, &old) || same(&now, &new), "{stop}, {second}: {now:#?}");
                }
                Recovered::Left { because } => panic!("{stop}, {second}: {because}"),
            }
            assert!(case.open().is_none());
            let is_new = same(&now, &new);
            outcomes[usize::from(is_new)] += 1;
            if is_new {
                case.undo();
                assert!(same(&case.memory.state(), &old), "{stop}, {second}");
            }
            // If the recovery succeeds within this limit, further limits make no difference.
            let again = Case::new(memory, &plan);
            again.apply(stop).unwrap_err();
            if again.recover(second).is_ok() {
                outcomes[2] += 1;
                break;
            }
        }
    }
    assert!(outcomes.iter().all(|&count| count > 0), "{outcomes:?}");
}

fn machine() -> Memory {
    let store = places::client_store().join("Store");
    let license = |number: u8| store.join(&format!("LICENSE00{number}"));
    let values = [dword("ClientLicense", 1), dword("ProductVersion", 2)];
    Memory::new()
        .with(&core(), OPEN, &[dword("First", 1), dword("LicensingMode", 5)])
        .with(&places::license_servers().parent().unwrap(), OPEN, &[])
        .with(&store, OPEN, &[])
        .with(&license(0), OPEN, &values)
        .with(&license(0).join("deep"), SERVICE_ONLY, &values)
        .with(&license(1), "O:NSG:NSD:(A;CI;KA;;;NS)(A;CI;KR;;;BA)", &values)
}

fn whole(memory: &Memory, path: &KeyPath) -> Option<Box<Key>> {
    memory.key(path, Reach::Tree).unwrap().map(Box::new)
}

fn everything(memory: &Memory) -> Vec<Change> {
    let (servers, store) = (places::license_servers(), places::client_store().join("Store"));
    vec![
        set(&core(), "First", Some(&dword("First", 1)), None),
        set(&core(), "LicensingMode", Some(&dword("", 5)), Some(&dword("", 4))),
        create(&servers),
        set(&servers, "SpecifiedLicenseServers", None, Some(&dword("x", 1))),
        Change::Key { key: store.clone(), before: whole(memory, &store), after: None },
        Change::Security { key: core(), before: security(OPEN), after: security(SERVICE_ONLY) },
    ]
}

#[test]
fn whichever_call_is_the_last() {
    stop_everywhere(&machine(), everything);
}

/// Without the restore privilege, access to a key is granted temporarily if possible, and revoked afterwards.
#[test]
fn a_protected_key_is_opened_up_and_closed_again() {
    let changes: fn(&Memory) -> Vec<Change> = |memory| {
        vec![
            set(&core(), "First", Some(&dword("First", 1)), None),
            create(&core().join("below")),
            set(&core(), "LicensingMode", Some(&dword("", 5)), Some(&dword("", 4))),
            set(&core().join("below"), "x", None, Some(&dword("", 4))),
            Change::Key {
                key: places::client_store(),
                before: whole(memory, &places::client_store()),
                after: None,
            },
        ]
    };
    let memory = Memory { restores: false, takes_ownership: false, ..Memory::new() }
        .with(&core(), READ_ONLY, &[dword("First", 1), dword("LicensingMode", 5)])
        .with(&places::client_store().join("Store"), READ_ONLY, &[dword("First", 1)]);
    // A key created below a protected key inherits its access list, and therefore cannot be changed without
    // granting access to it, too.
    let error = Case::new(&memory, &plan(&memory, changes)).apply(UNLIMITED).unwrap_err();
    assert!(matches!(error, ApplyError::RolledBack { .. }), "{error}");
    let changes: fn(&Memory) -> Vec<Change> = |memory| {
        vec![
            set(&core(), "First", Some(&dword("First", 1)), None),
            create(&core().join("below")),
            set(&core(), "LicensingMode", Some(&dword("", 5)), Some(&dword("", 4))),
            Change::Key {
                key: places::client_store(),
                before: whole(memory, &places::client_store()),
                after: None,
            },
        ]
    };
    let case = Case::new(&memory, &plan(&memory, changes));
    let applied = case.apply(UNLIMITED).unwrap();
    let kinds: Vec<_> = applied.changes.iter().map(|change| change.kind().to_string()).collect();
    let expected = ["set security", "delete value", "create key", "set value", "delete key", "set security"];
    assert_eq!(kinds, expected);
    let now = case.memory.key(&core(), Reach::Alone).unwrap().unwrap();
    assert!(now.security.unwrap().is_same(&security(READ_ONLY)));
    stop_everywhere(&memory, changes);
}

/// Ownership is not taken if the owner could not be restored.
#[test]
fn what_could_not_be_given_back_is_not_taken() {
    let store = places::client_store();
    let memory = Memory { restores: false, ..Memory::new() }
        .with(&store.join("Store"), SERVICE_ONLY, &[dword("First", 1)])
        .with(&core(), SERVICE_ONLY, &[dword("First", 1)]);
    let deleted = |memory: &Memory| {
        let key = places::client_store();
        vec![Change::Key { before: whole(memory, &key), key, after: None }]
    };
    let changed = |_: &Memory| vec![set(&core(), "First", Some(&dword("First", 1)), None)];
    for changes in [deleted, changed] as [fn(&Memory) -> Vec<Change>; 2] {
        let case = Case::new(&memory, &plan(&memory, changes));
        let old = case.memory.state();
        let error = case.apply(UNLIMITED).unwrap_err();
        assert!(error.to_string().contains("access is denied"), "{error}");
        assert!(same(&case.memory.state(), &old));
        assert!(case.open().is_none());
    }
}

/// A change by another program is not mistaken for a part of the repair.
#[test]
fn what_somebody_else_changed_meanwhile_is_left_alone() {
    let memory = machine();
    let plan = plan(&memory, everything);
    for stop in 1.. {
        let case = Case::new(&memory, &plan);
        if case.apply(stop).is_ok() {
            break;
        }
        let mut calls = case.memory.clone();
        calls.set_value(&core(), &dword("LicensingMode", 2)).unwrap();
        let before = case.memory.state();
        assert!(matches!(case.recover(UNLIMITED).unwrap(), Recovered::Left { .. }), "{stop}");
        assert!(same(&case.memory.state(), &before));
    }
}

#[test]
fn a_key_is_not_replaced_by_another() {
    let memory = machine();
    let replaced = |memory: &Memory| {
        let key = places::client_store();
        let before = whole(memory, &key);
        vec![Change::Key { key, after: before.clone(), before }]
    };
    let case = Case::new(&memory, &plan(&memory, replaced));
    let error = case.apply(UNLIMITED).unwrap_err();
    assert!(matches!(error, ApplyError::Forbidden { .. }), "{error}");
    let target = KeyedTarget::new(case.memory.clone());
    assert_eq!(target.key(&KeyPath::root(RootKey::Users).join("none"), Reach::Tree).unwrap(), None);
}
