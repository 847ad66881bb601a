//! The licensing mode *Entra ID Per User*.
//!
//! # What it looks at
//! The licensing mode in force. The rule fires if it is 6, which only a policy sets. A machine that is not
//! joined to Entra ID, or too old, is covered by `mode-entra-without-join`.
//!
//! # Why it matters
//! In this mode users are licensed by a service plan of their Entra ID account. No license server and no CAL
//! pack is needed, and the end of the grace period has no effect on users with the plan. No source that this
//! program reads shows whether users have it. The policy template says that the mode is deprecated on Windows
//! 11 and above.
//!
//! # How it can be wrong
//! Nothing is wrong if the users have the service plan. What happens to users without it is not documented.
//!
//! # Fix
//! 1. Check in the Entra admin center (*Users*, *Licenses*) that every user of the host has a license whose
//!    service plan includes Remote Desktop Services.
//! 2. If this is not intended, set 2 or 4 in the policy *Set the Remote Desktop licensing mode*
//!    ({gpo:licensing}), with a license server.
//!
//! # Fix safety
//! Setting another mode does not revoke a license. It needs CALs and a license server.
//!
//! # Verify
//! Connect as a user with the service plan.

use crate::model::LicensingMode;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-018",
    name: "mode-entra-per-user",
    title: "licensing mode Entra ID Per User",
    severity: Severity::Warning,
    confidence: Confidence::High,
    scope: Scope::SessionHost,
    products: "Windows Server 2016 and later",
    sources: &[sources::ADMX.at("Remote Desktop Session Host, Licensing")],
    ..Rule::machine(check)
};

/// The first build of Windows 11, from which on the policy template calls the mode deprecated.
const DEPRECATED: u32 = 22_000;

fn check(machine: &Machine<'_>) -> Outcome {
    let setting = machine.licensing_mode();
    let (Some(LicensingMode::EntraPerUser), Some(winner)) = (setting.known()?, setting.winner()) else {
        return Ok(Vec::new());
    };
    // `mode-entra-without-join` reports such a machine.
    let is_joined = machine.key(&places::cloud_domain_join());
    if is_joined.is_ok_and(|join| join.is_none_or(|join| join.subkeys.is_empty())) {
        return Ok(Vec::new());
    }
    let needs = "licensing mode Entra ID Per User (6) needs a service plan of each user and no license server; whether users have the plan cannot be determined from this machine";
    let finding = RULE.finding(needs).evidence(winner.evidence.clone());
    Ok(vec![match machine.product().build {
        Some(build) if build >= DEPRECATED => {
            finding.note("the policy template says that this mode is deprecated on Windows 11 and above")
        }
        _ => finding.severity(Severity::Info),
    }])
}
