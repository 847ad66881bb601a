//! A session host that no license server has ever given a certificate.
//!
//! # What it looks at
//! A license server is listed (in policy or locally), and neither `X509 Certificate` nor `X509 Certificate2` is
//! there.
//!
//! # Why it matters
//! A license server issues these at the first contact. Without them the host has probably never spoken to one,
//! whatever the list says: the name does not resolve, the ports are closed, or the list was set a minute ago. Clients
//! are admitted until the grace period ends.
//!
//! # How it can be wrong
//! The list was set, or the certificates were deleted for repair, and nobody connected since. That absence means "no
//! contact" is the experience of a public diagnostic script, not documented.
//!
//! # Fix
//! 1. On the host, resolve the server's name and try TCP port 135 to it.
//! 2. See in RD Licensing Manager that the server is activated and accepts this host.
//! 3. Connect once as an ordinary user, which makes the host ask.
//!
//! # Fix safety
//! Nothing is changed.
//!
//! # Verify
//! Run `rdscal doctor` again: the X.509 values are there.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-061",
    name: "host-certificate-never-issued",
    title: "license server listed, but it has never issued a certificate to the host",
    severity: Severity::Warning,
    confidence: Confidence::Medium,
    scope: Scope::SessionHost,
    products: "Windows 2000 Server and later",
    sources: &[sources::RDS_LIC_CHK],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let certificates = machine.host_certificates();
    if certificates.as_ref().is_ok_and(|found| found.as_ref().is_some_and(|found| !found.chains.is_empty())) {
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
        format!("this host lists {}, and no license server has issued it a certificate", names.join(", "));
    Ok(vec![
        RULE.finding(title)
            .evidence(winner.evidence.clone())
            .evidence(Evidence::absent_value(&place, "X509 Certificate")),
    ])
}
