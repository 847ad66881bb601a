//! A licensing mode with an undefined number.
//!
//! # What it looks at
//! The licensing mode in force. The rule fires if the number is not 0, 1, 2, 4, 5 or 6.
//!
//! # Why it matters
//! The host treats any other number as misconfigured. It requests no licenses, admits all users until the
//! grace period ends, and only administrators after that.
//!
//! # How it can be wrong
//! A Windows that is newer than this program may define more numbers. Windows Embedded Standard 7 numbers its
//! modes differently and ignores the value; it is not a session host, and the rule is silent there. One list
//! in the documentation of `LicensingType` gives 3 for Per User; real systems use 4.
//!
//! # Fix
//! 1. Find out which kind of client access license (CAL) you own: Per Device or Per User.
//! 2. Set that mode in a Group Policy object: *Set the Remote Desktop licensing mode* ({gpo:licensing}).
//! 3. If no policy sets the mode, set it on the host in an elevated Windows PowerShell: `(Get-WmiObject
//!    -Namespace root\cimv2\TerminalServices Win32_TerminalServiceSetting).ChangeMode(2)` for Per Device,
//!    `ChangeMode(4)` for Per User.
//!
//! # Fix safety
//! Setting a mode does not revoke any license. With the wrong mode clients receive only temporary licenses.
//!
//! # Verify
//! Run `gpupdate /force`, then `rdscal doctor` again, or open RD Licensing Diagnoser.

use crate::model::LicensingMode;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-002",
    name: "mode-unknown",
    title: "licensing mode is an undefined number",
    severity: Severity::Error,
    confidence: Confidence::High,
    scope: Scope::SessionHost,
    products: "Windows Server 2008 and later",
    recipe: Some("set-mode"),
    sources: &[sources::UNATTEND_MODE, sources::CHANGE_MODE],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let setting = machine.licensing_mode();
    let (Some(LicensingMode::Other(number)), Some(winner)) = (setting.known()?, setting.winner()) else {
        return Ok(Vec::new());
    };
    let mut finding = RULE
        .finding(format!("the licensing mode is {number}, which Windows does not define"))
        .evidence(winner.evidence.clone());
    if setting.missing().is_some() {
        finding = finding.severity(Severity::Warning).note(unless_policy("a valid mode"));
    }
    Ok(vec![finding])
}
