//! Why a recipe makes no plan.

use licensing::Unknown;
use snapshot::KeyPath;

/// Why a recipe makes no plan. Each says what to do instead, where there is something.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// An argument is missing or makes no sense.
    #[error("{0}")]
    Usage(String),
    /// Everything is as it should be.
    #[error("nothing to do: {0}")]
    NothingToDo(String),
    /// The recipe is not meant for this.
    #[error("{because}")]
    Guard {
        /// Why, in a sentence.
        because: String,
        /// What to do instead; empty where there is nothing.
        instead: String,
    },
    /// What would have to be looked at could not be seen.
    #[error("{key} cannot be seen from this source: {because}")]
    Unseen {
        /// The key.
        key: KeyPath,
        /// Why.
        because: String,
    },
    /// What must be known cannot be told from this source.
    #[error("this cannot be told from this source: {0}")]
    Unknown(String),
    /// What would be deleted could not be put back.
    #[error(
        "{key} holds something that is never taken out (a secret), so its deletion could not be taken back"
    )]
    Secret {
        /// The key.
        key: KeyPath,
    },
}

impl Refusal {
    /// A guard.
    #[must_use]
    pub fn guard(because: impl Into<String>, instead: impl Into<String>) -> Self {
        Self::Guard { because: because.into(), instead: instead.into() }
    }

    /// What to do instead; empty where there is nothing.
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
