//! Reading a Group Policy file.

use std::ops::Range;

use serde::Serialize;

use regtext::lgpo::{self, Scope};
use regtext::pol::{PolicyFile, Record, State as PolicyState};
use regtext::{CodePage, Text, looks_like_lgpo};

use super::blob::{Blob, LARGEST_POLICY};
use crate::capture::Pattern;
use crate::error::{Cause, ContentError};
use snapshot::policy::{
    KeyFlaw, POLICY_DAMAGE, POLICY_INSTRUCTIONS, PolicyDamage, PolicyInstruction, Preference,
};
use snapshot::{
    Capture, Extent, Fact, FileRecord, Key, KeyPath, Name, Note, Origin, OriginKind, Position, Region,
    RootKey, Selector, Snapshot, State, Value, ValueType,
};

/// Limit on the keys of one policy. Licensing knows fewer than ten.
const MOST_KEYS: usize = 1_000;

/// Limit on instructions kept as facts. Real policies have a few for one key.
const MOST_INSTRUCTIONS: usize = 1_000;

/// The instructions of a policy file of any format, in its order.
#[derive(Clone, Debug, Default)]
pub struct PolicyContent {
    /// The instructions.
    pub entries: Vec<PolicyEntry>,
    /// Where a `Registry.pol` is damaged; the instructions before it are in `entries`.
    pub damage: Option<PolicyDamage>,
    /// Parts of a text that are not instructions, as sentences.
    pub problems: Vec<String>,
    /// The size of the file in bytes.
    pub size: u64,
}

/// One instruction of a policy file.
#[derive(Clone, Debug)]
pub struct PolicyEntry {
    /// The instruction, in the form of a `Registry.pol`.
    pub record: Record,
    /// Its range in the file, in bytes.
    pub place: Range<usize>,
    /// True for an instruction for users.
    pub is_user: bool,
    /// How a Group Policy Preference writes the value.
    pub preference: Option<Preference>,
}

impl PolicyContent {
    /// The instructions of a `Registry.pol`, or of LGPO text. `is_user` is the half of a `Registry.pol`; LGPO
    /// text has a half for each setting.
    #[must_use]
    pub fn decode(bytes: &[u8], is_user: bool) -> Self {
        let size = bytes.len() as u64;
        if looks_like_lgpo(bytes) {
            return Self { size, ..Self::of_lgpo(bytes) };
        }
        let (file, damage) = PolicyFile::parse_tolerant(bytes);
        let entry = |(record, place): (&Record, Range<usize>)| PolicyEntry {
            record: record.clone(),
            place,
            is_user,
            preference: None,
        };
        let damage = damage.map(|error| PolicyDamage {
            offset: error.offset as u64,
            read: file.records().len() as u64,
            message: error.to_string(),
        });
        let entries = file.records().iter().zip(file.places()).map(entry).collect();
        Self { entries, damage, problems: Vec::new(), size }
    }

    fn of_lgpo(bytes: &[u8]) -> Self {
        let parsed = lgpo::parse(bytes, CodePage::default());
        let mut content = Self::default();
        for (setting, place) in parsed.settings.iter().zip(parsed.places) {
            let is_user = setting.scope != Scope::Computer;
            if setting.action == lgpo::Action::Clear {
                content.entries.retain(|entry| {
                    entry.is_user != is_user
                        || !entry.record.key().eq_ignore_case(&setting.key)
                        || !entry.record.value().eq_ignore_case(&setting.name)
                });
                continue;
            }
            match lgpo::to_policy(std::slice::from_ref(setting), &setting.scope) {
                Ok(policy) => content.entries.extend(policy.records().iter().map(|record| PolicyEntry {
                    record: record.clone(),
                    place: place.clone(),
                    is_user,
                    preference: None,
                })),
                Err(error) => content.problems.push(format!("line {}: {error}", setting.line)),
            }
        }
        content.problems.extend(parsed.problems.iter().map(ToString::to_string));
        content
    }

    /// The instructions of one half as a policy file, whose keys have no empty names: programs and Windows'
    /// own functions treat `\KEY` and `KEY\` like `KEY`, or refuse them. [`PolicyContent::half`] returns the
    /// same instructions.
    #[must_use]
    pub fn file(&self, is_user: bool) -> PolicyFile {
        let mut file = PolicyFile::new();
        self.half(is_user).for_each(|entry| file.push(without_empty_names(&entry.record)));
        file
    }

    /// The instructions of one half. Those that have variables, which only the client can expand, are left
    /// out.
    pub fn half(&self, is_user: bool) -> impl Iterator<Item = &PolicyEntry> {
        self.entries.iter().filter(move |entry| entry.is_user == is_user && !entry.has_variables())
    }
}

impl PolicyEntry {
    /// True for a preference with a variable such as `%ComputerName%` in its data: the client expands it.
    #[must_use]
    pub fn has_variables(&self) -> bool {
        let percent = b"%\0";
        self.preference.is_some() && self.record.data().chunks_exact(2).any(|unit| unit == percent)
    }

    fn instruction(&self) -> PolicyInstruction {
        let kind = ValueType(self.record.ty());
        PolicyInstruction {
            offset: self.place.start as u64,
            length: self.place.len() as u64,
            key: Name::from_utf16(self.record.key().units()).to_string(),
            name: Name::from_utf16(self.record.value().units()).to_string(),
            kind,
            shown: Value::new("", kind, self.record.data()).shown(),
            user: self.is_user,
            preference: self.preference,
        }
    }
}

fn without_empty_names(record: &Record) -> Record {
    const BACKSLASH: u16 = 0x5C;
    let names: Vec<&[u16]> =
        record.key().units().split(|&unit| unit == BACKSLASH).filter(|name| !name.is_empty()).collect();
    let key = Text::from_units(names.join(&BACKSLASH));
    // Data of more than 65535 bytes can be read, but not written.
    Record::new(key, record.value().clone(), record.ty(), record.data()).unwrap_or_else(|_| record.clone())
}

/// Where values are in a policy file: the whole instruction. Keys have no position of their own.
pub(super) fn locate(blob: &Blob, wanted: &[(KeyPath, Option<Name>)]) -> Vec<Option<Position>> {
    let content = blob.content(LARGEST_POLICY).map(|bytes| PolicyContent::decode(&bytes, is_user(blob)));
    let entries = content.map(|content| content.entries).unwrap_or_default();
    let region = |path: &KeyPath, value: Option<&Name>| {
        let mut instructions = entries.iter().rev().map(PolicyEntry::instruction);
        let found = instructions.find(|entry| {
            let root = if entry.user { "HKCU" } else { "HKLM" };
            path.to_string().eq_ignore_ascii_case(&format!(r"{root}\{}", entry.key))
                && value.is_some_and(|name| name.matches(&entry.name))
        })?;
        Some(Region::Bytes { offset: found.offset, length: Some(found.length) })
    };
    let position = |(path, value): &(KeyPath, Option<Name>)| Position {
        file: blob.shown(),
        region: region(path, value.as_ref()),
    };
    wanted.iter().map(|wanted| Some(position(wanted))).collect()
}

/// The folder determines the scope of the policy: `Machine\Registry.pol` or `User\Registry.pol`.
fn is_user(blob: &Blob) -> bool {
    blob.folder().rsplit(['/', '\\']).next().is_some_and(|folder| folder.eq_ignore_ascii_case("User"))
}

/// The snapshot of the settings in one policy file; an error if nothing could be read.
pub(super) fn capture(locator: &str, blob: &Blob, scope: &[Selector]) -> Result<Snapshot, Cause> {
    let bytes = blob.content(LARGEST_POLICY)?;
    let content = PolicyContent::decode(&bytes, is_user(blob));
    if content.entries.is_empty()
        && let Err(error) = PolicyFile::parse(&bytes)
    {
        return Err(error.into());
    }
    Ok(policy_snapshot(locator, &blob.shown(), &content, scope))
}

/// An error for a policy file that is not a `Registry.pol`: only those are changed.
pub(super) fn check_is_pol(blob: &Blob) -> Result<(), ContentError> {
    let head = blob.head(4).unwrap_or_default();
    if regtext::looks_like_pol(&head) { Ok(()) } else { Err(ContentError::IsPolicyText) }
}

/// The snapshot of the settings of one policy file. Damage is recorded as a note and a fact; instructions
/// before it are used.
///
/// The snapshot describes this policy and not a machine: other policies may have more settings.
#[must_use]
pub fn policy_snapshot(locator: &str, path: &str, content: &PolicyContent, scope: &[Selector]) -> Snapshot {
    let mut snapshot = Snapshot::new(Origin {
        kind: OriginKind::Policy,
        locator: locator.to_owned(),
        files: vec![FileRecord {
            path: path.to_owned(),
            size: content.size,
            role: "group policy".to_owned(),
            sha256: None,
        }],
    });
    if let Some(damage) = &content.damage {
        let text = format!("the file is damaged, and what follows was not read: {}", damage.message);
        snapshot.notes.push(Note { about: path.to_owned(), text });
        add(&mut snapshot, path, POLICY_DAMAGE, damage);
    }
    let problems = content.problems.iter().map(|text| Note { about: path.to_owned(), text: text.clone() });
    snapshot.notes.extend(problems);
    let wanted: Vec<_> = scope.iter().filter_map(|selector| Pattern::parse(selector.path)).collect();
    // Machine settings are also searched in user policies: they may have been set in the wrong half.
    let reaches = |path: &KeyPath| wanted.iter().any(|pattern| pattern.reaches(path));
    let machine_path = |key: &Text| KeyPath::from_utf16(&full_path(RootKey::LocalMachine, key));
    // An invalid key may stop the processing of all settings, with any key.
    let is_kept = |own: &PolicyInstruction, key: &Text| {
        machine_path(key).is_some_and(|path| reaches(&path)) || KeyFlaw::of(&own.key).is_some()
    };
    let instructions: Vec<_> = content
        .entries
        .iter()
        .map(|entry| (entry.instruction(), entry.record.key()))
        .filter(|(own, key)| is_kept(own, key))
        .map(|(own, _)| own)
        .take(MOST_INSTRUCTIONS)
        .collect();
    add(&mut snapshot, path, POLICY_INSTRUCTIONS, &instructions);
    for (is_user, root) in [(false, RootKey::LocalMachine), (true, RootKey::CurrentUser)] {
        keys(&content.file(is_user), root, &reaches, &mut snapshot);
    }
    snapshot
}

/// Adds the keys that the policy file sets below the root key.
fn keys(policy: &PolicyFile, root: RootKey, reaches: &dyn Fn(&KeyPath) -> bool, snapshot: &mut Snapshot) {
    let keys = policy.keys().into_iter().filter_map(|text| {
        let path = KeyPath::from_utf16(&full_path(root, text))?;
        reaches(&path).then_some((text, path))
    });
    for (key_text, path) in keys.take(MOST_KEYS) {
        let mut key = Key { name: path.last().cloned().unwrap_or_default(), ..Key::default() };
        for value in policy.outcome(key_text).values {
            let name = Name::from_utf16(value.name.units());
            match value.state {
                PolicyState::Set { ty, data } | PolicyState::SetIfAbsent { ty, data } => {
                    key.values.push(Value::new(name, ValueType(ty), data));
                }
                PolicyState::Deleted => {
                    let text = format!("the policy deletes the value “{name}”");
                    snapshot.notes.push(Note { about: path.to_string(), text });
                }
            }
        }
        snapshot.captures.push(Capture { path, extent: Extent::Partial, state: State::Key(Box::new(key)) });
    }
}

fn add<T: Serialize>(snapshot: &mut Snapshot, path: &str, name: &str, what: &T) {
    // Serialization of plain structures does not fail.
    if let Ok(value) = serde_json::to_value(what) {
        snapshot.facts.insert(name.to_owned(), Fact { value, source: path.to_owned() });
    }
}

/// The path with the predefined key that the file omits.
fn full_path(root: RootKey, below: &Text) -> Vec<u16> {
    root.short().encode_utf16().chain([u16::from(b'\\')]).chain(below.units().iter().copied()).collect()
}
