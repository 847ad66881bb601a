//! Differences between two snapshots.

use serde::Serialize;

use crate::{Key, KeyPath, Lookup, Name, Snapshot, State, Value};

/// One difference, as a change from the first snapshot to the second.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// The key.
    pub path: KeyPath,
    /// The kind of difference.
    #[serde(flatten)]
    pub change: Change,
}

/// A difference at one key.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "change")]
pub enum Change {
    /// Only the second snapshot has the key. Differences of kind *added* for its content follow.
    KeyAdded,
    /// Only the first snapshot has the key. Differences of kind *removed* for its content follow.
    KeyRemoved,
    /// Only the second snapshot has the value.
    ValueAdded {
        /// The value in the second snapshot.
        new: Value,
    },
    /// Only the first snapshot has the value.
    ValueRemoved {
        /// The value in the first snapshot.
        old: Value,
    },
    /// Both snapshots have the value, with different types or data.
    ValueChanged {
        /// The value in the first snapshot.
        old: Value,
        /// The value in the second snapshot.
        new: Value,
    },
    /// The security descriptors differ.
    SecurityChanged,
    /// One of the snapshots did not capture the key or could not read it.
    NotComparable {
        /// Which snapshot, and the reason.
        because: String,
    },
}

/// All differences, in the order of the captures. Last-write times and the order of values are ignored.
#[must_use]
pub fn diff(a: &Snapshot, b: &Snapshot) -> Vec<Difference> {
    let mut out = Vec::new();
    let mut seen: Vec<&KeyPath> = Vec::new();
    for capture in a.captures.iter().chain(&b.captures) {
        if seen.contains(&&capture.path) {
            continue;
        }
        seen.push(&capture.path);
        compare(&capture.path, a.lookup(&capture.path), b.lookup(&capture.path), &mut out);
    }
    // A key that belongs to two captures is compared twice.
    let mut unique: Vec<Difference> = Vec::with_capacity(out.len());
    for difference in out {
        if !unique.contains(&difference) {
            unique.push(difference);
        }
    }
    unique
}

fn compare(path: &KeyPath, a: Lookup<'_>, b: Lookup<'_>, out: &mut Vec<Difference>) {
    let mut push = |change| out.push(Difference { path: path.clone(), change });
    match (a, b) {
        (Lookup::Found(a), Lookup::Found(b)) => keys(path, a, b, out),
        (Lookup::Found(a), Lookup::Absent) => removed(path, a, out),
        (Lookup::Absent, Lookup::Found(b)) => added(path, b, out),
        (Lookup::Unread(because), _) => push(Change::NotComparable { because: format!("A: {because}") }),
        (_, Lookup::Unread(because)) => push(Change::NotComparable { because: format!("B: {because}") }),
        (Lookup::Found(_), Lookup::NotCaptured) => {
            push(Change::NotComparable { because: "B does not cover the key".into() });
        }
        (Lookup::NotCaptured, Lookup::Found(_)) => {
            push(Change::NotComparable { because: "A does not cover the key".into() });
        }
        (Lookup::Absent | Lookup::NotCaptured, Lookup::Absent | Lookup::NotCaptured) => {}
    }
}

fn keys(path: &KeyPath, a: &Key, b: &Key, out: &mut Vec<Difference>) {
    let mut push = |change| out.push(Difference { path: path.clone(), change });
    for old in &a.values {
        match b.values.iter().find(|new| new.name.same(&old.name)) {
            None => push(Change::ValueRemoved { old: old.clone() }),
            Some(new) if new.kind != old.kind || new.data != old.data => {
                push(Change::ValueChanged { old: old.clone(), new: new.clone() });
            }
            Some(_) => {}
        }
    }
    for new in &b.values {
        if !a.values.iter().any(|old| old.name.same(&new.name)) {
            push(Change::ValueAdded { new: new.clone() });
        }
    }
    if a.security.is_some() && b.security.is_some() && a.security != b.security {
        push(Change::SecurityChanged);
    }
    let other = |name: &Name, keys: &[Key]| keys.iter().position(|key| key.name.same(name));
    for old in &a.subkeys {
        let path = path.child(&old.name);
        match other(&old.name, &b.subkeys).and_then(|index| b.subkeys.get(index)) {
            Some(new) => keys(&path, old, new, out),
            None => removed(&path, old, out),
        }
    }
    for new in &b.subkeys {
        if other(&new.name, &a.subkeys).is_none() {
            added(&path.child(&new.name), new, out);
        }
    }
}

/// Adds the differences for a key that only the second snapshot has, with its content.
fn added(path: &KeyPath, key: &Key, out: &mut Vec<Difference>) {
    whole(path, key, &Change::KeyAdded, &|new| Change::ValueAdded { new }, out);
}

/// Adds the differences for a key that only the first snapshot has, with its content.
fn removed(path: &KeyPath, key: &Key, out: &mut Vec<Difference>) {
    whole(path, key, &Change::KeyRemoved, &|old| Change::ValueRemoved { old }, out);
}

/// Adds the same difference for a key, its values and all keys below it.
fn whole(
    path: &KeyPath,
    key: &Key,
    of_key: &Change,
    of_value: &impl Fn(Value) -> Change,
    out: &mut Vec<Difference>,
) {
    let values = key.values.iter().cloned().map(of_value);
    out.extend(
        std::iter::once(of_key.clone()).chain(values).map(|change| Difference { path: path.clone(), change }),
    );
    for below in &key.subkeys {
        whole(&path.child(&below.name), below, of_key, of_value, out);
    }
}

/// True if the top of at least one subtree of `a` exists, and `b` knows whether it exists there.
#[must_use]
pub fn have_something_in_common(a: &Snapshot, b: &Snapshot) -> bool {
    a.captures
        .iter()
        .any(|capture| matches!(capture.state, State::Key(_)) && b.lookup(&capture.path).is_known())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Capture, Extent, Origin, OriginKind, ValueType};

    fn snapshot(values: Vec<Value>, subkeys: &[&str]) -> Snapshot {
        let mut snapshot =
            Snapshot::new(Origin { kind: OriginKind::Hives, locator: "SYSTEM".into(), files: Vec::new() });
        let subkeys = subkeys.iter().map(|name| Key { name: (*name).into(), ..Key::default() }).collect();
        snapshot.captures.push(Capture {
            path: KeyPath::hklm("SYSTEM"),
            extent: Extent::Tree,
            state: State::Key(Box::new(Key { name: "SYSTEM".into(), values, subkeys, ..Key::default() })),
        });
        snapshot
    }

    #[test]
    fn every_kind_of_change_is_named() {
        let dword = |name: &str, number: u32| Value::new(name, ValueType::DWORD, number.to_le_bytes());
        let a = snapshot(vec![dword("same", 1), dword("changed", 1), dword("gone", 1)], &["Both", "Old"]);
        let b = snapshot(vec![dword("new", 1), dword("Changed", 2), dword("SAME", 1)], &["both", "New"]);
        let changes: Vec<_> = diff(&a, &b).into_iter().map(|d| (d.path.to_string(), d.change)).collect();
        let at = |path: &str, change| (path.to_owned(), change);
        assert_eq!(
            changes,
            [
                at(
                    r"HKLM\SYSTEM",
                    Change::ValueChanged { old: dword("changed", 1), new: dword("Changed", 2) }
                ),
                at(r"HKLM\SYSTEM", Change::ValueRemoved { old: dword("gone", 1) }),
                at(r"HKLM\SYSTEM", Change::ValueAdded { new: dword("new", 1) }),
                at(r"HKLM\SYSTEM\Old", Change::KeyRemoved),
                at(r"HKLM\SYSTEM\New", Change::KeyAdded),
            ]
        );
        assert!(diff(&a, &a).is_empty());
    }

    #[test]
    fn a_key_comes_and_goes_with_what_is_in_it() {
        let key = |name: &str, subkeys| Key {
            name: name.into(),
            values: vec![Value::new("mode", ValueType::DWORD, [4, 0, 0, 0])],
            subkeys,
            ..Key::default()
        };
        let without = snapshot(Vec::new(), &[]);
        let mut with = without.clone();
        let State::Key(root) = &mut with.captures[0].state else { panic!("it is a key") };
        root.subkeys.push(key("upper", vec![key("lower", Vec::new())]));
        let told = |a, b| -> Vec<String> {
            let words = |d: Difference| {
                let change = serde_json::to_value(&d.change).unwrap();
                format!("{} {}", d.path, change["change"].as_str().unwrap())
            };
            diff(a, b).into_iter().map(words).collect()
        };
        assert_eq!(
            told(&without, &with),
            [
                r"HKLM\SYSTEM\upper key_added",
                r"HKLM\SYSTEM\upper value_added",
                r"HKLM\SYSTEM\upper\lower key_added",
                r"HKLM\SYSTEM\upper\lower value_added",
            ]
        );
        assert_eq!(told(&with, &without)[3], r"HKLM\SYSTEM\upper\lower value_removed");
    }

    #[test]
    fn what_one_side_never_saw_is_not_a_removal() {
        let a = snapshot(Vec::new(), &[]);
        let mut b = a.clone();
        b.captures.clear();
        let differences = diff(&a, &b);
        assert!(matches!(differences.as_slice(), [Difference { change: Change::NotComparable { .. }, .. }]));
    }
}
