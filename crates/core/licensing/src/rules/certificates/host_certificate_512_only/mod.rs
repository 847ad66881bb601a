//! A session host whose only certificate has a 512-bit key.
//!
//! # What it looks at
//! The key length in `Certificate`, and whether `CertificateOld` exists without it. Since Windows Server 2008
//! and Windows 7 a host creates both: 2048 bits in `Certificate`, and 512 bits in `CertificateOld` for the
//! oldest clients.
//!
//! # Why it matters
//! A 512-bit key can be broken within hours on rented hardware. Clients that require more are refused in the
//! license negotiation, and others accept a key that protects nothing.
//!
//! # How it can be wrong
//! Windows Server 2003 and earlier use only 512 bits, and the rule is silent there.
//!
//! # Fix
//! 1. Protect RDP with TLS and Network Level Authentication, which do not use this key.
//! 2. Make sure that the host can reach a license server, which reissues the deleted certificates.
//! 3. In Registry Editor, started as administrator, export `HKLM\SYSTEM\CurrentControlSet\Control\Terminal
//!    Server\RCM` (*File*, *Export*), then delete these values if they exist: `Certificate`, `X509
//!    Certificate`, `X509 Certificate ID` and `X509 Certificate2`.
//! 4. Restart the host (`Restart-Computer`) in a maintenance window. It creates both certificates again.
//!
//! # Fix safety
//! The restart ends all sessions. Importing the export restores the values, but whether they still match is
//! not documented once the host has created new keys. Import it only if the new state is worse.
//!
//! # Verify
//! Run `rdscal show` after the restart. `Certificate` has 2048 bits.

use crate::model::certificates::SHORT_KEY;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-063",
    name: "host-certificate-512-only",
    title: "host certificate has only a 512-bit key",
    severity: Severity::Warning,
    confidence: Confidence::Medium,
    scope: Scope::Any,
    in_service: true,
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
            .finding("the host has CertificateOld (512 bits) but no Certificate (2048 bits)")
            .evidence(old.evidence.clone())
            .evidence(Evidence::absent_value(&places::rcm(), "Certificate")),
        (None, None) => return Ok(Vec::new()),
    };
    Ok(vec![finding])
}
