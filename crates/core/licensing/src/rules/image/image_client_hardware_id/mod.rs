//! A golden image that contains the identity of a Remote Desktop client.
//!
//! # What it looks at
//! `HardwareID\ClientHWID` of both client stores (64-bit and 32-bit).
//!
//! # Why it matters
//! The ID is created once, at random. Clones that inherit it are one device to a license server. They share
//! one Per Device license and overwrite each other's renewals.
//!
//! # How it can be wrong
//! An image for session hosts on which no Remote Desktop client is started is hardly affected.
//!
//! # Fix
//! 1. Keep a copy of the unsealed image.
//! 2. As one of the last steps before it is sealed, delete the store in an elevated Command Prompt: `reg
//!    delete HKLM\SOFTWARE\Microsoft\MSLicensing`, and its copy
//!    `HKLM\SOFTWARE\WOW6432Node\Microsoft\MSLicensing`, if it exists.
//! 3. Do not start the Remote Desktop client on the image afterwards.
//!
//! # Fix safety
//! The image is not in service. Each clone creates its own ID and consumes its own license. Keep the unsealed
//! image until a clone has been tested.
//!
//! # Verify
//! Run `rdscal doctor --profile image` again, then start one clone and check its licensing.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-181",
    name: "image-client-hardware-id",
    title: "the image contains a client hardware ID",
    severity: Severity::Error,
    confidence: Confidence::High,
    scope: Scope::Image,
    recipe: Some("seal-image"),
    sources: &[sources::RDPELE.at("MS-RDPELE 2.2.2.3.1, Client Hardware Identification"), sources::ASK_PERF],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let stores = machine.client_stores();
    let ids = stores.stores.iter().filter_map(|store| store.hardware_id.as_ref());
    let found: Vec<_> = ids.map(|id| id.evidence.clone()).collect();
    if found.is_empty() {
        return stores.conclude(Vec::new());
    }
    let title =
        "the image contains a client hardware ID; all clones will be one device to the license server";
    stores.conclude(vec![RULE.finding(title).evidences(found)])
}
