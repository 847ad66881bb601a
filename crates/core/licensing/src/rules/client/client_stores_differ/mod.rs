//! The stores of 64-bit and 32-bit programs disagree.
//!
//! # What it looks at
//! `SOFTWARE\Microsoft\MSLicensing` and its copy under `WOW6432Node`, where both exist: the hardware ids, and how
//! long the licenses run that both hold for the same product. Different ids are a warning; licenses that differ an
//! information.
//!
//! # Why it matters
//! A 64-bit client and a 32-bit one (a connection manager, a browser control) on the same machine are two devices for
//! the license server when their ids differ: two Per Device licenses, and a repair of the one store does not help the
//! other.
//!
//! # How it can be wrong
//! Only one of the two programs may be in use; then the other store is a leftover.
//!
//! # Fix
//! 1. Find out which programs connect, and whether they can all be of one width.
//! 2. Where a license has to be deleted, do it in both stores, each after an export:
//!    `HKLM\SOFTWARE\Microsoft\MSLicensing\Store` and `HKLM\SOFTWARE\WOW6432Node\Microsoft\MSLicensing\Store`.
//!    Leave both `HardwareID` keys alone.
//!
//! # Fix safety
//! With the hardware id kept, the server re-issues the license on record.
//!
//! # Verify
//! Run `rdscal show` on the client.

use crate::model::ClientStore;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-082",
    name: "client-stores-differ",
    title: "license stores of 64-bit and 32-bit programs disagree",
    severity: Severity::Warning,
    confidence: Confidence::Medium,
    scope: Scope::Client,
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
        let title = "64-bit and 32-bit programs have different hardware ids: they count as two devices";
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
    let title = "64-bit and 32-bit programs hold different licenses";
    let evidence = stores.licenses().map(|(_, license)| license.evidence());
    Ok(vec![RULE.finding(title).severity(Severity::Info).evidences(evidence)])
}
