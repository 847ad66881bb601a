//! The one error of all decoders.

use serde::Serialize;

/// In which way the bytes are not what they should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// The input ends inside the part named.
    Truncated,
    /// Bytes follow where the structure should have ended.
    Trailing,
    /// A field that must hold a certain number holds another.
    Constant,
    /// A length, count or offset that does not fit what it counts.
    Length,
    /// The encoding (DER, UTF-16, base64, a time) is broken.
    Syntax,
    /// Well formed, but beyond what the format or this decoder allows.
    Limit,
    /// Not this structure at all.
    NotThis,
}

/// What is wrong in the bytes, and where.
///
/// `offset` counts bytes from the start of the input that was given to the decoder, also for parts deep
/// inside of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize)]
#[error("{what} at byte {offset}: expected {expected}, found {found}")]
pub struct DecodeError {
    /// In which way it is wrong.
    pub kind: ErrorKind,
    /// The part, by the name that the specification gives it.
    pub what: &'static str,
    /// Where the part starts, in bytes from the start of the input.
    pub offset: usize,
    /// What was expected.
    pub expected: String,
    /// What was found.
    pub found: String,
}

impl DecodeError {
    pub(super) fn new(
        kind: ErrorKind,
        what: &'static str,
        offset: usize,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) -> Self {
        Self { kind, what, offset, expected: expected.into(), found: found.into() }
    }

    pub(super) fn truncated(what: &'static str, offset: usize, needed: usize, left: usize) -> Self {
        Self::new(
            ErrorKind::Truncated,
            what,
            offset,
            format!("{needed} bytes"),
            format!("the end of the data after {left}"),
        )
    }

    pub(super) fn trailing(what: &'static str, offset: usize, count: usize) -> Self {
        Self::new(ErrorKind::Trailing, what, offset, "the end of the data", format!("{count} more bytes"))
    }

    /// The same error, for an input that starts `by` bytes into a larger one.
    #[must_use]
    pub(super) fn shifted(mut self, by: usize) -> Self {
        self.offset = self.offset.saturating_add(by);
        self
    }
}

/// Gives an error of the DER reader the name of the part that it is about.
pub(super) trait Named<T> {
    /// `what` is the name that the specification gives the part.
    fn named(self, what: &'static str) -> Result<T, DecodeError>;
}

impl<T> Named<T> for Result<T, asn1::Malformed> {
    fn named(self, what: &'static str) -> Result<T, DecodeError> {
        self.map_err(|asn1::Malformed { offset, defect }| {
            let kind = match defect {
                asn1::Defect::Truncated { .. } => ErrorKind::Truncated,
                asn1::Defect::Trailing(_) => ErrorKind::Trailing,
                _ => ErrorKind::Syntax,
            };
            DecodeError::new(kind, what, offset, defect.expected(), defect.found())
        })
    }
}
