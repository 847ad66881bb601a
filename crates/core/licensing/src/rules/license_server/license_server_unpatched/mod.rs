//! A license server without the security updates of its licensing service.
//!
//! # What it looks at
//! `CurrentBuild` and `UBR` of the license server, compared with the builds in which Microsoft fixed the
//! licensing service: July 2024 (CVE-2024-38077, called MadLicense, and others), September 2024
//! (CVE-2024-38263), July 2025 (CVE-2025-48814) and April 2026 (CVE-2026-26159 and CVE-2026-26160). A build
//! without a known fixed revision, and a judgment later than the date of the table, make the result
//! *unknown*.
//!
//! # Why it matters
//! Through some of the vulnerabilities anyone who reaches the service over the network can run code on the
//! license server, which is often a domain controller.
//!
//! # How it can be wrong
//! An offline hive may be from a machine that was updated since. Windows always changes the revision with an
//! update. A hotpatch may have a lower revision than the update with the same fix.
//!
//! # Fix
//! 1. Install the current cumulative update and restart. Windows Server 2012 R2 and earlier receive updates
//!    only with Extended Security Updates; otherwise move the role to a supported version.
//! 2. Until then allow only the session hosts to reach TCP 135 and the dynamic RPC ports of the license
//!    server.
//! 3. If the role is not used, remove it.
//!
//! # Fix safety
//! Since the update of July 2024 session hosts in a workgroup need credentials. Read `workgroup-host-refused`
//! before you install it there.
//!
//! # Verify
//! `rdscal doctor` and `winver` on the server show the new revision.

use crate::knowledge::products::{FIXES, FixState, KNOWN_UNTIL, fix_state, support_end};
use crate::rules::prelude::*;
use snapshot::FileTime;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-124",
    name: "license-server-unpatched",
    title: "the license server lacks a security update",
    severity: Severity::Error,
    confidence: Confidence::High,
    scope: Scope::LicenseServer,
    products: "Windows Server 2008 and later",
    sources: &[sources::CVE_RECORDS, sources::LIFECYCLE],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let path = places::current_version();
    let product = machine.product();
    let (Some(build), Some(revision)) = (product.build, product.ubr) else {
        return Err(Need::Key(path.join("UBR").to_string()).into());
    };
    let mut missing = Vec::new();
    let mut unknown = false;
    let mut enough = 0;
    for fix in FIXES {
        match fix_state(fix, build, revision) {
            FixState::Unknown => unknown = true,
            FixState::Fixed => {}
            FixState::Missing { needed } => {
                missing.push(fix);
                enough = needed.max(enough);
            }
        }
    }
    if missing.is_empty() {
        if unknown {
            return Err(Need::LicenseServer(
                "whether the fixes of the licensing service are installed (the tables have no revision for this build)",
            )
            .into());
        }
        let known_until = KNOWN_UNTIL.parse::<FileTime>().ok().and_then(|day| day.checked_add_days(1));
        if known_until.is_none_or(|end| machine.at() >= end) {
            return Err(Need::LicenseServer(
                "whether fixes that were published after the date of the tables are installed",
            )
            .into());
        }
        return Ok(Vec::new());
    }
    let names: Vec<_> = missing.iter().map(|fix| fix.id).collect();
    let fixes = if names.len() == 1 { "fix" } else { "fixes" };
    let title = format!(
        "build {build}.{revision} lacks the {fixes} of {}; install {build}.{enough} or later",
        names.join(", ")
    );
    let mut finding =
        RULE.finding(title).evidences(machine.value(&path, "UBR")?.map(|found| found.evidence()));
    for fix in missing {
        finding = finding.note(format!("{} of {}: {}", fix.id, fix.published, fix.title));
    }
    finding = finding.note(format!("fixes that were published after {KNOWN_UNTIL} are not known"));
    if let Some((end, extended)) = support_end(build)
        && end.parse().is_ok_and(|end: FileTime| machine.at() > end)
    {
        let then = if extended { "fixes only with Extended Security Updates" } else { "no further fixes" };
        finding = finding.note(format!("out of support since {end}; {then}"));
    }
    Ok(vec![finding])
}
