//! A policy that sets the mode *Entra ID Per User* for a host that is not joined to Entra ID or is too old.
//!
//! # What it looks at
//! The policy value `LicensingMode` 6, the build, and `Control\CloudDomainJoin\JoinInfo`. The rule fires if
//! the mode is 6 and the machine is not joined to Entra ID, or if its build is older than Windows Server
//! 2016.
//!
//! # Why it matters
//! The mode licenses users by their Entra ID subscription. A host that is not joined, or that is older than
//! the mode, may be unable to identify these users, and they may not receive a license.
//!
//! # How it can be wrong
//! The condition is inferred from the policy template and is not documented; treat the finding as a hint. The
//! policy setting is new and may be intended for other machines in the scope of the same policy object.
//!
//! # Fix
//! 1. Check that the policy object is intended for this machine. Limit it to machines that are joined to
//!    Entra ID.
//! 2. For this host set 2 or 4: *Set the Remote Desktop licensing mode* ({gpo:licensing}).
//! 3. Or join the host to Entra ID, if that is planned.
//!
//! # Fix safety
//! Setting a mode does not revoke any license. With the wrong mode clients receive only temporary licenses.
//!
//! # Verify
//! Run `dsregcmd /status` and `gpupdate /force`, then `rdscal doctor` again.

use crate::model::{Candidate, LicensingMode};
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-009",
    name: "mode-entra-without-join",
    title: "Entra ID Per User mode on a host that cannot use it",
    severity: Severity::Warning,
    confidence: Confidence::Low,
    scope: Scope::Any,
    products: "Windows Server 2016 and later",
    sources: &[sources::ADMX.at("Remote Desktop Session Host, Licensing")],
    ..Rule::machine(check)
};

/// The build of Windows Server 2016, the oldest for which the mode is known.
const OLDEST: u32 = 14_393;

fn check(machine: &Machine<'_>) -> Outcome {
    machine.value(&places::policy(), "LicensingMode")?;
    let entra = |candidate: &&Candidate<LicensingMode>| candidate.value == Some(LicensingMode::EntraPerUser);
    let Some(policy) = machine.licensing_mode().at(Layer::Policy).find(entra) else { return Ok(Vec::new()) };
    let finding = |title: String| RULE.finding(title).evidence(policy.evidence.clone());
    if let Some(build) = machine.product().build.filter(|build| *build < OLDEST) {
        let evidence = Evidence::fact("build", build.to_string());
        return Ok(vec![
            finding(format!("the policy sets Entra ID Per User, but build {build} may be too old for it"))
                .evidence(evidence),
        ]);
    }
    let join = places::cloud_domain_join();
    match machine.key(&join)? {
        Some(key) if !key.subkeys.is_empty() => Ok(Vec::new()),
        _ => {
            let title = "the policy sets Entra ID Per User, but the machine is not joined to Entra ID";
            Ok(vec![finding(title.to_owned()).evidence(Evidence::absent_key(&join))])
        }
    }
}
