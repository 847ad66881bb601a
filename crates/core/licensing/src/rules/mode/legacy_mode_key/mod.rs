//! The licensing key of Windows 2000 and 2003, on a Windows that does not read it.
//!
//! # What it looks at
//! The key `Control\Terminal Server\Licensing Core`. It fires where it exists on Windows Server 2008 or later,
//! whose key is `RCM\Licensing Core` (the hives of Windows 7 to 10 that were measured do not have the old one).
//!
//! # Why it matters
//! It has no effect. Pages that describe both generations at once make people edit the one that does nothing.
//!
//! # How it can be wrong
//! An upgrade from Windows Server 2003 leaves the key behind. Then it is only a remnant.
//!
//! # Fix
//! 1. Nothing needs to be done.
//! 2. If somebody set `PolicyAcOn` there lately, set the mode in its place instead: by Group Policy (*Set the
//!    Remote Desktop licensing mode*, {gpo:licensing}), or with
//!    `(Get-WmiObject -Namespace root\cimv2\TerminalServices Win32_TerminalServiceSetting).ChangeMode(2)` (4 for
//!    Per User) in Windows PowerShell as administrator.
//! 3. Then export the old key
//!    (`reg export "HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\Licensing Core" old.reg`) and delete it
//!    (`reg delete` with the same key).
//!
//! # Fix safety
//! Deleting the key changes nothing for Windows. `reg import old.reg` brings it back.
//!
//! # Verify
//! Run `rdscal show`: it lists every place that names a mode, and which one wins.

use crate::rules::prelude::*;
use snapshot::Value;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-010",
    name: "legacy-mode-key",
    title: "key of Windows 2003 on a later Windows",
    severity: Severity::Info,
    confidence: Confidence::High,
    scope: Scope::Any,
    products: "Windows Server 2008 and later",
    sources: &[sources::KB834651, sources::HIVES],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    if matches!(machine.product().era(), Some(Era::Nt4 | Era::Nt5)) {
        return Ok(Vec::new());
    }
    let path = places::legacy_licensing_core();
    let Some(key) = machine.key(&path)? else { return Ok(Vec::new()) };
    // Two things that people put there have rules of their own.
    let known =
        |value: &Value| value.name.matches("LicensingMode") || value.name.matches("EnableConcurrentSessions");
    if !key.values.is_empty() && key.values.iter().all(known) {
        return Ok(Vec::new());
    }
    let finding = RULE.finding("the licensing key of Windows 2003 is there; this Windows does not read it");
    let values = key.values.iter().map(|value| Evidence::value(&path, key, value));
    Ok(vec![finding.evidence(Evidence::key(&path, key, "key of Windows 2000 and 2003")).evidences(values)])
}
