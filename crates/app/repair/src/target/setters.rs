//! Uses WMI methods before registry calls.
//!
//! For two values of a session host Windows has the methods `ChangeMode` and `SetSpecifiedLicenseServerList`
//! of [Win32_TerminalServiceSetting], which also notify the service. If a plan sets such a value, the method
//! is called first, and its result is read back. If there is no such method, if it fails, or if it sets
//! anything other than planned, a registry call makes the change. A method may have undocumented side
//! effects: other values of the two keys are restored, because the journal contains only the planned changes.
//!
//! [Win32_TerminalServiceSetting]: https://learn.microsoft.com/windows/win32/termserv/win32-terminalservicesetting

use licensing::places;
use snapshot::{Change, Key, KeyPath, Name, Security, Value, ValueType};

use super::Reach;
use super::keyed::{CallError, Calls, Need, Parts};

/// A setting that a method sets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Setter {
    /// `ChangeMode`: the licensing mode, 2 (Per Device) or 4 (Per User).
    Mode(u32),
    /// `SetSpecifiedLicenseServerList`: the local list of license servers, in their order.
    Servers(Vec<String>),
}

impl Setter {
    /// The method that sets this value, if there is one; none for unusual modes and lists.
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

/// Result of a method call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MethodResult {
    /// The method reports success.
    Done,
    /// There is no such method, and no service to notify.
    Absent,
    /// It failed, with a short reason.
    Refused(String),
}

/// Calls the methods.
pub trait WmiSetters {
    /// Calls the method.
    fn call(&mut self, setter: &Setter) -> MethodResult;
}

/// Registry calls that try WMI methods first.
#[derive(Debug)]
pub struct WmiFirst<C, M> {
    calls: C,
    methods: M,
    remarks: Vec<String>,
}

impl<C: Calls, M: WmiSetters> WmiFirst<C, M> {
    /// Tries these methods before these calls.
    pub fn new(calls: C, methods: M) -> Self {
        Self { calls, methods, remarks: Vec::new() }
    }

    /// What calls the methods.
    pub fn methods(&self) -> &M {
        &self.methods
    }

    /// True if the method set the value as planned.
    fn by_method(&mut self, setter: &Setter, key: &KeyPath, value: &Value) -> Result<bool, CallError> {
        // A missing key is created by registry calls.
        if self.calls.key(key, Reach::Alone)?.is_none() {
            return Ok(false);
        }
        let before = self.around()?;
        let (method, name) = (setter.method(), &value.name);
        let refused = match self.methods.call(setter) {
            MethodResult::Absent => return Ok(false),
            MethodResult::Done => None,
            MethodResult::Refused(because) => Some(because),
        };
        // The method may have had an effect regardless of its result.
        let after = self.around()?;
        for ((place, before), (_, after)) in before.iter().zip(&after) {
            let but = (place == key).then_some(name);
            self.put_back_others(method, place, but, before, after)?;
        }
        let found = self.calls.key(key, Reach::Alone)?.ok_or(CallError::NotThere)?;
        let is_set = find(&found.values, name).is_some_and(|there| is_same(there, value));
        self.remarks.push(match (is_set, refused) {
            (true, _) => format!("{name} was set by the Windows method {method}"),
            (false, Some(because)) => {
                format!("the Windows method {method} did not set {name} ({because}); it was set in the registry")
            }
            (false, None) => {
                format!("the Windows method {method} set {name} differently than planned; it was set in the registry")
            }
        });
        Ok(is_set)
    }

    /// The values of the keys that the methods change.
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
                Ok(()) => format!("{method} also changed {name} in {key}, which was not planned; the change was reverted"),
                Err(CallError::Lost(because)) => return Err(CallError::Lost(because)),
                // The plan itself succeeded, so this is only a remark.
                Err(error) => format!(
                    "{method} also changed {name} in {key}, which was not planned and could not be reverted ({error})"
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

impl<C: Calls, M: WmiSetters> Calls for WmiFirst<C, M> {
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

    /// Changes made by WMI methods cannot be part of a transaction.
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
