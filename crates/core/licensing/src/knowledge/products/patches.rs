use serde::Serialize;

use super::cves::RECORDS;
use crate::knowledge::{Certainty, MachineRole, Source, sources};

/// A security fix of the licensing service, with the builds that carry it.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct FixRow {
    /// CVE number.
    pub id: &'static str,
    /// What it is about.
    pub title: &'static str,
    /// The day on which the fix was published.
    pub published: &'static str,
    /// Which machine it matters to.
    pub machine: MachineRole,
    /// `(CurrentBuild, UBR)` from which a build is fixed. Empty: no number is known to us.
    pub fixed: &'static [(u32, u32)],
    /// What else is to be known.
    pub note: &'static str,
    /// How sure we are of the numbers.
    pub certainty: Certainty,
    /// Where it is from.
    pub sources: &'static [Source],
}

/// Whether a build carries a fix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FixState {
    /// At or above the fixed revision.
    Fixed,
    /// Below it.
    Missing {
        /// The revision (UBR) that is needed.
        needed: u32,
    },
    /// The table has no number for this build.
    Unknown,
}

/// A row of the generated table.
pub(super) const fn record(
    id: &'static str,
    title: &'static str,
    published: &'static str,
    fixed: &'static [(u32, u32)],
    sources: &'static [Source],
) -> FixRow {
    FixRow {
        id,
        title,
        published,
        machine: MachineRole::LicenseServer,
        fixed,
        note: "Updates are cumulative: a later build also has this fix.",
        certainty: Certainty::Documented,
        sources,
    }
}

/// Fixes of the licensing service with their builds, the oldest first.
pub const FIXES: &[FixRow] = RECORDS;

/// Fixes of the licensing service that changed who may ask it.
pub const HARDENING: &[FixRow] = &[
    FixRow {
        id: "CVE-2024-38099",
        title: "denial of service in the licensing service; after its update license servers refuse anonymous hosts (July 2024)",
        published: "2024-07-09",
        machine: MachineRole::LicenseServer,
        fixed: &[],
        note: "After the update, session hosts in a workgroup must present credentials to a license server on another machine.",
        certainty: Certainty::Documented,
        sources: &[sources::CVE_38099, sources::LICENSE_HOSTS],
    },
    FixRow {
        id: "CVE-2024-38231",
        title: "denial of service in the Remote Desktop Licensing service",
        published: "2024-09-10",
        machine: MachineRole::LicenseServer,
        fixed: &[],
        note: "Published together with the workgroup hardening.",
        certainty: Certainty::Documented,
        sources: &[sources::CVE_38231],
    },
];

/// The release of Windows Server 2025, whose first build has every earlier fix.
const RELEASE_2025: (u32, &str) = (26100, "2024-11-01");

/// Whether this build has the fix. `ubr` is the `UBR` value of `CurrentVersion`.
pub fn fix_state(fix: &FixRow, build: u32, ubr: u32) -> FixState {
    match fix.fixed.iter().find(|(fixed, _)| *fixed == build) {
        Some((_, needed)) if ubr >= *needed => FixState::Fixed,
        Some((_, needed)) => FixState::Missing { needed: *needed },
        None if build >= RELEASE_2025.0 && fix.published < RELEASE_2025.1 => FixState::Fixed,
        None => FixState::Unknown,
    }
}

/// The end of support of a server build, and whether Extended Security Updates follow; `None` if the end is
/// not in the table.
///
/// Source: Microsoft Lifecycle.
#[must_use]
pub fn support_end(build: u32) -> Option<(&'static str, bool)> {
    Some(match build {
        6001..=6003 | 7600 | 7601 => ("2020-01-14", true),
        9200 | 9600 => ("2023-10-10", true),
        25398 => ("2025-10-24", false),
        14393 => ("2027-01-12", true),
        17763 => ("2029-01-09", false),
        20348 => ("2031-10-14", false),
        _ => return None,
    })
}
