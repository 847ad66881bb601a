//! Keys as they would be after changes.

use snapshot::{Change, Key, KeyPath, Name};

/// Changes on top of an unchanged registry: a draft over a snapshot, or a dry run over the machine.
#[derive(Clone, Debug, Default)]
pub(crate) struct Overlay {
    /// The changed keys, in order.
    touched: Vec<Touched>,
}

/// A changed key.
#[derive(Clone, Debug)]
struct Touched {
    path: KeyPath,
    /// The key after the change; `None` if it was deleted.
    now: Option<Key>,
    /// The key was created or deleted, which replaces everything below it. Otherwise only its values and
    /// security were changed, and `now` has no subkeys.
    whole: bool,
}

impl Overlay {
    /// True if the key is in a created or deleted key, so that the underlying registry is irrelevant.
    pub(crate) fn replaces(&self, key: &KeyPath) -> bool {
        self.touched.iter().any(|touched| touched.whole && key.starts_with(&touched.path))
    }

    /// The key after the changes, given the underlying key.
    pub(crate) fn view(&self, key: &KeyPath, underneath: Option<Key>) -> Option<Key> {
        let mut found = underneath;
        for touched in &self.touched {
            match (touched.path.below(key), key.below(&touched.path)) {
                (Some([]), _) if touched.whole => found.clone_from(&touched.now),
                (Some([]), _) => found = touched.now.as_ref().map(|now| with_subkeys_of(now, found)),
                (Some(below), _) => {
                    if let Some(found) = &mut found {
                        place(found, below, touched);
                    }
                }
                (None, Some(below)) if touched.whole => {
                    found = touched.now.as_ref().and_then(|key| descend(key, below)).cloned();
                }
                (None, _) => {}
            }
        }
        found
    }

    /// Makes a change; `now` is the key before it.
    pub(crate) fn make(&mut self, change: &Change, now: Option<Key>) {
        let path = change.key().clone();
        match change {
            Change::Key { after, .. } => {
                // Earlier changes below the key are obsolete.
                self.touched.retain(|touched| !touched.path.starts_with(&path));
                let now = after.as_deref().cloned();
                self.touched.push(Touched { path, now, whole: true });
            }
            Change::Value { name, after, .. } => {
                let mut key = now.unwrap_or_default();
                let index = position(&key, name);
                match (index, after) {
                    (Some(index), Some(placed)) => {
                        let spelled = key.values[index].name.clone();
                        key.values[index] = placed.named(&spelled);
                    }
                    (Some(index), None) => {
                        key.values.remove(index);
                    }
                    (None, Some(placed)) => {
                        let end = key.values.len();
                        key.values.insert(placed.at.unwrap_or(end).min(end), placed.named(name));
                    }
                    (None, None) => {}
                }
                self.touch(path, key);
            }
            Change::Security { after, .. } => {
                let key = Key { security: Some(after.clone()), ..now.unwrap_or_default() };
                self.touch(path, key);
            }
        }
    }

    fn touch(&mut self, path: KeyPath, key: Key) {
        match self.touched.iter_mut().find(|touched| touched.path == path) {
            Some(touched) if touched.whole => touched.now = Some(key),
            Some(touched) => touched.now = Some(Key { subkeys: Vec::new(), ..key }),
            None => {
                let now = Some(Key { subkeys: Vec::new(), ..key });
                self.touched.push(Touched { path, now, whole: false });
            }
        }
    }
}

/// Index of a value: the one with exactly this name, otherwise the one that the registry would find.
pub(crate) fn position(key: &Key, name: &Name) -> Option<usize> {
    let exact = key.values.iter().position(|value| value.name == *name);
    exact.or_else(|| key.values.iter().position(|value| value.name.same(name)))
}

fn descend<'k>(key: &'k Key, names: &[Name]) -> Option<&'k Key> {
    names.iter().try_fold(key, |key, name| key.subkeys.iter().find(|sub| sub.name.same(name)))
}

fn with_subkeys_of(now: &Key, old: Option<Key>) -> Key {
    Key { subkeys: old.map(|key| key.subkeys).unwrap_or_default(), ..now.clone() }
}

/// Inserts a changed key at this path below another, or removes it.
fn place(key: &mut Key, names: &[Name], touched: &Touched) {
    let Some((last, above)) = names.split_last() else { return };
    let mut at = key;
    for name in above {
        let Some(next) = at.subkeys.iter_mut().find(|sub| sub.name.same(name)) else { return };
        at = next;
    }
    let index = at.subkeys.iter().position(|sub| sub.name.same(last));
    match (index, &touched.now) {
        (Some(index), Some(now)) if touched.whole => at.subkeys[index] = now.clone(),
        (Some(index), Some(now)) => {
            let old = std::mem::take(&mut at.subkeys[index]);
            at.subkeys[index] = with_subkeys_of(now, Some(old));
        }
        (Some(index), None) => {
            at.subkeys.remove(index);
        }
        (None, Some(now)) => at.subkeys.push(now.clone()),
        (None, None) => {}
    }
}
