//! A plan in the making.

use registry::{Change, Data, Key, KeyPath, Lookup, Name, Placed, Security, Snapshot, Value};

use crate::{FollowUp, Refusal, Step};

/// A plan in the making: a recipe says what shall be, and the draft finds out from the snapshot what is there now.
///
/// What a change expects to find must be known: where the snapshot cannot tell, the recipe is refused. Changes that would
/// change nothing are left out. Each change builds on those before it.
#[derive(Debug)]
pub struct Draft<'s> {
    snapshot: &'s Snapshot,
    /// The keys that changes touched, in the order in which they were.
    touched: Vec<Touched>,
    pub(crate) steps: Vec<Step>,
    pub(crate) checklist: Vec<String>,
    pub(crate) follow_up: Vec<FollowUp>,
    pub(crate) notes: Vec<String>,
    pub(crate) license_effect: Option<String>,
}

/// A key that a change touched.
#[derive(Debug)]
struct Touched {
    path: KeyPath,
    /// The key as it is now, without its subkeys; `None` where it was deleted.
    now: Option<Key>,
    /// It was created or deleted: nothing that the snapshot has below it counts.
    whole: bool,
}

/// Puts a key at these names below another, or takes it away.
fn place(key: &mut Key, names: &[Name], now: Option<&Key>) {
    let Some((last, above)) = names.split_last() else { return };
    let mut at = key;
    for name in above {
        let Some(next) = at.subkeys.iter_mut().find(|sub| sub.name.same(name)) else { return };
        at = next;
    }
    let index = at.subkeys.iter().position(|sub| sub.name.same(last));
    match (index, now) {
        (Some(index), Some(now)) => {
            let subkeys = std::mem::take(&mut at.subkeys[index].subkeys);
            at.subkeys[index] = Key { subkeys, ..now.clone() };
        }
        (Some(index), None) => {
            at.subkeys.remove(index);
        }
        (None, Some(now)) => at.subkeys.push(now.clone()),
        (None, None) => {}
    }
}

impl<'s> Draft<'s> {
    /// An empty draft for this snapshot.
    #[must_use]
    pub fn new(snapshot: &'s Snapshot) -> Self {
        Self {
            snapshot,
            touched: Vec::new(),
            steps: Vec::new(),
            checklist: Vec::new(),
            follow_up: Vec::new(),
            notes: Vec::new(),
            license_effect: None,
        }
    }

    /// True where nothing is to be changed so far.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The key as it is after the changes so far; `None` where there is none.
    pub fn key(&self, key: &KeyPath) -> Result<Option<Key>, Refusal> {
        // Below a key that was deleted or created, only what the draft itself made is there.
        let replaced = self.touched.iter().any(|touched| touched.whole && key.starts_with(&touched.path));
        let mut found = if replaced { None } else { self.captured(key)? };
        for touched in &self.touched {
            match touched.path.below(key) {
                Some([]) => {
                    let subkeys = found.take().map(|key| key.subkeys).unwrap_or_default();
                    found = touched.now.clone().map(|now| Key { subkeys, ..now });
                }
                Some(below) => {
                    if let Some(found) = &mut found {
                        place(found, below, touched.now.as_ref());
                    }
                }
                None => {}
            }
        }
        Ok(found)
    }

    /// The key as the snapshot has it.
    fn captured(&self, key: &KeyPath) -> Result<Option<Key>, Refusal> {
        let because = match self.snapshot.lookup(key) {
            Lookup::Absent => return Ok(None),
            Lookup::Found(found) => match &found.damage {
                None => return Ok(Some(found.clone())),
                Some(damage) => damage,
            },
            Lookup::Unread(because) => because,
            Lookup::NotCaptured => "it is not in this source",
        };
        Err(Refusal::Unseen { key: key.clone(), because: because.to_owned() })
    }

    /// Remembers how a key is after a change. `whole` where everything below it is known with it.
    fn touch(&mut self, key: &KeyPath, now: Option<Key>, whole: bool) {
        if whole {
            // What was remembered of keys below went with it.
            self.touched.retain(|touched| !touched.path.starts_with(key));
        }
        let now = now.map(|key| Key { subkeys: Vec::new(), ..key });
        match self.touched.iter_mut().find(|touched| touched.path == *key) {
            Some(touched) => touched.now = now,
            None => self.touched.push(Touched { path: key.clone(), now, whole }),
        }
    }

    /// Creates the key, and those above it that do not exist.
    pub fn create_key(&mut self, key: &KeyPath, why: &str) -> Result<(), Refusal> {
        if self.key(key)?.is_some() {
            return Ok(());
        }
        let (Some(parent), Some(name)) = (key.parent(), key.last()) else { return Ok(()) };
        // The top keys of the hives are always there, and seldom captured themselves.
        if parent.parts().len() > 1 {
            match self.key(&parent) {
                Ok(Some(_)) => {}
                Ok(None) => self.create_key(&parent, why)?,
                // Keys far above need not be in the snapshot; that they exist is checked when the change is made.
                Err(_) => {}
            }
        }
        let new = Key { name: name.clone(), ..Key::default() };
        self.push(Change::Key { key: key.clone(), before: None, after: Some(Box::new(new.clone())) }, why);
        self.touch(key, Some(new), true);
        Ok(())
    }

    /// Sets a value, in a key that is created where it does not exist.
    pub fn set_value(&mut self, key: &KeyPath, value: Value, why: &str) -> Result<(), Refusal> {
        self.create_key(key, why)?;
        let mut now = self.key(key)?.unwrap_or_default();
        let before = now.values.iter_mut().find(|found| found.name.same(&value.name));
        let after = Placed::of(&value);
        let (name, expected) = match before {
            Some(found) => {
                let expected = Placed::of(found);
                if matches!(found.data, Data::Withheld { .. }) {
                    return Err(Refusal::Secret { key: key.clone() });
                }
                let name = found.name.clone();
                *found = Value { name: name.clone(), ..value };
                (name, Some(expected))
            }
            None => {
                let name = value.name.clone();
                now.values.push(value);
                (name, None)
            }
        };
        if expected.as_ref().is_some_and(|expected| expected.holds_the_same(&after)) {
            return Ok(());
        }
        self.push(Change::Value { key: key.clone(), name, before: expected, after: Some(after) }, why);
        self.touch(key, Some(now), false);
        Ok(())
    }

    /// Deletes a value, where there is one.
    pub fn delete_value(&mut self, key: &KeyPath, name: &Name, why: &str) -> Result<(), Refusal> {
        let Some(mut now) = self.key(key)? else { return Ok(()) };
        // Names that differ only in blanks or case are told apart by their units first.
        let index = now.values.iter().position(|value| value.name == *name);
        let Some(index) = index.or_else(|| now.values.iter().position(|value| value.name.same(name))) else {
            return Ok(());
        };
        let found = now.values.remove(index);
        if matches!(found.data, Data::Withheld { .. }) {
            return Err(Refusal::Secret { key: key.clone() });
        }
        let before = Some(Placed::of(&found));
        self.push(Change::Value { key: key.clone(), name: found.name, before, after: None }, why);
        self.touch(key, Some(now), false);
        Ok(())
    }

    /// Deletes a key with everything below it, where there is one.
    pub fn delete_key(&mut self, key: &KeyPath, why: &str) -> Result<(), Refusal> {
        let Some(found) = self.key(key)? else { return Ok(()) };
        if found.withholds() {
            return Err(Refusal::Secret { key: key.clone() });
        }
        if found.is_damaged() {
            let because = "some of what lies below it could not be read".to_owned();
            return Err(Refusal::Unseen { key: key.clone(), because });
        }
        self.push(Change::Key { key: key.clone(), before: Some(Box::new(found)), after: None }, why);
        self.touch(key, None, true);
        Ok(())
    }

    /// Replaces a key's security descriptor.
    pub fn set_security(&mut self, key: &KeyPath, security: Security, why: &str) -> Result<(), Refusal> {
        let unseen = |because: &str| Refusal::Unseen { key: key.clone(), because: because.to_owned() };
        let mut now = self.key(key)?.ok_or_else(|| unseen("there is no such key"))?;
        let before = now.security.clone().ok_or_else(|| unseen("its owner and access list are not in it"))?;
        if before == security {
            return Ok(());
        }
        now.security = Some(security.clone());
        self.push(Change::Security { key: key.clone(), before, after: security }, why);
        self.touch(key, Some(now), false);
        Ok(())
    }

    /// What a person must do, in order, where no change of the registry does it.
    pub fn do_by_hand(&mut self, step: impl Into<String>) {
        self.checklist.push(step.into());
    }

    /// What must follow; named once.
    pub fn follow_up(&mut self, follow_up: FollowUp) {
        if !self.follow_up.contains(&follow_up) {
            self.follow_up.push(follow_up);
        }
    }

    /// What whoever reads the plan should know.
    pub fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }

    /// What the changes mean for licenses here, where the recipe's own sentence does not say it.
    pub fn license_effect(&mut self, text: impl Into<String>) {
        self.license_effect = Some(text.into());
    }

    fn push(&mut self, change: Change, why: &str) {
        self.steps.push(Step { change, why: why.to_owned() });
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use registry::{ChangeKind, ValueType};

    use super::*;

    fn snapshot(text: &str) -> Snapshot {
        fixture::parse(text).unwrap().machines.remove(0)
    }

    fn host() -> Snapshot {
        snapshot(
            r#"
;; source: made for this test
;; covers: HKLM\SYSTEM\CurrentControlSet\Services\TermService
;; partial: HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\TermService]
"Start"=dword:00000003

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\TermService\Parameters]
"A"=dword:00000001

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\TermService\Parameters\Old]
"B"=dword:00000001

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Terminal Server]
"fDenyTSConnections"=dword:00000001
"#,
        )
    }

    fn dword(name: &str, number: u32) -> Value {
        Value::new(name, ValueType::DWORD, number.to_le_bytes())
    }

    fn kinds(draft: &Draft<'_>) -> Vec<String> {
        draft.steps.iter().map(|step| step.change.to_string()).collect()
    }

    const SERVICE: &str = r"SYSTEM\CurrentControlSet\Services\TermService";

    #[test]
    fn a_value_in_a_new_key_creates_the_keys_above() {
        let snapshot = host();
        let mut draft = Draft::new(&snapshot);
        let key = KeyPath::hklm(SERVICE).join(r"Parameters\LicenseServers\More");
        draft.set_value(&key, dword("X", 1), "").unwrap();
        draft.set_value(&key, dword("x", 2), "").unwrap();
        draft.set_value(&key, dword("X", 2), "").unwrap();
        assert_eq!(
            kinds(&draft),
            [
                r"create key HKLM\SYSTEM\CurrentControlSet\Services\TermService\Parameters\LicenseServers",
                r"create key HKLM\SYSTEM\CurrentControlSet\Services\TermService\Parameters\LicenseServers\More",
                r"set value HKLM\SYSTEM\CurrentControlSet\Services\TermService\Parameters\LicenseServers\More\X",
                r"set value HKLM\SYSTEM\CurrentControlSet\Services\TermService\Parameters\LicenseServers\More\X",
            ]
        );
        // Each change expects what the one before it left.
        let [.., first, second] = draft.steps.as_slice() else { panic!() };
        let (Change::Value { after, .. }, Change::Value { before, .. }) = (&first.change, &second.change)
        else {
            panic!()
        };
        assert_eq!(after, before);
    }

    #[test]
    fn what_is_as_it_should_be_is_left_out() {
        let snapshot = host();
        let mut draft = Draft::new(&snapshot);
        let key = KeyPath::hklm(SERVICE).join("Parameters");
        draft.set_value(&key, dword("a", 1), "").unwrap();
        draft.delete_value(&key, &"C".into(), "").unwrap();
        draft.delete_key(&key.join("New"), "").unwrap();
        draft.create_key(&key, "").unwrap();
        assert!(draft.is_empty());
    }

    #[test]
    fn a_deleted_key_holds_what_was_changed_in_it_before() {
        let snapshot = host();
        let mut draft = Draft::new(&snapshot);
        let parameters = KeyPath::hklm(SERVICE).join("Parameters");
        draft.set_value(&parameters.join("Old"), dword("B", 7), "").unwrap();
        draft.create_key(&parameters.join("New"), "").unwrap();
        draft.delete_key(&parameters, "").unwrap();
        let Change::Key { before: Some(before), after: None, .. } = &draft.steps.last().unwrap().change
        else {
            panic!()
        };
        assert_eq!(before.subkey("Old").unwrap().value("B").unwrap().as_u32(), Some(7));
        assert!(before.subkey("New").is_some());
        assert_eq!(draft.key(&parameters.join("Old")).unwrap(), None);
        // Made anew, it is empty.
        draft.create_key(&parameters, "").unwrap();
        assert_eq!(draft.steps.last().unwrap().change.kind(), ChangeKind::CreateKey);
        assert_eq!(draft.key(&parameters.join("Old")).unwrap(), None);
    }

    #[test]
    fn what_cannot_be_seen_is_not_changed() {
        let snapshot = host();
        let mut draft = Draft::new(&snapshot);
        let server = KeyPath::hklm(r"SYSTEM\CurrentControlSet\Control\Terminal Server");
        draft.set_value(&server, dword("fDenyTSConnections", 0), "").unwrap();
        // Of this key only the values are known; that was not changed by changing one of them.
        let rcm = server.join("RCM");
        assert!(matches!(draft.set_value(&rcm, dword("X", 1), ""), Err(Refusal::Unseen { .. })));
    }
}
