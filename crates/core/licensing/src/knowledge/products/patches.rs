use serde::Serialize;

use crate::knowledge::{Certainty, MachineRole, Source, sources};

/// A security fix of the licensing service, with the builds that carry it.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct FixRow {
    /// CVE number.
    pub id: &'static str,
    /// What it is about.
    pub title: &'static str,
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

/// Fixes of the licensing service.
pub const FIXES: &[FixRow] = &[
    FixRow {
        id: "CVE-2024-38263",
        title: "remote code execution in the Remote Desktop Licensing service (September 2024)",
        machine: MachineRole::LicenseServer,
        fixed: &[(14393, 7336), (17763, 6293), (20348, 2700), (25398, 1128)],
        note: "Windows Server 2025 was released with the fix. Updates are cumulative: a build at this level also has the \
               licensing fixes of July 2024.",
        certainty: Certainty::Documented,
        sources: &[sources::CVE_38263],
    },
    FixRow {
        id: "CVE-2024-38099",
        title: "denial of service in the licensing service; after its update license servers refuse anonymous hosts (July 2024)",
        machine: MachineRole::LicenseServer,
        fixed: &[],
        note: "After the update, session hosts in a workgroup must present credentials to a license server on another machine.",
        certainty: Certainty::Documented,
        sources: &[sources::CVE_38099, sources::LICENSE_HOSTS],
    },
    FixRow {
        id: "CVE-2024-38231",
        title: "denial of service in the Remote Desktop Licensing service",
        machine: MachineRole::LicenseServer,
        fixed: &[],
        note: "Published together with the workgroup hardening.",
        certainty: Certainty::Documented,
        sources: &[sources::CVE_38231],
    },
];

/// Does this build carry the fix? `ubr` is the `UBR` value of `CurrentVersion`.
pub fn fix_state(fix: &FixRow, build: u32, ubr: u32) -> FixState {
    match fix.fixed.iter().find(|(fixed, _)| *fixed == build) {
        Some((_, needed)) if ubr >= *needed => FixState::Fixed,
        Some((_, needed)) => FixState::Missing { needed: *needed },
        // Every table so far dates from before the release of this build, whose first revision had the fixes.
        None if build >= 26100 && !fix.fixed.is_empty() => FixState::Fixed,
        None => FixState::Unknown,
    }
}
