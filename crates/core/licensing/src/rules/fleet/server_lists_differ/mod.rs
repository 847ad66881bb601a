//! Hosts that share one license server and differ in others.
//!
//! # What it looks at
//! The license servers in force of the session hosts of each set, as names without order. Hosts are of one
//! set where they list a license server in common; a host without a list joins the set of its domain.
//!
//! # Why it matters
//! After a migration some hosts still ask the old server, which issues licenses that nobody counts, or is
//! gone. When the common server fails, only some of the hosts have a second one.
//!
//! # How it can be wrong
//! Hosts of two sites may share the far server as their second choice, and differ on purpose. A different
//! order is not reported.
//!
//! # Fix
//! 1. Write the list into one Group Policy object that reaches every host of the farm: *Use the specified Remote
//!    Desktop license servers* ({gpo:licensing}).
//! 2. Take the old server out of every list before it is switched off.
//! 3. Local lists that say otherwise then have no effect; `server-list-policy-differs` names them.
//!
//! # Fix safety
//! A client that asks another server takes a license there, too. Change all hosts at once.
//!
//! # Verify
//! Run `rdscal doctor` over the same machines again.

use crate::model::sets::server_names;
use crate::rules::prelude::*;
use crate::rules::shared::ByValue;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-172",
    name: "server-lists-differ",
    title: "session hosts of one set differ in license servers",
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
            "session hosts that belong together have {} different lists of license servers",
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
