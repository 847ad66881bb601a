//! A session host with one license server and no second one to fall back to.
//!
//! # What it looks at
//! The list in force. The rule fires if it names exactly one server.
//!
//! # Why it matters
//! If that server fails, clients without a valid license are refused once the grace period is over. Licenses
//! that were already issued keep working until they expire.
//!
//! # How it can be wrong
//! This is good practice rather than a rule. For a small site one server with a backup is sufficient. An
//! alias may also represent two servers.
//!
//! # Fix
//! 1. No action is required.
//! 2. If an outage would be costly, install a second license server, divide the CALs between both, and list
//!    both in the policy *Use the specified Remote Desktop license servers* ({gpo:licensing}).
//!
//! # Fix safety
//! The same CALs cannot be installed on two servers at once. They are divided, or the second server is a
//! standby without CALs.
//!
//! # Verify
//! Run `gpupdate /force`, then `rdscal show`. It lists each server of the list in force. RD Licensing
//! Diagnoser (`lsdiag.msc`) shows whether the servers respond.

use crate::model::ServerEntry;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-034",
    name: "single-license-server",
    title: "only one license server is listed",
    severity: Severity::Info,
    confidence: Confidence::Low,
    scope: Scope::SessionHost,
    in_service: true,
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
    // `server-is-this-machine` reports a host that lists itself, and other rules an entry that is not a name.
    if list.value.iter().flatten().any(|entry| entry.is_loopback() || !entry.is_blank() && !entry.is_usable())
    {
        return Ok(Vec::new());
    }
    Ok(vec![
        RULE.finding(format!("“{only}” is the only license server of this host"))
            .evidence(list.evidence.clone()),
    ])
}
