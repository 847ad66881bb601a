use serde::Serialize;

use crate::knowledge::{Certainty, Generation, Source, Versions, sources};

/// How long a host does without a license server, and how long its temporary CALs last.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct TermRow {
    /// Hosts that this holds for.
    pub versions: Versions,
    /// Grace period of the host, in days; `None`: it has none.
    pub grace_days: Option<u32>,
    /// Term of a temporary per-device CAL, in days.
    pub temporary_days: u32,
    /// What else is to be known.
    pub note: &'static str,
    /// How sure we are.
    pub certainty: Certainty,
    /// Where it is from.
    pub sources: &'static [Source],
}

/// Days before expiry from which a permanent per-device CAL is renewed.
pub const RENEWAL_WINDOW_DAYS: u32 = 7;

/// Shortest and longest term of a permanent per-device CAL, in days; the server draws one at random.
pub const PERMANENT_DEVICE_DAYS: (u32, u32) = (52, 89);

/// Term of a per-user CAL as tracked in the directory, in days.
pub const PER_USER_DAYS: u32 = 60;

/// Share of a pack's per-device CALs that may be revoked at a time, in percent.
pub const REVOKE_PERCENT: u32 = 20;

/// Terms by the generation of the host, ascending.
pub const TERMS: &[TermRow] = &[
    TermRow {
        versions: Versions::to(Generation::Nt4),
        grace_days: None,
        temporary_days: 60,
        note: "NT 4.0 Terminal Server Edition has no grace period.",
        certainty: Certainty::Documented,
        sources: &[sources::KB_NT4],
    },
    TermRow {
        versions: Versions::between(Generation::W2000, Generation::Xp),
        grace_days: Some(90),
        temporary_days: 90,
        note: "The period reportedly starts with the first client connection.",
        certainty: Certainty::Documented,
        sources: &[sources::KB187629],
    },
    TermRow {
        versions: Versions::between(Generation::W2003, Generation::W2025),
        grace_days: Some(120),
        temporary_days: 90,
        note: "Pages that say 180 days confuse it with the evaluation period of the operating system.",
        certainty: Certainty::Documented,
        sources: &[sources::CALS, sources::MODE_WARNING, sources::DAYS_ISSUES],
    },
    TermRow {
        versions: Versions::from(Generation::Unknown(0)),
        grace_days: Some(120),
        temporary_days: 90,
        note: "Assumed from earlier releases; verify it for this build.",
        certainty: Certainty::Inferred,
        sources: &[sources::CALS],
    },
];

/// The terms of a host.
pub fn terms_of(generation: Generation) -> Option<&'static TermRow> {
    TERMS.iter().find(|row| row.versions.contains(generation))
}
