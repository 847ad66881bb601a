//! Users whose license came from a license server that is gone.
//!
//! # What it looks at
//! `msTSManagingLS` of the users, a product id, against the product ids of the license servers of the forest.
//! What the attribute holds was read from public directory dumps; the specification does not say it.
//!
//! # Why it matters
//! After a migration the old server is still named until each user has logged on once. Users that keep the
//! old name are not counted by the new server, or a second license server issues without anybody knowing.
//!
//! # How it can be wrong
//! A license server in another forest. Users whose license has ended as well are not reported: they are only
//! leftovers.
//!
//! # Fix
//! 1. Find the server by its product id: RD Licensing Manager shows it in the properties of each server.
//! 2. If it is gone, wait for the next logon of the users, and make sure that no host still lists it.
//! 3. If it is still there, take it out of service, or add it to your inventory.
//!
//! # Fix safety
//! Nothing is changed by looking. Do not write these attributes by hand.
//!
//! # Verify
//! After the next logon of such a user the attribute names a known server.

use std::collections::BTreeMap;

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-131",
    name: "managing-server-unknown",
    title: "users were licensed by a server that the forest does not know",
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
                "{} got a license from the license server {server}, which the forest does not know",
                counted(count, "user")
            );
            RULE.finding(title)
                .evidence(machine.fact_evidence(facts::USERS, format!("msTSManagingLS {server}")))
        })
        .collect())
}
