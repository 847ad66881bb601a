//! The text form of a descriptor: SDDL ([MS-DTYP] 2.5.1; Microsoft, "Security Descriptor String Format").
//!
//! Text carries less than bytes: not where the parts are, not the *defaulted* flags, not the revision of a
//! list, and not bytes of no meaning behind a SID. What it cannot carry *and* has a meaning (conditions,
//! resource attributes, entries of unknown type) is refused, never dropped.

mod parse;
mod print;
mod tokens;

use thiserror::Error;

use super::ace::AceKind;
use super::sid::InvalidSid;
use crate::guid::InvalidGuid;

/// SDDL that could not be read: where, and what was expected there.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("SDDL, character {at}: {problem}")]
pub struct SddlError {
    /// Offset in the text, in bytes, from 0.
    pub at: usize,
    /// What is wrong there.
    pub problem: SddlProblem,
}

/// What is wrong at that place.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SddlProblem {
    /// Neither of the four parts begins here.
    #[error("expected O:, G:, D: or S:")]
    Part,
    /// A part that was there before.
    #[error("{0}: stands a second time")]
    PartTwice(char),
    /// Not an alias, and not a SID.
    #[error("{0}")]
    Sid(#[from] InvalidSid),
    /// Two letters that no account has.
    #[error("“{0}” stands for no account")]
    Alias(String),
    /// An alias of an account whose SID differs from domain to domain, or from machine to machine.
    #[error("“{0}” stands for an account of a domain or machine: write its S-1-5-21-… SID instead")]
    DomainAlias(String),
    /// An entry without its closing parenthesis.
    #[error("the entry is not closed by )")]
    Unclosed,
    /// An entry with fewer or more fields than type;flags;rights;object;inherited object;account.
    #[error("an entry has 6 fields separated by ;, found {0}")]
    Fields(usize),
    /// A type that no entry has.
    #[error("“{0}” is no entry type")]
    Kind(String),
    /// A type that is only kept as bytes.
    #[error("entries of type {0} carry a condition or an attribute: they are kept as stored, not as text")]
    KindNotInText(String),
    /// Not a flag of an entry.
    #[error("“{0}” is no entry flag: expected CI, OI, NP, IO, ID, SA or FA")]
    Flag(String),
    /// Neither rights' letters nor a number.
    #[error("“{0}” is no access right")]
    Right(String),
    /// Not a GUID.
    #[error("{0}")]
    Guid(#[from] InvalidGuid),
    /// A GUID in an entry whose type has none.
    #[error("entries of type {0} have no object types")]
    ObjectType(String),
    /// `NO_ACCESS_CONTROL` followed by entries.
    #[error("NO_ACCESS_CONTROL leaves no room for entries")]
    NullWithEntries,
    /// More entries than a list can have.
    #[error("the entries take more than the 65,535 bytes of an access list")]
    TooLarge,
}

impl SddlProblem {
    fn at(self, at: usize) -> SddlError {
        SddlError { at, problem: self }
    }
}

/// A descriptor that text cannot carry without losing meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{list} entry {index} (type 0x{:02X}) cannot be written as text without losing its meaning", .kind.0)]
pub struct Unprintable {
    /// `DACL` or `SACL`.
    pub list: &'static str,
    /// Which entry, from 0.
    pub index: usize,
    /// Its type.
    pub kind: AceKind,
}
