//! Windows' own methods before the registry's calls.
//!
//! For two values of a session host Windows has methods of its own, `ChangeMode` and `SetSpecifiedLicenseServerList` of
//! `Win32_TerminalServiceSetting` ([Win32_TerminalServiceSetting]: the service hears of the change by them). Where a plan sets such a value,
//! the method is called first, and what it did is read back. Where there is no such method, where it refuses, or where it leaves anything but
//! what the plan says, the registry's own call makes it as planned. A method may do more than its page tells: other values of the
//! two keys are put back as they were, since the journal, and so the way back, has only what the plan says.
//!
//! [Win32_TerminalServiceSetting]: https://learn.microsoft.com/windows/win32/termserv/win32-terminalservicesetting

use licensing::places;
use snapshot::{Change, Key, KeyPath, Name, Security, Value, ValueType};

use super::Reach;
use super::keyed::{CallError, Calls, Need, Parts};

/// What a method of Windows sets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Setter {
    /// `ChangeMode`: the licensing mode, 2 (Per Device) or 4 (Per User).
    Mode(u32),
    /// `SetSpecifiedLicenseServerList`: the local list of license servers, in their order.
    Servers(Vec<String>),
}

impl Setter {
    /// The method that sets this value to what it shall be, where there is one: not for modes and lists that nobody would choose.
    #[must_use]
    pub fn of(key: &KeyPath, value: &Value) -> Option<Self> {
        if *key == places::licensing_core() && value.name.same(&Name::from("LicensingMode")) {
            let mode = value.as_u32().filter(|_| value.kind == ValueType::DWORD)?;
            return matches!(mode, 2 | 4).then_some(Self::Mode(mode));
        }
        if *key == places::license_servers() && value.name.same(&Name::from("SpecifiedLicenseServers")) {
            let list = value.as_multi_string()?;
            let is_plain = !list.items.is_empty() && list.items.iter().all(|item| !item.trim().is_empty());
            return (is_plain && list.terminated).then_some(Self::Servers(list.items));
        }
        None
    }

    /// The method's name.
    #[must_use]
    pub fn method(&self) -> &'static str {
        match self {
            Self::Mode(_) => "ChangeMode",
            Self::Servers(_) => "SetSpecifiedLicenseServerList",
        }
    }
}

/// What came of calling a method.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Called {
    /// It says that it did what it is for.
    Done,
    /// There is no such method here, and no service that it would tell.
    Absent,
    /// It was not done; why, in a few words.
    Refused(String),
}

/// Who calls the methods.
pub trait Methods {
    /// Calls the method.
    fn call(&mut self, setter: &Setter) -> Called;
}

/// Calls of a registry, before which Windows' own methods are tried.
#[derive(Debug)]
pub struct Preferring<C, M> {
    calls: C,
    methods: M,
    remarks: Vec<String>,
}

impl<C: Calls, M: Methods> Preferring<C, M> {
    /// These methods first, then these calls.
    pub fn new(calls: C, methods: M) -> Self {
        Self { calls, methods, remarks: Vec::new() }
    }

    /// What calls the methods.
    pub fn methods(&self) -> &M {
        &self.methods
    }

    /// True where the method left the value as it shall be.
    fn by_method(&mut self, setter: &Setter, key: &KeyPath, value: &Value) -> Result<bool, CallError> {
        // A key that is not there is made by the calls.
        if self.calls.key(key, Reach::Alone)?.is_none() {
            return Ok(false);
        }
        let before = self.around()?;
        let (method, name) = (setter.method(), &value.name);
        let refused = match self.methods.call(setter) {
            Called::Absent => return Ok(false),
            Called::Done => None,
            Called::Refused(because) => Some(because),
        };
        // Whatever it says, it may have done something.
        let after = self.around()?;
        for ((place, before), (_, after)) in before.iter().zip(&after) {
            let but = (place == key).then_some(name);
            self.put_back_others(method, place, but, before, after)?;
        }
        let found = self.calls.key(key, Reach::Alone)?.ok_or(CallError::NotThere)?;
        let is_set = find(&found.values, name).is_some_and(|there| is_same(there, value));
        self.remarks.push(match (is_set, refused) {
            (true, _) => format!("{name} was set by Windows' own method {method}"),
            (false, Some(because)) => {
                format!("Windows' own method {method} did not set {name} ({because}); it was set in the registry")
            }
            (false, None) => {
                format!("Windows' own method {method} left {name} otherwise than planned; it was set in the registry")
            }
        });
        Ok(is_set)
    }

    /// The values of the keys that the methods are about.
    fn around(&self) -> Result<Vec<(KeyPath, Vec<Value>)>, CallError> {
        let keys = [places::licensing_core(), places::license_servers()];
        let values = |key: KeyPath| {
            let found = self.calls.key(&key, Reach::Alone)?;
            Ok((key, found.map(|key| key.values).unwrap_or_default()))
        };
        keys.into_iter().map(values).collect()
    }

    fn put_back_others(
        &mut self,
        method: &str,
        key: &KeyPath,
        but: Option<&Name>,
        before: &[Value],
        after: &[Value],
    ) -> Result<(), CallError> {
        let is_other = |value: &&Value| but.is_none_or(|but| !value.name.same(but));
        let changed = after.iter().filter(is_other).filter_map(|now| match find(before, &now.name) {
            Some(old) if is_same(old, now) => None,
            old => Some((&now.name, old)),
        });
        let deleted = before.iter().filter(is_other).filter(|old| find(after, &old.name).is_none());
        for (name, old) in changed.chain(deleted.map(|old| (&old.name, Some(old)))) {
            let put_back = match old {
                Some(old) => self.calls.set_value(key, old),
                None => self.calls.delete_value(key, name),
            };
            self.remarks.push(match put_back {
                Ok(()) => format!("{method} changed {name} in {key} too, which is not planned: put back"),
                Err(CallError::Lost(because)) => return Err(CallError::Lost(because)),
                // The plan is not the worse for it; whoever reads this can do it.
                Err(error) => format!(
                    "{method} changed {name} in {key} too, which is not planned, and it could not be put back ({error})"
                ),
            });
        }
        Ok(())
    }
}

fn any(path: &KeyPath, key: &Key, is_it: &impl Fn(&KeyPath, &Value) -> bool) -> bool {
    key.values.iter().any(|value| is_it(path, value))
        || key.subkeys.iter().any(|subkey| any(&path.child(&subkey.name), subkey, is_it))
}

fn is_same(one: &Value, other: &Value) -> bool {
    one.kind == other.kind && one.data == other.data
}

fn find<'v>(values: &'v [Value], name: &Name) -> Option<&'v Value> {
    values.iter().find(|value| value.name.same(name))
}

impl<C: Calls, M: Methods> Calls for Preferring<C, M> {
    fn set_value(&mut self, key: &KeyPath, value: &Value) -> Result<(), CallError> {
        if let Some(setter) = Setter::of(key, value)
            && self.by_method(&setter, key, value)?
        {
            return Ok(());
        }
        self.calls.set_value(key, value)
    }

    fn begin(&mut self) -> Result<bool, CallError> {
        self.calls.begin()
    }

    fn commit(&mut self) -> Result<(), CallError> {
        self.calls.commit()
    }

    fn roll_back(&mut self) {
        self.calls.roll_back();
    }

    /// What Windows' own methods change, they change for themselves.
    fn stands_apart(&self, change: &Change) -> bool {
        let is_set = |key: &KeyPath, value: &Value| Setter::of(key, value).is_some();
        let by_method = match change {
            Change::Value { key, name, after: Some(after), .. } => is_set(key, &after.named(name)),
            Change::Key { key, after: Some(after), .. } => any(key, after, &is_set),
            _ => false,
        };
        by_method || self.calls.stands_apart(change)
    }

    fn remarks(&self) -> Vec<String> {
        [self.remarks.clone(), self.calls.remarks()].concat()
    }

    fn key(&self, key: &KeyPath, reach: Reach) -> Result<Option<Key>, CallError> {
        self.calls.key(key, reach)
    }

    fn allows(&self, key: &KeyPath, need: Need) -> Result<bool, CallError> {
        self.calls.allows(key, need)
    }

    fn gives_owners_back(&self) -> Result<bool, CallError> {
        self.calls.gives_owners_back()
    }

    fn may_open_up(&self, key: &KeyPath) -> Result<bool, CallError> {
        self.calls.may_open_up(key)
    }

    fn create_key(&mut self, key: &KeyPath, class: Option<&Name>) -> Result<(), CallError> {
        self.calls.create_key(key, class)
    }

    fn delete_value(&mut self, key: &KeyPath, name: &Name) -> Result<(), CallError> {
        self.calls.delete_value(key, name)
    }

    fn delete_key(&mut self, key: &KeyPath) -> Result<(), CallError> {
        self.calls.delete_key(key)
    }

    fn set_security(&mut self, key: &KeyPath, security: &Security, parts: Parts) -> Result<(), CallError> {
        self.calls.set_security(key, security, parts)
    }

    fn flush(&mut self, hive: &KeyPath) -> Result<(), CallError> {
        self.calls.flush(hive)
    }

    fn when_denied(&self) -> &'static str {
        self.calls.when_denied()
    }
}
