//! A licensing mode of a type that Windows does not read.
//!
//! # What it looks at
//! The local licensing mode: `RCM\Licensing Core\LicensingMode`, or `Licensing Core\PolicyAcOn` on Windows
//! 2000 and 2003. The rule fires if the value exists and is not a REG_DWORD of four bytes.
//!
//! # Why it matters
//! Windows treats a mode of another type as missing. The number looks right in Registry Editor, but the host
//! reports that no mode is configured.
//!
//! # How it can be wrong
//! If a policy sets the mode, or if the machine is not a session host, the value has no effect. The finding
//! then says so and has a lower severity.
//!
//! # Fix
//! 1. Write the mode with the right type, in an elevated Command Prompt: `reg add
//!    "HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\Licensing Core" /v LicensingMode /t
//!    REG_DWORD /d 2 /f` for Per Device, `/d 4` for Per User.
//! 2. On Windows 2000 and 2003 the value is `PolicyAcOn` in `HKLM\SYSTEM\CurrentControlSet\Control\Terminal
//!    Server\Licensing Core`, with the same type and numbers.
//! 3. Correct the script or the `.reg` file that wrote it. A number needs `dword:`, without quotation marks.
//!
//! # Fix safety
//! Only the type changes, as long as the number matches the CALs that you own. Setting a mode does not revoke
//! any license.
//!
//! # Verify
//! Run `gpupdate /force`, then `rdscal doctor` again, or open RD Licensing Diagnoser.

use snapshot::ValueType;

use crate::model::Role;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-006",
    name: "mode-wrong-type",
    title: "licensing mode is not a REG_DWORD",
    severity: Severity::Error,
    confidence: Confidence::High,
    scope: Scope::Any,
    recipe: Some("set-mode"),
    sources: &[sources::UNATTEND_MODE, sources::KB834651],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let (path, name) = match machine.product().era() {
        Some(Era::Nt4 | Era::Nt5) => (places::legacy_licensing_core(), "PolicyAcOn"),
        _ => (places::licensing_core(), "LicensingMode"),
    };
    let Some(found) = machine.value(&path, name)? else { return Ok(Vec::new()) };
    let kind = found.value.kind;
    if kind == ValueType::DWORD && found.value.as_u32().is_some() {
        return Ok(Vec::new());
    }
    let size = found.value.bytes().len();
    let what =
        if kind == ValueType::DWORD { format!("a {kind} of {size} bytes") } else { format!("a {kind}") };
    let finding = RULE.finding(format!(
        "{name} is {what} ({}); Windows reads only a REG_DWORD of 4 bytes",
        found.value.shown()
    ));
    let finding = finding.evidence(found.evidence());
    Ok(vec![if machine.roles().holds(Role::SessionHost) == Ok(false) {
        finding.severity(Severity::Info).note("the machine is not a session host; the value has no effect")
    } else if machine
        .licensing_mode()
        .winner()
        .is_some_and(|winner| matches!(winner.place, Layer::Policy | Layer::Reported))
    {
        finding.severity(Severity::Warning).note("another mode is in force, so this value has no effect")
    } else {
        finding
    }])
}
