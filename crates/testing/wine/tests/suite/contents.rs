//! The contents of snapshots, for comparison.

use std::collections::BTreeMap;

use snapshot::{Data, Key, KeyPath, Snapshot, State, Value};

/// Keys and values, independent of order and of the case of names.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Contents(BTreeMap<String, (KeyPath, BTreeMap<String, Value>)>);

impl Contents {
    /// All keys and values of a snapshot.
    pub(super) fn of(snapshot: &Snapshot) -> Self {
        let mut contents = Self::default();
        for capture in &snapshot.captures {
            if let State::Key(key) = &capture.state {
                contents.add(&capture.path, key);
            }
        }
        contents
    }

    fn add(&mut self, path: &KeyPath, key: &Key) {
        let (_, values) = self.key(path);
        for value in &key.values {
            values.insert(folded(&value.name.to_string()), value.clone());
        }
        for sub in &key.subkeys {
            self.add(&path.child(&sub.name), sub);
        }
    }

    fn key(&mut self, path: &KeyPath) -> &mut (KeyPath, BTreeMap<String, Value>) {
        self.0.entry(folded(&path.to_string())).or_insert_with(|| (path.clone(), BTreeMap::new()))
    }

    /// The union of both; `other` wins.
    pub(super) fn overlaid(&self, other: &Self) -> Self {
        let mut all = self.clone();
        for (path, values) in other.0.values() {
            all.key(path).1.extend(values.clone());
        }
        all
    }

    /// The keys at or below one of these paths.
    pub(super) fn below(&self, tops: &[KeyPath]) -> Self {
        let mut some = self.clone();
        some.0.retain(|_, (path, _)| tops.iter().any(|top| path.starts_with(top)));
        some
    }

    /// The same keys, without the values of these names.
    pub(super) fn without(&self, names: &[&str]) -> Self {
        let mut some = self.clone();
        for (_, values) in some.0.values_mut() {
            values.retain(|_, value| !names.iter().any(|name| value.name.matches(name)));
        }
        some
    }

    /// Keys with their values.
    pub(super) fn keys(&self) -> impl Iterator<Item = (&KeyPath, impl Iterator<Item = &Value>)> {
        self.0.values().map(|(path, values)| (path, values.values()))
    }

    /// The number of keys and of values.
    pub(super) fn size(&self) -> (usize, usize) {
        (self.0.len(), self.0.values().map(|(_, values)| values.len()).sum())
    }

    /// The differences of `found` from `self`, one per line; empty if both are equal.
    pub(super) fn differences(&self, found: &Self) -> Vec<String> {
        let mut lines = Vec::new();
        for (path, (shown, values)) in &self.0 {
            let Some((_, there)) = found.0.get(path) else {
                lines.push(format!("missing: {shown}"));
                continue;
            };
            for (name, value) in values {
                match there.get(name) {
                    Some(other) if other == value => {}
                    Some(other) => {
                        lines.push(format!(
                            "{shown} “{}”: {}, not {}",
                            value.name,
                            shown_data(other),
                            shown_data(value)
                        ));
                    }
                    None => lines.push(format!("{shown} “{}” is missing: {}", value.name, shown_data(value))),
                }
            }
            let invented = there.iter().filter(|(name, _)| !values.contains_key(*name));
            lines.extend(
                invented.map(|(_, value)| {
                    format!("{shown} “{}” is unexpected: {}", value.name, shown_data(value))
                }),
            );
        }
        // A text need not list a key that has no values and only leads to others.
        let leads = |path: &KeyPath| self.0.values().any(|(below, _)| below.starts_with(path));
        let invented = found.0.iter().filter(|(path, (shown, values))| {
            !(self.0.contains_key(*path) || values.is_empty() && leads(shown))
        });
        lines.extend(invented.map(|(_, (path, _))| format!("unexpected: {path}")));
        lines
    }
}

fn shown_data(value: &Value) -> String {
    match &value.data {
        Data::Bytes(bytes) => {
            let hex: Vec<_> = bytes.iter().take(24).map(|byte| format!("{byte:02x}")).collect();
            format!("{} of {} bytes: {}", value.kind, bytes.len(), hex.join(" "))
        }
        Data::Withheld { length } => format!("{} of {length} bytes, withheld", value.kind),
    }
}

/// The key under which a name is compared. The tested names have no letter that the registry folds
/// differently.
fn folded(name: &str) -> String {
    name.to_lowercase()
}
