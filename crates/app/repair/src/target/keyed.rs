//! A registry that is changed call by call: that of a running Windows, local or remote.
//!
//! Each call takes effect immediately, and the process may be stopped between two calls. So a change that
//! consists of several calls can be partly made, and [`crate::recover()`] must recognize it:
//!
//! * a key tree is created from the top, with each key's values in order, then its subkeys, then its own
//!   descriptor, so that a partial tree is always a subset of the complete one;
//! * a key tree is deleted from the bottom, so that a partial tree is always a subset of the old one;
//! * a descriptor is set by one call; if the account must first take ownership, a partly made change differs
//!   only in the owner;
//! * a value is set or deleted by one call.
//!
//! **Order.** A value that is put back is appended to those of its key: no call sets its position, and no
//! program may rely on the order in which a running Windows lists values. [`snapshot::Placed::at`] is ignored
//! here.
//!
//! **Protected keys.** A key may deny changes even to administrators. [`Calls`] uses the backup and restore
//! privileges if the account has them. If that is not sufficient, access is granted: an entry for
//! administrators is added at the front of the access list and removed afterwards. For changes that keep the
//! key, both are separate security changes in the journal ([`Target::with_access_grants`]). A key that is
//! deleted or not yet complete needs none, because its descriptor is removed or set at the end. Ownership is
//! taken only if it can be given back.
//!
//! **Transactions.** If the registry has them ([`Calls::begin`]), consecutive changes of values and keys form
//! one transaction: all of them are made, or none. Owners and access lists are changed outside of it, because
//! an outside change to a key ends the transaction that changed it. If a transaction fails, its changes are
//! made call by call, so the guarantees are never weaker than without transactions.

use std::collections::BTreeMap;

use diagnostic::{Code, Diagnostic, Message};
use nt::security::{AccessMask, Ace, Acl, SecurityDescriptor, Sid};
use snapshot::{Change, Data, FileTime, Key, KeyPath, Name, Security, Value};

use super::{Reach, Target, TargetError};

/// A failed call.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// Access was denied.
    #[error("access is denied")]
    Denied,
    /// There is no such key or value.
    #[error("it does not exist")]
    NotThere,
    /// The key already exists.
    #[error("it already exists")]
    Exists,
    /// The registry refused for another reason.
    #[error("{0}")]
    Refused(Message),
    /// The connection was lost; it is unknown whether the call was made.
    #[error("the connection was lost ({0})")]
    Lost(Message),
}

impl CallError {
    /// A refusal in the words of the registry.
    pub fn refused(code: Code, cause: impl std::fmt::Display) -> Self {
        Self::Refused(Message::new(code, cause.to_string()))
    }
}

impl Diagnostic for CallError {
    fn code(&self) -> Code {
        match self {
            Self::Denied => Code::AccessDenied,
            Self::NotThere => Code::NotFound,
            Self::Exists => Code::Changed,
            Self::Refused(message) | Self::Lost(message) => message.code,
        }
    }

    fn advice(&self) -> Option<String> {
        match self {
            Self::Refused(message) | Self::Lost(message) => message.advice.clone(),
            _ => None,
        }
    }
}

/// Kind of access to a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Setting and deleting values.
    SetValues,
    /// Creating subkeys.
    CreateSubkeys,
}

/// Parts of a security descriptor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    /// The owner.
    pub owner: bool,
    /// The group.
    pub group: bool,
    /// The access list.
    pub dacl: bool,
}

/// A registry in which every call takes effect immediately.
///
/// Paths use `CurrentControlSet`, as in a running Windows. Calls use the backup and restore privileges, if
/// the account has them.
pub trait Calls {
    /// The present key, with its subkeys if `reach` requests them; `None` if it does not exist. Its
    /// descriptor contains owner, group and DACL. The data of secrets may be withheld.
    fn key(&self, key: &KeyPath, reach: Reach) -> Result<Option<Key>, CallError>;

    /// Whether the account has this access to an existing key; nothing is changed.
    fn allows(&self, key: &KeyPath, need: Need) -> Result<bool, CallError>;

    /// Whether the account can assign ownership to any account, so that ownership can be given back.
    fn gives_owners_back(&self) -> Result<bool, CallError>;

    /// Whether the account can change a key's access list, directly or after taking ownership; nothing is
    /// changed. If there is no other way, the implementation may try it.
    fn may_open_up(&self, _key: &KeyPath) -> Result<bool, CallError> {
        Ok(true)
    }

    /// Creates a subkey of an existing key. It inherits its descriptor.
    fn create_key(&mut self, key: &KeyPath, class: Option<&Name>) -> Result<(), CallError>;

    /// Sets a value whose data is available.
    fn set_value(&mut self, key: &KeyPath, value: &Value) -> Result<(), CallError>;

    /// Deletes a value.
    fn delete_value(&mut self, key: &KeyPath, name: &Name) -> Result<(), CallError>;

    /// Deletes a key that has no subkeys, with its values.
    fn delete_key(&mut self, key: &KeyPath) -> Result<(), CallError>;

    /// Sets parts of a key's descriptor. The other parts of `security` are ignored or equal the present ones.
    fn set_security(&mut self, key: &KeyPath, security: &Security, parts: Parts) -> Result<(), CallError>;

    /// Flushes the hive of this key to disk.
    fn flush(&mut self, hive: &KeyPath) -> Result<(), CallError>;

    /// Begins a transaction; returns false if this registry has none. Until it is committed or rolled back,
    /// changes are part of it and not visible in [`Calls::key`].
    fn begin(&mut self) -> Result<bool, CallError> {
        Ok(false)
    }

    /// Commits the transaction. If that fails, none of its changes is made.
    fn commit(&mut self) -> Result<(), CallError> {
        Ok(())
    }

    /// Rolls back the transaction.
    fn roll_back(&mut self) {}

    /// True if another component makes this change, so that it cannot be part of a transaction.
    fn stands_apart(&self, _change: &Change) -> bool {
        false
    }

    /// Remarks on how the changes were made so far, each a sentence.
    fn remarks(&self) -> Vec<String> {
        Vec::new()
    }

    /// Advice after a denied access, a sentence.
    fn when_denied(&self) -> &'static str {
        "this account lacks permission; authenticate as an administrator of the machine"
    }
}

/// A registry that is changed call by call.
#[derive(Debug)]
pub struct KeyedTarget<C> {
    calls: C,
    /// Changed hives that are not yet flushed, by name in lower case.
    changed: BTreeMap<String, KeyPath>,
    /// The changes in the open transaction.
    together: Option<Vec<Change>>,
    /// False if there are no transactions, or one failed.
    has_transactions: bool,
    remarks: Vec<String>,
}

/// Describes a failed call and its key.
fn failed<'k>(doing: &'static str, key: &'k KeyPath) -> impl FnOnce(CallError) -> TargetError + use<'k> {
    move |error| match error {
        CallError::Denied => TargetError::Denied { doing, key: key.clone(), then: "" },
        CallError::Lost(because) => TargetError::Lost { doing, key: key.clone(), because },
        because => TargetError::Call { doing, key: key.clone(), because },
    }
}

impl<C: Calls> KeyedTarget<C> {
    /// The registry behind these calls.
    pub fn new(calls: C) -> Self {
        Self { calls, changed: BTreeMap::new(), together: None, has_transactions: true, remarks: Vec::new() }
    }

    /// What makes the calls.
    pub fn calls(&self) -> &C {
        &self.calls
    }

    /// What makes the calls.
    pub fn calls_mut(&mut self) -> &mut C {
        &mut self.calls
    }

    /// With advice for denied access.
    fn advised<T>(&self, mut result: Result<T, TargetError>) -> Result<T, TargetError> {
        if let Err(TargetError::Denied { then, .. }) = &mut result {
            *then = self.calls.when_denied();
        }
        result
    }

    fn security(&self, key: &KeyPath) -> Result<Security, TargetError> {
        let found = self.calls.key(key, Reach::Alone).map_err(failed("reading", key))?;
        let found = found.ok_or(CallError::NotThere).map_err(failed("reading", key))?;
        found.security.ok_or_else(|| unsupported(key, "its owner and access list are not visible"))
    }

    /// Makes a call. If it is denied, grants access to the guarding key and repeats the call. Only if the
    /// same change removes or sets that key's descriptor.
    fn insist(
        &mut self,
        doing: &'static str,
        key: &KeyPath,
        guard: Option<&KeyPath>,
        call: impl Fn(&mut C) -> Result<(), CallError>,
    ) -> Result<(), TargetError> {
        let first = call(&mut self.calls);
        // Access lists are not changed in a transaction; a denied change is made without one.
        let guard = guard.filter(|_| self.together.is_none());
        let Some(guard) = guard.filter(|_| first == Err(CallError::Denied)) else {
            return first.map_err(failed(doing, key));
        };
        let now = self.security(guard)?;
        let opened = opened(guard, &now)?.ok_or(CallError::Denied).map_err(failed(doing, key))?;
        self.set_security(guard, &now, &opened)?;
        call(&mut self.calls).map_err(failed(doing, key))
    }

    /// Creates the missing parts of a key; `found` is the existing part. `guard` is the parent whose
    /// descriptor this change sets at the end.
    fn complete(
        &mut self,
        path: &KeyPath,
        found: Option<&Key>,
        whole: &Key,
        guard: Option<&KeyPath>,
    ) -> Result<(), TargetError> {
        if found.is_none() {
            let class = whole.class.as_ref();
            self.insist("creating", path, guard, |calls| calls.create_key(path, class))?;
        }
        let own = whole.security.is_some().then_some(path);
        for value in &whole.values {
            if found.is_some_and(|found| found.values.contains(value)) {
                continue;
            }
            has_data(path, &value.data)?;
            self.insist("setting a value of", path, own, |calls| calls.set_value(path, value))?;
        }
        for subkey in &whole.subkeys {
            let there = found.and_then(|key| key.subkeys.iter().find(|key| key.name.same(&subkey.name)));
            self.complete(&path.child(&subkey.name), there, subkey, own)?;
        }
        if let Some(security) = &whole.security {
            // The inherited descriptor is known only now.
            let now = self.security(path)?;
            if !now.is_same(security) {
                self.set_security(path, &now, security)?;
            }
        }
        Ok(())
    }

    /// Deletes a key with its subkeys, from the bottom.
    fn remove(&mut self, path: &KeyPath, found: &Key) -> Result<(), TargetError> {
        for subkey in &found.subkeys {
            self.remove(&path.child(&subkey.name), subkey)?;
        }
        let deleted = self.calls.delete_key(path);
        // Deleting a key with subkeys is also denied; the planned subkeys are already deleted.
        if deleted == Err(CallError::Denied)
            && let Some(now) = self.calls.key(path, Reach::Tree).map_err(failed("reading", path))?
            && !now.subkeys.is_empty()
        {
            let because = CallError::refused(Code::Changed, "a subkey was created in it in the meantime");
            return Err(TargetError::Call { doing: "deleting", key: path.clone(), because });
        }
        match deleted {
            Err(CallError::Denied) => {
                self.insist("deleting", path, Some(path), |calls| calls.delete_key(path))
            }
            deleted => deleted.map_err(failed("deleting", path)),
        }
    }

    fn set_security(&mut self, path: &KeyPath, now: &Security, after: &Security) -> Result<(), TargetError> {
        let doing = "setting the owner and access list of";
        let (old, new) = (parsed(path, now)?, parsed(path, after)?);
        if old.sacl() != new.sacl() {
            return Err(unsupported(path, "the audit list (SACL) is not changed on a running machine"));
        }
        let mut parts = Parts {
            owner: old.owner() != new.owner(),
            group: old.group() != new.group(),
            dacl: old.dacl() != new.dacl() || is_protected(&old) != is_protected(&new),
        };
        if parts == Parts::default() {
            return Ok(());
        }
        match self.calls.set_security(path, after, parts) {
            Err(CallError::Denied) => {}
            result => return result.map_err(failed(doing, path)),
        }
        // The owner can always change the access list, so take ownership first if possible.
        if !self.calls.gives_owners_back().map_err(failed(doing, path))? {
            return Err(failed(doing, path)(CallError::Denied));
        }
        let mut owned = old;
        owned.set_owner(Some(administrators(path)?));
        let (taken, owner) = (Security::new(owned.encode()), Parts { owner: true, ..Parts::default() });
        self.calls.set_security(path, &taken, owner).map_err(failed("taking ownership of", path))?;
        parts.owner = owned.owner() != new.owner();
        self.calls.set_security(path, after, parts).map_err(failed(doing, path))
    }

    /// The key that must permit a change that keeps it, and the required access.
    fn guard(change: &Change) -> Option<(KeyPath, Need)> {
        match change {
            Change::Value { key, .. } => Some((key.clone(), Need::SetValues)),
            Change::Key { key, after: Some(_), .. } => Some((key.parent()?, Need::CreateSubkeys)),
            Change::Key { .. } | Change::Security { .. } => None,
        }
    }
}

impl<C: Calls> KeyedTarget<C> {
    fn make(&mut self, change: &Change) -> Result<(), TargetError> {
        let key = change.key();
        if let Some(hive) = key.parts().first() {
            let hive = KeyPath::root(key.root_key()).child(hive);
            self.changed.insert(hive.to_string().to_lowercase(), hive);
        }
        match change {
            Change::Key { before, after: Some(after), .. } => {
                self.complete(key, before.as_deref(), after, None)
            }
            Change::Key { before: Some(before), after: None, .. } => self.remove(key, before),
            Change::Key { before: None, after: None, .. } => Ok(()),
            Change::Value { name, after: Some(after), .. } => {
                let value = after.named(name);
                has_data(key, &value.data)?;
                self.calls.set_value(key, &value).map_err(failed("setting a value of", key))
            }
            Change::Value { name, after: None, .. } => {
                self.calls.delete_value(key, name).map_err(failed("deleting a value of", key))
            }
            Change::Security { before, after, .. } => self.set_security(key, before, after),
        }
    }

    /// True if a change can be part of a transaction.
    fn joins(&self, change: &Change) -> bool {
        let has_place = match change {
            Change::Value { .. } | Change::Key { after: None, .. } => true,
            Change::Key { after: Some(key), .. } => inherits_everything(key),
            Change::Security { .. } => false,
        };
        has_place && !self.calls.stands_apart(change)
    }

    /// Makes a change in the open transaction or a new one.
    fn make_together(&mut self, change: &Change) -> Result<(), TargetError> {
        if self.together.is_none() && self.has_transactions {
            self.has_transactions = self.calls.begin().map_err(failed("changing", change.key()))?;
            self.together = self.has_transactions.then(Vec::new);
        }
        let made = self.make(change);
        match (made, &mut self.together) {
            (Ok(()), Some(together)) => together.push(change.clone()),
            (Err(error), Some(_)) if !error.is_lost() => {
                self.make_one_by_one(&error)?;
                return self.make(change);
            }
            (made, _) => return made,
        }
        Ok(())
    }

    /// Commits the open transaction.
    fn end_together(&mut self) -> Result<(), TargetError> {
        let Some(key) = self.together.iter().flatten().next().map(|change| change.key().clone()) else {
            return Ok(());
        };
        match self.calls.commit().map_err(failed("changing", &key)) {
            Ok(()) => {
                self.together = None;
                Ok(())
            }
            Err(error) if error.is_lost() => Err(error),
            Err(error) => self.make_one_by_one(&error),
        }
    }

    /// Rolls back, stops using transactions, and repeats the changes.
    fn make_one_by_one(&mut self, because: &TargetError) -> Result<(), TargetError> {
        self.calls.roll_back();
        self.has_transactions = false;
        self.remarks.push(format!(
            "the changes could not be made in a transaction ({because}); they were made one by one"
        ));
        for change in self.together.take().unwrap_or_default() {
            self.make(&change)?;
        }
        Ok(())
    }

    fn with_keys_opened(&self, changes: Vec<Change>) -> Result<Vec<Change>, TargetError> {
        let mut all = Vec::with_capacity(changes.len());
        let mut opened_now: Vec<Change> = Vec::new();
        // For these keys access is already known, or the changes themselves ensure it.
        let mut settled: Vec<KeyPath> = Vec::new();
        for change in changes {
            let touched = change.key();
            let is_about = |key: &KeyPath| match &change {
                Change::Key { .. } => key.starts_with(touched),
                Change::Security { .. } => key == touched,
                Change::Value { .. } => false,
            };
            let (close, stay): (Vec<_>, Vec<_>) =
                opened_now.into_iter().partition(|opened| is_about(opened.key()));
            all.extend(close.iter().rev().map(Change::inverse));
            opened_now = stay;
            if let Some((guard, need)) = Self::guard(&change)
                && !settled.iter().any(|key| guard.starts_with(key))
                && !opened_now.iter().any(|opened| *opened.key() == guard)
                && self.calls.key(&guard, Reach::Alone).map_err(failed("reading", &guard))?.is_some()
                && !self.calls.allows(&guard, need).map_err(failed("opening", &guard))?
            {
                if !self.calls.may_open_up(&guard).map_err(failed("opening", &guard))? {
                    return Err(failed("changing", &guard)(CallError::Denied));
                }
                let before = self.security(&guard)?;
                let after = opened(&guard, &before)?;
                let after = after.ok_or(CallError::Denied).map_err(failed("changing", &guard))?;
                let open = Change::Security { key: guard, before, after };
                all.push(open.clone());
                opened_now.push(open);
            }
            // Keys below a created key, or one whose security was set, are as the changes left them.
            match &change {
                Change::Key { key, .. } | Change::Security { key, .. } => settled.push(key.clone()),
                Change::Value { .. } => {}
            }
            all.push(change);
        }
        all.extend(opened_now.iter().rev().map(Change::inverse));
        Ok(all)
    }
}

impl<C: Calls> Target for KeyedTarget<C> {
    fn key(&self, key: &KeyPath, reach: Reach) -> Result<Option<Key>, TargetError> {
        self.advised(self.calls.key(key, reach).map_err(failed("reading", key)))
    }

    fn change(&mut self, change: &Change, _now: FileTime) -> Result<(), TargetError> {
        let made = if self.joins(change) {
            self.make_together(change)
        } else {
            self.end_together().and_then(|()| self.make(change))
        };
        self.advised(made)
    }

    fn commit_transaction(&mut self) -> Result<(), TargetError> {
        let settled = self.end_together();
        self.advised(settled)
    }

    fn is_buffered(&self) -> bool {
        false
    }

    fn remarks(&self) -> Vec<String> {
        [self.calls.remarks(), self.remarks.clone()].concat()
    }

    /// Flushes the changed hives to disk.
    fn commit(&mut self) -> Result<(), TargetError> {
        while let Some((name, hive)) = self.changed.pop_first() {
            if let Err(error) = self.calls.flush(&hive) {
                self.changed.insert(name, hive.clone());
                return Err(failed("writing to the disk", &hive)(error));
            }
        }
        Ok(())
    }

    fn with_access_grants(&self, changes: Vec<Change>) -> Result<Vec<Change>, TargetError> {
        self.advised(self.with_keys_opened(changes))
    }
}

/// Whether no key of this tree has a descriptor to set.
fn inherits_everything(key: &Key) -> bool {
    key.security.is_none() && key.subkeys.iter().all(inherits_everything)
}

fn unsupported(key: &KeyPath, message: &str) -> TargetError {
    TargetError::Unsupported { key: key.clone(), message: message.to_owned() }
}

fn has_data(key: &KeyPath, data: &Data) -> Result<(), TargetError> {
    match data {
        Data::Bytes(_) => Ok(()),
        Data::Withheld { .. } => {
            Err(unsupported(key, "the data of a value was withheld, so it cannot be set"))
        }
    }
}

fn parsed(key: &KeyPath, security: &Security) -> Result<SecurityDescriptor, TargetError> {
    SecurityDescriptor::from_bytes(security.bytes())
        .map_err(|error| unsupported(key, &format!("its security descriptor cannot be read ({error})")))
}

fn is_protected(descriptor: &SecurityDescriptor) -> bool {
    descriptor.control().contains(nt::security::Control::DACL_PROTECTED)
}

fn administrators(key: &KeyPath) -> Result<Sid, TargetError> {
    Sid::new(5, [32, 544]).map_err(|error| unsupported(key, &error.to_string()))
}

/// The descriptor with an additional first entry that gives administrators full control; `None` if it already
/// has the entry.
fn opened(key: &KeyPath, security: &Security) -> Result<Option<Security>, TargetError> {
    let mut descriptor = parsed(key, security)?;
    let Some(dacl) = descriptor.dacl() else { return Ok(None) };
    let entry = Ace::allow(AccessMask::KEY_ALL_ACCESS, administrators(key)?);
    if dacl.aces().first() == Some(&entry) {
        return Ok(None);
    }
    let entries: Vec<Ace> = std::iter::once(entry).chain(dacl.aces().iter().cloned()).collect();
    let dacl = Acl::new(entries).map_err(|error| unsupported(key, &error.to_string()))?;
    descriptor.set_dacl(Some(dacl));
    Ok(Some(Security::new(descriptor.encode())))
}
