//! What can be wrong with a stored descriptor, and where.

use thiserror::Error;

/// A descriptor that could not be read: where, and what was expected there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("security descriptor, byte {offset}: {problem}")]
pub struct SecurityError {
    /// Offset from the start of the descriptor, in bytes.
    pub offset: usize,
    /// What is wrong there.
    pub problem: Problem,
}

/// What is wrong at that place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Problem {
    /// The bytes end inside a structure.
    #[error("{what} needs {needed} bytes, {available} are left")]
    Truncated {
        /// The structure.
        what: &'static str,
        /// Bytes that it needs.
        needed: usize,
        /// Bytes that there are.
        available: usize,
    },
    /// A revision field that [MS-DTYP] does not know.
    #[error("{what} of revision {found}, expected {expected}")]
    Revision {
        /// The structure.
        what: &'static str,
        /// The revision found.
        found: u8,
        /// The revisions that can be read.
        expected: &'static str,
    },
    /// The descriptor is not in the self-relative form: its fields would be memory addresses.
    #[error("control 0x{0:04X} says that the descriptor is not self-relative")]
    NotSelfRelative(u16),
    /// An offset that points into the descriptor's own 20-byte header.
    #[error("the offset of the {what} is {found}, expected 0 or at least 20")]
    Offset {
        /// What the offset should lead to.
        what: &'static str,
        /// The offset found.
        found: u32,
    },
    /// A SID with more than 15 sub-authorities.
    #[error("a SID with {0} sub-authorities, expected at most 15")]
    SubAuthorities(u8),
    /// A size field that is smaller than what it has to hold.
    #[error("{what} of {found} bytes, expected at least {least}")]
    Size {
        /// The structure.
        what: &'static str,
        /// The size found.
        found: usize,
        /// The least size.
        least: usize,
    },
    /// A list longer than the 65,535 bytes that its size field can say.
    #[error("{what} would take {needed} bytes, at most {most} can be stored")]
    TooLarge {
        /// The structure.
        what: &'static str,
        /// Bytes that it would take.
        needed: usize,
        /// Bytes that its size field can say.
        most: usize,
    },
}

impl Problem {
    pub(super) fn at(self, offset: usize) -> SecurityError {
        SecurityError { offset, problem: self }
    }
}
