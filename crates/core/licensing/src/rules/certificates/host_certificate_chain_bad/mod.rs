//! X.509 certificates of a session host that cannot be read, do not hold together, or end.
//!
//! # What it looks at
//! `X509 Certificate` and `X509 Certificate2`: whether they decode, whether each certificate is signed by the one
//! before, and when the first of them ends. It is an error where one has ended or a signature does not fit, a warning
//! in the half year before the end, and where the bytes are in none of the forms that are known.
//!
//! # Why it matters
//! The host shows this chain to every client in the license negotiation. Clients refuse one that is damaged or has
//! ended. Many end on 2038-01-19, the last day that 32-bit times can name.
//!
//! # How it can be wrong
//! The form of these values is not documented; the forms of the protocol and of certificate stores are tried. A value
//! that cannot be read is therefore a hint only, unless events 1003 or 1004 stand beside it.
//!
//! # Fix
//! 1. Where the license server's own certificate has ended, reactivate that server first: RD Licensing Manager,
//!    *Advanced*, *Reactivate Server*.
//! 2. Make sure that the host can reach a license server: what is deleted is issued anew by it.
//! 3. In Registry Editor, started as administrator, export
//!    `HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\RCM` (*File*, *Export*), then delete four of its
//!    values, where they are there: `Certificate`, `X509 Certificate`, `X509 Certificate ID` and
//!    `X509 Certificate2`.
//! 4. Restart the host (`Restart-Computer`) in a maintenance window: it makes its own certificate anew at the
//!    start, and a license server issues the X.509 ones at the next contact.
//!
//! # Fix safety
//! The restart ends all sessions. Importing the export brings the values back; whether they still fit is not
//! documented once the host has made new keys, so go back only where the new state is worse.
//!
//! # Verify
//! Run `rdscal doctor` again after the first connection: the new chain ends later.

use crate::model::Stored;
use crate::model::certificates::chain_end;
use crate::model::grace::days;
use crate::rules::prelude::*;
use rds_formats::x509::HostCertificates;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-062",
    name: "host-certificate-chain-bad",
    title: "X.509 certificates of the host damaged or ended",
    severity: Severity::Error,
    confidence: Confidence::Medium,
    scope: Scope::Any,
    products: "Windows 2000 Server and later",
    recipe: Some("reset-host-certificates"),
    sources: &[
        sources::RDPELE.at("MS-RDPELE 2.2.1.4.2 and 4.1, X.509 certificate chain"),
        sources::NO_LICENSE_SERVER,
    ],
    ..Rule::machine(check)
};

/// Days before the end from which it is a warning.
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
        let title = format!("{name} may be damaged: it is in none of the known forms ({error})");
        return Some(finding(title).severity(Severity::Warning).confidence(Confidence::Low));
    };
    if chain.chain.has_bad_signature() {
        return Some(finding(format!(
            "{name}: a certificate is not signed by the one that it names as its issuer"
        )));
    }
    let end = chain_end(chain)?;
    let left = machine.at().days_until(end);
    if left < 0 {
        return Some(finding(format!("{name} ended on {}", end.date())));
    }
    let soon =
        || finding(format!("{name} ends on {}, in {}", end.date(), days(left))).severity(Severity::Warning);
    (left < SOON).then(soon)
}
