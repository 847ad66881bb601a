//! A licensing value whose name has a leading or trailing space.
//!
//! # What it looks at
//! The names of all values in the licensing keys. The rule fires if a name equals that of a known value
//! except for spaces around it.
//!
//! # Why it matters
//! To Windows the space makes it another value, which it does not read. The setting has no effect. Published
//! commands of the 2024 hardening reportedly contained such a space. Administrators who pasted them believe
//! that the machine is hardened or configured.
//!
//! # How it can be wrong
//! The value may be a remnant beside the correct one. On a license server, the value `
//! DisableWorkgroupAuthEnforcement` would weaken a protection; there it is better deleted than corrected.
//!
//! # Fix
//! 1. Find out whether the setting is wanted, and what it does: `rdscal explain NAME`.
//! 2. If it is wanted, set it with its correct name: by the policy that sets it, or with `reg add KEY /v
//!    NAME` and the type and data from its documentation.
//! 3. Export the key (`reg export KEY stray.reg`), then delete the value with the space: `reg delete KEY /v "
//!    NAME"`, with the space inside the quotation marks.
//!
//! # Fix safety
//! Windows does not read the value with the space, so deleting it changes nothing. Writing it with its
//! correct name takes effect. `reg import stray.reg` restores the old state.
//!
//! # Verify
//! Run `rdscal doctor` again. Registry Editor does not show the space; `reg query KEY` with quotation marks
//! does.

use crate::knowledge::values;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-190",
    name: "value-name-has-blank",
    title: "name of a licensing value has a leading or trailing space",
    severity: Severity::Warning,
    confidence: Confidence::High,
    scope: Scope::Any,
    recipe: Some("move-stray-settings"),
    sources: &[sources::CVE_38099],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let seen = machine.look(places::holding_settings());
    let mut findings = Vec::new();
    for (path, key) in &seen.keys {
        for value in &key.values {
            let name = value.name.as_str().unwrap_or_default();
            let meant = name.trim();
            if meant == name || !values::all().any(|row| row.name.eq_ignore_ascii_case(meant)) {
                continue;
            }
            let where_ = if name.starts_with(char::is_whitespace) { "leading" } else { "trailing" };
            let title = format!(
                "Windows does not read the value “{}”: its name has a {where_} space; the correct name is {meant}",
                value.name
            );
            findings.push(RULE.finding(title).evidence(Evidence::value(path, key, value)));
        }
    }
    conclude(findings, seen.missing)
}
