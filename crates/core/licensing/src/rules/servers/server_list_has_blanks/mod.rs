//! A list of license servers with characters in it that belong to no name.
//!
//! # What it looks at
//! Every list that Windows reads: policy, value and key form, and the subkeys of Windows Server 2003. It fires for
//! blanks before, after or inside a name, for empty entries, for line breaks, and for several names in one entry
//! (`;` in the policy, `,` or `;` in a REG_MULTI_SZ). A list that names nobody at all is the business of other
//! rules.
//!
//! # Why it matters
//! Windows looks for a server of exactly that name, blank included, and does not find it. After an empty entry in a
//! REG_MULTI_SZ most readers stop, and the servers behind it are lost. The list looks right on the screen.
//!
//! # How it can be wrong
//! That blanks make the lookup fail is told by administrators' scripts, not by a Microsoft document; some versions
//! may trim them. A local list that a policy overrides has no effect, and is reported as an information.
//!
//! # Fix
//! 1. In the policy *Use the specified Remote Desktop license servers* ({gpo:licensing}), separate the
//!    names with a comma and nothing else, without one at the end: `rdls1.contoso.example,rdls2.contoso.example`.
//! 2. Write the local list anew, in Windows PowerShell as administrator: `(Get-WmiObject -Namespace
//!    root\cimv2\TerminalServices
//!    Win32_TerminalServiceSetting).SetSpecifiedLicenseServerList(@('rdls1.contoso.example','rdls2.contoso.example'))`.
//! 3. On Windows Server 2003 make a subkey of
//!    `HKLM\SYSTEM\CurrentControlSet\Services\TermService\Parameters\LicenseServers` with the right name, then
//!    delete the one with the blank after an export.
//!
//! # Fix safety
//! Only blanks, empty entries and separators change; keep the order of the servers.
//!
//! # Verify
//! Run `gpupdate /force`, then `rdscal show`: it shows the list in force, name by name. RD Licensing Diagnoser says
//! whether the servers answer.

use crate::model::{EntryFlaw, ServerEntry, listed};
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-021",
    name: "server-list-has-blanks",
    title: "list of license servers with blanks, empty entries or other separators",
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
        let finding =
            RULE.finding(format!("{place} list of license servers ({entries}): {}", shown.join("; ")));
        let finding = finding.evidence(list.evidence.clone());
        Some(if list.standing == CandidateStatus::Overridden {
            finding
                .severity(Severity::Info)
                .note("another list has precedence: this one has no effect while it does")
        } else {
            finding
        })
    });
    conclude(findings.collect(), setting.missing())
}

/// Flaws that are named before the rest is only counted.
const SHOWN: usize = 5;

fn described(entry: &ServerEntry) -> Option<String> {
    match entry.flaw()? {
        flaw @ EntryFlaw::Empty => Some(flaw.to_string()),
        flaw => Some(format!("{flaw} {}", entry.tidied())),
    }
}
