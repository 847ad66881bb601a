//! Users whose license came from a license server that the forest does not know.
//!
//! # What it looks at
//! `msTSManagingLS` of the users, a product ID, compared with the product IDs of the license servers of the
//! forest. The contents of the attribute were learned from public directory dumps; the specification does not
//! define them.
//!
//! # Why it matters
//! After a migration each user keeps the old server until the next logon. Users with the old server are not
//! counted by the new one, or an unnoticed second license server is issuing licenses.
//!
//! # How it can be wrong
//! The license server may be in another forest. Users whose license has also expired are not reported; they
//! are only remnants.
//!
//! # Fix
//! 1. Find the server by its product ID, which RD Licensing Manager shows in the properties of each server.
//! 2. If it no longer exists, wait for the next logon of the users, and make sure that no host still lists
//!    it.
//! 3. If it still exists, take it out of service, or add it to your inventory.
//!
//! # Fix safety
//! Checking changes nothing. Do not write these attributes by hand.
//!
//! # Verify
//! After the next logon of such a user the attribute names a known server.

use std::collections::BTreeMap;

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-131",
    name: "managing-server-unknown",
    title: "users were licensed by a server unknown to the forest",
    severity: Severity::Warning,
    confidence: Confidence::Medium,
    scope: Scope::Any,
    products: "Windows Server 2008 and later",
    sources: &[sources::ADA, sources::MIGRATE_CALS],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let users = machine.fact_if_relevant(facts::USERS)?.unwrap_or_default();
    if users.is_empty() {
        return Ok(Vec::new());
    }
    let known = machine.fact(facts::FOREST_LICENSE_SERVERS)?;
    let mut by_server: BTreeMap<&str, usize> = BTreeMap::new();
    for user in users.iter().filter(|user| user.expires.is_none_or(|end| end >= machine.at())) {
        let server = user.managing_server.as_deref().map(str::trim).filter(|server| !server.is_empty());
        if let Some(server) = server
            && !known.iter().any(|id| id.trim().eq_ignore_ascii_case(server))
        {
            *by_server.entry(server).or_default() += 1;
        }
    }
    Ok(by_server
        .into_iter()
        .map(|(server, count)| {
            let title = format!(
                "{} received a license from the license server {server}, which is unknown to the forest",
                counted(count, "user")
            );
            RULE.finding(title)
                .evidence(machine.fact_evidence(facts::USERS, format!("msTSManagingLS {server}")))
        })
        .collect())
}
