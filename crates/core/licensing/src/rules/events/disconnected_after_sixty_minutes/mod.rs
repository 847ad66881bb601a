//! Sessions that end after an hour because of a missing license.
//!
//! # What it looks at
//! The version of Windows, the licensing mode and the membership. The rule fires for a Windows Server 2019
//! host in Per User mode in a workgroup, where the message *your Remote Desktop session will be disconnected
//! in 60 minutes* follows from the settings. No source records whether users received it.
//!
//! # Why it matters
//! Windows Server 2016 disconnects users without a Per Device license, and Windows Server 2019 also users
//! without a Per User license. Later versions do not. In a workgroup no Per User license can be issued.
//!
//! # How it can be wrong
//! Vendors report that other versions do it too; Microsoft does not confirm it.
//!
//! # Fix
//! 1. Per Device mode: find out why the device received no license (packs, versions, connection to the
//!    license server).
//! 2. Per User mode in a workgroup: join the host and its users to a domain, or change to Per Device
//!    licenses.
//! 3. Per User mode in a domain: find out why the license server cannot write to the accounts (event 4105).
//! 4. Or upgrade the host to Windows Server 2022.
//!
//! # Fix safety
//! A change of mode needs licenses of the other kind; buy them before the change.
//!
//! # Verify
//! A session of a standard user lasts longer than an hour.

use crate::knowledge::Generation;
use crate::model::LicensingMode;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-155",
    name: "disconnected-after-sixty-minutes",
    title: "sessions are disconnected after 60 minutes",
    severity: Severity::Warning,
    confidence: Confidence::Medium,
    scope: Scope::SessionHost,
    in_service: true,
    products: "Windows Server 2019",
    sources: &[sources::SIXTY_MINUTES, sources::LICENSE_HOSTS],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    if machine.generation()? != Generation::W2019 {
        return Ok(Vec::new());
    }
    let setting = machine.licensing_mode();
    if setting.known()? != Some(&LicensingMode::PerUser) {
        return Ok(Vec::new());
    }
    let membership = machine.membership()?;
    if membership.in_domain {
        return Ok(Vec::new());
    }
    let title = "Windows Server 2019 is in a workgroup and in Per User mode; sessions end after 60 minutes";
    let mode = setting.winner().map(|winner| winner.evidence.clone());
    Ok(vec![RULE.finding(title).evidences(membership.evidence).evidences(mode)])
}
