//! The registry of one machine, as data.
//!
//! [`Snapshot`] is an owned, serializable capture of selected subtrees. For each path it records whether the
//! key was found, is absent, could not be read, or was not captured. All judgments are pure functions of
//! snapshots.
//!
//! Other types: [`KeyPath`], [`Name`] and [`Value`] (exact, including names that are not valid UTF-16);
//! [`Selector`] (a subtree to capture); [`Question`] (a fact to request from a running machine); [`Change`]
//! (one edit, with *before* and *after*); [`Coverage`] (what of a source was lost); [`mod@diff`];
//! [`recovered`] (deleted keys and values); [`roots`] (hives loaded under another name); [`policy`] (facts of
//! a policy file).
//!
//! The crate performs no I/O and contains no knowledge about licensing.
#![forbid(unsafe_code)]

mod change;
pub mod coverage;
pub mod diff;
mod name;
mod path;
pub mod policy;
mod position;
mod question;
pub mod recovered;
pub mod roots;
mod security;
mod select;
mod snapshot;
mod value;

pub use change::{Change, ChangeKind, Placed};
pub use coverage::Coverage;
pub use name::{Name, on_one_line};
pub use nt::FileTime;
pub use path::{KeyPath, ParsePathError, RootKey};
pub use position::{Position, Region};
pub use question::{
    DecodeError, EventsQuestion, LOG_COMPUTER, LOG_NEWEST_TIME, ProtectedQuestion, Question, Subject, Wmi,
    WmiClass, WmiError, WmiObject, WmiQuestion,
};

pub use security::Security;
pub use select::{Depth, Selector};
pub use snapshot::{
    Capture, ControlSets, Extent, Fact, FileRecord, Key, Lookup, Note, Origin, OriginKind, SNAPSHOT_SCHEMA,
    Snapshot, SnapshotError, State, Unanswered, Unread,
};
pub use value::{Data, MultiString, Text, Value, ValueType};
