//! An entry in the list of license servers that is not a host name.
//!
//! # What it looks at
//! The list in force. It fires at warning for a path (`\\rdls1`), a URL, a port (`rdls1:135`) or quotation marks,
//! and as an information for an IP address. Loopback addresses are the business of `server-is-this-machine`.
//!
//! # Why it matters
//! Windows takes each entry for the name of a server. A path or URL names none. An address works, until the server
//! moves: nothing then tells where it went, and authentication by name (Kerberos) is not used.
//!
//! # How it can be wrong
//! IP addresses are allowed, and some networks have reasons for them.
//!
//! # Fix
//! 1. Replace the entry by the server's fully qualified name, in the policy *Use the specified Remote Desktop
//!    license servers* ({gpo:licensing}).
//! 2. Where no policy names servers, set the list on the host, in Windows PowerShell as administrator:
//!    `(Get-WmiObject -Namespace root\cimv2\TerminalServices
//!    Win32_TerminalServiceSetting).SetSpecifiedLicenseServerList(@('rdls1.contoso.example','rdls2.contoso.example'))`.
//!    It replaces the whole list.
//!
//! # Fix safety
//! Check that the name resolves on the host before you write it.
//!
//! # Verify
//! Run `gpupdate /force`, then `rdscal show`: it shows the list in force, name by name. RD Licensing Diagnoser says
//! whether the servers answer.

use crate::model::{EntryForm, listed};
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-024",
    name: "server-not-a-name",
    title: "license server given as path, URL, port or address",
    severity: Severity::Warning,
    confidence: Confidence::Medium,
    scope: Scope::Any,
    products: "Windows Server 2003 and later",
    recipe: Some("set-servers"),
    sources: &[sources::TS_SETTING, sources::ADMX.at("Remote Desktop Session Host, Licensing")],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let setting = machine.license_servers();
    let Some(list) = setting.winner() else { return conclude(Vec::new(), setting.missing()) };
    let findings = FORMS.iter().filter_map(|(form, what, severity)| {
        let entries = list.value.iter().flatten().filter(|entry| !entry.is_blank() && !entry.is_loopback());
        let entries: Vec<_> = entries.filter(|entry| entry.form() == *form).collect();
        let title = format!(
            "the list of license servers has {what} where a name belongs: {}",
            listed(entries.iter().copied())
        );
        let finding = RULE.finding(title).severity(*severity).evidence(list.evidence.clone());
        (!entries.is_empty()).then_some(finding)
    });
    conclude(findings.collect(), setting.missing())
}

const FORMS: [(EntryForm, &str, Severity); 5] = [
    (EntryForm::Address, "an IP address", Severity::Info),
    (EntryForm::Path, "a path", Severity::Warning),
    (EntryForm::Url, "a URL", Severity::Warning),
    (EntryForm::Port, "a name with a port", Severity::Warning),
    (EntryForm::Quoted, "a name in quotation marks", Severity::Warning),
];
