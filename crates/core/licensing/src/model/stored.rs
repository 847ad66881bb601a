//! A value together with what its bytes say.

use serde::Serialize;

use super::Found;
use crate::evidence::Evidence;
use rds_formats::DecodeError;

/// A value together with what its bytes say.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Stored<T> {
    /// The value as found.
    pub evidence: Evidence,
    /// What its bytes say.
    #[serde(flatten)]
    pub content: Content<T>,
}

/// What a value's bytes say.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Content<T> {
    /// This.
    Decoded(T),
    /// Nothing that can be read; where it breaks off.
    Unreadable(DecodeError),
}

impl<T> Stored<T> {
    pub(super) fn new(found: &Found<'_>, decode: impl FnOnce(&[u8]) -> Result<T, DecodeError>) -> Self {
        let content = match decode(found.value.bytes()) {
            Ok(decoded) => Content::Decoded(decoded),
            Err(error) => Content::Unreadable(error),
        };
        Self { evidence: found.evidence(), content }
    }

    /// What it says, where it can be read.
    #[must_use]
    pub fn decoded(&self) -> Option<&T> {
        match &self.content {
            Content::Decoded(decoded) => Some(decoded),
            Content::Unreadable(_) => None,
        }
    }

    /// Why it cannot be read.
    #[must_use]
    pub fn error(&self) -> Option<&DecodeError> {
        match &self.content {
            Content::Decoded(_) => None,
            Content::Unreadable(error) => Some(error),
        }
    }

    /// The value's name.
    #[must_use]
    pub fn name(&self) -> String {
        self.evidence.value.as_ref().map(ToString::to_string).unwrap_or_default()
    }
}
