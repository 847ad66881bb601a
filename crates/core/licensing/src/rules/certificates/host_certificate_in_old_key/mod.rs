//! Host certificates in the key of an older Windows.
//!
//! # What it looks at
//! `Certificate`, `CertificateOld` and the X.509 values in `Services\TermService\Parameters` on Windows Vista, Server
//! 2008 or later, which keep them in `Control\Terminal Server\RCM`. It is a warning where `RCM` has its own, so that
//! the others are stale for certain; else an information.
//!
//! # Why it matters
//! They are left from an upgrade, or were imported from a page's `.reg` file. Windows does not read them, and whoever
//! repairs "the corrupt certificate" after an old article deletes these and wonders why nothing changes.
//!
//! # How it can be wrong
//! Some articles name this key for Windows Server 2008 too; no hive of that version was at hand.
//!
//! # Fix
//! 1. Ignore them; repair what stands in `RCM`, if that is at fault.
//! 2. To keep others from being misled, export `HKLM\SYSTEM\CurrentControlSet\Services\TermService\Parameters`
//!    (`reg export`), then delete these values there, one by one. Leave the key itself and its other values: the
//!    service needs them.
//!
//! # Fix safety
//! Nothing reads the values. `reg import` brings them back.
//!
//! # Verify
//! Run `rdscal show`.

use crate::model::HostCertificates;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-064",
    name: "host-certificate-in-old-key",
    title: "host certificates in the key of an older Windows",
    severity: Severity::Warning,
    confidence: Confidence::Medium,
    scope: Scope::Any,
    products: "Windows Vista, Server 2008 and later",
    sources: &[sources::NO_LICENSE_SERVER, sources::KB329896],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    if machine.product().era() != Some(Era::Nt6) {
        return Ok(Vec::new());
    }
    let stale = machine.certificates_in(&places::term_service_parameters())?;
    let Some(stale) = stale.filter(|found| !found.is_empty()) else { return Ok(Vec::new()) };
    let current = machine.certificates_in(&places::rcm()).ok().flatten();
    let certain = current.as_ref().is_some_and(|found: &HostCertificates| !found.is_empty());
    let finding = RULE
        .finding(
            "host certificates stand in TermService\\Parameters, where this Windows does not look for them",
        )
        .evidences(stale.evidence());
    Ok(vec![if certain { finding } else { finding.severity(Severity::Info).confidence(Confidence::Low) }])
}
