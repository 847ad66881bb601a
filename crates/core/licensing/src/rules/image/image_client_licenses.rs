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

/// The rule.
pub static RULE: Rule = Rule {
    id: "RDSL-182",
    name: "image_client_licenses",
    aliases: &[],
    title: "the image carries client licenses",
    family: Family::Image,
    severity: Severity::Error,
    confidence: Confidence::High,
    scope: Scope::Image,
    products: "all",
    needs: &["SOFTWARE hive"],
    recipe: Some("seal-image"),
    sources: &[
        Source { title: "KB187629: Terminal Server client licenses in the registry", url: "" },
        Source {
            title: "Ask the Performance Team: multiple per-device CALs for one device",
            url: "https://techcommunity.microsoft.com/t5/Ask-The-Performance-Team/Multiple-per-device-RDS-CALS-are-issued-the-same-device-issue/ba-p/375639",
        },
    ],
    check: Check::Machine(check),
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
