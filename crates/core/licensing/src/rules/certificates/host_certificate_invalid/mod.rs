//! A damaged host certificate.
//!
//! # What it looks at
//! The values `Certificate` and `CertificateOld` of the session host: whether each has the layout of a
//! proprietary server certificate, and whether its signature matches the published Terminal Services signing
//! key. Both checks need only the bytes, not the network.
//!
//! # Why it matters
//! With a damaged certificate the license negotiation fails: "because of a security error the client could
//! not connect", events 1003 and 1004. On a machine that is not a session host, only clients of the old RDP
//! security are affected.
//!
//! # How it can be wrong
//! A hive that was copied while in use, without its logs, may contain a partly written value. Read it with
//! its logs, or export the key from the running machine.
//!
//! # Fix
//! 1. Make sure that the host can reach a license server, which reissues the deleted certificates.
//! 2. In Registry Editor, started as administrator, export `HKLM\SYSTEM\CurrentControlSet\Control\Terminal
//!    Server\RCM` (*File*, *Export*), then delete these values if they exist: `Certificate`, `X509
//!    Certificate`, `X509 Certificate ID` and `X509 Certificate2`.
//! 3. On Windows 2000 and 2003 the values are in
//!    `HKLM\SYSTEM\CurrentControlSet\Services\TermService\Parameters`.
//! 4. Restart the host (`Restart-Computer`) in a maintenance window. It creates its own certificate at the
//!    start, and a license server issues the X.509 certificates at the next contact.
//! 5. Leave `RCM\Secrets` alone.
//!
//! # Fix safety
//! The restart ends all sessions. Importing the export restores the values, but whether they still match is
//! not documented once the host has created new keys. Import it only if the new state is worse.
//!
//! # Verify
//! Run `rdscal doctor` again after the restart, and connect as a standard user.

use crate::model::{Role, Stored};
use crate::rules::prelude::*;
use rds_formats::rdp_certificate::ProprietaryCertificate;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-060",
    name: "host-certificate-invalid",
    title: "host certificate damaged",
    severity: Severity::Error,
    confidence: Confidence::High,
    scope: Scope::Any,
    in_service: true,
    products: "Windows 2000 and later",
    recipe: Some("reset-host-certificates"),
    sources: &[sources::RDP_CERTIFICATE, sources::NO_LICENSE_SERVER],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let Some(certificates) = machine.host_certificates()? else { return Ok(Vec::new()) };
    let host = machine.roles().holds(Role::SessionHost) == Ok(true);
    let severity = if host { Severity::Error } else { Severity::Warning };
    let fault = |stored: &Stored<ProprietaryCertificate>| match (stored.error(), stored.decoded()) {
        (Some(error), _) => Some(format!("the host's {} is damaged: {error}", stored.name())),
        (_, Some(decoded)) if !decoded.signature_good => {
            Some(format!("the signature of the host's {} is invalid; its bytes have changed", stored.name()))
        }
        _ => None,
    };
    Ok(certificates
        .proprietary()
        .filter_map(|stored| Some((fault(stored)?, stored.evidence.clone())))
        .map(|(title, evidence)| RULE.finding(title).severity(severity).evidence(evidence))
        .collect())
}
