//! A policy that sets the list of license servers to nothing.
//!
//! # What it looks at
//! The policy value `LicenseServers`. It fires where it is a text that names no server: empty, blanks, commas. On a
//! session host that has no other list either, `no-license-server` says it.
//!
//! # Why it matters
//! The value's presence tells Windows that policy governs the list, and there is nothing in it. Whether a host then
//! falls back to its local list is not documented; at worst it has no license server. The policy editor demands a
//! name, so a hand or a script wrote this: a page of 2026 tells people to.
//!
//! # How it can be wrong
//! A Windows version may fall back to the local list, and users then notice nothing.
//!
//! # Fix
//! 1. Open the policy object and name the servers: *Use the specified Remote Desktop license servers*
//!    ({gpo:licensing}).
//! 2. Or set that policy to *Not Configured*, so that the local list counts.
//! 3. Where no object sets it (`gpresult /h report.html`), it was written by hand:
//!    `reg export "HKLM\SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services" policy.reg`, then `reg delete`
//!    with the same key and `/v LicenseServers`.
//!
//! # Fix safety
//! Where an object sets the value, change the object: the next refresh would write a deleted value again.
//!
//! # Verify
//! Run `gpupdate /force`, then `rdscal show`: it shows the list in force.

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
    let mut finding = RULE.finding(format!(
        "the policy sets the list of license servers to nothing ({})",
        empty.evidence.found
    ));
    finding.notes.extend(machine.policy_note());
    Ok(vec![finding.evidence(empty.evidence.clone())])
}
