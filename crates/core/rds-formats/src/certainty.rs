use serde::Serialize;

/// How certain a fact is, the strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Certainty {
    /// Stated in a Microsoft document.
    Documented,
    /// Measured on published bytes: registry hives, the samples of the protocol specification.
    Measured,
    /// Seen in public, licensed code or scripts.
    Code,
    /// Reported in a forum, a blog or a vendor's article.
    Reported,
    /// Inferred; to be checked on a real machine.
    Inferred,
}

impl Certainty {
    /// A short phrase for people, as in "documented by Microsoft".
    pub const fn phrase(self) -> &'static str {
        match self {
            Self::Documented => "documented by Microsoft",
            Self::Measured => "measured on published data",
            Self::Code => "seen in public code",
            Self::Reported => "reported by administrators or vendors",
            Self::Inferred => "inferred, not confirmed",
        }
    }
}
