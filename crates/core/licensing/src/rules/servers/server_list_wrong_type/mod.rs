//! A license server list of a type that Windows does not read.
//!
//! # What it looks at
//! The policy value `LicenseServers`, a REG_SZ with commas, and the local value `SpecifiedLicenseServers`, a
//! REG_MULTI_SZ. The rule fires if one of them has another type.
//!
//! # Why it matters
//! Windows requests the correct type and receives nothing. The host has no servers although the list is
//! visible in Registry Editor.
//!
//! # How it can be wrong
//! A policy value of type REG_EXPAND_SZ may work. A local list has no effect while a policy lists servers;
//! the finding then has a lower severity.
//!
//! # Fix
//! 1. For the policy: set it again in the Group Policy object, not in the registry: *Use the specified Remote
//!    Desktop license servers* ({gpo:licensing}).
//! 2. For the local list, in an elevated Command Prompt: `reg export
//!    HKLM\SYSTEM\CurrentControlSet\Services\TermService\Parameters\LicenseServers servers.reg`, then `reg
//!    add HKLM\SYSTEM\CurrentControlSet\Services\TermService\Parameters\LicenseServers /v
//!    SpecifiedLicenseServers /t REG_MULTI_SZ /d "YOUR-SERVER-1\0YOUR-SERVER-2" /f`.
//! 3. Correct the script that wrote it. `reg add` needs `/t REG_MULTI_SZ` (names separated by `\0`),
//!    PowerShell needs `-PropertyType MultiString`.
//!
//! # Fix safety
//! Only the type changes. Keep the names and their order. `reg import servers.reg` restores the old list.
//!
//! # Verify
//! Run `gpupdate /force`, then `rdscal show`. It lists each server of the list in force. RD Licensing
//! Diagnoser (`lsdiag.msc`) shows whether the servers respond.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-025",
    name: "server-list-wrong-type",
    title: "license server list has the wrong type",
    severity: Severity::Error,
    confidence: Confidence::High,
    scope: Scope::Any,
    products: "Windows Server 2008 R2 and later",
    recipe: Some("tidy-servers"),
    sources: &[sources::ADMX.at("Remote Desktop Session Host, Licensing"), sources::SIXTY_MINUTES],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let setting = machine.license_servers();
    let by_policy =
        setting.winner().is_some_and(|winner| matches!(winner.place, Layer::Policy | Layer::Reported));
    let unreadable =
        setting.read().filter(|list| list.standing == CandidateStatus::Invalid && list.value.is_none());
    let findings = unreadable.map(|list| {
        let kind = list.evidence.kind.as_deref().unwrap_or_default();
        let (whose, wanted) = if list.place == Layer::Policy {
            ("the policy's", "REG_SZ")
        } else {
            ("the local", "REG_MULTI_SZ")
        };
        let title = format!(
            "{whose} license server list is a {kind} ({}); Windows reads a {wanted}",
            list.evidence.found
        );
        let finding = RULE.finding(title).evidence(list.evidence.clone());
        if by_policy && list.place != Layer::Policy {
            finding.severity(Severity::Info).note("another list is in force, so this list has no effect")
        } else {
            finding
        }
    });
    conclude(findings.collect(), setting.missing())
}
