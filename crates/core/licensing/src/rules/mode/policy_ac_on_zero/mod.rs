//! A terminal server of the 2003 generation whose licensing mode became 0.
//!
//! # What it looks at
//! `Control\Terminal Server\Licensing Core\PolicyAcOn`, the licensing mode of Windows 2000 and 2003. It fires where
//! it is 0 and no policy sets the mode.
//!
//! # Why it matters
//! Adding or removing a Windows component on Windows Server 2003 sets the value to 0. From then on clients are
//! given temporary licenses only, and are refused when those end after 90 days.
//!
//! # How it can be wrong
//! The article prints the key as `Control\TerminalServer`, without the blank; the key of real machines has the
//! blank.
//!
//! # Fix
//! 1. Find out which kind of license you own: Per Device or Per User.
//! 2. Choose the mode again in Terminal Services Configuration, *Server Settings*.
//! 3. Or write it, in a Command Prompt as administrator: `reg add "HKLM\SYSTEM\CurrentControlSet\Control\Terminal
//!    Server\Licensing Core" /v PolicyAcOn /t REG_DWORD /d 2 /f` for Per Device, `/d 4` for Per User.
//! 4. Install the hotfix of the article, so that it does not happen again.
//!
//! # Fix safety
//! Setting a mode takes no license away from anybody. The wrong mode leaves clients with temporary licenses only.
//!
//! # Verify
//! Run `rdscal doctor` again; a client that reconnects is given a permanent license at its next logon.

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
        RULE.finding("PolicyAcOn is 0: clients are given temporary licenses only")
            .evidence(winner.evidence.clone()),
    ])
}
