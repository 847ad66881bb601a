//! A policy that sets an empty license server list.
//!
//! # What it looks at
//! The policy value `LicenseServers`. The rule fires if it is a text without any server name: empty, spaces,
//! commas. On a session host without any other list, `no-license-server` reports it.
//!
//! # Why it matters
//! With the value the policy controls the list, but the list is empty. Whether a host then uses its local
//! list is not documented. The help text of the policy says that a host that does not find the listed
//! servers goes on to discover others; an article of 2024 says that discovery ended. At worst the host
//! has no license server. The policy editor requires a name, so the value was written by hand or by a
//! script.
//!
//! # How it can be wrong
//! A Windows version may use the local list, and users then notice nothing.
//!
//! # Fix
//! 1. Open the policy object and name the servers: *Use the specified Remote Desktop license servers*
//!    ({gpo:licensing}).
//! 2. Or set that policy to *Not Configured*, so that the local list is in force.
//! 3. If no object sets it (`gpresult /h report.html`), it was written by hand: `reg export
//!    "HKLM\SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services" policy.reg`, then `reg delete` with the
//!    same key and `/v LicenseServers`.
//!
//! # Fix safety
//! If an object sets the value, change the object. The next policy refresh would restore a deleted value.
//!
//! # Verify
//! Run `gpupdate /force`, then `rdscal show`. It shows the list in force.

use crate::model::{Effective, Role};
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-193",
    name: "policy-server-list-empty",
    title: "policy lists no license server",
    severity: Severity::Error,
    confidence: Confidence::Medium,
    scope: Scope::Any,
    products: "Windows Server 2003 and later",
    sources: &[sources::ADMX.at("Remote Desktop Session Host, Licensing"), sources::FOLKLORE],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    machine.value(&places::policy(), "LicenseServers")?;
    let setting = machine.license_servers();
    let empty = setting
        .at(Layer::Policy)
        .find(|list| list.standing == CandidateStatus::Invalid && list.value.is_some());
    let Some(empty) = empty else { return Ok(Vec::new()) };
    let nothing_else =
        setting.effective == Effective::NotSet && !machine.product().discovers_license_servers();
    if nothing_else && machine.roles().holds(Role::SessionHost) == Ok(true) {
        return Ok(Vec::new());
    }
    let mut finding =
        RULE.finding(format!("the policy sets an empty license server list ({})", empty.evidence.found));
    finding.notes.extend(machine.policy_note());
    Ok(vec![finding.evidence(empty.evidence.clone())])
}
