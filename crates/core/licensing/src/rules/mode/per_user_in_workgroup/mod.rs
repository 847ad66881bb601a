//! Per User licensing on a session host that is not a member of a domain.
//!
//! # What it looks at
//! The licensing mode in force and the domain in `Tcpip\Parameters`. The rule fires if the mode is Per User
//! and the machine has no domain.
//!
//! # Why it matters
//! Per User CALs are assigned to accounts in Active Directory. A workgroup has none, and Microsoft does not
//! support the mode there. On Windows Server 2019 sessions end after 60 minutes with a licensing message.
//!
//! # How it can be wrong
//! The domain is read from the DNS suffix. A domain member with an empty suffix looks like a workgroup host,
//! and a workgroup host with a manually set suffix looks like a member. Sources disagree on how Windows
//! Server 2016, 2022 and 2025 behave in a workgroup.
//!
//! # Fix
//! 1. Find out which CALs you own.
//! 2. Use Per Device mode with Per Device CALs: by local policy (`gpedit.msc`), *Set the Remote Desktop
//!    licensing mode* ({gpo:licensing}), or with `(Get-WmiObject -Namespace root\cimv2\TerminalServices
//!    Win32_TerminalServiceSetting).ChangeMode(2)` in an elevated Windows PowerShell. Ask your reseller or
//!    the Microsoft Clearinghouse whether the CALs that you own can be exchanged.
//! 3. Or join the host and the license server to a domain.
//!
//! # Fix safety
//! Per Device mode needs Per Device CALs on the license server. Without them clients receive temporary
//! licenses for 90 days and are refused after that. Count the CALs first.
//!
//! # Verify
//! Run `rdscal doctor` again. On Windows Server 2019, stay logged on for more than 60 minutes.

use crate::model::LicensingMode;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-012",
    name: "per-user-in-workgroup",
    title: "Per User licensing on a host in a workgroup",
    severity: Severity::Error,
    confidence: Confidence::Medium,
    scope: Scope::SessionHost,
    in_service: true,
    products: "Windows Server 2008 and later",
    recipe: Some("set-mode"),
    sources: &[sources::CALS, sources::SIXTY_MINUTES],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    if machine.product().era() == Some(Era::Nt5) {
        return Ok(Vec::new());
    }
    let setting = machine.licensing_mode();
    let (Some(LicensingMode::PerUser), Some(winner)) = (setting.certain()?, setting.winner()) else {
        return Ok(Vec::new());
    };
    let membership = machine.membership()?;
    if membership.in_domain {
        return Ok(Vec::new());
    }
    let finding = RULE.finding("the licensing mode is Per User, but the host is in a workgroup");
    let finding = finding.evidence(winner.evidence.clone()).evidences(membership.evidence);
    Ok(vec![match membership.entra {
        Ok(true) => finding.severity(Severity::Warning).confidence(Confidence::Low).note(
            "the machine is joined to Entra ID; whether that is sufficient depends on how its users are licensed",
        ),
        Ok(false) => finding,
        Err(_) => finding.note("this source does not show whether the machine is joined to Entra ID"),
    }])
}
