//! A license server list of a type or an encoding that Windows does not read.
//!
//! # What it looks at
//! The policy value `LicenseServers`, a REG_SZ with commas; the local value `SpecifiedLicenseServers`, a
//! REG_MULTI_SZ; and on a license server the REG_MULTI_SZ of that name in `TermServLicensing\Parameters`,
//! which lists the other license servers that may connect. The rule fires if one of them has another type, or
//! if its text has one byte for each character instead of UTF-16.
//!
//! # Why it matters
//! Windows requests the correct type and receives nothing. The host has no servers although the list is
//! visible in Registry Editor. Single bytes are read in pairs, so Windows sees other characters and fewer of
//! them.
//!
//! # How it can be wrong
//! A policy value of type REG_EXPAND_SZ may work. A local list has no effect while a policy lists servers;
//! the finding then has a lower severity. The encoding is recognized by its bytes: a name of rare ideographs
//! could look like single bytes.
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
//! Only the type or the encoding changes. Keep the names and their order. `reg import servers.reg` restores
//! the old list.
//!
//! # Verify
//! Run `gpupdate /force`, then `rdscal show`. It lists each server of the list in force. RD Licensing
//! Diagnoser (`lsdiag.msc`) shows whether the servers respond.

use snapshot::{Name, ValueType};

use crate::Finding;
use crate::model::{Found, ServerEntry, listed};
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-025",
    name: "server-list-wrong-type",
    title: "license server list has the wrong type or encoding",
    severity: Severity::Error,
    confidence: Confidence::High,
    scope: Scope::Any,
    products: "Windows Server 2008 R2 and later",
    recipe: Some("tidy-servers"),
    sources: &[
        sources::ADMX.at("Remote Desktop Session Host, Licensing"),
        sources::SIXTY_MINUTES,
        sources::MULTIPLE_SERVERS,
    ],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let setting = machine.license_servers();
    let by_policy =
        setting.winner().is_some_and(|winner| matches!(winner.place, Layer::Policy | Layer::Reported));
    // Without names: Windows cannot decode the value as a list.
    let unreadable = setting.read().filter(|list| list.value.is_none());
    let mut findings = Vec::new();
    for list in unreadable {
        let (whose, wanted) = if list.place == Layer::Policy {
            ("the policy's license server list", ValueType::SZ)
        } else {
            ("the local license server list", ValueType::MULTI_SZ)
        };
        let name = list.evidence.value.as_ref().and_then(Name::as_str).unwrap_or_default();
        let Some(found) = machine.value(&list.path, name)? else { continue };
        let finding = finding(whose, &found, wanted);
        findings.push(if by_policy && list.place != Layer::Policy {
            finding.severity(Severity::Info).note("another list is in force, so this list has no effect")
        } else {
            finding
        });
    }
    if let Ok(Some(found)) = machine.value(&places::licensing_service_parameters(), "SpecifiedLicenseServers")
        && (found.value.kind != ValueType::MULTI_SZ || found.value.as_single_bytes().is_some())
    {
        let whose = "the list of other license servers that may connect to this license server";
        let fix = "Write it again on the license server: the names of the other license servers, one in each line of a REG_MULTI_SZ.";
        findings.push(finding(whose, &found, ValueType::MULTI_SZ).fix(fix));
    }
    conclude(findings, setting.missing())
}

fn finding(whose: &str, found: &Found<'_>, wanted: ValueType) -> Finding {
    let (kind, shown) = (found.value.kind, found.value.shown());
    let title = match found.value.as_single_bytes() {
        Some(names) => {
            let names: Vec<_> = names.into_iter().map(ServerEntry).collect();
            let kind = if kind == wanted { String::new() } else { format!(" and a {kind}") };
            format!(
                "{whose} is text in single bytes{kind}; Windows reads a {wanted} in UTF-16, here {shown}; the intended names: {}",
                listed(&names)
            )
        }
        None => format!("{whose} is a {kind} ({shown}); Windows reads a {wanted}"),
    };
    RULE.finding(title).evidence(found.evidence())
}
