//! A golden image that contains Per Device licenses.
//!
//! # What it looks at
//! The subkeys of `MSLicensing\Store` in both client stores (64-bit and 32-bit).
//!
//! # Why it matters
//! Every clone presents the license of the image, and all of them try to renew the same license. The clones
//! that fail to renew it are refused.
//!
//! # How it can be wrong
//! An image for session hosts on which no Remote Desktop client is started is hardly affected.
//!
//! # Fix
//! 1. Keep a copy of the unsealed image.
//! 2. As one of the last steps before it is sealed, delete the store in an elevated Command Prompt: `reg
//!    delete HKLM\SOFTWARE\Microsoft\MSLicensing`, and its copy
//!    `HKLM\SOFTWARE\WOW6432Node\Microsoft\MSLicensing`, if it exists.
//! 3. Do not start the Remote Desktop client on the image afterwards. The license returns to the license
//!    server when it expires.
//!
//! # Fix safety
//! The image is not in service. Each clone consumes its own license. Keep the unsealed image until a clone
//! has been tested.
//!
//! # Verify
//! Run `rdscal doctor --profile image` again, then start one clone and check its licensing.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-182",
    name: "image-client-licenses",
    title: "the image contains client licenses",
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
    let title = format!(
        "the image contains {}, which all clones would share",
        counted(found.len(), "client license")
    );
    stores.conclude(vec![RULE.finding(title).evidences(found)])
}
