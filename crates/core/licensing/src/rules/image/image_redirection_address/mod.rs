//! A golden image with an IP address that only one machine can have.
//!
//! # What it looks at
//! `ClusterSettings\SessionDirectoryRedirectionIP`.
//!
//! # Why it matters
//! Every clone reports the address of the image to the connection broker. Clients are sent there, and see an
//! error that resembles a licensing error.
//!
//! # How it can be wrong
//! Some tools write the address again at the first start of each clone.
//!
//! # Fix
//! 1. Delete the value from the image, after an export of its key: `reg delete
//!    "HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\ClusterSettings" /v
//!    SessionDirectoryRedirectionIP`.
//! 2. If it is needed, let Server Manager or a policy set it on the clones.
//!
//! # Fix safety
//! Licensing is not affected.
//!
//! # Verify
//! Run `rdscal doctor --profile image` again, then start one clone and check its licensing.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-188",
    name: "image-redirection-address",
    title: "the image contains the redirection address of one machine",
    severity: Severity::Warning,
    confidence: Confidence::Medium,
    scope: Scope::Image,
    products: "Windows Server 2008 and later",
    sources: &[sources::KB2844958],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let found = machine.value(&places::cluster_settings(), "SessionDirectoryRedirectionIP")?;
    let filled = found.filter(|found| found.value.bytes().iter().any(|byte| *byte != 0));
    Ok(filled
        .map(|found| {
            let title = format!(
                "the image contains the redirection address {} for all its clones",
                found.value.shown()
            );
            RULE.finding(title).evidence(found.evidence())
        })
        .into_iter()
        .collect())
}
