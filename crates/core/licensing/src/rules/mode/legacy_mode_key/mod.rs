//! The licensing key of Windows 2000 and 2003 on a Windows that does not read it.
//!
//! # What it looks at
//! The key `Control\Terminal Server\Licensing Core`. The rule fires if it exists on Windows Server 2008 or
//! later, where the key is `RCM\Licensing Core`. (The measured hives of Windows 7 to 10 do not have the old
//! key.)
//!
//! # Why it matters
//! The key has no effect. Web pages that describe both generations at once lead administrators to edit the
//! wrong one.
//!
//! # How it can be wrong
//! An upgrade from Windows Server 2003 leaves the key behind. Then it is only a remnant.
//!
//! # Fix
//! 1. No action is required.
//! 2. If someone recently set `PolicyAcOn` there, set the mode in the correct place: with the policy *Set
//!    the Remote Desktop licensing mode* ({gpo:licensing}), or with `(Get-WmiObject -Namespace
//!    root\cimv2\TerminalServices Win32_TerminalServiceSetting).ChangeMode(2)` (4 for Per User) in an
//!    elevated Windows PowerShell.
//! 3. Then export the old key (`reg export "HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\Licensing
//!    Core" old.reg`) and delete it (`reg delete` with the same key).
//!
//! # Fix safety
//! Windows does not read the key, so deleting it changes nothing. `reg import old.reg` restores it.
//!
//! # Verify
//! Run `rdscal show`. It lists every place that sets a mode and the one in force.

use crate::rules::prelude::*;
use snapshot::Value;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-010",
    name: "legacy-mode-key",
    title: "licensing key of Windows Server 2003 on a later Windows",
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
    // Two values that are often put there have their own rules.
    let known =
        |value: &Value| value.name.matches("LicensingMode") || value.name.matches("EnableConcurrentSessions");
    if !key.values.is_empty() && key.values.iter().all(known) {
        return Ok(Vec::new());
    }
    let finding =
        RULE.finding("the licensing key of Windows Server 2003 exists; this Windows does not read it");
    let values = key.values.iter().map(|value| Evidence::value(&path, key, value));
    Ok(vec![finding.evidence(Evidence::key(&path, key, "key of Windows 2000 and 2003")).evidences(values)])
}
