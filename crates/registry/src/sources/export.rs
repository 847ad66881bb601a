//! Reading `.reg` exports.

use std::collections::BTreeMap;

use regtext::reg::{Document, Op, Options};

use super::blob::Blob;
use crate::{
    Capture, Extent, FileRecord, Key, KeyPath, Name, Note, Origin, OriginKind, Snapshot, State, Value,
    ValueType,
};

/// Puts exports that lie in one folder together where they are parts of one machine.
///
/// Whoever exports several keys of one machine exports different ones; whoever exports several machines exports the same keys of
/// each. So exports of one folder are one machine exactly where no two of them hold the same key.
pub(super) fn group(exports: Vec<Blob>) -> Vec<Vec<Blob>> {
    let mut folders: BTreeMap<String, Vec<Blob>> = BTreeMap::new();
    for blob in exports {
        folders.entry(blob.folder()).or_default().push(blob);
    }
    let mut machines = Vec::new();
    for blobs in folders.into_values() {
        if blobs.len() > 1 && disjoint(&blobs) {
            machines.push(blobs);
        } else {
            machines.extend(blobs.into_iter().map(|blob| vec![blob]));
        }
    }
    machines
}

fn disjoint(blobs: &[Blob]) -> bool {
    let mut seen: Vec<KeyPath> = Vec::new();
    for blob in blobs {
        let Ok(document) = parse(blob) else { return false };
        let paths: Vec<_> =
            document.sections().iter().filter_map(|section| path_of(section.path.units())).collect();
        let paths = tops(&paths);
        if paths
            .iter()
            .any(|path| seen.iter().any(|other| path.starts_with(other) || other.starts_with(path)))
        {
            return false;
        }
        seen.extend(paths);
    }
    true
}

fn parse(blob: &Blob) -> Result<Document, String> {
    let bytes = blob.read().map_err(|error| error.to_string())?;
    Ok(Document::parse(&bytes, &Options::default()))
}

/// The snapshot that these exports are together.
pub(super) fn capture(locator: &str, blobs: &[Blob]) -> Result<Snapshot, String> {
    let mut snapshot = Snapshot::new(Origin {
        kind: OriginKind::RegText,
        locator: locator.to_owned(),
        files: blobs
            .iter()
            .map(|blob| FileRecord {
                path: blob.shown(),
                size: blob.size(),
                role: "registry export".to_owned(),
                sha256: None,
            })
            .collect(),
    });
    let mut keys: Vec<(KeyPath, Key)> = Vec::new();
    for blob in blobs {
        read(blob, &mut keys, &mut snapshot.notes)?;
    }
    for path in tops(&keys.iter().map(|(path, _)| path.clone()).collect::<Vec<_>>()) {
        let key = tree(&keys, &path);
        snapshot.captures.push(Capture { path, extent: Extent::Tree, state: State::Key(Box::new(key)) });
    }
    Ok(snapshot)
}

fn read(blob: &Blob, keys: &mut Vec<(KeyPath, Key)>, notes: &mut Vec<Note>) -> Result<(), String> {
    let document = parse(blob)?;
    for problem in document.problems() {
        notes.push(Note { about: blob.shown(), text: problem.to_string() });
    }
    let mut deletions = 0;
    for section in document.sections() {
        let Some(path) = path_of(section.path.units()) else {
            notes.push(Note {
                about: blob.shown(),
                text: format!("“{}” begins with no predefined key", section.path),
            });
            continue;
        };
        if section.delete {
            deletions += 1;
            continue;
        }
        let index = keys.iter().position(|(known, _)| *known == path).unwrap_or_else(|| {
            keys.push((path, Key::default()));
            keys.len() - 1
        });
        let Some((_, key)) = keys.get_mut(index) else { continue };
        for entry in &section.entries {
            match &entry.op {
                Op::Delete => deletions += 1,
                Op::Set(value) => {
                    let name = Name::from_utf16(entry.name.units());
                    // As on import, the last of two wins.
                    key.values.retain(|known| !known.name.same(&name));
                    key.values.push(Value::new(name, ValueType(value.ty), value.as_written()));
                }
            }
        }
    }
    if deletions > 0 {
        let text = format!(
            "has {deletions} deletions: it is a script to be imported rather than an export of a machine"
        );
        notes.push(Note { about: blob.shown(), text });
    }
    Ok(())
}

/// The path of a section; `ControlSet001` and the like are taken for the current set, which an export cannot tell.
fn path_of(units: &[u16]) -> Option<KeyPath> {
    let path = KeyPath::from_utf16(units)?;
    let names = path.parts();
    let set = names.get(1).and_then(Name::as_str).is_some_and(|name| {
        let digits = name.get(10..).unwrap_or_default();
        name.len() == 13
            && name.to_ascii_lowercase().starts_with("controlset")
            && digits.bytes().all(|b| b.is_ascii_digit())
    });
    if !set || !names.first().is_some_and(|name| name.matches("SYSTEM")) {
        return Some(path);
    }
    let mut current = KeyPath::hklm(r"SYSTEM\CurrentControlSet");
    for name in names.get(2..).unwrap_or_default() {
        current = current.child(name);
    }
    Some(current)
}

/// Of these paths those that lie below none of the others.
fn tops(paths: &[KeyPath]) -> Vec<KeyPath> {
    let mut tops: Vec<KeyPath> = Vec::new();
    for path in paths {
        if !tops.iter().any(|top| path.starts_with(top)) {
            tops.retain(|top| !top.starts_with(path));
            tops.push(path.clone());
        }
    }
    tops
}

/// The tree from `top` down.
fn tree(keys: &[(KeyPath, Key)], top: &KeyPath) -> Key {
    let mut tree = Key { name: top.last().cloned().unwrap_or_default(), ..Key::default() };
    for (path, key) in keys {
        let Some(names) = path.below(top) else { continue };
        let mut at = &mut tree;
        for name in names {
            let index = at.subkeys.iter().position(|sub| sub.name.same(name)).unwrap_or_else(|| {
                at.subkeys.push(Key { name: name.clone(), ..Key::default() });
                at.subkeys.len() - 1
            });
            at = &mut at.subkeys[index];
        }
        at.values.extend(key.values.iter().cloned());
    }
    tree
}
