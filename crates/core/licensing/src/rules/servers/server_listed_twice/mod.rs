//! A license server that the list in force names more than once.
//!
//! # What it looks at
//! The list in force. The rule fires if two entries are equal apart from case and spaces, or if one is the
//! first label of the other, so that both are very likely one host.
//!
//! # Why it matters
//! A list with two entries suggests that there is a second server to fall back to. There is none. When the
//! server fails, the host contacts it again under its other name.
//!
//! # How it can be wrong
//! A short name and a fully qualified name with the same first label can be two hosts in different domains.
//!
//! # Fix
//! 1. Keep the fully qualified name and delete the other entry, in the policy *Use the specified Remote
//!    Desktop license servers* ({gpo:licensing}).
//! 2. If no policy lists servers, set the list on the host in an elevated Windows PowerShell: `(Get-WmiObject
//!    -Namespace root\cimv2\TerminalServices
//!    Win32_TerminalServiceSetting).SetSpecifiedLicenseServerList(@('YOUR-SERVER-1','YOUR-SERVER-2'))`. This
//!    replaces the whole list.
//!
//! # Fix safety
//! The host contacts the same server as before.
//!
//! # Verify
//! Run `gpupdate /force`, then `rdscal show`. It lists each server of the list in force. RD Licensing
//! Diagnoser (`lsdiag.msc`) shows whether the servers respond.

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
