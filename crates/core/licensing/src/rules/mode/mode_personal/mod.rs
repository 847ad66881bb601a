//! A session host whose licensing mode is 0, *personal use*.
//!
//! # What it looks at
//! The licensing mode in force. The rule fires if it is 0.
//!
//! # Why it matters
//! Mode 0 is not valid for a session host. The host requests no licenses, and users are admitted at most
//! until the grace period ends.
//!
//! # How it can be wrong
//! The number alone does not show who wrote it. A script that sets the mode from an empty variable writes 0.
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
    id: "RDSL-004",
    name: "mode-personal",
    title: "licensing mode 0 on a session host",
    severity: Severity::Error,
    confidence: Confidence::High,
    scope: Scope::SessionHost,
    products: "Windows Server 2008 and later",
    recipe: Some("set-mode"),
    sources: &[sources::CHANGE_MODE, sources::UNATTEND_MODE],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let setting = machine.licensing_mode();
    let (Some(LicensingMode::Personal), Some(winner)) = (setting.certain()?, setting.winner()) else {
        return Ok(Vec::new());
    };
    if winner.place != Layer::Local {
        return Ok(Vec::new());
    }
    Ok(vec![
        RULE.finding("the licensing mode is 0, which is not valid for a session host")
            .evidence(winner.evidence.clone()),
    ])
}
