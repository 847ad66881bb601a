//! A license server list stored as a key, a form that is probably an error in two articles.
//!
//! # What it looks at
//! `TermService\Parameters\LicenseServers`: the value `SpecifiedLicenseServers`, and a key of the same name
//! that contains such a value. The rule fires if the key has a list and the value does not have the same
//! servers.
//!
//! # Why it matters
//! Two Microsoft articles show the list in the key. All tools, and Windows' own method, write the value. Most
//! likely Windows reads only the value. If the two lists differ, administrators may read or edit a list that
//! the host does not use.
//!
//! # How it can be wrong
//! Microsoft's own pages disagree, so a version may exist that reads the key. While a policy lists the
//! servers, neither form has an effect.
//!
//! # Fix
//! 1. Decide which servers are right.
//! 2. Write them to the value form, in an elevated Windows PowerShell: `(Get-WmiObject -Namespace
//!    root\cimv2\TerminalServices
//!    Win32_TerminalServiceSetting).SetSpecifiedLicenseServerList(@('YOUR-SERVER-1','YOUR-SERVER-2'))`.
//!    Windows refuses this while a policy lists the servers; then no action is required.
//! 3. Export the key
//!    `HKLM\SYSTEM\CurrentControlSet\Services\TermService\Parameters\LicenseServers\SpecifiedLicenseServers`
//!    (`reg export`), then delete it (`reg delete`). Keep the value of the same name beside it.
//!
//! # Fix safety
//! The host uses the servers of the value form, most likely as before.
//!
//! # Verify
//! Run `gpupdate /force`, then `rdscal show`. It lists each server of the list in force. RD Licensing
//! Diagnoser (`lsdiag.msc`) shows whether the servers respond.

use crate::model::{Candidate, ServerEntry, same_servers};
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-026",
    name: "server-list-in-key-form",
    title: "license server list stored as a key",
    severity: Severity::Warning,
    confidence: Confidence::Medium,
    scope: Scope::Any,
    products: "Windows Server 2008 R2 and later",
    recipe: Some("tidy-servers"),
    sources: &[sources::MODE_WARNING, sources::SIXTY_MINUTES, sources::TS_SETTING],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let path = places::license_servers();
    machine.value(&path.join("SpecifiedLicenseServers"), "SpecifiedLicenseServers")?;
    let setting = machine.license_servers();
    let usable = |list: &&List| matches!(list.standing, CandidateStatus::Wins | CandidateStatus::Overridden);
    let Some(key_form) = setting.at(Layer::LocalVariant).find(usable) else { return Ok(Vec::new()) };
    let value_form = setting.at(Layer::Local).next();
    let servers = |list: &List| list.value.clone().unwrap_or_default();
    let title = match value_form {
        Some(value) if same_servers(&servers(value), &servers(key_form)) => return Ok(Vec::new()),
        Some(_) => "two local license server lists differ; most likely Windows reads only the value form",
        None => "the local license server list is in key form, which Windows most likely does not read",
    };
    let finding = RULE.finding(title).evidence(key_form.evidence.clone());
    let finding = match value_form {
        Some(value) => finding.evidence(value.evidence.clone()),
        None => finding.evidence(Evidence::absent_value(&path, "SpecifiedLicenseServers")),
    };
    let by_policy =
        setting.winner().is_some_and(|winner| matches!(winner.place, Layer::Policy | Layer::Reported));
    Ok(vec![if by_policy {
        finding.severity(Severity::Info).note("another list is in force, so neither form has an effect")
    } else {
        finding
    }])
}

type List = Candidate<Vec<ServerEntry>>;
