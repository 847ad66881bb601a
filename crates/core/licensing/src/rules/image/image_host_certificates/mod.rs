//! A golden image that has already been licensed as a host.
//!
//! # What it looks at
//! `X509 Certificate`, `X509 Certificate2` and `X509 Certificate ID` in `RCM`. The keys in `RCM\Secrets`,
//! `Certificate` and `CertificateOld` are created by every host itself and do not matter here.
//!
//! # Why it matters
//! A license server issued these certificates to the machine that the image was made from. Clones send them
//! to their clients as their own.
//!
//! # How it can be wrong
//! How a clone handles inherited certificates is not documented. Many images contain them without harm.
//!
//! # Fix
//! 1. Keep a copy of the unsealed image.
//! 2. As one of the last steps before it is sealed: In Registry Editor, started as administrator, export
//!    `HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\RCM` (*File*, *Export*), then delete these
//!    values if they exist: `Certificate`, `X509 Certificate`, `X509 Certificate ID` and `X509 Certificate2`.
//! 3. Leave `RCM\Secrets` alone, and do not let the image contact a license server afterwards.
//!
//! # Fix safety
//! The image is not in service. Each clone needs a connection to a license server, which issues its X.509
//! certificates. Keep the unsealed image until a clone has been tested.
//!
//! # Verify
//! Run `rdscal doctor --profile image` again, then start one clone and check its licensing.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-183",
    name: "image-host-certificates",
    title: "the image contains licensing certificates of a host",
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
    let title =
        "the image contains certificates that a license server issued to the machine it was made from";
    Ok(vec![RULE.finding(title).evidences(found)])
}
