//! An entry in the license server list that is not a host name.
//!
//! # What it looks at
//! The list in force. The rule fires at severity warning for a path (`\\rdls1`), a URL, a port (`rdls1:135`),
//! quotation marks, or text that is not a host name: a variable (`%COMPUTERNAME%`, `$env:...`), a literal of
//! a script (`@(rdls1)`), the name of a .NET type (`System.String[]`), other characters that DNS names do not
//! have, an empty label or one of more than 63 bytes. The severity is error if the list then has no usable
//! name, and info for an IP address. Loopback addresses are covered by `server-is-this-machine`.
//!
//! # Why it matters
//! Windows interprets each entry as the name of a server. A path or URL is not a name, and the registry does
//! not expand variables in these values. An address works until the server receives another one, and it
//! prevents authentication by name (Kerberos).
//!
//! # How it can be wrong
//! IP addresses are permitted, and some networks have reasons to use them. NetBIOS names may contain signs
//! such as `$` or parentheses, which DNS names do not have; Windows names no server so by default.
//!
//! # Fix
//! 1. Replace the entry with the server's fully qualified name, in the policy *Use the specified Remote
//!    Desktop license servers* ({gpo:licensing}).
//! 2. If no policy lists servers, set the list on the host in an elevated Windows PowerShell: `(Get-WmiObject
//!    -Namespace root\cimv2\TerminalServices
//!    Win32_TerminalServiceSetting).SetSpecifiedLicenseServerList(@('YOUR-SERVER-1','YOUR-SERVER-2'))`. This
//!    replaces the whole list.
//!
//! # Fix safety
//! Check that the name resolves on the host before you write it.
//!
//! # Verify
//! Run `gpupdate /force`, then `rdscal show`. It lists each server of the list in force. RD Licensing
//! Diagnoser (`lsdiag.msc`) shows whether the servers respond.

use crate::model::{EntryForm, ServerEntry, listed};
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-024",
    name: "server-not-a-name",
    title: "license server entry that is not a host name",
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
    let has_name = list.value.iter().flatten().any(ServerEntry::is_usable);
    let findings = FORMS.iter().filter_map(|(form, what, severity)| {
        let entries = list.value.iter().flatten().filter(|entry| !entry.is_blank() && !entry.is_loopback());
        let entries: Vec<_> = entries.filter(|entry| entry.form() == *form).collect();
        let title = format!("the license server list contains {what}: {}", listed(entries.iter().copied()));
        let is_lost = !has_name && matches!(form, EntryForm::NotAName | EntryForm::Quoted);
        let severity = if is_lost { Severity::Error } else { *severity };
        let finding = RULE.finding(title).severity(severity).evidence(list.evidence.clone());
        let finding = if is_lost { finding.note("the list has no other name") } else { finding };
        (!entries.is_empty()).then_some(finding)
    });
    conclude(findings.collect(), setting.missing())
}

const FORMS: [(EntryForm, &str, Severity); 6] = [
    (EntryForm::NotAName, "text that is not a host name", Severity::Warning),
    (EntryForm::Address, "an IP address instead of a name", Severity::Info),
    (EntryForm::Path, "a path instead of a name", Severity::Warning),
    (EntryForm::Url, "a URL instead of a name", Severity::Warning),
    (EntryForm::Port, "a name with a port instead of a name", Severity::Warning),
    (EntryForm::Quoted, "a name in quotation marks", Severity::Warning),
];
