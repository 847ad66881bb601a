//! A registry that is changed call by call, as a target: that of a running Windows, here or across the network.
//!
//! Each call takes effect at once, and whoever makes the next one may be stopped before it. So a change that takes several calls
//! can be found half made, and [`crate::recover()`] must be able to tell:
//!
//! * a key tree is made from the top, each key's values in their order, then its subkeys, then its own descriptor, so that what is
//!   half made is always a part of what was to be made;
//! * a key tree is deleted from the bottom, so that what is half deleted is always a part of what was there;
//! * a descriptor is set by one call; where the account must own the key first, a half made change differs in the owner alone;
//! * a value is set or deleted by one call.
//!
//! **Order.** A value that is put back is appended to those of its key: no call says where it shall stand, and no program may rely
//! on the order in which a running Windows lists values. What [`snapshot::Placed::at`] says is not looked at here.
//!
//! **Protected keys.** Keys may deny even administrators to change them. [`Calls`] uses the rights to back up and restore where the
//! account has them. Where that is not enough, the key is opened up: an entry for administrators is put in front of its list, and
//! put back afterwards. For changes that leave the key in place both are changes of security of their own ([`Target::opened_up`]),
//! which the journal has; a key that is deleted, or not yet complete, needs none, since its descriptor goes or is set at the end.
//! Ownership is taken only by who can give it back.
//!
//! **Transactions.** Where the registry has them ([`Calls::begin`]), changes of values and keys that follow one another become one: all of
//! them are there afterwards, or none. Owners and access lists are changed outside, before and after, since a change from outside to a key
//! that a transaction has changed ends the transaction. Whatever does not go through in one is made again call by call, so that a
//! transaction can only add to what is promised without.

use std::collections::BTreeMap;

use nt::security::{AccessMask, Ace, Acl, SecurityDescriptor, Sid};
use snapshot::{Change, Data, FileTime, Key, KeyPath, Name, Security, Value};

use super::{Reach, Target, TargetError};

/// A call that was not made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// The rights do not suffice.
    #[error("access is denied")]
    Denied,
    /// There is no such key or value.
    #[error("it is not there")]
    NotThere,
    /// The key that was to be made is there already.
    #[error("it is there already")]
    Exists,
    /// The registry refused for another reason.
    #[error("{0}")]
    Refused(String),
    /// Nothing more can be asked: whether the call was made is not known.
    #[error("the connection was lost ({0})")]
    Lost(String),
}

/// What a key is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// To set and delete its values.
    SetValues,
    /// To make keys below it.
    CreateSubkeys,
}

/// Parts of a security descriptor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    /// The owner.
    pub owner: bool,
    /// The group.
    pub group: bool,
    /// Who may do what.
    pub dacl: bool,
}

/// A registry whose every call takes effect at once.
///
/// Paths are those that a running Windows shows: `CurrentControlSet` is the one in force. Where the account has the rights to back up
/// and restore, calls use them for what a key itself does not allow.
pub trait Calls {
    /// The key as it is, with what lies below it if `reach` says so; `None` where there is none. Its descriptor holds owner, group and
    /// DACL. A secret's data may be withheld.
    fn key(&self, key: &KeyPath, reach: Reach) -> Result<Option<Key>, CallError>;

    /// Whether the account may do this to a key that is there; nothing is changed.
    fn allows(&self, key: &KeyPath, need: Need) -> Result<bool, CallError>;

    /// Whether the account may make anybody the owner of a key, so that ownership can be given back.
    fn gives_owners_back(&self) -> Result<bool, CallError>;

    /// Whether the account may change a key's list, as it is or after taking ownership; nothing is changed. Where only trying tells,
    /// it may be tried.
    fn may_open_up(&self, _key: &KeyPath) -> Result<bool, CallError> {
        Ok(true)
    }

    /// Makes a key in one that is there. It inherits its descriptor.
    fn create_key(&mut self, key: &KeyPath, class: Option<&Name>) -> Result<(), CallError>;

    /// Sets a value, the data of which is there.
    fn set_value(&mut self, key: &KeyPath, value: &Value) -> Result<(), CallError>;

    /// Deletes a value.
    fn delete_value(&mut self, key: &KeyPath, name: &Name) -> Result<(), CallError>;

    /// Deletes a key that has no subkeys, with its values.
    fn delete_key(&mut self, key: &KeyPath) -> Result<(), CallError>;

    /// Sets parts of a key's descriptor. The parts that are not named are in `security` as they are, or with what the caller does not
    /// mind.
    fn set_security(&mut self, key: &KeyPath, security: &Security, parts: Parts) -> Result<(), CallError>;

    /// Has the hive of this key written to the disk.
    fn flush(&mut self, hive: &KeyPath) -> Result<(), CallError>;

    /// Begins a transaction; false where this registry has none. Until it is committed or rolled back, changes by these calls are
    /// part of it, and [`Calls::key`] does not show them.
    fn begin(&mut self) -> Result<bool, CallError> {
        Ok(false)
    }

    /// Makes everything that was changed in the transaction. Where that fails nothing of it is made.
    fn commit(&mut self) -> Result<(), CallError> {
        Ok(())
    }

    /// Makes nothing of what was changed in the transaction.
    fn roll_back(&mut self) {}

    /// True for a change that others make for these calls, so that no transaction can hold it.
    fn stands_apart(&self, _change: &Change) -> bool {
        false
    }

    /// What is worth telling of how the changes were made so far, each in a sentence.
    fn remarks(&self) -> Vec<String> {
        Vec::new()
    }

    /// What whoever is denied something can do about it, in a sentence.
    fn when_denied(&self) -> &'static str {
        "this account may not do that; sign in as an administrator of the machine"
    }
}

/// A registry that is changed call by call.
#[derive(Debug)]
pub struct KeyedTarget<C> {
    calls: C,
    /// Hives that were changed and not yet flushed, by their names in lower case.
    changed: BTreeMap<String, KeyPath>,
    /// The changes that were made in the transaction that is open.
    together: Option<Vec<Change>>,
    /// False where there are no transactions, or one did not go through.
    has_transactions: bool,
    remarks: Vec<String>,
}

/// What a call that was not made would have done, and to which key.
fn failed<'k>(doing: &'static str, key: &'k KeyPath) -> impl FnOnce(CallError) -> TargetError + use<'k> {
    move |error| match error {
        CallError::Denied => TargetError::Denied { doing, key: key.clone(), then: "" },
        CallError::Lost(because) => TargetError::Lost { doing, key: key.clone(), because },
        error => TargetError::Call { doing, key: key.clone(), because: error.to_string() },
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

    /// With what whoever is denied something can do.
    fn advised<T>(&self, mut result: Result<T, TargetError>) -> Result<T, TargetError> {
        if let Err(TargetError::Denied { then, .. }) = &mut result {
            *then = self.calls.when_denied();
        }
        result
    }

    fn security(&self, key: &KeyPath) -> Result<Security, TargetError> {
        let found = self.calls.key(key, Reach::Alone).map_err(failed("reading", key))?;
        let found = found.ok_or(CallError::NotThere).map_err(failed("reading", key))?;
        found.security.ok_or_else(|| unsupported(key, "its owner and access list cannot be seen"))
    }

    /// Makes a call, and makes it again with the key that guards it opened up where it is denied. Only where that key's descriptor
    /// goes, or is set, in the same change.
    fn insist(
        &mut self,
        doing: &'static str,
        key: &KeyPath,
        guard: Option<&KeyPath>,
        call: impl Fn(&mut C) -> Result<(), CallError>,
    ) -> Result<(), TargetError> {
        let first = call(&mut self.calls);
        // In a transaction no list is changed; what it is refused is made without one.
        let guard = guard.filter(|_| self.together.is_none());
        let Some(guard) = guard.filter(|_| first == Err(CallError::Denied)) else {
            return first.map_err(failed(doing, key));
        };
        let now = self.security(guard)?;
        let opened = opened(guard, &now)?.ok_or(CallError::Denied).map_err(failed(doing, key))?;
        self.set_security(guard, &now, &opened)?;
        call(&mut self.calls).map_err(failed(doing, key))
    }

    /// Makes what is missing of a key; `found` is what is there of it. `guard` is the key above where this change sets its
    /// descriptor in the end.
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
            // What it inherited is known only now.
            let now = self.security(path)?;
            if !now.is_same(security) {
                self.set_security(path, &now, security)?;
            }
        }
        Ok(())
    }

    /// Deletes a key with what lies below it, from the bottom.
    fn remove(&mut self, path: &KeyPath, found: &Key) -> Result<(), TargetError> {
        for subkey in &found.subkeys {
            self.remove(&path.child(&subkey.name), subkey)?;
        }
        let deleted = self.calls.delete_key(path);
        // A key that holds others is denied too. Those in the plan are gone.
        if deleted == Err(CallError::Denied)
            && let Some(now) = self.calls.key(path, Reach::Tree).map_err(failed("reading", path))?
            && !now.subkeys.is_empty()
        {
            let because = "somebody made a key in it meanwhile".to_owned();
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
            return Err(unsupported(path, "what is audited is not changed on a running machine"));
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
        // The owner may always change the list; whoever may take ownership becomes the owner first.
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

    /// The key that must allow a change which leaves it in place, and what it must allow.
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

    /// True where a change can be part of a transaction.
    fn joins(&self, change: &Change) -> bool {
        let has_place = match change {
            Change::Value { .. } | Change::Key { after: None, .. } => true,
            Change::Key { after: Some(key), .. } => inherits_everything(key),
            Change::Security { .. } => false,
        };
        has_place && !self.calls.stands_apart(change)
    }

    /// Makes a change in the transaction that is open, or a new one.
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

    /// Commits the transaction that is open.
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

    /// Gives up the transaction, and transactions, and makes what was changed in it again.
    fn make_one_by_one(&mut self, because: &TargetError) -> Result<(), TargetError> {
        self.calls.roll_back();
        self.has_transactions = false;
        self.remarks
            .push(format!("no transaction could hold the changes ({because}); they were made one by one"));
        for change in self.together.take().unwrap_or_default() {
            self.make(&change)?;
        }
        Ok(())
    }

    fn with_keys_opened(&self, changes: Vec<Change>) -> Result<Vec<Change>, TargetError> {
        let mut all = Vec::with_capacity(changes.len());
        let mut opened_now: Vec<Change> = Vec::new();
        // Of these keys it was found out, or the changes themselves see to it.
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
            // What lies in a key that the changes made, or whose security they set, is as they left it.
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

    fn settle(&mut self) -> Result<(), TargetError> {
        let settled = self.end_together();
        self.advised(settled)
    }

    fn holds_back(&self) -> bool {
        false
    }

    fn remarks(&self) -> Vec<String> {
        [self.calls.remarks(), self.remarks.clone()].concat()
    }

    /// Has the hives that were changed written to the disk.
    fn commit(&mut self) -> Result<(), TargetError> {
        while let Some((name, hive)) = self.changed.pop_first() {
            if let Err(error) = self.calls.flush(&hive) {
                self.changed.insert(name, hive.clone());
                return Err(failed("writing to the disk", &hive)(error));
            }
        }
        Ok(())
    }

    fn opened_up(&self, changes: Vec<Change>) -> Result<Vec<Change>, TargetError> {
        self.advised(self.with_keys_opened(changes))
    }
}

/// No descriptor is set in this tree.
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
            Err(unsupported(key, "a value's data was withheld, so that it cannot be set"))
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

/// The same descriptor with an entry in front that lets administrators do everything to this key; `None` where it is there.
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
