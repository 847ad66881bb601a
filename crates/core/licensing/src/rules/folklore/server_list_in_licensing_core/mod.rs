//! A list of license servers in the key of the licensing mode.
//!
//! # What it looks at
//! `LicenseServers` and `SpecifiedLicenseServers` in `RCM\Licensing Core`. It fires where one of them stands there.
//!
//! # Why it matters
//! No document places a list there, and Windows does not read it. A handbook does so in its worked example.
//! `LicenseServers` is the policy's name, `SpecifiedLicenseServers` the name in
//! `TermService\Parameters\LicenseServers`.
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
//! 3. Then export the key
//!    (`reg export "HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\Licensing Core" stray.reg`), and
//!    delete the value: `reg delete "HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\Licensing Core" /v
//!    SpecifiedLicenseServers`, or `/v LicenseServers`. Leave `LicensingMode` beside it.
//! 4. Look for what else that page told: it also deletes the grace record.
//!
//! # Fix safety
//! Windows does not read the place; emptying it changes nothing. What is written to the documented place takes
//! effect: check numbers and names first.
//!
//! # Verify
//! Run `rdscal show` again: it lists every place that names a mode or servers, and which one wins.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-192",
    name: "server-list-in-licensing-core",
    title: "list of license servers beside the licensing mode",
    severity: Severity::Warning,
    confidence: Confidence::High,
    scope: Scope::Any,
    products: "Windows Server 2008 and later",
    recipe: Some("move-stray-settings"),
    sources: &[sources::FOLKLORE, sources::NO_TRACE],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    for name in ["LicenseServers", "SpecifiedLicenseServers"] {
        machine.value(&places::licensing_core(), name)?;
    }
    stray_list(machine, &RULE, Stray::InLicensingCore, |servers| {
        format!(
            "the list of license servers ({servers}) stands beside the licensing mode, where Windows never reads it"
        )
    })
}
