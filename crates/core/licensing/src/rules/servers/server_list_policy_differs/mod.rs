//! A local license server list that the policy overrides.
//!
//! # What it looks at
//! The policy value `LicenseServers` and the local list. The rule fires if both name servers, and the servers
//! differ. Order, case and spaces are ignored.
//!
//! # Why it matters
//! The policy wins. A change of the local list has no effect. After a migration one of the two lists often
//! still names the old server.
//!
//! # How it can be wrong
//! Nothing is broken. The policy may be intended.
//!
//! # Fix
//! 1. Find out which servers are right.
//! 2. If the policy is right, no action is required. Windows refuses to change the local list while the
//!    policy lists servers.
//! 3. If the local list is right, change the Group Policy object, not the registry: *Use the specified Remote
//!    Desktop license servers* ({gpo:licensing}). `gpresult /h report.html` names the object.
//!
//! # Fix safety
//! Changing the policy moves every host in its scope to the other servers.
//!
//! # Verify
//! Run `gpupdate /force`, then `rdscal show`. It lists each server of the list in force. RD Licensing
//! Diagnoser (`lsdiag.msc`) shows whether the servers respond.

use crate::model::{ServerEntry, listed, same_servers};
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-028",
    name: "server-list-policy-differs",
    title: "policy and local setting list different license servers",
    severity: Severity::Info,
    confidence: Confidence::High,
    scope: Scope::Any,
    products: "Windows Server 2008 R2 and later",
    sources: &[
        sources::ADMX.at("Remote Desktop Session Host, Licensing"),
        sources::POLICY_WINS,
        sources::TS_SETTING,
    ],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let setting = machine.license_servers();
    setting.certain()?;
    let Some(policy) = setting.winner().filter(|winner| winner.place == Layer::Policy) else {
        return Ok(Vec::new());
    };
    machine.value(&places::license_servers(), "SpecifiedLicenseServers")?;
    let wanted = policy.value.as_deref().unwrap_or_default();
    let overridden = setting.candidates.iter().filter(|list| list.standing == CandidateStatus::Overridden);
    let differing =
        overridden.filter(|list| !same_servers(list.value.as_deref().unwrap_or_default(), wanted));
    Ok(differing
        .map(|local| {
            let other = tidied(local.value.as_deref().unwrap_or_default());
            let title = format!(
                "the policy lists {}, the local setting {}; the policy wins",
                listed(&tidied(wanted)),
                listed(&other)
            );
            let mut finding = RULE.finding(title);
            finding.notes.extend(machine.policy_note());
            finding.evidence(policy.evidence.clone()).evidence(local.evidence.clone())
        })
        .collect())
}

fn tidied(list: &[ServerEntry]) -> Vec<ServerEntry> {
    list.iter().filter(|entry| !entry.is_blank()).map(ServerEntry::tidied).collect()
}
