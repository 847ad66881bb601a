//! A license server in the form of Windows 2000 on a Windows that does not read it.
//!
//! # What it looks at
//! `TermService\Parameters\DefaultLicenseServer`. The rule fires if the value exists on Windows Server 2003
//! or later.
//!
//! # Why it matters
//! The value has no effect. Instructions for Windows 2000 are still copied.
//!
//! # How it can be wrong
//! A remnant of an upgrade beside a correct list does no harm.
//!
//! # Fix
//! 1. Use `rdscal show` to see whether the list that Windows reads names the server. If not, add it with the
//!    policy *Use the specified Remote Desktop license servers* ({gpo:licensing}), or as follows.
//! 2. If no policy lists servers, set the list on the host in an elevated Windows PowerShell: `(Get-WmiObject
//!    -Namespace root\cimv2\TerminalServices
//!    Win32_TerminalServiceSetting).SetSpecifiedLicenseServerList(@('YOUR-SERVER-1','YOUR-SERVER-2'))`. This
//!    replaces the whole list.
//! 3. Export the key (`reg export HKLM\SYSTEM\CurrentControlSet\Services\TermService\Parameters
//!    parameters.reg`), then delete the value (`reg delete
//!    HKLM\SYSTEM\CurrentControlSet\Services\TermService\Parameters /v DefaultLicenseServer`).
//!
//! # Fix safety
//! Windows does not read the value, so deleting it changes nothing. Do not delete the key; it belongs to the
//! service.
//!
//! # Verify
//! `rdscal show` no longer lists the value.

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
        "DefaultLicenseServer ({}) is the form used by Windows 2000; this Windows does not read it",
        found.value.shown()
    );
    Ok(vec![RULE.finding(title).evidence(found.evidence())])
}
