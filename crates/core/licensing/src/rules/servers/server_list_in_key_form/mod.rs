//! A list of license servers in the form that is probably a slip in two articles.
//!
//! # What it looks at
//! `TermService\Parameters\LicenseServers`: the value `SpecifiedLicenseServers`, and a key of the same name with
//! such a value in it. It fires where the key has a list and the value does not have the same servers.
//!
//! # Why it matters
//! Two Microsoft articles print the list in the key; all tools, and Windows' own setter, write the value. Most
//! likely Windows reads the value only. With two lists that differ, what somebody reads or edits is not what the
//! host asks.
//!
//! # How it can be wrong
//! Microsoft's own pages disagree, so a version may exist that reads the key. While a policy lists the servers,
//! neither form has an effect.
//!
//! # Fix
//! 1. Decide which servers are right.
//! 2. Write them into the value form, in Windows PowerShell as administrator: `(Get-WmiObject -Namespace
//!    root\cimv2\TerminalServices
//!    Win32_TerminalServiceSetting).SetSpecifiedLicenseServerList(@('rdls1.contoso.example','rdls2.contoso.example'))`.
//!    Windows refuses it while a policy names the servers, and then nothing needs to be done.
//! 3. Export the key
//!    `HKLM\SYSTEM\CurrentControlSet\Services\TermService\Parameters\LicenseServers\SpecifiedLicenseServers`
//!    (`reg export`), then delete it (`reg delete`); the value of the same name beside it stays.
//!
//! # Fix safety
//! The host asks the servers of the value form, as most likely before.
//!
//! # Verify
//! Run `gpupdate /force`, then `rdscal show`: it shows the list in force, name by name. RD Licensing Diagnoser says
//! whether the servers answer.

use crate::model::{Candidate, ServerEntry, same_servers};
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-026",
    name: "server-list-in-key-form",
    title: "list of license servers in a key of its own name",
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
        Some(_) => "two local lists of license servers differ; most likely Windows reads the value form only",
        None => {
            "the local list of license servers stands in key form, which most likely Windows does not read"
        }
    };
    let finding = RULE.finding(title).evidence(key_form.evidence.clone());
    let finding = match value_form {
        Some(value) => finding.evidence(value.evidence.clone()),
        None => finding.evidence(Evidence::absent_value(&path, "SpecifiedLicenseServers")),
    };
    let by_policy = setting.winner().is_some_and(|winner| winner.place == Layer::Policy);
    Ok(vec![if by_policy {
        finding
            .severity(Severity::Info)
            .note("a policy lists the servers: neither form has an effect while it does")
    } else {
        finding
    }])
}

type List = Candidate<Vec<ServerEntry>>;
