//! A session host without a licensing mode.
//!
//! # What it looks at
//! The licensing mode in force: the policy value `LicensingMode`, then `RCM\Licensing Core\LicensingMode`. It fires where
//! neither names a mode, or the one in force is 5 (*not configured*). Mode 1 on a session host is the business of
//! `mode-administration-on-host`, 0 of `mode-personal`, a value of the wrong type of `mode-wrong-type`.
//!
//! # Why it matters
//! Without a mode the host never asks a license server for a license. It admits everybody until the grace period ends
//! (120 days), and from that day on nobody but administrators (events 1068 and 1069).
//!
//! # How it can be wrong
//! On a host that a connection broker's deployment configures centrally, the deployment's setting overrides the local one.
//!
//! # Fix
//! 1. Find out which kind of client access license (CAL) you own: Per Device or Per User.
//! 2. Set that mode in a Group Policy object: *Set the Remote Desktop licensing mode* ({gpo:licensing}).
//! 3. Where no policy sets the mode, set it on the host, in Windows PowerShell as administrator:
//!    `(Get-WmiObject -Namespace root\cimv2\TerminalServices Win32_TerminalServiceSetting).ChangeMode(2)` for Per
//!    Device, `ChangeMode(4)` for Per User.
//!
//! # Fix safety
//! Setting a mode takes no license away from anybody. The wrong mode leaves clients with temporary licenses only.
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
    let evidence = match (setting.known()?, setting.winner()) {
        (None, _) if unusable(Layer::Local).next().is_some() => return Ok(Vec::new()),
        (None, _) => Evidence::absent_value(&places::licensing_core(), "LicensingMode"),
        (Some(LicensingMode::NotConfigured), Some(winner)) => winner.evidence.clone(),
        _ => return Ok(Vec::new()),
    };
    // A policy that could not be seen may well set the mode: then nothing is known.
    setting.certain()?;
    let over = machine.grace_is_over();
    let severity = if over == Ok(true) { Severity::Critical } else { Severity::Warning };
    let mut finding = RULE.finding("no licensing mode is configured on this session host").severity(severity);
    if over.is_err() {
        finding = finding.note("whether the grace period is over cannot be told from this source; if it is, users are locked out");
    }
    let others = unusable(Layer::Policy).chain(setting.at(Layer::Stray)).map(|other| other.evidence.clone());
    Ok(vec![finding.evidence(evidence).evidences(others)])
}
