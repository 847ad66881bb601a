//! Why an edit is not made.

use std::io;

use crate::error::{Error, Problem, Structure};
use crate::hive::Dirty;

/// The result of an edit.
pub type EditResult<T> = Result<T, EditError>;

/// Why an edit, or a commit, was not made.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EditError {
    /// The hive is damaged where the edit would touch it.
    #[error("the hive is damaged: {0}")]
    Damaged(#[from] Error),
    /// The hive must not be edited.
    #[error("the hive cannot be edited: {0}")]
    Refused(#[from] Refusal),
    /// What is asked cannot be stored in a registry.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// There is such a key already.
    #[error("there is a key “{name}” already")]
    Exists {
        /// The name asked for.
        name: String,
    },
    /// A key that has subkeys is deleted only as a tree.
    #[error("the key has {subkeys} subkeys")]
    HasSubkeys {
        /// Their number.
        subkeys: u32,
    },
    /// The root key, or a key marked so, is never deleted.
    #[error("the key cannot be deleted")]
    NotDeletable,
    /// An edit before this one failed half-way: what is in memory is of no use, the hive on the disk is as it
    /// was.
    #[error("an edit before this one failed half-way; open the hive again")]
    Unfinished,
}

/// Why a hive as a whole, or one of its keys, is not edited.
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
    /// The base block says that the kernel transaction manager has, or awaits, transactions; see
    /// [`Options::accept_transactions`](super::Options::accept_transactions).
    #[error("transactions may be pending in it")]
    Transactions,
    /// It is dirty, and its logs do not help.
    #[error("{0}, and no log applies")]
    Dirty(Dirty),
    /// Its file ends before its data does.
    #[error("its file is too short: {found} bytes of {needed}")]
    Truncated {
        /// Bytes that there should be.
        needed: u64,
        /// Bytes there are.
        found: u64,
    },
    /// Its logs wrote a bin that is not sound.
    #[error("its logs left a damaged bin: {0}")]
    BrokenBin(String),
    /// The key or one of its values belongs to a layered hive of a container.
    #[error("layered keys (of containers) lie in it")]
    Layered,
    /// The key's count of values is the number of a predefined handle.
    #[error("the key stands for a predefined handle")]
    PredefinedHandle,
    /// The sequence numbers of hive and logs are used up.
    #[error("its sequence numbers are used up")]
    Sequence,
}

/// Why something cannot be stored in a registry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Invalid {
    /// A key's name is empty, longer than 255 units, or holds a backslash.
    #[error("“{0}” cannot be the name of a key: 1 to 255 characters, no backslash")]
    KeyName(String),
    /// A value's name is longer than 16,383 units.
    #[error("a value name of {0} characters is too long: 16,383 is the most")]
    ValueName(usize),
    /// A class name is longer than 32,767 units.
    #[error("a class name of {0} characters is too long: 32,767 is the most")]
    Class(usize),
    /// The data is longer than hives of this version can hold.
    #[error("data of {length} bytes is too long for this hive: {most} is the most")]
    Data {
        /// Its length.
        length: usize,
        /// The most that there can be.
        most: usize,
    },
    /// Keys would be more than 512 deep.
    #[error("keys may lie no more than 512 deep")]
    Depth,
    /// The bytes are not a self-relative security descriptor.
    #[error("these bytes are no security descriptor: {0}")]
    Security(String),
    /// The key above has no security descriptor to inherit, nor has the root.
    #[error("there is no security descriptor to inherit")]
    NoSecurity,
    /// The hive would become larger than 2 GiB, or a list longer than 65,535 elements where the format counts
    /// with 16 bits.
    #[error("the hive would become too large")]
    TooLarge,
    /// There is a value of this name already.
    #[error("there is a value “{0}” already")]
    ValueExists(String),
}

pub(super) fn damaged(structure: Structure, offset: u64, problem: Problem) -> EditError {
    EditError::Damaged(Error::new(structure, offset, problem))
}

/// Why a commit did not run to its end.
#[derive(Debug, thiserror::Error)]
#[error("{}: {source}", if *.is_new_state { "the hive is being written, its log will complete it" } else { "nothing was changed in the hive" })]
pub struct CommitError {
    /// True when the hive itself was marked as being written: the next program that opens it finds the new
    /// state in its log. False when all that was touched is a log that a clean hive does not look at, so that
    /// the old state applies.
    pub is_new_state: bool,
    /// What failed.
    pub source: io::Error,
}
