//! The registry as rdscal sees it.
//!
//! Two halves meet here:
//!
//! * the **vocabulary**: [`KeyPath`], [`Name`], [`Value`], [`Key`], [`Selector`] and the hinge of the whole program,
//!   the [`Snapshot`]: an owned, serializable capture of chosen subtrees, which says for every path whether the key
//!   was there, was absent, could not be read, or was never looked at;
//! * the **sources** (module [`sources`]), which recognize what a file or folder is and fetch subtrees from it.
//!
//! Nothing in this crate knows what a licensing mode is: it fetches what it is asked for and judges nothing.
#![forbid(unsafe_code)]

mod capture;
mod change;
pub mod diff;
mod name;
mod path;
mod question;
pub mod recovered;
mod security;
mod select;
mod snapshot;
pub mod sources;
mod value;
mod watch;

pub use capture::{Registry, Secrets, capture};
pub use change::{Change, ChangeKind, Placed};
pub use name::Name;
pub use nt::FileTime;
pub use path::{KeyPath, ParsePathError, RootKey};
pub use question::{
    EventsQuestion, ProtectedQuestion, Question, Subject, Wmi, WmiClass, WmiError, WmiObject, WmiQuestion,
};
pub use security::Security;
pub use select::{Depth, Selector};
pub use snapshot::{
    Capture, ControlSets, Extent, Fact, FileRecord, Key, Lookup, Note, Origin, OriginKind, SNAPSHOT_SCHEMA,
    Snapshot, SnapshotError, State, Unanswered, Unread,
};
pub use value::{Data, MultiString, Text, Value, ValueType};
pub use watch::{Watch, Woken};
