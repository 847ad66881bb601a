//! A license server list with characters that do not belong to any name.
//!
//! # What it looks at
//! Every list that Windows reads: the policy, the value form and the key form, and the subkeys of Windows
//! Server 2003. The rule fires for spaces before, after or inside a name, for empty entries, for line breaks,
//! for several names in one entry (`;` in the policy, `,` or `;` in a REG_MULTI_SZ, a literal `\0` in
//! either), and for characters that are not displayed (a zero-width space, a byte order mark). A list without
//! any name is covered by other rules.
//!
//! # Why it matters
//! Windows looks for a server of exactly that name, including the space, and does not find it. Most readers
//! stop at an empty entry in a REG_MULTI_SZ and ignore the servers after it. The list looks right on the
//! screen.
//!
//! # How it can be wrong
//! Administrators' scripts report that spaces make the lookup fail; no Microsoft document confirms it, and
//! some versions may trim them. A local list that a policy overrides has no effect and is reported at
//! severity info.
//!
//! # Fix
//! 1. In the policy *Use the specified Remote Desktop license servers* ({gpo:licensing}), separate the names
//!    with a single comma, without one at the end: `YOUR-SERVER-1,YOUR-SERVER-2`.
//! 2. Write the local list again, in an elevated Windows PowerShell: `(Get-WmiObject -Namespace
//!    root\cimv2\TerminalServices
//!    Win32_TerminalServiceSetting).SetSpecifiedLicenseServerList(@('YOUR-SERVER-1','YOUR-SERVER-2'))`.
//! 3. On Windows Server 2003, create a subkey of
//!    `HKLM\SYSTEM\CurrentControlSet\Services\TermService\Parameters\LicenseServers` with the right name.
//!    Then export and delete the subkey with the space.
//!
//! # Fix safety
//! Only spaces, invisible characters, empty entries and separators change. Keep the order of the servers.
//!
//! # Verify
//! Run `gpupdate /force`, then `rdscal show`. It lists each server of the list in force. RD Licensing
//! Diagnoser (`lsdiag.msc`) shows whether the servers respond.

use crate::model::{EntryFlaw, ServerEntry, listed};
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-021",
    name: "server-list-has-blanks",
    title: "license server list with spaces, empty entries or wrong separators",
    severity: Severity::Error,
    confidence: Confidence::Medium,
    scope: Scope::Any,
    products: "Windows Server 2003 and later",
    recipe: Some("tidy-servers"),
    sources: &[sources::RDS_LIC_CHK, sources::ADMX.at("Remote Desktop Session Host, Licensing")],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let setting = machine.license_servers();
    let lists = setting.read().filter(|list| list.standing != CandidateStatus::Invalid);
    let findings = lists.filter_map(|list| {
        let mut flaws = list.value.iter().flatten().filter_map(described);
        let mut shown: Vec<_> = flaws.by_ref().take(SHOWN).collect();
        if shown.is_empty() {
            return None;
        }
        let more = flaws.count();
        if more > 0 {
            shown.push(format!("{more} more"));
        }
        let place = if list.place == Layer::Policy { "the policy's" } else { "the local" };
        let entries = listed(list.value.iter().flatten());
        let finding = RULE.finding(format!("{place} license server list ({entries}): {}", shown.join("; ")));
        let finding = finding.evidence(list.evidence.clone());
        Some(if list.standing == CandidateStatus::Overridden {
            finding.severity(Severity::Info).note("another list has precedence, so this list has no effect")
        } else {
            finding
        })
    });
    conclude(findings.collect(), setting.missing())
}

/// Number of flaws that are named; the remaining ones are only counted.
const SHOWN: usize = 5;

fn described(entry: &ServerEntry) -> Option<String> {
    match entry.flaw()? {
        flaw @ EntryFlaw::Empty => Some(flaw.to_string()),
        flaw => Some(format!("{flaw} {}", entry.tidied())),
    }
}
