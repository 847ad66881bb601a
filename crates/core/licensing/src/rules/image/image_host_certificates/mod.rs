//! A golden image that has already been licensed as a host.
//!
//! # What it looks at
//! `X509 Certificate`, `X509 Certificate2` and `X509 Certificate ID` in `RCM`. The keys in `RCM\Secrets`,
//! `Certificate` and `CertificateOld` are made by every host itself and do not matter here.
//!
//! # Why it matters
//! A license server issued these to the machine that the image was made from. Clones show them to their
//! clients as their own.
//!
//! # How it can be wrong
//! What a clone does with certificates that it inherits is not documented; many images carry them without
//! harm.
//!
//! # Fix
//! 1. Keep a copy of the unsealed image.
//! 2. As one of the last steps before it is sealed: in Registry Editor, started as administrator, export
//!    `HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\RCM` (*File*, *Export*), then delete four of its
//!    values, where they are there: `Certificate`, `X509 Certificate`, `X509 Certificate ID` and
//!    `X509 Certificate2`.
//! 3. Leave `RCM\Secrets` alone, and do not let the image reach a license server afterwards.
//!
//! # Fix safety
//! The image is a copy: nothing of it is in use. Each clone needs a way to a license server, which issues its X.509
//! certificates. Keep the unsealed image until a clone has been tried.
//!
//! # Verify
//! Run `rdscal doctor --profile image` again, then start one clone and look at its licensing.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-183",
    name: "image-host-certificates",
    title: "the image carries licensing certificates of a host",
    severity: Severity::Warning,
    confidence: Confidence::Medium,
    scope: Scope::Image,
    products: "Windows Server 2008 and later",
    recipe: Some("seal-image"),
    sources: &[sources::NO_LICENSE_SERVER, sources::BISF],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let mut found = Vec::new();
    for name in ["X509 Certificate", "X509 Certificate2", "X509 Certificate ID"] {
        found.extend(machine.value(&places::rcm(), name)?.map(|value| value.evidence()));
    }
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let title = "the image carries certificates that a license server issued to the machine it was made from";
    Ok(vec![RULE.finding(title).evidences(found)])
}
