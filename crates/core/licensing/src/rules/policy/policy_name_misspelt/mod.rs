//! A value in the policy key whose name is nearly that of a licensing policy.
//!
//! # What it looks at
//! The instructions of a `Registry.pol` for the policy key. It fires for names that circulate (`SpecifiedLicenseServers`,
//! `LicenseServer`, `LicensingType`, `PolicyAcOn`) and for those that differ in one or two letters from `LicenseServers`,
//! `LicensingMode`, `fSecureLicensing`, `fPreventLicenseUpgrade` and `fDisableTerminalServerTooltip`.
//!
//! # Why it matters
//! Windows looks for the exact name. The setting that somebody meant to make is not made, and everybody believes it is.
//!
//! # How it can be wrong
//! A program of a third party may keep a value of that name there.
//!
//! # Fix
//! 1. Set the policy in the policy editor, which knows the names: *Set the Remote Desktop licensing mode*, *Use the
//!    specified Remote Desktop license servers* ({gpo:licensing}).
//! 2. Take the misspelt entry out; it comes from a script, a custom template or a program.
//!
//! # Fix safety
//! Nothing reads the misspelt value. What is set instead takes effect at the next refresh: check it first.
//!
//! # Verify
//! `rdscal policy lint` over the folder; `rdscal explain NAME` tells what a name is.

use strsim::levenshtein;

use crate::knowledge::{Role, values};
use crate::model::policy_file::{PolicyCommand, is_of_policy_key, policy_command};
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-203",
    name: "policy-name-misspelt",
    title: "policy value that Windows does not know",
    severity: Severity::Warning,
    confidence: Confidence::Medium,
    scope: Scope::PolicyFile,
    products: "Windows Server 2003 and later",
    sources: &[sources::ADMX.at("Remote Desktop Session Host, Licensing"), sources::FOLKLORE],
    ..Rule::machine(check)
};

/// Names that circulate, and what was meant.
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
            let title = format!("Windows knows no policy value “{name}”; “{meant}” was meant");
            findings.push(RULE.finding(title).evidence(Evidence::instruction(instruction)));
        }
    }
    Ok(findings)
}

/// The policy value that was meant by a name that is none.
fn meant(name: &str) -> Option<&'static str> {
    let known: Vec<_> =
        values::of_key("policy").filter(|row| row.role == Role::Real).map(|row| row.name).collect();
    // A blank too many is another rule's business.
    if known.iter().any(|known| known.eq_ignore_ascii_case(name.trim())) {
        return None;
    }
    let circulating = CIRCULATING.iter().find(|(wrong, _)| wrong.eq_ignore_ascii_case(name));
    let near = |known: &&str| levenshtein(&known.to_lowercase(), &name.to_lowercase()) <= 2;
    circulating.map(|(_, meant)| *meant).or_else(|| known.into_iter().find(near))
}
