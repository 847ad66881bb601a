//! Several stored licenses for the same product and version.
//!
//! # What it looks at
//! The `LICENSE00n` of one store that have the same scope, company, product and version.
//!
//! # Why it matters
//! A client needs one license for each combination. With several it may present an old one and be refused
//! although it has a newer one. Each may also count as a license in use on a license server.
//!
//! # How it can be wrong
//! Licenses of different versions are normal and are not reported. Two license servers that issued to the
//! same device produce two licenses; which one counts depends on where the device connects.
//!
//! # Fix
//! 1. If the issuers differ, find out why the hosts use different license servers.
//! 2. Keep the license that expires last. In an elevated Command Prompt export the store (`reg export
//!    HKLM\SOFTWARE\Microsoft\MSLicensing mslicensing.reg`), then delete the others, one subkey at a time:
//!    `reg delete HKLM\SOFTWARE\Microsoft\MSLicensing\Store\LICENSE000`, with the numbers from the finding.
//! 3. If the finding names the store of 32-bit programs, the key is
//!    `HKLM\SOFTWARE\WOW6432Node\Microsoft\MSLicensing`.
//!
//! # Fix safety
//! The license that expires last is kept. A license that another server issued remains in use there until it
//! expires. `reg import mslicensing.reg` restores the subkeys.
//!
//! # Verify
//! Connect, and run `rdscal show` on the client.

use std::collections::BTreeMap;

use crate::model::StoredLicense;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-081",
    name: "client-licenses-duplicate",
    title: "several stored client licenses for the same product",
    severity: Severity::Warning,
    confidence: Confidence::Medium,
    scope: Scope::Client,
    in_service: true,
    recipe: Some("clear-client"),
    sources: &[sources::RDPELE.at("MS-RDPELE 3.3.1.8, how a client finds a license")],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let stores = machine.client_stores();
    let mut findings = Vec::new();
    for store in &stores.stores {
        let mut same: BTreeMap<_, Vec<&StoredLicense>> = BTreeMap::new();
        for license in store.licenses.iter().filter(|license| license.license.is_some()) {
            same.entry((&license.index, license.version())).or_default().push(license);
        }
        for several in same.values().filter(|several| several.len() > 1) {
            let names: Vec<_> = several.iter().map(|license| license.label()).collect();
            let mut finding = RULE
                .finding(format!("{} are licenses for the same product and version", names.join(", ")))
                .evidences(several.iter().map(|license| license.evidence()));
            if let Some((end, keep)) =
                several.iter().filter_map(|one| Some((one.ends()?, one))).max_by_key(|(end, _)| *end)
            {
                finding = finding.note(format!("{} expires last, on {}", keep.name, end.date()));
            }
            findings.push(finding);
        }
    }
    stores.conclude(findings)
}
