//! Errors of edits and commits.

use std::io;

use crate::error::{Error, Problem, Structure};
use crate::hive::Dirty;

/// The result of an edit, with [`EditError`] as the error.
pub type EditResult<T> = Result<T, EditError>;

/// The reason why an edit, or a commit, was not made.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EditError {
    /// The hive is damaged at a place that the edit would change.
    #[error("the hive is damaged: {0}")]
    Damaged(#[from] Error),
    /// The hive must not be edited.
    #[error("the hive cannot be edited: {0}")]
    Refused(#[from] Refusal),
    /// The request cannot be stored in a registry.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The key exists already.
    #[error("a key “{name}” already exists")]
    Exists {
        /// The requested name.
        name: String,
    },
    /// A key with subkeys can only be deleted with its subtree.
    #[error("the key has {subkeys} subkeys")]
    HasSubkeys {
        /// Their number.
        subkeys: u32,
    },
    /// The root key, and keys with the flag for it, cannot be deleted.
    #[error("the key cannot be deleted")]
    NotDeletable,
    /// A previous edit failed midway: the state in memory is invalid, the hive on disk is unchanged.
    #[error("an earlier edit failed midway; open the hive again")]
    Unfinished,
}

/// The reason why a hive, or one of its keys, cannot be edited.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// Only versions 1.3 to 1.6 are written.
    #[error("its version is {major}.{minor}, only 1.3 to 1.6 are written")]
    Version {
        /// The major number.
        major: u32,
        /// The minor number.
        minor: u32,
    },
    /// The base block has the flag for pending transactions of the kernel transaction manager; see
    /// [`Options::accept_transactions`](super::Options::accept_transactions).
    #[error("it may contain pending transactions")]
    Transactions,
    /// The hive is dirty, and none of its logs applies.
    #[error("{0}, and no log applies")]
    Dirty(Dirty),
    /// The file ends before the hive bins data does.
    #[error("its file is too short: {found} bytes of {needed}")]
    Truncated {
        /// Expected size in bytes.
        needed: u64,
        /// Actual size in bytes.
        found: u64,
    },
    /// Its logs wrote an invalid bin.
    #[error("its logs contain a damaged bin: {0}")]
    BrokenBin(String),
    /// The key or one of its values belongs to a layered hive of a container.
    #[error("it contains layered keys (of containers)")]
    Layered,
    /// The key's count of values is the number of a predefined handle.
    #[error("the key represents a predefined handle")]
    PredefinedHandle,
    /// The sequence numbers of hive and logs are exhausted.
    #[error("its sequence numbers are exhausted")]
    Sequence,
}

/// The reason why something cannot be stored in a registry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Invalid {
    /// A key's name is empty, longer than 255 units, or contains a backslash.
    #[error("“{0}” cannot be the name of a key: 1 to 255 characters, no backslash")]
    KeyName(String),
    /// A value's name is longer than 16,383 units.
    #[error("a value name of {0} characters exceeds the maximum of 16,383")]
    ValueName(usize),
    /// A class name is longer than 32,767 units.
    #[error("a class name of {0} characters exceeds the maximum of 32,767")]
    Class(usize),
    /// The data is longer than hives of this version can store.
    #[error("data of {length} bytes exceeds the maximum of this hive, {most}")]
    Data {
        /// Its length.
        length: usize,
        /// The maximum length.
        most: usize,
    },
    /// Keys would be more than 512 deep.
    #[error("keys cannot be nested more than 512 levels deep")]
    Depth,
    /// The bytes are not a self-relative security descriptor.
    #[error("not a valid security descriptor: {0}")]
    Security(String),
    /// Neither the parent key nor the root has a security descriptor to inherit.
    #[error("neither the parent key nor the root key has a security descriptor to inherit")]
    NoSecurity,
    /// The hive would exceed 2 GiB, or a list with a 16-bit count 65,535 elements.
    #[error("the hive would become too large")]
    TooLarge,
    /// A value of this name exists already.
    #[error("a value “{0}” already exists")]
    ValueExists(String),
}

pub(super) fn damaged(structure: Structure, offset: u64, problem: Problem) -> EditError {
    EditError::Damaged(Error::new(structure, offset, problem))
}

/// The error of an incomplete commit.
#[derive(Debug, thiserror::Error)]
#[error("{}: {source}", if *.is_new_state { "the hive is being written, its log will complete it" } else { "nothing was changed in the hive" })]
pub struct CommitError {
    /// True if the hive is already marked as being written: the next program that opens it recovers the new
    /// state from its log. False if only a log was written, which is ignored because the hive is clean, so
    /// that the old state applies.
    pub is_new_state: bool,
    /// The cause.
    pub source: io::Error,
}
