//! A value of licensing whose name has a blank before or after it.
//!
//! # What it looks at
//! The names of all values in the keys of licensing. It fires where a name is that of a known value but for blanks
//! around it.
//!
//! # Why it matters
//! A blank counts: to Windows this is another value, which it never reads. The setting was not made. Published
//! commands of the 2024 hardening were reported to carry such a blank, and whoever pasted them believes that the
//! machine is hardened, or configured.
//!
//! # How it can be wrong
//! The value may be a remnant beside the right one. On a license server, the name `
//! DisableWorkgroupAuthEnforcement` was meant to weaken a protection: there it is better deleted than moved.
//!
//! # Fix
//! 1. Find out whether the setting is wanted, and what it does: `rdscal explain NAME`.
//! 2. If it is wanted, make it with its right name: by the policy that sets it, or with `reg add KEY /v NAME` and
//!    the type and data that its documentation gives.
//! 3. Export the key (`reg export KEY stray.reg`), then delete the value with the blank:
//!    `reg delete KEY /v " NAME"`, the blank between the quotation marks.
//!
//! # Fix safety
//! The value with the blank is not read; deleting it changes nothing. Writing it with its right name takes effect.
//! `reg import stray.reg` brings the old state back.
//!
//! # Verify
//! Run `rdscal doctor` again. Registry Editor does not show the blank; `reg query KEY` between two quotation marks
//! does.

use crate::knowledge::values;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-190",
    name: "value-name-has-blank",
    title: "name of a licensing value begins or ends with a blank",
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
            let where_ = if name.starts_with(char::is_whitespace) { "before" } else { "after" };
            let title = format!(
                "Windows never reads the value “{}”: a blank stands {where_} the name {meant}",
                value.name
            );
            findings.push(RULE.finding(title).evidence(Evidence::value(path, key, value)));
        }
    }
    conclude(findings, seen.missing)
}
