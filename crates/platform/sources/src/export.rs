//! Reading `.reg` exports.

use std::collections::BTreeMap;

use regtext::reg::{Document, Op, Options, RegProblem};
use snapshot::coverage::Deletion;
use snapshot::roots::Roots;

use super::blob::{Blob, LARGEST_EXPORT};
use super::control_sets::{self, Select};
use super::identity;
use super::lost::{self, Line, Losses};
use super::tree::Tree;
use crate::capture as capture_subtrees;
use crate::error::Cause;
use snapshot::{
    ControlSets, Coverage, FileRecord, Key, KeyPath, Name, Note, Origin, OriginKind, Position, Region,
    Selector, Snapshot, State, Unread, Value, ValueType,
};

/// Limit on separate keys of an export that is merged with others.
const MOST_TOPS: usize = 200;

/// Limit on notes about faults in a file; further ones are only counted.
const MOST_NOTES: usize = 20;

/// The damage of keys in a file that was cut off.
const CUT: &str = "the file ends in the middle of a line";

/// The damage of keys in a script: a value that it does not contain may still exist.
const SCRIPT: &str = "the file is a script, which contains only what it changes";

/// One export.
struct Export<'b> {
    blob: &'b Blob,
    document: Document,
    roots: Roots,
}

impl<'b> Export<'b> {
    fn parse(blob: &'b Blob) -> Result<Self, Cause> {
        let bytes = blob.content(LARGEST_EXPORT)?;
        let document = Document::parse(&bytes, &Options::default());
        let roots = Roots::of(document.sections().iter().map(|section| section.path.units()));
        Ok(Self { blob, document, roots })
    }

    /// A text value, of whichever control set.
    fn text(&self, path: &KeyPath, name: &str) -> Option<String> {
        let sections = self.document.sections().iter().rev().filter(|section| {
            let found = self.roots.path(section.path.units());
            found.is_some_and(|found| found == *path || in_any_set(found) == *path)
        });
        let mut values = sections.flat_map(|section| section.entries.iter().rev());
        values.find_map(|entry| match &entry.op {
            Op::Set(value) if Name::from_utf16(entry.name.units()).matches(name) => {
                Value::new(name, ValueType(value.ty), value.as_written()).as_text().map(|text| text.content)
            }
            _ => None,
        })
    }

    /// The number of deleted keys and of deleted values.
    fn deletions(&self) -> (usize, usize) {
        let sections = self.document.sections();
        let values = sections.iter().flat_map(|section| &section.entries);
        (
            sections.iter().filter(|section| section.delete).count(),
            values.filter(|entry| entry.op == Op::Delete).count(),
        )
    }

    fn note(&self, text: String) -> Note {
        Note { about: self.blob.shown(), text }
    }
}

/// Groups the exports of one folder that belong to one machine.
///
/// Several exports of one machine contain different keys; exports of several machines contain the same keys.
/// Therefore the exports of a folder are treated as one machine only if no two of them contain the same key,
/// and none deletes anything: a script does not describe the machine that others describe.
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

/// True if no key of one export is at, above or below a key of another, and nothing shows that they are of
/// different machines.
fn disjoint(blobs: &[Blob]) -> bool {
    let mut seen: Vec<KeyPath> = Vec::new();
    let mut exports = Vec::new();
    for blob in blobs {
        let Ok(export) = Export::parse(blob) else { return false };
        if export.deletions() != (0, 0) {
            return false;
        }
        let sections = export.document.sections().iter();
        let paths = sections.filter_map(|section| export.roots.path(section.path.units()));
        let Some(tops) = tops(paths) else { return false };
        if tops.iter().any(|path| seen.iter().any(|other| path.starts_with(other) || other.starts_with(path)))
        {
            return false;
        }
        seen.extend(tops);
        exports.push(export);
    }
    identity::contradiction(|path, name| exports.iter().find_map(|export| export.text(path, name))).is_none()
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
    let exports: Vec<_> = blobs.iter().map(Export::parse).collect::<Result<_, _>>()?;
    for export in &exports {
        note_roots(export, &mut snapshot);
    }
    let sets = control_sets(&exports, &mut snapshot.notes);
    let mut tree = Tree::new(scope);
    let mut damaged = Vec::new();
    let mut is_cut = false;
    for export in &exports {
        let losses = lost::losses(&export.document, &|path| {
            in_current_set(export.roots.path(path.units())?, sets.as_ref()).filter(|path| tree.wants(path))
        });
        read(export, &losses, sets.as_ref(), &mut tree, &mut snapshot);
        let room = Coverage::MAX_LINES.saturating_sub(snapshot.coverage.lost_lines.len());
        let lines = losses.lines.into_iter().take(room);
        snapshot.coverage.lost_lines.extend(lines.map(|line| line.of(export.blob.shown())));
        damaged.extend(losses.keys);
        is_cut |= losses.is_cut;
    }
    snapshot.control_sets = sets;
    capture_subtrees(&&tree, scope, &mut snapshot);
    if !snapshot.coverage.deletions.is_empty() {
        snapshot.captures.iter_mut().for_each(|capture| {
            if let State::Key(key) = &mut capture.state {
                mark_all(key, SCRIPT);
            }
        });
    }
    for (path, reason) in damaged {
        mark(&mut snapshot, path, reason);
    }
    if is_cut {
        cut(&mut snapshot);
    }
    Ok(snapshot)
}

/// Where keys and values are in these exports.
pub(super) fn locate(blobs: &[Blob], wanted: &[(KeyPath, Option<Name>)]) -> Vec<Option<Position>> {
    let exports: Vec<_> = blobs.iter().filter_map(|blob| Export::parse(blob).ok()).collect();
    let sets = control_sets(&exports, &mut Vec::new());
    let mut positions = vec![None; wanted.len()];
    for export in &exports {
        for section in export.document.sections() {
            let path = export.roots.path(section.path.units());
            let Some(path) = path.and_then(|path| in_current_set(path, sets.as_ref())) else { continue };
            for ((key, value), position) in wanted.iter().zip(&mut positions) {
                if *key != path {
                    continue;
                }
                let is_it = |name: &Name| value.as_ref().is_some_and(|value| value.same(name));
                let mut entries = section.entries.iter().rev();
                let entry = entries.find(|entry| is_it(&Name::from_utf16(entry.name.units())));
                // As on import, the last of two settings wins.
                if entry.is_some() || position.is_none() {
                    let line = entry.map_or(section.line, |entry| entry.line);
                    let region = Some(Region::Line(line));
                    *position = Some(Position { file: export.blob.shown(), region });
                }
            }
        }
    }
    positions
}

/// Records how the roots were read, in one note for each file.
fn note_roots(export: &Export<'_>, snapshot: &mut Snapshot) {
    let mapped = export.roots.mapped();
    if !mapped.is_empty() {
        let how: Vec<_> = mapped
            .iter()
            .map(|root| match root.written.as_str() {
                "" | "\\" => format!("without a root as keys of {}", root.key),
                written => format!("under “{written}” as keys of {}", root.key),
            })
            .collect();
        let text = format!("reads keys {}, as the names below show", how.join(", and "));
        snapshot.notes.push(export.note(text));
    }
    for unknown in export.roots.unknown().iter().take(MOST_NOTES) {
        snapshot.notes.push(export.note(format!("{unknown}; they were not read")));
    }
    snapshot.coverage.mapped_roots.extend(mapped.iter().cloned());
    let unknown = export.roots.unknown().iter().take(Coverage::MAX_LINES);
    snapshot.coverage.unknown_roots.extend(unknown.cloned());
}

fn read(
    export: &Export<'_>,
    losses: &Losses,
    sets: Option<&ControlSets>,
    tree: &mut Tree,
    snapshot: &mut Snapshot,
) {
    let noted = |problem: &RegProblem| {
        let lost = losses.lines.iter().find(|lost| lost.is(problem.line)).and_then(Line::seems);
        lost.map_or_else(|| problem.to_string(), |seems| format!("{problem}; {seems}"))
    };
    let mut found: Vec<_> = export.document.problems().iter().map(noted).collect();
    let (keys, values) = export.deletions();
    for (index, section) in export.document.sections().iter().enumerate() {
        let path = export.roots.path(section.path.units());
        let Some(path) = path.and_then(|path| in_current_set(path, sets)) else { continue };
        let mut delete = |line: usize, value: Option<Name>| {
            if tree.wants(&path) && snapshot.coverage.deletions.len() < Coverage::MAX_LINES {
                let (file, key) = (export.blob.shown(), path.clone());
                snapshot.coverage.deletions.push(Deletion { file, line, key, value });
            }
        };
        if section.delete {
            delete(section.line, None);
            continue;
        }
        for entry in section.entries.iter().filter(|entry| entry.op == Op::Delete) {
            delete(entry.line, Some(Name::from_utf16(entry.name.units())));
        }
        // A script that only deletes values of a key says nothing about the key.
        if !section.entries.is_empty() && section.entries.iter().all(|entry| entry.op == Op::Delete) {
            continue;
        }
        let Some(mut key) = tree.key(&path) else { continue };
        for (at, entry) in section.entries.iter().enumerate() {
            if let Op::Set(value) = &entry.op
                && !losses.values.contains(&(index, at))
            {
                let name = Name::from_utf16(entry.name.units());
                key.set(Value::new(name, ValueType(value.ty), value.as_written()));
            }
        }
    }
    if keys + values > 0 {
        let what: Vec<_> = [(keys, "key"), (values, "value")]
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") })
            .collect();
        found.push(format!(
            "deletes {}: it is a script to be imported rather than an export of a machine",
            what.join(" and ")
        ));
    }
    let more = found.len().saturating_sub(MOST_NOTES);
    found.truncate(MOST_NOTES);
    match more {
        0 => {}
        1 => found.push("1 more fault".to_owned()),
        more => found.push(format!("{more} more faults")),
    }
    snapshot.notes.extend(found.into_iter().map(|text| export.note(text)));
}

/// Marks a key as damaged: what it does not contain may be in the lost lines. A key that is not in the
/// snapshot is unread.
fn mark(snapshot: &mut Snapshot, path: KeyPath, reason: String) {
    let found = snapshot.captures.iter_mut().find_map(|capture| {
        let below = path.below(&capture.path)?;
        let State::Key(top) = &mut capture.state else { return None };
        let mut key: &mut Key = top;
        for name in below {
            key = key.subkeys.iter_mut().find(|sub| sub.name.same(name))?;
        }
        Some(key)
    });
    match found {
        Some(key) => drop(key.damage.get_or_insert(reason)),
        None if snapshot.unread.iter().any(|unread| unread.path == path) => {}
        None => snapshot.unread.push(Unread { path, reason }),
    }
}

fn mark_all(key: &mut Key, reason: &str) {
    key.damage.get_or_insert_with(|| reason.to_owned());
    key.subkeys.iter_mut().for_each(|key| mark_all(key, reason));
}

/// Of a file that was cut off only what it contains is known: the rest may hold any key and value.
fn cut(snapshot: &mut Snapshot) {
    let captures = std::mem::take(&mut snapshot.captures);
    for mut capture in captures {
        match &mut capture.state {
            State::Key(key) => {
                mark_all(key, CUT);
                snapshot.captures.push(capture);
            }
            State::Absent(_) if snapshot.unread.iter().any(|unread| unread.path == capture.path) => {}
            State::Absent(_) => {
                snapshot.unread.push(Unread { path: capture.path, reason: CUT.to_owned() });
            }
        }
    }
}

/// How `CurrentControlSet` is resolved. On a running machine it is a link, so an export of it is valid alone,
/// and not for any numbered set. If only numbered sets were exported, `Select` decides as in a hive.
fn control_sets(exports: &[Export<'_>], notes: &mut Vec<Note>) -> Option<ControlSets> {
    let system = KeyPath::hklm("SYSTEM");
    let mut available: Vec<String> = Vec::new();
    let mut select = Select::default();
    let sections = exports.iter().flat_map(|export| {
        export.document.sections().iter().map(|section| (export.roots.path(section.path.units()), section))
    });
    for (path, section) in sections {
        let Some(path) = path else { continue };
        let Some([top, below @ ..]) = path.below(&system) else { continue };
        if top.matches("CurrentControlSet") {
            return None;
        }
        if let Some(name) = control_sets::numbered(top)
            && !available.iter().any(|known| known.eq_ignore_ascii_case(name))
        {
            available.push(name.to_owned());
        }
        if top.matches("Select") && below.is_empty() && !section.delete {
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
    let is_other = match path.below(&KeyPath::hklm("SYSTEM")) {
        Some([set, ..]) if control_sets::numbered(set).is_some() => {
            !sets.is_some_and(|sets| set.matches(&sets.resolved))
        }
        _ => false,
    };
    (!is_other).then(|| in_any_set(path))
}

/// The path with any numbered set replaced by `CurrentControlSet`.
fn in_any_set(path: KeyPath) -> KeyPath {
    let system = KeyPath::hklm("SYSTEM");
    match path.below(&system) {
        Some([set, below @ ..]) if control_sets::numbered(set).is_some() => {
            below.iter().fold(system.join("CurrentControlSet"), |path, name| path.child(name))
        }
        _ => path,
    }
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
