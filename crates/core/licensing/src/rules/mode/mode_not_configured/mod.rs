//! A session host without a licensing mode.
//!
//! # What it looks at
//! The licensing mode in force: the policy value `LicensingMode`, then `RCM\Licensing Core\LicensingMode`.
//! The rule fires if neither sets a mode, or if the one in force is 5 (*not configured*). Mode 1 on a session
//! host is covered by `mode-administration-on-host`, mode 0 by `mode-personal`, and a value of the wrong type
//! by `mode-wrong-type`.
//!
//! # Why it matters
//! Without a mode the host never requests a license from a license server. It admits all users until the
//! grace period ends (120 days), and only administrators after that (events 1068 and 1069).
//!
//! # How it can be wrong
//! If a connection broker's deployment configures the host centrally, only the running host reports the mode
//! in force. If it does, that mode counts. If the source does not show the policies, such as a SYSTEM hive or
//! an export of one key, the finding is a warning with that condition.
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
    id: "RDSL-001",
    name: "mode-not-configured",
    title: "licensing mode not configured on a session host",
    severity: Severity::Critical,
    confidence: Confidence::High,
    scope: Scope::SessionHost,
    in_service: true,
    products: "Windows Server 2008 and later",
    recipe: Some("set-mode"),
    sources: &[sources::MODE_WARNING],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    if machine.product().era() == Some(Era::Nt5) {
        return Ok(Vec::new());
    }
    let setting = machine.licensing_mode();
    let unusable =
        |place| setting.at(place).filter(|candidate| candidate.standing == CandidateStatus::Invalid);
    let known = match setting.known() {
        // The local places were seen, and set no mode.
        Err(_) if setting.lacks_only_policy() => None,
        known => known?,
    };
    let evidence = match (known, setting.winner()) {
        (None, _) if unusable(Layer::Local).next().is_some() => return Ok(Vec::new()),
        (None, _) => Evidence::absent_value(&places::licensing_core(), "LicensingMode"),
        // `setting-not-in-effect` reports a policy that the host does not use yet.
        (Some(LicensingMode::NotConfigured), Some(_))
            if setting.stored().is_some_and(|stored| stored.place == Layer::Policy) =>
        {
            return Ok(Vec::new());
        }
        (Some(LicensingMode::NotConfigured), Some(winner)) => winner.evidence.clone(),
        _ => return Ok(Vec::new()),
    };
    let over = machine.grace_is_over();
    let is_certain = setting.missing().is_none();
    let severity = if over == Ok(true) && is_certain { Severity::Critical } else { Severity::Warning };
    let mut finding = RULE.finding("no licensing mode is configured on this session host").severity(severity);
    if !is_certain {
        finding = finding.note(unless_policy("the mode"));
    }
    if over.is_err() {
        finding = finding.note(
            "this source does not show whether the grace period is over; if it is, users are locked out",
        );
    }
    let others = unusable(Layer::Policy).chain(setting.at(Layer::Stray)).map(|other| other.evidence.clone());
    Ok(vec![finding.evidence(evidence).evidences(others)])
}
