//! A session host whose licensing mode is that of a server without the role.
//!
//! # What it looks at
//! The licensing mode in force on a machine with the session host role. The rule fires if the mode is 1,
//! *Remote Desktop for Administration*, the default of every Windows without the role.
//!
//! # Why it matters
//! In this mode the host never requests a license from a license server. Two administrators can work. Other
//! users are admitted at most until the grace period ends.
//!
//! # How it can be wrong
//! The role may have been installed without a restart yet, or for another purpose than user sessions. A
//! connection broker's deployment may set the mode later.
//!
//! # Fix
//! 1. Find out which kind of client access license (CAL) you own: Per Device or Per User.
//! 2. Set that mode in a Group Policy object: *Set the Remote Desktop licensing mode* ({gpo:licensing}).
//! 3. If no policy sets the mode, set it on the host in an elevated Windows PowerShell: `(Get-WmiObject
//!    -Namespace root\cimv2\TerminalServices Win32_TerminalServiceSetting).ChangeMode(2)` for Per Device,
//!    `ChangeMode(4)` for Per User.
//! 4. If the machine is for administrators only, remove the role *Remote Desktop Session Host*.
//!
//! # Fix safety
//! Setting a mode does not revoke any license. With the wrong mode clients receive only temporary licenses.
//! Removing the role restarts the machine.
//!
//! # Verify
//! Run `gpupdate /force`, then `rdscal doctor` again, or open RD Licensing Diagnoser.

use crate::model::{LicensingMode, Role};
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-003",
    name: "mode-administration-on-host",
    title: "session host in administration mode",
    severity: Severity::Warning,
    confidence: Confidence::High,
    scope: Scope::SessionHost,
    products: "Windows Server 2008 and later",
    recipe: Some("set-mode"),
    sources: &[sources::UNATTEND_MODE, sources::MODE_WARNING, sources::HIVES],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let setting = machine.licensing_mode();
    let (Some(LicensingMode::Administration), Some(winner)) = (setting.certain()?, setting.winner()) else {
        return Ok(Vec::new());
    };
    if winner.place != Layer::Local {
        return Ok(Vec::new());
    }
    let finding = RULE.finding(
        "the session host role is installed, but the licensing mode is that of a server without it (1)",
    );
    let role = machine.roles().evidence(Role::SessionHost)?.cloned();
    Ok(vec![finding.evidence(winner.evidence.clone()).evidences(role)])
}
