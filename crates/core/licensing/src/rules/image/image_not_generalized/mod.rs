//! A golden image that is still one particular machine.
//!
//! # What it looks at
//! `ImageState` in `SOFTWARE\Microsoft\Windows\CurrentVersion\Setup\State`. The rule fires for any state
//! other than one of *generalize*.
//!
//! # Why it matters
//! The name, the SIDs and the keys of the machine are still in the image. For licensing this means that
//! everything that the service creates after this capture will also be in the image.
//!
//! # How it can be wrong
//! Citrix and VMware give clones a new identity with their own tools and do not need Sysprep.
//!
//! # Fix
//! 1. Just before sealing, remove what the other rules of this family report (client store, host
//!    certificates, grace record).
//! 2. If your tools do not generalize, run Sysprep with `/generalize` as the last step.
//!
//! # Fix safety
//! Sysprep cannot be undone. Keep a copy of the machine as it is.
//!
//! # Verify
//! Run `rdscal doctor --profile image` again, then start one clone and check its licensing.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-184",
    name: "image-not-generalized",
    title: "the image is not generalized",
    severity: Severity::Info,
    confidence: Confidence::High,
    scope: Scope::Image,
    products: "Windows Vista, Server 2008 and later",
    sources: &[sources::SYSPREP],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let path = places::image_state();
    let Some(state) = machine.value(&path, "ImageState")? else { return Ok(Vec::new()) };
    let text = state.value.as_text().map(|text| text.content).unwrap_or_default();
    if text.to_ascii_uppercase().contains("GENERALIZE") {
        return Ok(Vec::new());
    }
    Ok(vec![
        RULE.finding(format!("the image is not generalized: its state is {text}")).evidence(state.evidence()),
    ])
}
