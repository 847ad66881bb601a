//! A license server in the form of Windows 2000, on a Windows that does not read it.
//!
//! # What it looks at
//! `TermService\Parameters\DefaultLicenseServer`. It fires where the value exists on Windows Server 2003 or later.
//!
//! # Why it matters
//! It has no effect. Instructions for Windows 2000 are still copied.
//!
//! # How it can be wrong
//! A remnant of an upgrade beside a right list does no harm.
//!
//! # Fix
//! 1. See with `rdscal show` whether the list that Windows reads names the server. If not, name it: by Group
//!    Policy, *Use the specified Remote Desktop license servers* ({gpo:licensing}), or as below.
//! 2. Where no policy names servers, set the list on the host, in Windows PowerShell as administrator:
//!    `(Get-WmiObject -Namespace root\cimv2\TerminalServices
//!    Win32_TerminalServiceSetting).SetSpecifiedLicenseServerList(@('rdls1.contoso.example','rdls2.contoso.example'))`.
//!    It replaces the whole list.
//! 3. Export the key (`reg export HKLM\SYSTEM\CurrentControlSet\Services\TermService\Parameters parameters.reg`),
//!    then delete the value
//!    (`reg delete HKLM\SYSTEM\CurrentControlSet\Services\TermService\Parameters /v DefaultLicenseServer`).
//!
//! # Fix safety
//! The value is not read; deleting it changes nothing for Windows. Do not delete the key: it is that of the
//! service.
//!
//! # Verify
//! `rdscal show` no longer lists the place.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-035",
    name: "default-license-server",
    title: "license server in the form of Windows 2000",
    severity: Severity::Info,
    confidence: Confidence::High,
    scope: Scope::Any,
    products: "Windows Server 2003 and later",
    sources: &[sources::KB239107],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let Some(found) = machine.value(&places::term_service_parameters(), "DefaultLicenseServer")? else {
        return Ok(Vec::new());
    };
    match (machine.product().is_at_least(5, 2), machine.product().era()) {
        (Some(true), _) | (None, Some(Era::Nt6)) => {}
        (Some(false), _) => return Ok(Vec::new()),
        (None, _) => return Err(Need::Key(places::current_version().to_string()).into()),
    }
    let title = format!(
        "DefaultLicenseServer ({}) is the form of Windows 2000; this Windows does not read it",
        found.value.shown()
    );
    Ok(vec![RULE.finding(title).evidence(found.evidence())])
}
