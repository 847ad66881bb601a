//! A golden image with the identity of a Remote Desktop client in it.
//!
//! # What it looks at
//! `HardwareID\ClientHWID` of both client stores (64-bit and 32-bit).
//!
//! # Why it matters
//! The id is made at random, once. Clones that inherit it are one device to a license server: they share one
//! Per Device license and overwrite each other's renewals.
//!
//! # How it can be wrong
//! An image for session hosts, on which nobody starts a Remote Desktop client, is hardly affected.
//!
//! # Fix
//! 1. Keep a copy of the unsealed image.
//! 2. As one of the last steps before it is sealed, delete the store in a Command Prompt as administrator:
//!    `reg delete HKLM\SOFTWARE\Microsoft\MSLicensing`, and its copy
//!    `HKLM\SOFTWARE\WOW6432Node\Microsoft\MSLicensing`, where there is one.
//! 3. Do not start the Remote Desktop client on the image afterwards.
//!
//! # Fix safety
//! The image is a copy: nothing of it is in use. Each clone makes an id of its own and takes a license of its own.
//! Keep the unsealed image until a clone has been tried.
//!
//! # Verify
//! Run `rdscal doctor --profile image` again, then start one clone and look at its licensing.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-181",
    name: "image-client-hardware-id",
    title: "the image carries a client hardware id",
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
    let title = "the image carries a client hardware id: all clones will be one device to the license server";
    stores.conclude(vec![RULE.finding(title).evidences(found)])
}
