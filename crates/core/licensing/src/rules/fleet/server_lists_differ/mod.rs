//! Hosts that share one license server but differ in others.
//!
//! # What it looks at
//! The license servers in force of the session hosts of each set, as names without order. Hosts belong to one
//! set if they list a common license server. A host without a list belongs to the set of its domain.
//!
//! # Why it matters
//! After a migration some hosts still use the old server, which no longer exists or issues licenses that are
//! not counted. When the common server fails, only some of the hosts have a second one.
//!
//! # How it can be wrong
//! Hosts of two sites may share the remote server as their second choice and differ intentionally. A
//! different order is not reported.
//!
//! # Fix
//! 1. Write the list to one Group Policy object that reaches every host of the farm: *Use the specified
//!    Remote Desktop license servers* ({gpo:licensing}).
//! 2. Remove the old server from every list before it is switched off.
//! 3. Different local lists then have no effect; `server-list-policy-differs` reports them.
//!
//! # Fix safety
//! A client that contacts another server also consumes a license there. Change all hosts at once.
//!
//! # Verify
//! Run `rdscal doctor` on the same machines again.

use crate::model::sets::server_names;
use crate::rules::prelude::*;
use crate::rules::shared::ByValue;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-172",
    name: "server-lists-differ",
    title: "session hosts of one set list different license servers",
    severity: Severity::Warning,
    confidence: Confidence::Medium,
    scope: Scope::Fleet,
    recipe: Some("set-servers"),
    sources: &[sources::PRACTICE, sources::MIGRATE_CALS],
    ..Rule::fleet(check)
};

fn check(machines: &[&FleetKey]) -> Outcome {
    let list = |host: &FleetKey| {
        let names = server_names(host);
        if names.is_empty() { "no list".to_owned() } else { names.join(", ") }
    };
    let finding = |by_list: &ByValue| {
        RULE.finding(format!(
            "session hosts of one set have {} different license server lists",
            by_list.len()
        ))
    };
    differ(
        machines,
        |host| host.servers_seen,
        list,
        finding,
        "the license servers of at least two session hosts",
    )
}
