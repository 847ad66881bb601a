//! Errors in stored descriptors.

use thiserror::Error;

/// An error in a stored descriptor, with its offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("security descriptor, byte {offset}: {problem}")]
pub struct SecurityError {
    /// Offset from the start of the descriptor, in bytes.
    pub offset: usize,
    /// The error.
    pub problem: SecurityProblem,
}

/// The kind of error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SecurityProblem {
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
    /// A revision that [MS-DTYP] does not define.
    #[error("{what} of revision {found}, expected {expected}")]
    Revision {
        /// The structure.
        what: &'static str,
        /// The revision found.
        found: u8,
        /// The supported revisions.
        expected: &'static str,
    },
    /// The descriptor is not self-relative: its fields would be memory addresses.
    #[error("control 0x{0:04X} says that the descriptor is not self-relative")]
    NotSelfRelative(u16),
    /// An offset into the descriptor's own 20-byte header.
    #[error("the offset of the {what} is {found}, expected 0 or at least 20")]
    Offset {
        /// The structure at the offset.
        what: &'static str,
        /// The offset found.
        found: u32,
    },
    /// A SID with more than 15 sub-authorities.
    #[error("a SID with {0} sub-authorities, expected at most 15")]
    SubAuthorities(u8),
    /// A size field that is smaller than its contents.
    #[error("{what} of {found} bytes, expected at least {least}")]
    Size {
        /// The structure.
        what: &'static str,
        /// The size found.
        found: usize,
        /// The minimum size.
        least: usize,
    },
    /// A list longer than 65,535 bytes, the maximum of its size field.
    #[error("{what} would take {needed} bytes, at most {most} can be stored")]
    TooLarge {
        /// The structure.
        what: &'static str,
        /// The required size in bytes.
        needed: usize,
        /// The maximum of the size field.
        most: usize,
    },
}

impl SecurityProblem {
    pub(super) fn at(self, offset: usize) -> SecurityError {
        SecurityError { offset, problem: self }
    }
}
