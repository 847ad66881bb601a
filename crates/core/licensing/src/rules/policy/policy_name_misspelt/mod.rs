//! A value in the policy key whose name resembles that of a licensing policy.
//!
//! # What it looks at
//! The instructions of a `Registry.pol` for the policy key. The rule fires for names that circulate
//! (`SpecifiedLicenseServers`, `LicenseServer`, `LicensingType`, `PolicyAcOn`), and for names that differ in
//! one or two letters from `LicenseServers`, `LicensingMode`, `fSecureLicensing`, `fPreventLicenseUpgrade`
//! and `fDisableTerminalServerTooltip`.
//!
//! # Why it matters
//! Windows looks for the exact name. The intended setting is not made, although the policy seems to contain
//! it.
//!
//! # How it can be wrong
//! A third-party program may use a value of that name.
//!
//! # Fix
//! 1. Set the policy in the policy editor, which knows the names: *Set the Remote Desktop licensing mode*,
//!    *Use the specified Remote Desktop license servers* ({gpo:licensing}).
//! 2. Remove the misspelled entry. It comes from a script, a custom template or a program.
//!
//! # Fix safety
//! Nothing reads the misspelled value. The correct setting takes effect at the next policy refresh; check it
//! first.
//!
//! # Verify
//! Run `rdscal policy lint` on the folder. `rdscal explain NAME` explains a name.

use strsim::levenshtein;

use crate::knowledge::{Role, values};
use crate::model::policy_file::{PolicyCommand, is_of_policy_key, policy_command};
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-203",
    name: "policy-name-misspelt",
    title: "unknown policy value",
    severity: Severity::Warning,
    confidence: Confidence::Medium,
    scope: Scope::PolicyFile,
    products: "Windows Server 2003 and later",
    sources: &[sources::ADMX.at("Remote Desktop Session Host, Licensing"), sources::FOLKLORE],
    ..Rule::machine(check)
};

/// Names that circulate, and the intended names.
const CIRCULATING: [(&str, &str); 6] = [
    ("SpecifiedLicenseServers", "LicenseServers"),
    ("LicenseServer", "LicenseServers"),
    ("LicensingServers", "LicenseServers"),
    ("LicensingType", "LicensingMode"),
    ("LicenseMode", "LicensingMode"),
    ("PolicyAcOn", "LicensingMode"),
];

fn check(machine: &Machine<'_>) -> Outcome {
    let mut findings = Vec::new();
    for instruction in machine.policy_instructions()?.iter().filter(|own| is_of_policy_key(own)) {
        let name = match policy_command(&instruction.name) {
            None => instruction.name.as_str(),
            Some(PolicyCommand::SetIfAbsent(name)) => name,
            Some(_) => continue,
        };
        if let Some(meant) = meant(name) {
            let title =
                format!("“{name}” is not a policy value that Windows reads; the intended name is “{meant}”");
            findings.push(RULE.finding(title).evidence(Evidence::instruction(instruction)));
        }
    }
    Ok(findings)
}

/// The intended policy value for a name that is not one.
fn meant(name: &str) -> Option<&'static str> {
    let known: Vec<_> =
        values::of_key("policy").filter(|row| row.role == Role::Real).map(|row| row.name).collect();
    // `value-name-has-blank` reports extra spaces.
    if known.iter().any(|known| known.eq_ignore_ascii_case(name.trim())) {
        return None;
    }
    let circulating = CIRCULATING.iter().find(|(wrong, _)| wrong.eq_ignore_ascii_case(name));
    let near = |known: &&str| levenshtein(&known.to_lowercase(), &name.to_lowercase()) <= 2;
    circulating.map(|(_, meant)| *meant).or_else(|| known.into_iter().find(near))
}
