//! Deleted keys and values whose remains are still in a hive.
//!
//! They are evidence, not facts: a record may be older than it appears, and its path may contain a key that
//! replaced another. Therefore they are never part of a [`Snapshot`](crate::Snapshot).

use std::fmt;

use serde::Serialize;

use crate::{FileTime, KeyPath, Name, Note, Value};

/// The former place of a deleted key, or of the key of a deleted value, as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "known", content = "path", rename_all = "snake_case")]
pub enum FormerPath {
    /// The whole path. A control set has its own name in it (`ControlSet001`).
    Full(KeyPath),
    /// The path from the root of a hive whose mount point is unknown.
    InHive(String),
    /// The path below a key that no longer exists.
    Partial(String),
    /// The path is unknown.
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

/// How likely a recovered record is what it appears to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// The record has a valid form, but several checks fail.
    Low,
    /// Most checks succeed.
    Medium,
    /// All checks succeed.
    High,
}

/// The part of the hive in which a record was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FoundIn {
    /// A free cell.
    FreeCell,
    /// The unused end of an allocated cell.
    Slack,
    /// An allocated cell without references to it.
    Unreferenced,
    /// A part of the hive that is not a valid bin.
    BrokenBin,
    /// The part of the file after the last bin.
    Tail,
}

/// The state of the data of a recovered value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DataState {
    /// The data was in the record itself.
    InRecord,
    /// The data was in a place that nothing else uses now. Another record may have used it since the
    /// deletion.
    Unowned,
    /// Withheld: another record uses the place now.
    Reused,
    /// Withheld: the place cannot be read.
    Lost,
    /// Withheld: it has more bytes than any value of licensing.
    TooLarge,
    /// Withheld: it is a secret, or its key may contain secrets.
    Secret,
}

/// A recovered record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Recovered {
    /// The key, or the key of the value.
    pub key: FormerPath,
    /// The content of the record.
    #[serde(flatten)]
    pub what: What,
    /// The confidence in the record.
    pub confidence: Confidence,
    /// The part of the hive in which it was found.
    pub found_in: FoundIn,
    /// The path of the hive file.
    pub file: String,
    /// The offset of its cell in the file, or in the recovered image if log entries were applied.
    pub offset: u64,
}

/// The content of a recovered record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "recovered", rename_all = "snake_case")]
pub enum What {
    /// A key.
    Key {
        /// The last-write time. Some versions of Windows update it on deletion.
        last_write: FileTime,
    },
    /// A value.
    Value {
        /// The value; its data is withheld if [`DataState`] says so.
        value: Value,
        /// The state of the data.
        data: DataState,
        /// Whether its key is deleted as well; `None` if the key is unknown.
        #[serde(skip_serializing_if = "Option::is_none")]
        key_deleted: Option<bool>,
    },
}

/// A record to be classified as [`Wanted`] or not.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// The name of the hive's mount point (`SYSTEM`), if it is a hive of a machine.
    pub hive: Option<&'a str>,
    /// The key, or the key of the value.
    pub key: &'a FormerPath,
    /// The name of the value; `None` for a key.
    pub value: Option<&'a Name>,
}

/// The classification of a record. Of a secret, only its presence is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Whether the record is listed.
    pub listed: bool,
    /// Whether its data is a secret.
    pub secret: bool,
}

/// The records recovered from the hives of one machine.
#[derive(Clone, Debug, Serialize)]
pub struct Recovery {
    /// The source as the user named it.
    pub source: String,
    /// The recovered records, sorted by hive and path.
    pub entries: Vec<Recovered>,
    /// The number of wanted records beyond the limits.
    pub left_off: u64,
    /// Notes about the recovery, and hives that could not be read.
    pub notes: Vec<Note>,
}
