//! A license server list in the key of the licensing mode.
//!
//! # What it looks at
//! `LicenseServers` and `SpecifiedLicenseServers` in `RCM\Licensing Core`. The rule fires if one of them
//! exists there.
//!
//! # Why it matters
//! No document places a list there, and Windows does not read it. The example in a handbook does so.
//! `LicenseServers` is the name in the policy key, `SpecifiedLicenseServers` the name in
//! `TermService\Parameters\LicenseServers`.
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
//! 3. Then export the key (`reg export "HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\Licensing
//!    Core" stray.reg`), and delete the value: `reg delete "HKLM\SYSTEM\CurrentControlSet\Control\Terminal
//!    Server\RCM\Licensing Core" /v SpecifiedLicenseServers`, or `/v LicenseServers`. Leave `LicensingMode`
//!    beside it.
//! 4. Check what else the same instructions changed; they also delete the grace record.
//!
//! # Fix safety
//! Windows does not read the place, so emptying it changes nothing. The setting in the documented place takes
//! effect; check numbers and names first.
//!
//! # Verify
//! Run `rdscal show` again. It lists every place that sets a mode or servers, and the one in force.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-192",
    name: "server-list-in-licensing-core",
    title: "license server list beside the licensing mode",
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
            "a license server list ({servers}) is stored beside the licensing mode, where Windows does not read it"
        )
    })
}
