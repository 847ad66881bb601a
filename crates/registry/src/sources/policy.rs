//! Reading a Group Policy file.

use regtext::Text;
use regtext::pol::{PolicyFile, State as PolicyState};

use super::blob::{Blob, LARGEST_POLICY};
use crate::capture::Pattern;
use crate::{
    Capture, Extent, FileRecord, Key, KeyPath, Name, Note, Origin, OriginKind, RootKey, Selector, Snapshot,
    State, Value, ValueType,
};

/// Keys of one policy that are looked at. Those that licensing knows are a handful.
const MOST_KEYS: usize = 1_000;

/// The snapshot of what one `Registry.pol` sets.
///
/// It tells what this policy says and nothing of a machine: other policies may say more.
pub(super) fn capture(locator: &str, blob: &Blob, scope: &[Selector]) -> Result<Snapshot, String> {
    let bytes = blob.read_at_most(LARGEST_POLICY).map_err(|error| error.to_string())?;
    let (policy, damage) = PolicyFile::parse_tolerant(&bytes);
    let mut snapshot = Snapshot::new(Origin {
        kind: OriginKind::Policy,
        locator: locator.to_owned(),
        files: vec![FileRecord {
            path: blob.shown(),
            size: blob.size(),
            role: "group policy".to_owned(),
            sha256: None,
        }],
    });
    if let Some(error) = damage {
        if policy.records().is_empty() {
            return Err(format!("is a damaged Registry.pol: {error}"));
        }
        let text = format!("the file is damaged, and what follows was not read: {error}");
        snapshot.notes.push(Note { about: blob.shown(), text });
    }
    // The folder decides whom the policy is for: `Machine\Registry.pol` or `User\Registry.pol`.
    let is_user =
        blob.folder().rsplit(['/', '\\']).next().is_some_and(|folder| folder.eq_ignore_ascii_case("User"));
    let root = if is_user { RootKey::CurrentUser } else { RootKey::LocalMachine };
    let wanted: Vec<_> = scope.iter().filter_map(|selector| Pattern::parse(selector.path)).collect();
    let keys = policy.keys().into_iter().filter_map(|text| {
        let path = KeyPath::from_utf16(&full_path(root, text))?;
        wanted.iter().any(|pattern| pattern.reaches(&path)).then_some((text, path))
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
    Ok(snapshot)
}

/// The path in the file, which begins below the predefined key.
fn full_path(root: RootKey, below: &Text) -> Vec<u16> {
    root.short().encode_utf16().chain([u16::from(b'\\')]).chain(below.units().iter().copied()).collect()
}
