//! The stores of 64-bit and 32-bit programs differ.
//!
//! # What it looks at
//! `SOFTWARE\Microsoft\MSLicensing` and its copy under `WOW6432Node`, if both exist: the hardware IDs, and
//! the validity of licenses for the same product. The severity is warning for different IDs, and info for
//! different licenses.
//!
//! # Why it matters
//! With different IDs, a 64-bit client and a 32-bit client (a connection manager, a browser control) on the
//! same machine are two devices for the license server. They consume two Per Device licenses, and repairing
//! one store does not repair the other.
//!
//! # How it can be wrong
//! Possibly only one of the two programs is in use; then the other store is a remnant.
//!
//! # Fix
//! 1. Find out which programs connect, and whether all of them can be 64-bit or all 32-bit.
//! 2. If a license must be deleted, delete it in both stores, each after an export:
//!    `HKLM\SOFTWARE\Microsoft\MSLicensing\Store` and
//!    `HKLM\SOFTWARE\WOW6432Node\Microsoft\MSLicensing\Store`. Leave both `HardwareID` keys alone.
//!
//! # Fix safety
//! If the hardware ID is kept, the server reissues the license on record.
//!
//! # Verify
//! Run `rdscal show` on the client.

use crate::model::ClientStore;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-082",
    name: "client-stores-differ",
    title: "license stores of 64-bit and 32-bit programs differ",
    severity: Severity::Warning,
    confidence: Confidence::Medium,
    scope: Scope::Client,
    in_service: true,
    products: "64-bit Windows",
    recipe: Some("clear-client"),
    sources: &[sources::SHARED_KEYS],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let stores = machine.client_stores();
    let [one, other] = stores.stores.as_slice() else { return stores.conclude(Vec::new()) };
    if let (Some(a), Some(b)) = (&one.hardware_id, &other.hardware_id)
        && a.content != b.content
    {
        let title = "64-bit and 32-bit programs have different hardware IDs and count as two devices";
        return Ok(vec![RULE.finding(title).evidence(a.evidence.clone()).evidence(b.evidence.clone())]);
    }
    let ends = |store: &ClientStore| {
        let mut ends: Vec<_> =
            store.licenses.iter().map(|one| (one.index.clone(), one.version(), one.ends())).collect();
        ends.sort();
        ends
    };
    if one.licenses.is_empty() || other.licenses.is_empty() || ends(one) == ends(other) {
        return Ok(Vec::new());
    }
    let title = "64-bit and 32-bit programs have different licenses";
    let evidence = stores.licenses().map(|(_, license)| license.evidence());
    Ok(vec![RULE.finding(title).severity(Severity::Info).evidences(evidence)])
}
