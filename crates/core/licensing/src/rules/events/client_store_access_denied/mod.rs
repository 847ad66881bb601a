//! A client that was refused because it cannot write its license store.
//!
//! # What it looks at
//! Extended disconnect reason 267 (0x10B) among those that the client recorded.
//!
//! # Why it matters
//! Creating `MSLicensing` needs administrator rights once. Until then, or when the rights on the key were
//! narrowed, an ordinary user is refused in Per Device mode.
//!
//! # How it can be wrong
//! A reason that was recorded before the key was made.
//!
//! # Fix
//! 1. Start the client once as administrator (`mstsc`, *Run as administrator*) and connect.
//! 2. If it comes back: in Registry Editor, *Permissions* of `HKLM\SOFTWARE\Microsoft\MSLicensing`, *Advanced*,
//!    give *Users* the rights that `client-store-not-writable` names, for the key and its subkeys.
//! 3. Do not open the key to everybody.
//!
//! # Fix safety
//! The elevated start creates the key and takes one license, no more.
//!
//! # Verify
//! An ordinary user connects.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-153",
    name: "client-store-access-denied",
    title: "the client could not write its license store",
    severity: Severity::Error,
    confidence: Confidence::High,
    scope: Scope::Client,
    recipe: Some("restore-security"),
    sources: &[sources::EXTENDED_REASON],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let title = "the client was refused with reason 267: it may not write its license store";
    recorded_reason(machine, &RULE, (267, "267 (0x10B), license store: access denied"), title)
}
