//! Keys and values that were deleted and of which a hive still holds the remains.
//!
//! They are evidence, not facts: a record may be older than it looks, and its path may lead through a key that took the place of
//! another. That is why they never enter a [`Snapshot`](crate::Snapshot).

use std::fmt;

use serde::Serialize;

use crate::{FileTime, KeyPath, Name, Note, Value};

/// Where a deleted key was, or the key of a deleted value, as far as that is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "known", content = "path", rename_all = "snake_case")]
pub enum FormerPath {
    /// The whole path. A control set stands in it under its own name (`ControlSet001`).
    Full(KeyPath),
    /// The path from the root of a hive of which it is not known where it is mounted.
    InHive(String),
    /// The path below a key that is gone.
    Partial(String),
    /// Nothing.
    Unknown,
}

impl FormerPath {
    /// The approximate length of the path as text, in bytes.
    #[must_use]
    pub fn text_len(&self) -> usize {
        match self {
            Self::Full(path) => path.parts().iter().map(|name| name.as_str().map_or(0, str::len) + 1).sum(),
            Self::InHive(path) | Self::Partial(path) => path.len(),
            Self::Unknown => 0,
        }
    }
}

impl fmt::Display for FormerPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full(path) => path.fmt(f),
            Self::InHive(path) if path.is_empty() => f.write_str("(root of the hive)"),
            Self::InHive(path) => f.write_str(path),
            Self::Partial(path) => write!(f, "…\\{path}"),
            Self::Unknown => f.write_str("(key not known)"),
        }
    }
}

/// How sure it is that a recovered record is what it seems.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// It has the form of a record, but several things speak against it.
    Low,
    /// Most things fit.
    Medium,
    /// Everything fits that can be checked.
    High,
}

/// What a recovered record lies in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FoundIn {
    /// A free cell.
    FreeCell,
    /// The unused end of a cell that is in use.
    Slack,
    /// A cell that is marked as used, but that nothing leads to.
    Unreferenced,
    /// A part of the hive that is no sound bin.
    BrokenBin,
    /// The part of the file behind the hive.
    Tail,
}

/// What becomes of the data of a recovered value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DataState {
    /// It lay in the record itself.
    InRecord,
    /// Its place belongs to nothing else now; it may have belonged to something else in the meantime.
    Unowned,
    /// It is not given: its place belongs to something else now.
    Reused,
    /// It is not given: its place cannot be read.
    Lost,
    /// It is not given: it has more bytes than any value of licensing.
    TooLarge,
    /// It is not given: it is a secret, or lies where one lies.
    Secret,
}

/// A record that was recovered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Recovered {
    /// The key, or the key of the value.
    pub key: FormerPath,
    /// What it is.
    #[serde(flatten)]
    pub what: What,
    /// How sure that is.
    pub confidence: Confidence,
    /// What the record lies in.
    pub found_in: FoundIn,
    /// The hive file.
    pub file: String,
    /// Where in the file its cell was; where log entries were applied, in what came of that.
    pub offset: u64,
}

/// What was recovered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "recovered", rename_all = "snake_case")]
pub enum What {
    /// A key.
    Key {
        /// When it was written last. Some versions of Windows count the deletion as that.
        last_write: FileTime,
    },
    /// A value.
    Value {
        /// The value; its data is withheld where [`DataState`] says so.
        value: Value,
        /// What became of the data.
        data: DataState,
        /// Whether its key was deleted as well; `None` where the key is not known.
        #[serde(skip_serializing_if = "Option::is_none")]
        key_deleted: Option<bool>,
    },
}

/// A record about which it is asked whether it is [`Wanted`].
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// The name that its hive is mounted by (`SYSTEM`), where it is that of a machine.
    pub hive: Option<&'a str>,
    /// The key, or the key of the value.
    pub key: &'a FormerPath,
    /// The name of the value; `None` for a key.
    pub value: Option<&'a Name>,
}

/// Whether a record is wanted. Of a record that is a secret nobody gets more than that it is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Whether it is to be listed.
    pub listed: bool,
    /// Whether its data is a secret.
    pub secret: bool,
}

/// What was recovered from the hives of one machine.
#[derive(Clone, Debug, Serialize)]
pub struct Recovery {
    /// The place, as named.
    pub source: String,
    /// What was recovered, by hive and path.
    pub entries: Vec<Recovered>,
    /// How many records were wanted and had no room.
    pub left_off: u64,
    /// What happened on the way, and hives that could not be read.
    pub notes: Vec<Note>,
}
