//! A terminal server of the Windows Server 2003 generation whose licensing mode became 0.
//!
//! # What it looks at
//! `Control\Terminal Server\Licensing Core\PolicyAcOn`, the licensing mode of Windows 2000 and 2003. The rule
//! fires if it is 0 and no policy sets the mode.
//!
//! # Why it matters
//! Adding or removing a Windows component on Windows Server 2003 sets the value to 0. Clients then receive
//! only temporary licenses, and are refused when these expire after 90 days.
//!
//! # How it can be wrong
//! The Microsoft article prints the key as `Control\TerminalServer`, without the space. The key on real
//! machines has the space.
//!
//! # Fix
//! 1. Find out which kind of license you own: Per Device or Per User.
//! 2. Select the mode again in Terminal Services Configuration, *Server Settings*.
//! 3. Or write it, in an elevated Command Prompt: `reg add "HKLM\SYSTEM\CurrentControlSet\Control\Terminal
//!    Server\Licensing Core" /v PolicyAcOn /t REG_DWORD /d 2 /f` for Per Device, `/d 4` for Per User.
//! 4. Install the hotfix of the article, so that it does not happen again.
//!
//! # Fix safety
//! Setting a mode does not revoke any license. With the wrong mode clients receive only temporary licenses.
//!
//! # Verify
//! Run `rdscal doctor` again. A client that reconnects receives a permanent license at its next logon.

use crate::model::LicensingMode;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-005",
    name: "policy-ac-on-zero",
    title: "licensing mode of a Windows Server 2003 host became 0",
    severity: Severity::Error,
    confidence: Confidence::High,
    scope: Scope::SessionHost,
    products: "Windows 2000 Server, Windows Server 2003",
    recipe: Some("set-mode"),
    sources: &[sources::KB834651],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    if machine.product().era() != Some(Era::Nt5) {
        return Ok(Vec::new());
    }
    let setting = machine.licensing_mode();
    let (Some(LicensingMode::Personal), Some(winner)) = (setting.certain()?, setting.winner()) else {
        return Ok(Vec::new());
    };
    Ok(vec![
        RULE.finding("PolicyAcOn is 0, so clients receive only temporary licenses")
            .evidence(winner.evidence.clone()),
    ])
}
