//! A list of license servers one key above the one that Windows reads.
//!
//! # What it looks at
//! `TermService\Parameters\SpecifiedLicenseServers`. It fires where the value stands there; it belongs into the key
//! `LicenseServers` below.
//!
//! # Why it matters
//! Windows does not read it. A Microsoft article once told people to write it there, and was copied. The host has
//! no license server, although the list can be seen and looks right.
//!
//! # How it can be wrong
//! A remnant beside a right list does no harm; where the list in force names the same servers, the finding is an
//! information.
//!
//! # Fix
//! 1. Name the servers where Windows reads them, by Group Policy: *Use the specified Remote Desktop license
//!    servers* ({gpo:licensing}).
//! 2. Where no policy names servers, set the list on the host, in Windows PowerShell as administrator:
//!    `(Get-WmiObject -Namespace root\cimv2\TerminalServices
//!    Win32_TerminalServiceSetting).SetSpecifiedLicenseServerList(@('rdls1.contoso.example','rdls2.contoso.example'))`.
//!    It replaces the whole list.
//! 3. Then export the key (`reg export HKLM\SYSTEM\CurrentControlSet\Services\TermService\Parameters stray.reg`),
//!    and delete the value: `reg delete HKLM\SYSTEM\CurrentControlSet\Services\TermService\Parameters /v
//!    SpecifiedLicenseServers`. Leave the key `LicenseServers` below it.
//!
//! # Fix safety
//! Windows does not read the place; emptying it changes nothing. What is written to the documented place takes
//! effect: check numbers and names first.
//!
//! # Verify
//! Run `rdscal show` again: it lists every place that names a mode or servers, and which one wins.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-191",
    name: "server-list-one-key-too-high",
    title: "list of license servers written one key too high",
    severity: Severity::Warning,
    confidence: Confidence::High,
    scope: Scope::Any,
    products: "Windows Server 2008 R2 and later",
    recipe: Some("move-stray-settings"),
    sources: &[sources::ISSUE_687, sources::SIXTY_MINUTES],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    machine.value(&places::term_service_parameters(), "SpecifiedLicenseServers")?;
    stray_list(machine, &RULE, Stray::OneKeyTooHigh, |servers| {
        format!(
            "the list of license servers ({servers}) stands one key too high, where Windows never reads it"
        )
    })
}
