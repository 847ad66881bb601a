//! A license server that the list in force names more than once.
//!
//! # What it looks at
//! The list in force. It fires where two entries are the same name but for case and blanks, or where one is the
//! first label of the other, so that both are very likely one host.
//!
//! # Why it matters
//! A list with two entries looks as if there were a second server to fall back to. There is none: when that server
//! fails, the host asks it again under its other name.
//!
//! # How it can be wrong
//! A short name and a fully qualified one with the same first label can be two hosts in different domains.
//!
//! # Fix
//! 1. Leave the fully qualified name and delete the other entry, in the policy *Use the specified Remote Desktop
//!    license servers* ({gpo:licensing}).
//! 2. Where no policy names servers, set the list on the host, in Windows PowerShell as administrator:
//!    `(Get-WmiObject -Namespace root\cimv2\TerminalServices
//!    Win32_TerminalServiceSetting).SetSpecifiedLicenseServerList(@('rdls1.contoso.example','rdls2.contoso.example'))`.
//!    It replaces the whole list.
//!
//! # Fix safety
//! The host asks the same server as before.
//!
//! # Verify
//! Run `gpupdate /force`, then `rdscal show`: it shows the list in force, name by name. RD Licensing Diagnoser says
//! whether the servers answer.

use crate::model::{ServerNames, listed};
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-022",
    name: "server-listed-twice",
    title: "license server listed twice",
    severity: Severity::Warning,
    confidence: Confidence::Medium,
    scope: Scope::Any,
    products: "Windows Server 2003 and later",
    recipe: Some("tidy-servers"),
    sources: &[sources::RDS_LIC_CHK],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let setting = machine.license_servers();
    let Some(list) = setting.winner() else { return conclude(Vec::new(), setting.missing()) };
    let (mut seen, mut equal, mut alike) = (ServerNames::default(), Vec::new(), Vec::new());
    for entry in list.value.iter().flatten().filter(|entry| !entry.is_blank()) {
        if seen.has_name(entry) {
            equal.push(entry);
        } else if seen.has_server(entry) {
            alike.push(entry);
        }
        seen.insert(entry);
    }
    let said = [
        (equal, "license servers listed more than once", Confidence::High),
        (
            alike,
            "license servers listed with and without their domain, very likely one host",
            Confidence::Medium,
        ),
    ];
    let findings =
        said.into_iter().filter(|(entries, ..)| !entries.is_empty()).map(|(entries, what, confidence)| {
            let title = format!("{what}: {}", listed(entries));
            RULE.finding(title).confidence(confidence).evidence(list.evidence.clone())
        });
    conclude(findings.collect(), setting.missing())
}
