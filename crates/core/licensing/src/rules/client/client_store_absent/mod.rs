//! A client without a license store.
//!
//! # What it looks at
//! A machine that is judged as a client (`--profile client`). The rule fires if neither `MSLicensing` key
//! exists.
//!
//! # Why it matters
//! The client needs the store to connect to Per Device hosts. Creating it once requires administrator rights.
//! The first connection of a standard user fails with a licensing protocol error (2056, or extended reason
//! 267).
//!
//! # How it can be wrong
//! A client that connects only to Per User hosts, or only for administration, needs no store.
//!
//! # Fix
//! 1. Start the client once as administrator (`mstsc`, *Run as administrator*) and connect.
//! 2. On many machines, create the key `HKLM\SOFTWARE\Microsoft\MSLicensing` by Group Policy Preferences
//!    (Computer Configuration, Preferences, Windows Settings, Registry), and give users the rights that
//!    `client-store-not-writable` lists.
//!
//! # Fix safety
//! The device consumes one temporary and later one permanent license.
//!
//! # Verify
//! Run `rdscal show` on the client. The store has a hardware ID.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-084",
    name: "client-store-absent",
    title: "client without a license store",
    severity: Severity::Info,
    confidence: Confidence::Medium,
    scope: Scope::Client,
    in_service: true,
    sources: &[sources::KB187629, sources::IAP_571],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let stores = machine.client_stores();
    if !stores.stores.is_empty() {
        return Ok(Vec::new());
    }
    if !stores.unseen.is_empty() {
        return stores.conclude(Vec::new());
    }
    Ok(vec![
        RULE.finding("this client has no license store yet")
            .evidence(Evidence::absent_key(&places::client_store()))
            .evidence(Evidence::absent_key(&places::client_store_32())),
    ])
}
