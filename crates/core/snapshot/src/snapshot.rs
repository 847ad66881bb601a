//! The capture of one machine, on which all judgments are based.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Coverage, FileTime, KeyPath, Name, Security, Value};

/// The schema that this version reads and writes.
pub const SNAPSHOT_SCHEMA: &str = "rdscal.snapshot/1";

/// The capture of one machine: selected subtrees, and the information needed to know what they prove.
///
/// For each path, a snapshot has one of four answers (see [`Lookup`]). The difference matters: that a key is
/// *absent* is a fact; that a key was *not captured* is not. All judgments are pure functions of snapshots,
/// so that a verdict can be reproduced from the file years later.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// [`SNAPSHOT_SCHEMA`].
    pub schema: String,
    /// Name and version of the program that captured it.
    pub tool: String,
    /// The source of the snapshot.
    pub origin: Origin,
    /// The time of the capture; `None` if unknown, as for a `.reg` export.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub captured_at: Option<FileTime>,
    /// How `CurrentControlSet` was resolved, if the source had to resolve it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub control_sets: Option<ControlSets>,
    /// The captured subtrees.
    pub captures: Vec<Capture>,
    /// Facts that are not in the registry, by name, such as the state of a service or an answer of WMI.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub facts: BTreeMap<String, Fact>,
    /// Requested facts without an answer, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub unanswered: BTreeMap<String, Unanswered>,
    /// Keys that were selected and could not be read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<Unread>,
    /// What of the source is lost, and what it would delete.
    #[serde(default, skip_serializing_if = "Coverage::is_empty")]
    pub coverage: Coverage,
    /// Remarks for readers of this capture.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
}

/// The source of a snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The kind of source.
    pub kind: OriginKind,
    /// The source as the user named it: a path, `\\HOST`, `.`.
    pub locator: String,
    /// The files that were read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<FileRecord>,
}

impl Origin {
    /// The source for display.
    #[must_use]
    pub fn shown(&self) -> &str {
        // A dot is easily overlooked, and usually denotes a folder.
        if self.kind == OriginKind::Live { "this machine, as it runs" } else { &self.locator }
    }
}

/// The kind of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OriginKind {
    /// The running machine.
    Live,
    /// A machine on the network.
    Remote,
    /// Hive files.
    Hives,
    /// `.reg` exports.
    RegText,
    /// A Group Policy file (`Registry.pol`): the settings of one policy, not the state of a machine.
    Policy,
    /// Event log files (`.evtx`) without a registry.
    EventLogs,
}

/// One file that was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRecord {
    /// The path as opened; for a member of an archive, `archive.zip!member`.
    pub path: String,
    /// Size in bytes.
    pub size: u64,
    /// The role of the file: `hive SYSTEM`, `transaction log`, `registry export`, `group policy`, `event
    /// log`.
    pub role: String,
    /// SHA-256 of the content, hexadecimal; `None` if only parts of the file were read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

/// How `CurrentControlSet` was resolved in a SYSTEM hive, whose `Select` key contains the four numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ControlSets {
    /// The key to which `CurrentControlSet` resolves, such as `ControlSet001`.
    pub resolved: String,
    /// `Select\Current`
    pub current: Option<u32>,
    /// `Select\Default`: the set that the next startup uses.
    pub default: Option<u32>,
    /// `Select\LastKnownGood`
    pub last_known_good: Option<u32>,
    /// `Select\Failed`
    pub failed: Option<u32>,
    /// The control sets in the hive.
    pub available: Vec<String>,
}

/// One captured subtree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capture {
    /// The path of its topmost key.
    pub path: KeyPath,
    /// The extent of the capture.
    #[serde(default, skip_serializing_if = "is_tree")]
    pub extent: Extent,
    /// The key, or that it is absent.
    #[serde(flatten)]
    pub state: State,
}

/// The extent of a capture: what a missing key or value proves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Extent {
    /// Everything below: what is missing does not exist.
    #[default]
    Tree,
    /// The key's own values: subkeys are unknown.
    Values,
    /// Only what matched a filter, or what a file contained: nothing is known about missing keys.
    Partial,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // required by serde
fn is_tree(extent: &Extent) -> bool {
    *extent == Extent::Tree
}

/// Whether a key exists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// The key exists.
    Key(Box<Key>),
    /// The key does not exist.
    Absent(bool),
}

impl State {
    /// The state of a key that does not exist.
    pub const ABSENT: Self = Self::Absent(true);
}

/// A key with everything below it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// The name of the key.
    #[serde(default)]
    pub name: Name,
    /// Last-write time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_write: Option<FileTime>,
    /// Class name, which most keys do not have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<Name>,
    /// Security descriptor, if the source has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub security: Option<Security>,
    /// Values in their stored order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<Value>,
    /// Subkeys.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subkeys: Vec<Key>,
    /// The reason why some of its values or subkeys could not be read; then a missing one may still exist.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub damage: Option<String>,
}

impl Key {
    /// The value of this name, compared as the registry compares names. The empty name denotes the default
    /// value.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&Value> {
        self.values.iter().find(|value| value.name.matches(name))
    }

    /// The subkey of this name, compared as the registry compares names.
    #[must_use]
    pub fn subkey(&self, name: &str) -> Option<&Self> {
        self.subkeys.iter().find(|key| key.name.matches(name))
    }

    /// Looks up the key at these names below this one.
    fn descend(&self, names: &[Name]) -> Lookup<'_> {
        let mut key = self;
        for name in names {
            match (key.subkeys.iter().find(|sub| sub.name.same(name)), &key.damage) {
                (Some(sub), _) => key = sub,
                (None, Some(damage)) => return Lookup::Unread(damage),
                (None, None) => return Lookup::Absent,
            }
        }
        Lookup::Found(key)
    }
}

/// A fact that is not in the registry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fact {
    /// The value of the fact.
    pub value: serde_json::Value,
    /// The source of the fact, such as `WMI Win32_TerminalServiceSetting.GetGracePeriodDays`.
    pub source: String,
}

/// A requested fact without an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unanswered {
    /// The source, as in [`Fact`].
    pub source: String,
    /// The reason of the missing answer, as a sentence without a period.
    pub reason: String,
}

/// A selected key that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unread {
    /// The path of the key. Nothing is known about it and the keys below it.
    pub path: KeyPath,
    /// The reason.
    pub reason: String,
}

/// A remark for readers of a capture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// The file or key that the remark is about.
    pub about: String,
    /// One sentence.
    pub text: String,
}

/// The result of looking up a path.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Lookup<'a> {
    /// The key exists.
    Found(&'a Key),
    /// The key does not exist.
    Absent,
    /// The key could not be read, for this reason.
    Unread(&'a str),
    /// The path was not captured.
    NotCaptured,
}

impl<'a> Lookup<'a> {
    /// The key, if it was found.
    #[must_use]
    pub fn key(self) -> Option<&'a Key> {
        match self {
            Self::Found(key) => Some(key),
            _ => None,
        }
    }

    /// True if the snapshot shows whether the key exists.
    #[must_use]
    pub fn is_known(self) -> bool {
        matches!(self, Self::Found(_) | Self::Absent)
    }
}

/// The file is not a snapshot that this version can read.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// Invalid JSON, or JSON with another structure.
    #[error("not a snapshot: {0}")]
    Malformed(#[from] serde_json::Error),
    /// A schema that this version does not read.
    #[error("the snapshot has schema “{0}”; this version reads “{SNAPSHOT_SCHEMA}”")]
    Schema(String),
}

impl Snapshot {
    /// An empty snapshot of this source.
    #[must_use]
    pub fn new(origin: Origin) -> Self {
        Self {
            schema: SNAPSHOT_SCHEMA.to_owned(),
            tool: concat!("rdscal ", env!("CARGO_PKG_VERSION")).to_owned(),
            origin,
            captured_at: None,
            control_sets: None,
            captures: Vec::new(),
            facts: BTreeMap::new(),
            unanswered: BTreeMap::new(),
            unread: Vec::new(),
            coverage: Coverage::default(),
            notes: Vec::new(),
        }
    }

    /// Reads a snapshot from JSON.
    pub fn from_json(bytes: &[u8]) -> Result<Self, SnapshotError> {
        let snapshot: Self = serde_json::from_slice(bytes)?;
        if snapshot.schema != SNAPSHOT_SCHEMA {
            return Err(SnapshotError::Schema(snapshot.schema));
        }
        Ok(snapshot)
    }

    /// Writes the snapshot as JSON, ending with a newline.
    pub fn to_json(&self) -> Result<Vec<u8>, SnapshotError> {
        let mut bytes = serde_json::to_vec_pretty(self)?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// Looks up a path.
    ///
    /// The deepest capture towards the path decides. A path below an absent key is absent; a path below a key
    /// whose subkeys were not listed is not captured.
    #[must_use]
    pub fn lookup(&self, path: &KeyPath) -> Lookup<'_> {
        if let Some(unread) = self.unread.iter().find(|unread| path.starts_with(&unread.path)) {
            return Lookup::Unread(&unread.reason);
        }
        let mut best = Lookup::NotCaptured;
        let mut depth = 0;
        for capture in &self.captures {
            let Some(below) = path.below(&capture.path) else { continue };
            let known = match &capture.state {
                State::Absent(_) => Lookup::Absent,
                State::Key(top) => match top.descend(below) {
                    Lookup::Absent if capture.extent != Extent::Tree => continue,
                    known => known,
                },
            };
            let reach = capture.path.parts().len();
            let better = match (best, known) {
                // Two captures may contain parts of one key; a capture that found it takes precedence.
                (Lookup::Found(_), Lookup::Absent | Lookup::Unread(_)) => false,
                (Lookup::NotCaptured, _) | (Lookup::Absent | Lookup::Unread(_), Lookup::Found(_)) => true,
                _ => reach > depth,
            };
            if better {
                best = known;
                depth = reach;
            }
        }
        best
    }

    /// The key at this path, if it was captured and exists.
    #[must_use]
    pub fn key(&self, path: &KeyPath) -> Option<&Key> {
        self.lookup(path).key()
    }

    /// True if no key was found.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.captures.iter().any(|capture| matches!(capture.state, State::Key(_)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ValueType;

    fn origin() -> Origin {
        Origin { kind: OriginKind::Hives, locator: "SYSTEM".into(), files: Vec::new() }
    }

    fn sample() -> Snapshot {
        let mut snapshot = Snapshot::new(origin());
        let core = Key {
            name: "Licensing Core".into(),
            values: vec![Value::new("LicensingMode", ValueType::DWORD, [4, 0, 0, 0])],
            ..Key::default()
        };
        snapshot.captures.push(Capture {
            path: KeyPath::hklm(r"SYSTEM\CurrentControlSet\Control\Terminal Server\RCM"),
            extent: Extent::Tree,
            state: State::Key(Box::new(Key { name: "RCM".into(), subkeys: vec![core], ..Key::default() })),
        });
        snapshot.captures.push(Capture {
            path: KeyPath::hklm(r"SYSTEM\CurrentControlSet\Control\Terminal Server"),
            extent: Extent::Values,
            state: State::Key(Box::new(Key { name: "Terminal Server".into(), ..Key::default() })),
        });
        snapshot.captures.push(Capture {
            path: KeyPath::hklm(r"SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services"),
            extent: Extent::Tree,
            state: State::ABSENT,
        });
        snapshot
    }

    #[test]
    fn absent_and_not_captured_differ() {
        let snapshot = sample();
        let server = KeyPath::hklm(r"SYSTEM\CurrentControlSet\Control\Terminal Server");
        assert!(snapshot.key(&server.join(r"rcm\licensing core")).is_some());
        assert_eq!(snapshot.lookup(&server.join(r"RCM\GracePeriod")), Lookup::Absent);
        assert_eq!(snapshot.lookup(&server.join("ClusterSettings")), Lookup::NotCaptured);
        assert_eq!(snapshot.lookup(&KeyPath::hklm(r"SOFTWARE\Microsoft")), Lookup::NotCaptured);
        let policy = KeyPath::hklm(r"SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services");
        assert_eq!(snapshot.lookup(&policy), Lookup::Absent);
        assert_eq!(snapshot.lookup(&policy.join("Client")), Lookup::Absent);
    }

    #[test]
    fn what_could_not_be_read_is_not_absent() {
        let mut snapshot = sample();
        let grace = KeyPath::hklm(r"SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\GracePeriod");
        snapshot.unread.push(Unread { path: grace.clone(), reason: "access denied".into() });
        assert_eq!(snapshot.lookup(&grace), Lookup::Unread("access denied"));
    }

    #[test]
    fn json_round_trip() {
        let snapshot = sample();
        let json = snapshot.to_json().unwrap();
        assert_eq!(Snapshot::from_json(&json).unwrap(), snapshot);
        let other = String::from_utf8(json).unwrap().replace("rdscal.snapshot/1", "rdscal.snapshot/9");
        assert!(matches!(Snapshot::from_json(other.as_bytes()), Err(SnapshotError::Schema(_))));
    }
}
