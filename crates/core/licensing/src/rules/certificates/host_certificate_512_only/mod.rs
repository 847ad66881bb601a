//! A host whose certificate has a key of 512 bits only.
//!
//! # What it looks at
//! The key length in `Certificate`, and whether `CertificateOld` stands there alone. Since Windows Server 2008 and
//! Windows 7 a host makes both: 2048 bits in `Certificate`, 512 bits in `CertificateOld` for the oldest clients.
//!
//! # Why it matters
//! A key of 512 bits is broken within hours on a rented machine. Clients that ask for more are refused in the license
//! negotiation, or accept a key that protects nothing.
//!
//! # How it can be wrong
//! On Windows Server 2003 and older 512 bits are all there is, and the rule is silent.
//!
//! # Fix
//! 1. Protect RDP with TLS and Network Level Authentication, which do not use this key.
//! 2. Make sure that the host can reach a license server: what is deleted is issued anew by it.
//! 3. In Registry Editor, started as administrator, export
//!    `HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\RCM` (*File*, *Export*), then delete four of its
//!    values, where they are there: `Certificate`, `X509 Certificate`, `X509 Certificate ID` and
//!    `X509 Certificate2`.
//! 4. Restart the host (`Restart-Computer`) in a maintenance window: it makes both certificates anew.
//!
//! # Fix safety
//! The restart ends all sessions. Importing the export brings the values back; whether they still fit is not
//! documented once the host has made new keys, so go back only where the new state is worse.
//!
//! # Verify
//! Run `rdscal show` after the restart: `Certificate` has 2048 bits.

use crate::model::certificates::SHORT_KEY;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-063",
    name: "host-certificate-512-only",
    title: "host certificate has a key of 512 bits only",
    severity: Severity::Warning,
    confidence: Confidence::Medium,
    scope: Scope::Any,
    products: "Windows Vista, Server 2008 and later",
    recipe: Some("reset-host-certificates"),
    sources: &[sources::HIVES.at("key lengths of Certificate and CertificateOld")],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    if matches!(machine.product().era(), Some(Era::Nt4 | Era::Nt5)) {
        return Ok(Vec::new());
    }
    let Some(certificates) = machine.host_certificates()? else { return Ok(Vec::new()) };
    let finding = match (&certificates.certificate, &certificates.certificate_old) {
        (Some(stored), _) => match stored.decoded() {
            Some(decoded) if decoded.key_bits <= SHORT_KEY => {
                let title =
                    format!("the host's Certificate has a key of {} bits; 2048 is normal", decoded.key_bits);
                RULE.finding(title).evidence(stored.evidence.clone())
            }
            _ => return Ok(Vec::new()),
        },
        (None, Some(old)) => RULE
            .finding("the host has CertificateOld (512 bits) and no Certificate (2048 bits)")
            .evidence(old.evidence.clone())
            .evidence(Evidence::absent_value(&places::rcm(), "Certificate")),
        (None, None) => return Ok(Vec::new()),
    };
    Ok(vec![finding])
}
