//! Hosts with an identical licensing certificate.
//!
//! # What it looks at
//! The bytes of `X509 Certificate` in `RCM` of machines with different names.
//!
//! # Why it matters
//! A license server issues this certificate to one host, at its first contact. Clones of an image with a
//! certificate all send it to their clients. When it expires or does not match the key of the host, all of
//! them fail on the same day (events 1003 and 1004).
//!
//! # How it can be wrong
//! That this causes harm is inferred. How a clone handles an inherited certificate is not documented.
//!
//! # Fix
//! 1. Remove the certificates from the image before it is sealed again, as `image-host-certificates`
//!    describes.
//! 2. On hosts that refuse clients, one after the other, while their license server responds: In Registry
//!    Editor, started as administrator, export `HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\RCM`
//!    (*File*, *Export*), then delete these values if they exist: `Certificate`, `X509 Certificate`, `X509
//!    Certificate ID` and `X509 Certificate2`.
//! 3. Then restart the host (`Restart-Computer`) in a maintenance window.
//!
//! # Fix safety
//! Certificates are created again at the start and at the next contact with the license server. Without a
//! connection to it the host has none. The restart ends all sessions.
//!
//! # Verify
//! Run `rdscal doctor` on the same machines again.

use std::collections::BTreeMap;

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-177",
    name: "equal-host-certificates",
    title: "several hosts share one license server certificate",
    severity: Severity::Warning,
    confidence: Confidence::Medium,
    scope: Scope::Fleet,
    products: "Windows Server 2008 and later",
    recipe: Some("reset-host-certificates"),
    sources: &[sources::NO_LICENSE_SERVER, sources::PRACTICE],
    ..Rule::fleet(check)
};

fn check(machines: &[&FleetKey]) -> Outcome {
    let mut by_certificate: BTreeMap<[u8; 20], Vec<&FleetKey>> = BTreeMap::new();
    for machine in machines {
        if let Some(certificate) = machine.host_certificate {
            by_certificate.entry(certificate).or_default().push(machine);
        }
    }
    if by_certificate.is_empty() {
        return Err(Need::Fleet("licensing certificates of several session hosts").into());
    }
    Ok(by_certificate
        .into_values()
        .filter(|sharing| {
            sharing.iter().any(|machine| machine.name.is_none() || machine.name != sharing[0].name)
        })
        .map(|sharing| {
            let names: Vec<_> = sharing.iter().map(|machine| machine.label.clone()).collect();
            let place = format!("{} X509 Certificate", places::rcm());
            RULE.finding(format!(
                "{} hosts share one licensing certificate; they may come from one image",
                names.len()
            ))
            .evidence(Evidence::fact(&place, format!("equal on {}", names.join(", "))))
            .machines(names)
        })
        .collect())
}
