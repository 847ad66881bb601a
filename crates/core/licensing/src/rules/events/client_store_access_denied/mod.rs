//! A client that was refused because it cannot write its license store.
//!
//! # What it looks at
//! The extended disconnect reasons that the client recorded. The rule fires for 267 (0x10B).
//!
//! # Why it matters
//! Creating `MSLicensing` once requires administrator rights. Until then, or if the permissions of the key
//! were restricted, a standard user is refused in Per Device mode.
//!
//! # How it can be wrong
//! The reason may have been recorded before the key was created.
//!
//! # Fix
//! 1. Start the client once as administrator (`mstsc`, *Run as administrator*) and connect.
//! 2. If the fault recurs: in Registry Editor, *Permissions* of `HKLM\SOFTWARE\Microsoft\MSLicensing`,
//!    *Advanced*, give *Users* the rights that `client-store-not-writable` lists, for the key and its
//!    subkeys.
//! 3. Do not grant access to Everyone.
//!
//! # Fix safety
//! The elevated start only creates the key and consumes one license.
//!
//! # Verify
//! A standard user connects.

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
    let title = "the client was refused with reason 267; it lacks permission to write its license store";
    recorded_reason(machine, &RULE, (267, "267 (0x10B), license store: access denied"), title)
}
