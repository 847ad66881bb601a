//! X.509 certificates of a session host that are unreadable, inconsistent or expired.
//!
//! # What it looks at
//! `X509 Certificate` and `X509 Certificate2`: whether they can be decoded, whether each certificate is
//! signed by the previous one, and when the first of them expires. The severity is error if one has expired
//! or a signature is invalid. It is warning in the last half year, and if the bytes are in none of the known
//! forms.
//!
//! # Why it matters
//! The host sends this chain to every client in the license negotiation. Clients refuse a chain that is
//! damaged or expired. Many expire on 2038-01-19, the last day that a 32-bit time can represent.
//!
//! # How it can be wrong
//! The form of these values is not documented. The rule tries the forms of the protocol and of certificate
//! stores. An unreadable value is therefore only a hint, unless events 1003 or 1004 confirm it.
//!
//! # Fix
//! 1. If the license server's own certificate has expired, reactivate that server first: RD Licensing
//!    Manager, *Advanced*, *Reactivate Server*.
//! 2. Make sure that the host can reach a license server, which reissues the deleted certificates.
//! 3. In Registry Editor, started as administrator, export `HKLM\SYSTEM\CurrentControlSet\Control\Terminal
//!    Server\RCM` (*File*, *Export*), then delete these values if they exist: `Certificate`, `X509
//!    Certificate`, `X509 Certificate ID` and `X509 Certificate2`.
//! 4. Restart the host (`Restart-Computer`) in a maintenance window. It creates its own certificate at the
//!    start, and a license server issues the X.509 certificates at the next contact.
//!
//! # Fix safety
//! The restart ends all sessions. Importing the export restores the values, but whether they still match is
//! not documented once the host has created new keys. Import it only if the new state is worse.
//!
//! # Verify
//! Run `rdscal doctor` again after the first connection. The new chain expires later.

use crate::model::Stored;
use crate::model::certificates::chain_end;
use crate::model::grace::days;
use crate::rules::prelude::*;
use rds_formats::x509::HostCertificates;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-062",
    name: "host-certificate-chain-bad",
    title: "X.509 certificates of the host damaged or expired",
    severity: Severity::Error,
    confidence: Confidence::Medium,
    scope: Scope::Any,
    in_service: true,
    products: "Windows 2000 Server and later",
    recipe: Some("reset-host-certificates"),
    sources: &[
        sources::RDPELE.at("MS-RDPELE 2.2.1.4.2 and 4.1, X.509 certificate chain"),
        sources::NO_LICENSE_SERVER,
    ],
    ..Rule::machine(check)
};

/// Days before the expiry at which the severity becomes warning.
const SOON: i64 = 180;

fn check(machine: &Machine<'_>) -> Outcome {
    let Some(certificates) = machine.host_certificates()? else { return Ok(Vec::new()) };
    Ok(certificates.chains.iter().filter_map(|stored| judge(machine, stored)).collect())
}

fn judge(machine: &Machine<'_>, stored: &Stored<HostCertificates>) -> Option<crate::rules::Finding> {
    let name = stored.name();
    let finding = |title: String| RULE.finding(title).evidence(stored.evidence.clone());
    let Some(chain) = stored.decoded() else {
        let error = stored.error()?;
        let title = format!("{name} may be damaged; it is in none of the known forms ({error})");
        return Some(finding(title).severity(Severity::Warning).confidence(Confidence::Low));
    };
    if chain.chain.has_bad_signature() {
        return Some(finding(format!("{name}: a certificate is not signed by its named issuer")));
    }
    let end = chain_end(chain)?;
    let left = machine.at().days_until(end);
    if left < 0 {
        return Some(finding(format!("{name} expired on {}", end.date())));
    }
    let soon = || {
        finding(format!("{name} expires on {}, in {}", end.date(), days(left))).severity(Severity::Warning)
    };
    (left < SOON).then(soon)
}
