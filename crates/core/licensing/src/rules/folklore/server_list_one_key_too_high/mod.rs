//! A license server list one key above the one that Windows reads.
//!
//! # What it looks at
//! `TermService\Parameters\SpecifiedLicenseServers`. The rule fires if the value exists there; it belongs in
//! the subkey `LicenseServers`.
//!
//! # Why it matters
//! Windows does not read it. A Microsoft article once instructed readers to write it there, and was copied.
//! The host has no license server, although the list is visible and looks right.
//!
//! # How it can be wrong
//! A remnant beside a correct list does no harm. If the list in force names the same servers, the severity is
//! info.
//!
//! # Fix
//! 1. Name the servers where Windows reads them, with the policy *Use the specified Remote Desktop license
//!    servers* ({gpo:licensing}).
//! 2. If no policy lists servers, set the list on the host in an elevated Windows PowerShell: `(Get-WmiObject
//!    -Namespace root\cimv2\TerminalServices
//!    Win32_TerminalServiceSetting).SetSpecifiedLicenseServerList(@('YOUR-SERVER-1','YOUR-SERVER-2'))`. This
//!    replaces the whole list.
//! 3. Then export the key (`reg export HKLM\SYSTEM\CurrentControlSet\Services\TermService\Parameters
//!    stray.reg`), and delete the value: `reg delete
//!    HKLM\SYSTEM\CurrentControlSet\Services\TermService\Parameters /v SpecifiedLicenseServers`. Leave the
//!    key `LicenseServers` below it.
//!
//! # Fix safety
//! Windows does not read the place, so emptying it changes nothing. The setting in the documented place takes
//! effect; check numbers and names first.
//!
//! # Verify
//! Run `rdscal show` again. It lists every place that sets a mode or servers, and the one in force.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-191",
    name: "server-list-one-key-too-high",
    title: "license server list one key too high",
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
            "a license server list ({servers}) is stored one key too high, where Windows does not read it"
        )
    })
}
