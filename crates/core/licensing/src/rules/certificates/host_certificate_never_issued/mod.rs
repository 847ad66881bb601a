//! A session host to which no license server has ever issued a certificate.
//!
//! # What it looks at
//! The rule fires if a license server is listed (by policy or locally) and neither `X509 Certificate` nor
//! `X509 Certificate2` exists.
//!
//! # Why it matters
//! A license server issues these certificates at the first contact. Without them the host has probably never
//! communicated with one, regardless of the list. The name may not resolve, the ports may be closed, or the
//! list may be brand new. Clients are admitted until the grace period ends.
//!
//! # How it can be wrong
//! The list was just set, or the certificates were deleted for a repair, and no user has connected since. That
//! a missing certificate means "no contact" comes from a public diagnostic script, not from documentation.
//!
//! # Fix
//! 1. On the host, resolve the server's name and test TCP port 135 on it.
//! 2. Check in RD Licensing Manager that the server is activated and accepts this host.
//! 3. Connect once as a standard user, which makes the host contact the server.
//!
//! # Fix safety
//! Nothing is changed.
//!
//! # Verify
//! Run `rdscal doctor` again. The X.509 values exist.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-061",
    name: "host-certificate-never-issued",
    title: "license server listed, but it has never issued a certificate to the host",
    severity: Severity::Warning,
    confidence: Confidence::Medium,
    scope: Scope::SessionHost,
    in_service: true,
    products: "Windows 2000 Server and later",
    sources: &[sources::RDS_LIC_CHK],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let certificates = machine.host_certificates();
    if certificates.as_ref().is_ok_and(|found| found.is_some_and(|found| !found.chains.is_empty())) {
        return Ok(Vec::new());
    }
    let setting = machine.license_servers();
    let servers = setting.known()?;
    let names: Vec<_> = servers.iter().copied().flatten().filter(|server| !server.is_blank()).collect();
    let (false, Some(winner)) = (names.is_empty(), setting.winner()) else { return Ok(Vec::new()) };
    certificates?;
    let names: Vec<_> = names.iter().map(|server| server.0.trim()).collect();
    let place = crate::model::certificates::place(machine.product());
    let title =
        format!("this host lists {}, but no license server has issued a certificate to it", names.join(", "));
    Ok(vec![
        RULE.finding(title)
            .evidence(winner.evidence.clone())
            .evidence(Evidence::absent_value(&place, "X509 Certificate")),
    ])
}
