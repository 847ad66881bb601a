//! Reading `.reg` exports.

use std::collections::BTreeMap;

use regtext::reg::{Document, Op, Options};

use super::blob::{Blob, LARGEST_EXPORT};
use super::control_sets::{self, Select};
use super::tree::Tree;
use crate::capture as capture_subtrees;
use crate::error::Cause;
use snapshot::{
    ControlSets, FileRecord, KeyPath, Name, Note, Origin, OriginKind, Selector, Snapshot, Value, ValueType,
};

/// Limit on separate keys of an export that is merged with others.
const MOST_TOPS: usize = 200;

/// Limit on notes about faults in a file; further ones are only counted.
const MOST_NOTES: usize = 20;

/// Groups the exports of one folder that belong to one machine.
///
/// Several exports of one machine contain different keys; exports of several machines contain the same keys.
/// Therefore the exports of a folder are treated as one machine only if no two of them contain the same key.
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

/// True if no key of one export is at, above or below a key of another.
fn disjoint(blobs: &[Blob]) -> bool {
    let mut seen: Vec<KeyPath> = Vec::new();
    for blob in blobs {
        let Ok(document) = parse(blob) else { return false };
        let paths =
            document.sections().iter().filter_map(|section| KeyPath::from_utf16(section.path.units()));
        let Some(tops) = tops(paths) else { return false };
        if tops.iter().any(|path| seen.iter().any(|other| path.starts_with(other) || other.starts_with(path)))
        {
            return false;
        }
        seen.extend(tops);
    }
    true
}

fn parse(blob: &Blob) -> Result<Document, Cause> {
    let bytes = blob.content(LARGEST_EXPORT)?;
    Ok(Document::parse(&bytes, &Options::default()))
}

/// The combined snapshot of these exports.
pub(super) fn capture(locator: &str, blobs: &[Blob], scope: &[Selector]) -> Result<Snapshot, Cause> {
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
    let mut documents = Vec::new();
    for blob in blobs {
        documents.push((blob, parse(blob)?));
    }
    let sets = control_sets(documents.iter().map(|(_, document)| document), &mut snapshot.notes);
    let mut tree = Tree::new(scope);
    for (blob, document) in &documents {
        read(blob, document, sets.as_ref(), &mut tree, &mut snapshot.notes);
    }
    snapshot.control_sets = sets;
    capture_subtrees(&&tree, scope, &mut snapshot);
    Ok(snapshot)
}

fn read(
    blob: &Blob,
    document: &Document,
    sets: Option<&ControlSets>,
    tree: &mut Tree,
    notes: &mut Vec<Note>,
) {
    let mut found = Vec::new();
    found.extend(document.problems().iter().map(ToString::to_string));
    let mut deletions = 0;
    for section in document.sections() {
        let Some(path) = KeyPath::from_utf16(section.path.units()) else {
            found.push(format!("“{}” begins with no predefined key", section.path));
            continue;
        };
        if section.delete {
            deletions += 1;
            continue;
        }
        let mut key = in_current_set(path, sets).and_then(|path| tree.key(&path));
        for entry in &section.entries {
            match (&entry.op, &mut key) {
                (Op::Delete, _) => deletions += 1,
                (Op::Set(value), Some(key)) => {
                    let name = Name::from_utf16(entry.name.units());
                    key.set(Value::new(name, ValueType(value.ty), value.as_written()));
                }
                (Op::Set(_), None) => {}
            }
        }
    }
    if deletions > 0 {
        found.push(format!(
            "has {deletions} deletions: it is a script to be imported rather than an export of a machine"
        ));
    }
    let more = found.len().saturating_sub(MOST_NOTES);
    found.truncate(MOST_NOTES);
    if more > 0 {
        found.push(format!("{more} more faults"));
    }
    notes.extend(found.into_iter().map(|text| Note { about: blob.shown(), text }));
}

/// How `CurrentControlSet` is resolved. On a running machine it is a link, so an export of it is valid alone,
/// and not for any numbered set. If only numbered sets were exported, `Select` decides as in a hive.
fn control_sets<'d>(
    documents: impl Iterator<Item = &'d Document>,
    notes: &mut Vec<Note>,
) -> Option<ControlSets> {
    let system = KeyPath::hklm("SYSTEM");
    let mut available: Vec<String> = Vec::new();
    let mut select = Select::default();
    for section in documents.flat_map(Document::sections).filter(|section| !section.delete) {
        let Some(path) = KeyPath::from_utf16(section.path.units()) else { continue };
        let Some([top, below @ ..]) = path.below(&system) else { continue };
        if top.matches("CurrentControlSet") {
            return None;
        }
        if let Some(name) = control_sets::numbered(top)
            && !available.iter().any(|known| known.eq_ignore_ascii_case(name))
        {
            available.push(name.to_owned());
        }
        if top.matches("Select") && below.is_empty() {
            select = Select::read(|wanted| {
                section.entries.iter().rev().find_map(|entry| match &entry.op {
                    Op::Set(value) if Name::from_utf16(entry.name.units()).matches(wanted) => {
                        Value::new(wanted, ValueType(value.ty), value.as_written()).as_u32()
                    }
                    _ => None,
                })
            });
        }
    }
    select.resolve(available, notes)
}

/// The path with the current numbered set replaced by `CurrentControlSet`; `None` for a path in another set.
fn in_current_set(path: KeyPath, sets: Option<&ControlSets>) -> Option<KeyPath> {
    let system = KeyPath::hklm("SYSTEM");
    let Some([set, below @ ..]) = path.below(&system) else { return Some(path) };
    if control_sets::numbered(set).is_none() {
        return Some(path);
    }
    let is_current = sets.is_some_and(|sets| set.matches(&sets.resolved));
    let current = system.join("CurrentControlSet");
    is_current.then(|| below.iter().fold(current, |path, name| path.child(name)))
}

/// The paths that are not below another one; `None` if there are more than in a manual export.
fn tops(paths: impl Iterator<Item = KeyPath>) -> Option<Vec<KeyPath>> {
    let mut tops: Vec<KeyPath> = Vec::new();
    for path in paths {
        if !tops.iter().any(|top| path.starts_with(top)) {
            tops.retain(|top| !top.starts_with(&path));
            tops.push(path);
        }
        if tops.len() > MOST_TOPS {
            return None;
        }
    }
    Some(tops)
}
