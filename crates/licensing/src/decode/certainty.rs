//! How sure a statement is.

use serde::Serialize;

/// How sure we are of a statement about the bytes, strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Certainty {
    /// Stated in a Microsoft document.
    Documented,
    /// Measured on published bytes: registry hives, the samples of the protocol specification.
    Measured,
    /// Seen in public, licensed code or scripts.
    Code,
    /// Said in a forum, a blog or a vendor's article, or quoted from a list that was not read again.
    Reported,
    /// Our own inference, to be checked on a real machine.
    Inferred,
}
