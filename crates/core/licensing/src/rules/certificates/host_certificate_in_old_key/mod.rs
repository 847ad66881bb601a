//! Host certificates in the key of an earlier Windows version.
//!
//! # What it looks at
//! `Certificate`, `CertificateOld` and the X.509 values in `Services\TermService\Parameters` on Windows
//! Vista, Windows Server 2008 or later, which store them in `Control\Terminal Server\RCM`. The severity is
//! warning if `RCM` has its own values, so that the others are certainly stale. Otherwise it is info.
//!
//! # Why it matters
//! The values remain from an upgrade, or were imported from a `.reg` file of a web page. Windows does not
//! read them. An administrator who follows an old article deletes these instead of the corrupt certificate,
//! and nothing changes.
//!
//! # How it can be wrong
//! Some articles also name this key for Windows Server 2008. No hive of that version was available for
//! checking.
//!
//! # Fix
//! 1. Ignore them. Repair the values in `RCM` if those are at fault.
//! 2. To avoid confusion, export `HKLM\SYSTEM\CurrentControlSet\Services\TermService\Parameters` (`reg
//!    export`), then delete these values one by one. Keep the key itself and its other values; the service
//!    needs them.
//!
//! # Fix safety
//! Nothing reads the values. `reg import` restores them.
//!
//! # Verify
//! Run `rdscal show`.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-064",
    name: "host-certificate-in-old-key",
    title: "host certificates in the key of an earlier Windows version",
    severity: Severity::Warning,
    confidence: Confidence::Medium,
    scope: Scope::Any,
    in_service: true,
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
    let current = machine.host_certificates().ok().flatten();
    let certain = current.is_some_and(|found| !found.is_empty());
    let finding = RULE
        .finding(
            "host certificates are stored in TermService\\Parameters, where this Windows does not read them",
        )
        .evidences(stale.evidence());
    Ok(vec![if certain { finding } else { finding.severity(Severity::Info).confidence(Confidence::Low) }])
}
