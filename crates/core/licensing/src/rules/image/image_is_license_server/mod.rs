//! A golden image that would duplicate a license server.
//!
//! # What it looks at
//! Whether the service *TermServLicensing* is installed in the image.
//!
//! # Why it matters
//! The identity of a license server consists of its LSA secrets and its database. Clones of an activated one
//! are copies of the same server, which the license terms do not permit and the Microsoft Clearinghouse may
//! refuse.
//!
//! # How it can be wrong
//! A role that was never activated does no harm.
//!
//! # Fix
//! 1. Remove the RD Licensing role from the image.
//! 2. Install it on a separate machine and activate it there.
//!
//! # Fix safety
//! If packs are installed on it, migrate them first. Removing the role loses them.
//!
//! # Verify
//! Run `rdscal doctor --profile image` again, then start one clone and check its licensing.

use crate::model::Role;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-186",
    name: "image-is-license-server",
    title: "the image contains the license server role",
    severity: Severity::Error,
    confidence: Confidence::High,
    scope: Scope::Image,
    sources: &[sources::VSS_WRITERS, sources::REACTIVATE],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let Some(evidence) = machine.roles().evidence(Role::LicenseServer)? else { return Ok(Vec::new()) };
    let title =
        "the image contains the RD Licensing role; every clone would be a copy of the same license server";
    Ok(vec![RULE.finding(title).evidence(evidence.clone())])
}
