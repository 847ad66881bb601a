//! The text form of a descriptor: SDDL ([MS-DTYP] 2.5.1; Microsoft, "Security Descriptor String Format").
//!
//! Text contains less than the bytes: it lacks the positions of the parts, the *defaulted* flags, the
//! revision of a list, and meaningless bytes after a SID. Meaningful data that text cannot contain
//! (conditions, resource attributes, ACEs of unknown type) is an error and is never dropped.

mod parse;
mod print;
mod tokens;

use thiserror::Error;

use super::ace::AceKind;
use super::sid::InvalidSid;
use crate::guid::InvalidGuid;

/// An error in SDDL, with its offset.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("SDDL, character {at}: {problem}")]
pub struct SddlError {
    /// Offset in the text, in bytes, from 0.
    pub at: usize,
    /// The error.
    pub problem: SddlProblem,
}

/// The kind of error.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SddlProblem {
    /// The text at this place is not the beginning of one of the four parts.
    #[error("expected O:, G:, D: or S:")]
    Part,
    /// A part that occurs twice.
    #[error("{0}: occurs twice")]
    PartTwice(char),
    /// Neither an alias nor a SID.
    #[error("{0}")]
    Sid(#[from] InvalidSid),
    /// Two letters that are not an alias.
    #[error("“{0}” is not the alias of an account")]
    Alias(String),
    /// An alias of an account whose SID depends on the domain or the machine.
    #[error("“{0}” is the alias of an account of a domain or machine: use its S-1-5-21-… SID instead")]
    DomainAlias(String),
    /// An ACE without its closing parenthesis.
    #[error("the entry is not closed by )")]
    Unclosed,
    /// An ACE with fewer or more fields than type;flags;rights;object;inherited object;account.
    #[error("an entry has 6 fields separated by ;, found {0}")]
    Fields(usize),
    /// An unknown ACE type.
    #[error("“{0}” is not an ACE type")]
    Kind(String),
    /// An ACE type that is only stored as bytes.
    #[error("entries of type {0} have a condition or an attribute, which SDDL text here does not support")]
    KindNotInText(String),
    /// An unknown ACE flag.
    #[error("“{0}” is not an ACE flag: expected CI, OI, NP, IO, ID, SA or FA")]
    Flag(String),
    /// Neither letters of rights nor a number.
    #[error("“{0}” is not an access right")]
    Right(String),
    /// Not a GUID.
    #[error("{0}")]
    Guid(#[from] InvalidGuid),
    /// A GUID in an ACE whose type has none.
    #[error("entries of type {0} have no object types")]
    ObjectType(String),
    /// `NO_ACCESS_CONTROL` followed by ACEs.
    #[error("NO_ACCESS_CONTROL cannot be followed by entries")]
    NullWithEntries,
    /// More ACEs than a list can have.
    #[error("the entries exceed the 65,535 bytes of an access list")]
    TooLarge,
}

impl SddlProblem {
    fn at(self, at: usize) -> SddlError {
        SddlError { at, problem: self }
    }
}

/// A descriptor that text cannot represent without losing meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{list} entry {index} (type 0x{:02X}) cannot be written as text without losing its meaning", .kind.0)]
pub struct Unprintable {
    /// `DACL` or `SACL`.
    pub list: &'static str,
    /// The index of the ACE, from 0.
    pub index: usize,
    /// The type of the ACE.
    pub kind: AceKind,
}
