//! A session host with one license server and none to fall back to.
//!
//! # What it looks at
//! The list in force. It fires where it names exactly one server.
//!
//! # Why it matters
//! When that server is down, clients without a valid license are refused once the grace period is over. Licenses
//! that were issued before keep working until they expire.
//!
//! # How it can be wrong
//! Good practice rather than a rule: for a small site one server with a backup is enough. Two names may also stand
//! for one server behind an alias.
//!
//! # Fix
//! 1. Nothing needs to be done.
//! 2. Where an outage would hurt: install a second license server, divide the CALs between both, and list both in
//!    the policy *Use the specified Remote Desktop license servers* ({gpo:licensing}).
//!
//! # Fix safety
//! CALs cannot be installed on two servers at once. They are divided, or the second server stands ready without
//! any.
//!
//! # Verify
//! Run `gpupdate /force`, then `rdscal show`: it shows the list in force, name by name. RD Licensing Diagnoser says
//! whether the servers answer.

use crate::model::ServerEntry;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-034",
    name: "single-license-server",
    title: "only one license server is listed",
    severity: Severity::Info,
    confidence: Confidence::Low,
    scope: Scope::SessionHost,
    sources: &[sources::PRACTICE],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let setting = machine.license_servers();
    setting.certain()?;
    let mut servers: Vec<_> = machine.listed_servers()?.iter().map(ServerEntry::folded).collect();
    servers.sort();
    servers.dedup();
    let (Some(list), [only]) = (setting.winner(), servers.as_slice()) else { return Ok(Vec::new()) };
    // That the host lists itself is a fault of another kind.
    if list.value.iter().flatten().any(ServerEntry::is_loopback) {
        return Ok(Vec::new());
    }
    Ok(vec![
        RULE.finding(format!("“{only}” is the only license server of this host"))
            .evidence(list.evidence.clone()),
    ])
}
