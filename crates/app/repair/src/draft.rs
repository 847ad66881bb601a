//! Draft of a plan.

use snapshot::{Change, Data, Key, KeyPath, Lookup, Name, OriginKind, Placed, Security, Snapshot, Value};

use crate::overlay::{self, Overlay};
use crate::{FollowUp, Refusal, Step};

/// Draft of a plan. The recipe states the desired state; the draft takes the present state from the snapshot.
///
/// The present state must be known; otherwise the recipe is refused. Changes without effect are omitted. Each
/// change builds on the earlier ones.
#[derive(Debug)]
pub struct Draft<'s> {
    snapshot: &'s Snapshot,
    /// The earlier changes, applied to the snapshot.
    overlay: Overlay,
    pub(crate) steps: Vec<Step>,
    pub(crate) checklist: Vec<String>,
    pub(crate) follow_up: Vec<FollowUp>,
    pub(crate) notes: Vec<String>,
    pub(crate) license_effect: Option<String>,
}

impl<'s> Draft<'s> {
    /// An empty draft for this snapshot.
    #[must_use]
    pub fn new(snapshot: &'s Snapshot) -> Self {
        Self {
            snapshot,
            overlay: Overlay::default(),
            steps: Vec::new(),
            checklist: Vec::new(),
            follow_up: Vec::new(),
            notes: Vec::new(),
            license_effect: None,
        }
    }

    /// True if the draft has no changes yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The key after the earlier changes; `None` if it does not exist.
    pub fn key(&self, key: &KeyPath) -> Result<Option<Key>, Refusal> {
        let underneath = if self.overlay.replaces(key) { None } else { self.captured(key)? };
        Ok(self.overlay.view(key, underneath))
    }

    /// The key in the snapshot.
    fn captured(&self, key: &KeyPath) -> Result<Option<Key>, Refusal> {
        let because = match self.snapshot.lookup(key) {
            Lookup::Absent => return Ok(None),
            Lookup::Found(found) => match &found.damage {
                None => return Ok(Some(found.clone())),
                Some(damage) => damage,
            },
            Lookup::Unread(because) => because,
            // A policy does not set what its file does not contain.
            Lookup::NotCaptured if self.is_policy() => return Ok(None),
            Lookup::NotCaptured => "it is not in this source",
        };
        Err(Refusal::Unseen { key: key.clone(), because: because.to_owned() })
    }

    fn is_policy(&self) -> bool {
        self.snapshot.origin.kind == OriginKind::Policy
    }

    /// Creates the key and its missing parents.
    pub fn create_key(&mut self, key: &KeyPath, why: &str) -> Result<(), Refusal> {
        // In a policy a key exists only through its values.
        if self.is_policy() || self.key(key)?.is_some() {
            return Ok(());
        }
        let (Some(parent), Some(name)) = (key.parent(), key.last()) else { return Ok(()) };
        // The root keys of hives always exist and are rarely captured themselves.
        if parent.parts().len() > 1 {
            // Distant parents need not be in the snapshot; their existence is checked when the change is
            // made.
            if let Ok(None) = self.key(&parent) {
                self.create_key(&parent, why)?;
            }
        }
        let new = Key { name: name.clone(), ..Key::default() };
        self.push(Change::Key { key: key.clone(), before: None, after: Some(Box::new(new)) }, None, why);
        Ok(())
    }

    /// Sets a value; creates the key if it does not exist.
    pub fn set_value(&mut self, key: &KeyPath, value: Value, why: &str) -> Result<(), Refusal> {
        self.create_key(key, why)?;
        let now = self.key(key)?.unwrap_or_default();
        let found = overlay::position(&now, &value.name).and_then(|index| now.values.get(index));
        if found.is_some_and(|found| matches!(found.data, Data::Withheld { .. })) {
            return Err(Refusal::Secret { key: key.clone() });
        }
        let (before, after) = (found.map(Placed::of), Placed::of(&value));
        if before.as_ref().is_some_and(|before| before.holds_the_same(&after)) {
            return Ok(());
        }
        // An existing value keeps the spelling of its name.
        let name = found.map_or(value.name, |found| found.name.clone());
        self.push(Change::Value { key: key.clone(), name, before, after: Some(after) }, Some(now), why);
        Ok(())
    }

    /// Deletes a value, if it exists.
    pub fn delete_value(&mut self, key: &KeyPath, name: &Name, why: &str) -> Result<(), Refusal> {
        let Some(now) = self.key(key)? else { return Ok(()) };
        let Some(found) = overlay::position(&now, name).and_then(|index| now.values.get(index)) else {
            return Ok(());
        };
        if matches!(found.data, Data::Withheld { .. }) {
            return Err(Refusal::Secret { key: key.clone() });
        }
        let (name, before) = (found.name.clone(), Some(Placed::of(found)));
        self.push(Change::Value { key: key.clone(), name, before, after: None }, Some(now), why);
        Ok(())
    }

    /// Deletes a key with everything below it, if it exists.
    pub fn delete_key(&mut self, key: &KeyPath, why: &str) -> Result<(), Refusal> {
        let Some(found) = self.key(key)? else { return Ok(()) };
        if found.withholds() {
            return Err(Refusal::Secret { key: key.clone() });
        }
        if found.is_damaged() {
            let because = "some of its subkeys could not be read".to_owned();
            return Err(Refusal::Unseen { key: key.clone(), because });
        }
        let before = Some(Box::new(found));
        self.push(Change::Key { key: key.clone(), before, after: None }, None, why);
        Ok(())
    }

    /// Replaces a key's security descriptor.
    pub fn set_security(&mut self, key: &KeyPath, security: Security, why: &str) -> Result<(), Refusal> {
        let unseen = |because: &str| Refusal::Unseen { key: key.clone(), because: because.to_owned() };
        let now = self.key(key)?.ok_or_else(|| unseen("the key does not exist"))?;
        let before = now
            .security
            .clone()
            .ok_or_else(|| unseen("the source does not contain its owner and access list"))?;
        if before == security {
            return Ok(());
        }
        self.push(Change::Security { key: key.clone(), before, after: security }, Some(now), why);
        Ok(())
    }

    /// Manual steps, in order.
    pub fn do_by_hand(&mut self, step: impl Into<String>) {
        self.checklist.push(step.into());
    }

    /// Adds a follow-up, once.
    pub fn follow_up(&mut self, follow_up: FollowUp) {
        if !self.follow_up.contains(&follow_up) {
            self.follow_up.push(follow_up);
        }
    }

    /// Notes for the reader of the plan.
    pub fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }

    /// Effect of the changes on licenses, if it differs from the recipe's default.
    pub fn license_effect(&mut self, text: impl Into<String>) {
        self.license_effect = Some(text.into());
    }

    /// Adds a change; `now` is the key before it.
    fn push(&mut self, change: Change, now: Option<Key>, why: &str) {
        self.overlay.make(&change, now);
        self.steps.push(Step { change, why: why.to_owned() });
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use snapshot::{ChangeKind, ValueType};

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
        // Each change expects the result of the previous one.
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
        // A recreated key is empty.
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
        // Only the values of this key are known, also after one of them was changed.
        let rcm = server.join("RCM");
        assert!(matches!(draft.set_value(&rcm, dword("X", 1), ""), Err(Refusal::Unseen { .. })));
    }
}
