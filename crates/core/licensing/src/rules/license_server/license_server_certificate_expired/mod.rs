//! A license server whose own certificate has ended.
//!
//! # What it looks at
//! The binary values below `SOFTWARE\Microsoft\TermServLicensing\Certificates` and the subkeys
//! `Certificates.000`, `Certificates.001` and so on of `TermServLicensing\Parameters`, as far as a
//! certificate can be recognized in them. Their form is not documented: a value in which none is recognized
//! makes the answer *unknown*.
//!
//! # Why it matters
//! With an expired certificate the server logs event 17 and issues nothing. On servers of 2000 and 2003 it
//! was the end of February 2010 for all of them.
//!
//! # How it can be wrong
//! An old certificate may stay in the key beside the one that is in use.
//!
//! # Fix
//! 1. Reactivate the license server in RD Licensing Manager.
//! 2. Restart the licensing service.
//! 3. Replace servers of 2003 and older.
//!
//! # Fix safety
//! Reactivation keeps the installed packs. Have their agreement numbers at hand all the same.
//!
//! # Verify
//! Event 17 stops; clients get licenses.

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
            RULE.finding(format!("a certificate of the license server ended at {end}"))
                .evidence(stored.evidence.clone())
        })
        .collect();
    if findings.is_empty() && stored.iter().any(|stored| stored.certificates.is_empty()) {
        return Err(Need::LicenseServer(
            "end of the server's certificates, which stand in a form that is not documented",
        )
        .into());
    }
    Ok(findings)
}
