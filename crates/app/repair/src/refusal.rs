//! Refusals of recipes.

use licensing::Unknown;
use snapshot::KeyPath;

/// Why a recipe makes no plan, with an alternative if there is one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// An argument is missing or invalid.
    #[error("{0}")]
    Usage(String),
    /// The desired state is already in place.
    #[error("nothing to do: {0}")]
    NothingToDo(String),
    /// The recipe does not apply.
    #[error("{because}")]
    Guard {
        /// Reason, a sentence.
        because: String,
        /// Alternative; empty if there is none.
        instead: String,
    },
    /// A key that the recipe needs is not available.
    #[error("{key} is not available in this source: {because}")]
    Unseen {
        /// The key.
        key: KeyPath,
        /// Why.
        because: String,
    },
    /// The source lacks required information.
    #[error("this source does not show it: {0}")]
    Unknown(String),
    /// The deletion could not be undone.
    #[error("{key} contains a secret, which is never read, so its deletion could not be undone")]
    Secret {
        /// The key.
        key: KeyPath,
    },
}

impl Refusal {
    /// A safety guard.
    #[must_use]
    pub fn guard(because: impl Into<String>, instead: impl Into<String>) -> Self {
        Self::Guard { because: because.into(), instead: instead.into() }
    }

    /// Alternative; empty if there is none.
    #[must_use]
    pub fn instead(&self) -> &str {
        match self {
            Self::Guard { instead, .. } => instead,
            _ => "",
        }
    }
}

impl From<Unknown> for Refusal {
    fn from(unknown: Unknown) -> Self {
        let needs: Vec<_> = unknown.needs.iter().map(ToString::to_string).collect();
        Self::Unknown(needs.join("; "))
    }
}
