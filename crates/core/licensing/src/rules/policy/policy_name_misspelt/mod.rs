//! A value in the policy key whose name resembles that of a licensing policy.
//!
//! # What it looks at
//! The instructions of a policy file for the policy key, and the values of that key on a machine. The rule
//! fires for other names of a license mode, license type or license servers (`SpecifiedLicenseServers`,
//! `LicenseServer`, `LicensingType`, `PolicyAcOn`), and for names that differ in one or two letters from
//! `LicenseServers`, `LicensingMode`, `fSecureLicensing`, `fPreventLicenseUpgrade` and
//! `fDisableTerminalServerTooltip`.
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
//! 2. Remove the misspelled entry. It comes from a script, a custom template or a program. On a machine that
//!    a policy object governs, remove it from the object.
//!
//! # Fix safety
//! Nothing reads the misspelled value. The correct setting takes effect at the next policy refresh; check it
//! first.
//!
//! # Verify
//! Run `rdscal doctor` again, or `rdscal policy lint` on the folder of a policy file. `rdscal explain NAME`
//! explains a name.

use snapshot::OriginKind;
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
    scope: Scope::Any,
    products: "Windows Server 2003 and later",
    sources: &[sources::ADMX.at("Remote Desktop Session Host, Licensing"), sources::FOLKLORE],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let finding = |name: &str, evidence: Evidence| {
        let meant = meant(name)?;
        let title =
            format!("“{name}” is not a policy value that Windows reads; the intended name is “{meant}”");
        Some(RULE.finding(title).evidence(evidence))
    };
    if machine.snapshot().origin.kind != OriginKind::Policy {
        let path = places::policy();
        let Some(key) = machine.key(&path)? else { return Ok(Vec::new()) };
        // `setting-without-effect` reports the name of the local list, and its recipe moves it.
        let values = key.values.iter().filter(|value| !value.name.matches("SpecifiedLicenseServers"));
        return Ok(values
            .filter_map(|value| finding(value.name.as_str()?, Evidence::value(&path, key, value)))
            .collect());
    }
    let mut findings = Vec::new();
    for instruction in machine.policy_instructions()?.iter().filter(|own| is_of_policy_key(own)) {
        let name = match policy_command(&instruction.name) {
            None => instruction.name.as_str(),
            Some(PolicyCommand::SetIfAbsent(name)) => name,
            Some(_) => continue,
        };
        findings.extend(finding(name, Evidence::instruction(instruction)));
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
    let lower = name.to_lowercase();
    let near = |known: &&str| levenshtein(&known.to_lowercase(), &lower) <= 2;
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    // No other value of the key has such a name.
    let about = if has(&["licens", "licenc"]) && has(&["server"]) {
        Some("LicenseServers")
    } else if has(&["licens", "licenc"]) && has(&["mode", "type"]) || lower == "policyacon" {
        Some("LicensingMode")
    } else {
        None
    };
    about.or_else(|| known.into_iter().find(near))
}
