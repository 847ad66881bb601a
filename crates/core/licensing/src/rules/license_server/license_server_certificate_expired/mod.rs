//! A license server whose own certificate has expired.
//!
//! # What it looks at
//! The binary values below `SOFTWARE\Microsoft\TermServLicensing\Certificates` and the subkeys
//! `Certificates.000`, `Certificates.001` and so on of `TermServLicensing\Parameters`, as far as they contain
//! recognizable certificates. Their form is not documented; a value without a recognizable certificate makes
//! the result *unknown*.
//!
//! # Why it matters
//! With an expired certificate the server logs event 17 and issues no licenses. All servers of Windows 2000
//! and 2003 were affected at the end of February 2010.
//!
//! # How it can be wrong
//! An old certificate may remain in the key beside the one in use.
//!
//! # Fix
//! 1. Reactivate the license server in RD Licensing Manager.
//! 2. Restart the licensing service.
//! 3. Replace servers of Windows Server 2003 and earlier.
//!
//! # Fix safety
//! Reactivation keeps the installed packs; nevertheless have their agreement numbers ready.
//!
//! # Verify
//! Event 17 stops, and clients receive licenses.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-126",
    name: "license-server-certificate-expired",
    title: "a certificate of the license server has expired",
    severity: Severity::Error,
    confidence: Confidence::Medium,
    scope: Scope::LicenseServer,
    sources: &[sources::KB983385, sources::REACTIVATE],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let stored = machine.license_server_certificates()?;
    let findings: Vec<_> = stored
        .iter()
        .filter_map(|stored| Some((stored, stored.ends().filter(|end| *end < machine.at())?)))
        .map(|(stored, end)| {
            RULE.finding(format!("a certificate of the license server expired at {end}"))
                .evidence(stored.evidence.clone())
        })
        .collect();
    if findings.is_empty() && stored.iter().any(|stored| stored.certificates.is_empty()) {
        return Err(
            Need::LicenseServer("expiry of the server's certificates, whose form is not documented").into()
        );
    }
    Ok(findings)
}
