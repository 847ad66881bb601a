//! A list of license servers that was written with another type than Windows reads.
//!
//! # What it looks at
//! The policy value `LicenseServers`, which is a REG_SZ with commas, and the local `SpecifiedLicenseServers`, which
//! is a REG_MULTI_SZ. It fires where one of them has another type.
//!
//! # Why it matters
//! Windows asks for the one type and gets nothing: the host is without its servers although the list can be seen in
//! Registry Editor.
//!
//! # How it can be wrong
//! A policy value of type REG_EXPAND_SZ may work. A local list has no effect while a policy lists servers; the
//! finding then weighs less.
//!
//! # Fix
//! 1. For the policy: set it anew in the Group Policy object, not in the registry: *Use the specified Remote
//!    Desktop license servers* ({gpo:licensing}).
//! 2. For the local list: `reg export HKLM\SYSTEM\CurrentControlSet\Services\TermService\Parameters\LicenseServers
//!    servers.reg`, then `reg add HKLM\SYSTEM\CurrentControlSet\Services\TermService\Parameters\LicenseServers /v
//!    SpecifiedLicenseServers /t REG_MULTI_SZ /d "rdls1.contoso.example\0rdls2.contoso.example" /f` in a Command
//!    Prompt as administrator.
//! 3. Correct the script that wrote it: `reg add` needs `/t REG_MULTI_SZ` (names separated by `\0`), PowerShell
//!    `-PropertyType MultiString`.
//!
//! # Fix safety
//! Only the type changes; keep the names and their order. `reg import servers.reg` brings the old list back.
//!
//! # Verify
//! Run `gpupdate /force`, then `rdscal show`: it shows the list in force, name by name. RD Licensing Diagnoser says
//! whether the servers answer.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-025",
    name: "server-list-wrong-type",
    title: "list of license servers has the wrong type",
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
    let by_policy = setting.winner().is_some_and(|winner| winner.place == Layer::Policy);
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
            "{whose} list of license servers is a {kind} ({}); Windows reads a {wanted}",
            list.evidence.found
        );
        let finding = RULE.finding(title).evidence(list.evidence.clone());
        if by_policy && list.place != Layer::Policy {
            finding
                .severity(Severity::Info)
                .note("a policy lists the servers: this list has no effect while it does")
        } else {
            finding
        }
    });
    conclude(findings.collect(), setting.missing())
}
