//! A license server without the security updates of 2024.
//!
//! # What it looks at
//! `CurrentBuild` and `UBR` of the license server, compared with the builds in which Microsoft fixed the
//! licensing service (CVE-2024-38263; updates are cumulative, so such a build also has the fixes of July
//! 2024, CVE-2024-38077 among them). A build without a known fixed revision makes the result *unknown*.
//!
//! # Why it matters
//! Through the vulnerabilities anyone who reaches the service over the network can run code on the license
//! server, which is often a domain controller.
//!
//! # How it can be wrong
//! An offline hive may be from a machine that was updated since. Windows always changes the revision with an
//! update.
//!
//! # Fix
//! 1. Install the current cumulative update and restart.
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

use crate::knowledge::products::{FIXES, FixState, fix_state};
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-124",
    name: "license-server-unpatched",
    title: "the license server lacks a security update",
    severity: Severity::Error,
    confidence: Confidence::High,
    scope: Scope::LicenseServer,
    products: "Windows Server 2016 and later",
    sources: &[sources::CVE_38263, sources::CVE_38099],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let path = places::current_version();
    let product = machine.product();
    let (Some(build), Some(revision)) = (product.build, product.ubr) else {
        return Err(Need::Key(path.join("UBR").to_string()).into());
    };
    let mut findings = Vec::new();
    let mut known = false;
    for fix in FIXES.iter().filter(|fix| !fix.fixed.is_empty()) {
        match fix_state(fix, build, revision) {
            FixState::Unknown => {}
            FixState::Fixed => known = true,
            FixState::Missing { needed } => {
                let title = format!(
                    "build {build}.{revision} lacks the fix of {}: {} has it",
                    fix.id,
                    format_args!("{build}.{needed}")
                );
                let found = machine.value(&path, "UBR")?.map(|found| found.evidence());
                findings.push(RULE.finding(title).evidences(found).note(fix.title));
            }
        }
    }
    if findings.is_empty() && !known {
        return Err(Need::LicenseServer(
            "whether the security updates of 2024 are installed (the tables have no revision for this build)",
        )
        .into());
    }
    Ok(findings)
}
