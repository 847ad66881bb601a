//! Reading a Group Policy file.

use regtext::pol::PolicyFile;

use super::blob::Blob;
use crate::{
    Capture, Extent, FileRecord, Key, KeyPath, Name, Note, Origin, OriginKind, RootKey, Snapshot, State, Value, ValueType,
};

/// The snapshot of what one `Registry.pol` sets.
///
/// It tells what this policy says and nothing of a machine: other policies may say more.
pub(super) fn capture(locator: &str, blob: &Blob) -> Result<Snapshot, String> {
    let bytes = blob.read().map_err(|error| error.to_string())?;
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
    let is_user = blob.folder().rsplit(['/', '\\']).next().is_some_and(|folder| folder.eq_ignore_ascii_case("User"));
    let root = KeyPath::root(if is_user { RootKey::CurrentUser } else { RootKey::LocalMachine });
    for (path, values) in policy.resulting_keys() {
        let path = root.join(&path);
        let values = values
            .into_iter()
            .map(|value| Value::new(Name::from_utf16(&value.name), ValueType(value.kind), value.data))
            .collect();
        let key = Key { name: path.last().cloned().unwrap_or_default(), values, ..Key::default() };
        snapshot.captures.push(Capture { path, extent: Extent::Partial, state: State::Key(Box::new(key)) });
    }
    Ok(snapshot)
}
