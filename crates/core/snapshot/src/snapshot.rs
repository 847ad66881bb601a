//! The hinge: what was captured from one machine.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{FileTime, KeyPath, Name, Security, Value};

/// The schema that this version writes and reads.
pub const SNAPSHOT_SCHEMA: &str = "rdscal.snapshot/1";

/// What was captured of one machine: chosen subtrees, and everything needed to know what they prove.
///
/// A snapshot answers for each path one of four things (see [`Lookup`]), and the difference matters: a key that is *absent*
/// is a fact, a key that was *not looked at* is not. Everything that judges is a pure function of snapshots, so that a
/// verdict can be reproduced from the file years later.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// [`SNAPSHOT_SCHEMA`].
    pub schema: String,
    /// Program and version that made the capture.
    pub tool: String,
    /// Where it came from.
    pub origin: Origin,
    /// When it was made; `None` where that is not known, as for a `.reg` export.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub captured_at: Option<FileTime>,
    /// How `CurrentControlSet` was resolved, where the source had to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub control_sets: Option<ControlSets>,
    /// The captured subtrees.
    pub captures: Vec<Capture>,
    /// Facts that do not stand in the registry, by name: what a service's state is, what WMI answered.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub facts: BTreeMap<String, Fact>,
    /// Facts that were asked for and not told, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub unanswered: BTreeMap<String, Unanswered>,
    /// What should have been captured and could not be read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<Unread>,
    /// What a reader of this capture should know.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
}

/// Where a snapshot came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// What kind of place it is.
    pub kind: OriginKind,
    /// The place as it was named: a path, `\\HOST`, `.`.
    pub locator: String,
    /// The files that were read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<FileRecord>,
}

impl Origin {
    /// The place as people read it.
    #[must_use]
    pub fn shown(&self) -> &str {
        // A dot is easily overlooked, and means a folder everywhere else.
        if self.kind == OriginKind::Live { "this machine, as it runs" } else { &self.locator }
    }
}

/// What kind of place a snapshot came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OriginKind {
    /// The running machine.
    Live,
    /// A machine across the network.
    Remote,
    /// Hive files.
    Hives,
    /// `.reg` exports.
    RegText,
    /// A Group Policy file (`Registry.pol`): what one policy says, not what a machine does.
    Policy,
}

/// One file that was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRecord {
    /// The path, as opened; inside an archive, `archive.zip!member`.
    pub path: String,
    /// Size in bytes.
    pub size: u64,
    /// What it is: `hive SYSTEM`, `transaction log`, `registry export`, `group policy`.
    pub role: String,
    /// SHA-256 of the content, hexadecimal; `None` where only parts of the file were read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

/// How `CurrentControlSet` was resolved in a SYSTEM hive, whose `Select` key holds the four numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ControlSets {
    /// The key that stands for `CurrentControlSet`, such as `ControlSet001`.
    pub resolved: String,
    /// `Select\Current`
    pub current: Option<u32>,
    /// `Select\Default`: the set that the next start will use.
    pub default: Option<u32>,
    /// `Select\LastKnownGood`
    pub last_known_good: Option<u32>,
    /// `Select\Failed`
    pub failed: Option<u32>,
    /// The control sets that the hive holds.
    pub available: Vec<String>,
}

/// One captured subtree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capture {
    /// Its top.
    pub path: KeyPath,
    /// How deep it goes.
    #[serde(default, skip_serializing_if = "is_tree")]
    pub extent: Extent,
    /// The key, or that there is none.
    #[serde(flatten)]
    pub state: State,
}

/// How deep a capture goes: what its silence proves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Extent {
    /// Everything below: what is not in it does not exist.
    #[default]
    Tree,
    /// The key's own values: nothing is known of its subkeys.
    Values,
    /// Only what matched a filter, or what a file happened to hold: nothing is known of what is not in it.
    Partial,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // the signature is serde's
fn is_tree(extent: &Extent) -> bool {
    *extent == Extent::Tree
}

/// Whether a key was there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It was.
    Key(Box<Key>),
    /// It was looked for and is not there.
    Absent(bool),
}

impl State {
    /// The key was looked for and is not there.
    pub const ABSENT: Self = Self::Absent(true);
}

/// A key with what lies below it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// Its name.
    #[serde(default)]
    pub name: Name,
    /// Last-write time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_write: Option<FileTime>,
    /// Class name, which hardly any key has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<Name>,
    /// Security descriptor, where the source has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub security: Option<Security>,
    /// Values in their stored order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<Value>,
    /// Subkeys.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subkeys: Vec<Key>,
    /// Set where some of its values or subkeys could not be read, with the reason: then what is not here may still exist.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub damage: Option<String>,
}

impl Key {
    /// The value of this name, compared as the registry does. The empty name is the default value.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&Value> {
        self.values.iter().find(|value| value.name.matches(name))
    }

    /// The subkey of this name, compared as the registry does.
    #[must_use]
    pub fn subkey(&self, name: &str) -> Option<&Self> {
        self.subkeys.iter().find(|key| key.name.matches(name))
    }

    /// What is known of the key at these names below this one.
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

/// A fact that does not stand in the registry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fact {
    /// The fact.
    pub value: serde_json::Value,
    /// Where it comes from, such as `WMI Win32_TerminalServiceSetting.GetGracePeriodDays`.
    pub source: String,
}

/// A fact that was asked for and not told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unanswered {
    /// Who was asked, as in [`Fact`].
    pub source: String,
    /// Why there is no answer, in a sentence without a period.
    pub reason: String,
}

/// A key that should have been captured and could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unread {
    /// The key; nothing is known of it and of what lies below.
    pub path: KeyPath,
    /// Why.
    pub reason: String,
}

/// What a reader of a capture should know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// The file or key that it is about.
    pub about: String,
    /// One sentence.
    pub text: String,
}

/// What a snapshot knows of a path.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Lookup<'a> {
    /// The key.
    Found(&'a Key),
    /// There is no such key.
    Absent,
    /// The key could not be read; why.
    Unread(&'a str),
    /// Nobody looked.
    NotCaptured,
}

impl<'a> Lookup<'a> {
    /// The key, where it was found.
    #[must_use]
    pub fn key(self) -> Option<&'a Key> {
        match self {
            Self::Found(key) => Some(key),
            _ => None,
        }
    }

    /// True where the snapshot can tell whether the key exists.
    #[must_use]
    pub fn is_known(self) -> bool {
        matches!(self, Self::Found(_) | Self::Absent)
    }
}

/// The file is not a snapshot that this version can read.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// Not JSON, or not of this shape.
    #[error("not a snapshot: {0}")]
    Malformed(#[from] serde_json::Error),
    /// Another schema.
    #[error("the snapshot has schema “{0}”; this version reads “{SNAPSHOT_SCHEMA}”")]
    Schema(String),
}

impl Snapshot {
    /// An empty snapshot from this place.
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

    /// What is known of this path.
    ///
    /// The capture that reaches deepest towards the path decides. A path that lies below an absent key is absent; one
    /// below a key whose subkeys nobody listed is not captured.
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
                // Two captures may hold parts of one key; the one that found it wins over the one that did not.
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

    /// The key at this path, where it was captured and exists.
    #[must_use]
    pub fn key(&self, path: &KeyPath) -> Option<&Key> {
        self.lookup(path).key()
    }

    /// True where no key at all was found.
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
