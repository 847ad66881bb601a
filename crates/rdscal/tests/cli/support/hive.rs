//! Hives with exactly the keys that a test wants.

use regf::build::{NewKey, NewValue, build};
use regf::security::SecurityDescriptor;
use registry::{FileTime, Key, KeyPath, Name, Snapshot, State};

/// What Windows gives the top of a machine's hives.
const SECURITY: &str = "O:BAG:SYD:P(A;CI;KA;;;BA)(A;CI;KA;;;SY)(A;CI;KR;;;BU)";

/// Keys were last written on 2025-01-15.
const WRITTEN: FileTime = FileTime(133_813_440_000_000_000);

/// The hives of a machine, by name.
pub fn hives(machine: &Snapshot) -> Vec<(&'static str, Vec<u8>)> {
    let mut hives = Vec::new();
    for name in ["SYSTEM", "SOFTWARE", "SECURITY"] {
        let mount = KeyPath::hklm(name);
        let mut root = plain_root();
        for capture in &machine.captures {
            if let (Some(names), State::Key(key)) = (capture.path.below(&mount), &capture.state) {
                add(&mut root, names, key);
            }
        }
        if !root.subkeys.is_empty() {
            hives.push((name, build(&root, name).unwrap()));
        }
    }
    hives
}

/// A root key without anything below it.
pub fn plain_root() -> NewKey {
    let security = SECURITY.parse::<SecurityDescriptor>().unwrap().to_bytes();
    NewKey { security, ..key("ROOT", Vec::new()) }
}

pub fn key(name: &str, subkeys: Vec<NewKey>) -> NewKey {
    NewKey { name: name.encode_utf16().collect(), last_write: WRITTEN, subkeys, ..NewKey::default() }
}

pub fn value(name: &str, kind: u32, data: impl Into<Vec<u8>>) -> NewValue {
    NewValue { name: name.encode_utf16().collect(), kind, data: data.into() }
}

fn add(parent: &mut NewKey, names: &[Name], from: &Key) {
    let Some((first, rest)) = names.split_first() else { return fill(parent, from) };
    let units = first.to_utf16();
    let index = parent.subkeys.iter().position(|sub| sub.name == units).unwrap_or_else(|| {
        parent.subkeys.push(NewKey { name: units, last_write: WRITTEN, ..NewKey::default() });
        parent.subkeys.len() - 1
    });
    add(&mut parent.subkeys[index], rest, from);
}

fn fill(target: &mut NewKey, from: &Key) {
    if let Some(time) = from.last_write {
        target.last_write = time;
    }
    if let Some(security) = &from.security {
        target.security = security.bytes().to_vec();
    }
    let values = from.values.iter();
    target.values.extend(values.map(|value| NewValue {
        name: value.name.to_utf16(),
        kind: value.kind.0,
        data: value.bytes().to_vec(),
    }));
    for sub in &from.subkeys {
        add(target, std::slice::from_ref(&sub.name), sub);
    }
}
