//! A golden image with Per Device licenses in it.
//!
//! # What it looks at
//! The subkeys of `MSLicensing\Store` in both client stores (64-bit and 32-bit).
//!
//! # Why it matters
//! Every clone shows the license of the image, and all of them try to renew the one license. Those that lose
//! the race are refused.
//!
//! # How it can be wrong
//! An image for session hosts, on which nobody starts a Remote Desktop client, is hardly affected.
//!
//! # Fix
//! 1. Keep a copy of the unsealed image.
//! 2. As one of the last steps before it is sealed, delete the store in a Command Prompt as administrator:
//!    `reg delete HKLM\SOFTWARE\Microsoft\MSLicensing`, and its copy
//!    `HKLM\SOFTWARE\WOW6432Node\Microsoft\MSLicensing`, where there is one.
//! 3. Do not start the Remote Desktop client on the image afterwards. The license server gets the license back by
//!    itself when it ends.
//!
//! # Fix safety
//! The image is a copy: nothing of it is in use. Each clone takes a license of its own. Keep the unsealed image
//! until a clone has been tried.
//!
//! # Verify
//! Run `rdscal doctor --profile image` again, then start one clone and look at its licensing.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-182",
    name: "image-client-licenses",
    title: "the image carries client licenses",
    severity: Severity::Error,
    confidence: Confidence::High,
    scope: Scope::Image,
    recipe: Some("seal-image"),
    sources: &[sources::KB187629, sources::ASK_PERF],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let stores = machine.client_stores();
    let found: Vec<_> = stores.licenses().map(|(_, license)| license.evidence()).collect();
    if found.is_empty() {
        return stores.conclude(Vec::new());
    }
    let title =
        format!("the image carries {}, which all clones would share", counted(found.len(), "client license"));
    stores.conclude(vec![RULE.finding(title).evidences(found)])
}
