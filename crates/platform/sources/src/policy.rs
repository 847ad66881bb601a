//! Reading a Group Policy file.

use serde::Serialize;

use regtext::Text;
use regtext::pol::{PolicyFile, State as PolicyState};

use super::blob::{Blob, LARGEST_POLICY};
use crate::capture::Pattern;
use crate::error::Cause;
use snapshot::policy::{POLICY_DAMAGE, POLICY_INSTRUCTIONS, PolicyDamage, PolicyInstruction};
use snapshot::{
    Capture, Extent, Fact, FileRecord, Key, KeyPath, Name, Note, Origin, OriginKind, RootKey, Selector,
    Snapshot, State, Value, ValueType,
};

/// Limit on the keys of one policy. Licensing knows fewer than ten.
const MOST_KEYS: usize = 1_000;

/// Limit on instructions kept as facts. Real policies have a few for one key.
const MOST_INSTRUCTIONS: usize = 1_000;

/// The snapshot of the settings in one `Registry.pol`; an error if nothing could be read.
pub(super) fn capture(locator: &str, blob: &Blob, scope: &[Selector]) -> Result<Snapshot, Cause> {
    let bytes = blob.content(LARGEST_POLICY)?;
    let (policy, damage) = PolicyFile::parse_tolerant(&bytes);
    if let Some(error) = damage.filter(|_| policy.records().is_empty()) {
        return Err(error.into());
    }
    // The folder determines the scope of the policy: `Machine\Registry.pol` or `User\Registry.pol`.
    let is_user =
        blob.folder().rsplit(['/', '\\']).next().is_some_and(|folder| folder.eq_ignore_ascii_case("User"));
    Ok(policy_snapshot(locator, &blob.shown(), is_user, &bytes, scope))
}

/// The snapshot of the settings in the bytes of one `Registry.pol`. Damage is recorded as a note and a fact;
/// instructions before it are used.
///
/// The snapshot describes this policy and not a machine: other policies may have more settings.
#[must_use]
pub fn policy_snapshot(
    locator: &str,
    path: &str,
    is_user: bool,
    bytes: &[u8],
    scope: &[Selector],
) -> Snapshot {
    let (policy, damage) = PolicyFile::parse_tolerant(bytes);
    let mut snapshot = Snapshot::new(Origin {
        kind: OriginKind::Policy,
        locator: locator.to_owned(),
        files: vec![FileRecord {
            path: path.to_owned(),
            size: bytes.len() as u64,
            role: "group policy".to_owned(),
            sha256: None,
        }],
    });
    if let Some(error) = damage {
        let text = format!("the file is damaged, and what follows was not read: {error}");
        snapshot.notes.push(Note { about: path.to_owned(), text });
        let (offset, read) = (error.offset as u64, policy.records().len() as u64);
        add(&mut snapshot, path, POLICY_DAMAGE, &PolicyDamage { offset, read, message: error.to_string() });
    }
    let root = if is_user { RootKey::CurrentUser } else { RootKey::LocalMachine };
    let wanted: Vec<_> = scope.iter().filter_map(|selector| Pattern::parse(selector.path)).collect();
    // Machine settings are also searched in user policies: they may have been set in the wrong half.
    let reaches = |path: &KeyPath| wanted.iter().any(|pattern| pattern.reaches(path));
    let machine_path = |key: &Text| KeyPath::from_utf16(&full_path(RootKey::LocalMachine, key));
    let instructions: Vec<_> = policy
        .records()
        .iter()
        .zip(policy.places())
        .filter(|(record, _)| machine_path(record.key()).is_some_and(|path| reaches(&path)))
        .take(MOST_INSTRUCTIONS)
        .map(|(record, place)| {
            let kind = ValueType(record.ty());
            PolicyInstruction {
                offset: place.start as u64,
                length: place.len() as u64,
                key: Name::from_utf16(record.key().units()).to_string(),
                name: Name::from_utf16(record.value().units()).to_string(),
                kind,
                shown: Value::new("", kind, record.data()).shown(),
                user: is_user,
            }
        })
        .collect();
    add(&mut snapshot, path, POLICY_INSTRUCTIONS, &instructions);
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
    snapshot
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
