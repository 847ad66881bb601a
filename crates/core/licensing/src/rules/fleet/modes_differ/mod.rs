//! Hosts that share license servers but not a licensing mode.
//!
//! # What it looks at
//! The licensing mode in force of the session hosts of each set. Hosts belong to one set if they list a
//! common license server. A host without a list belongs to the set of its domain. A host without any mode
//! counts as one more mode.
//!
//! # Why it matters
//! A user needs a Per User license on one host, and the device needs a Per Device license on the next. Half
//! of the logons then get only a temporary license, or none.
//!
//! # How it can be wrong
//! Two farms that share a license server may intentionally use both kinds of licenses.
//!
//! # Fix
//! 1. Decide which kind of license the farm uses; the packs of the license server show it.
//! 2. Set that mode in one Group Policy object that reaches every host of the farm: *Set the Remote Desktop
//!    licensing mode* ({gpo:licensing}).
//! 3. Different local modes then have no effect. Leave them, or set the same mode before the policy arrives.
//!
//! # Fix safety
//! No license is revoked. Devices keep theirs until it expires.
//!
//! # Verify
//! Run `rdscal doctor` on the same machines again.

use crate::rules::prelude::*;
use crate::rules::shared::ByValue;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-171",
    name: "modes-differ",
    title: "session hosts of one set have different licensing modes",
    severity: Severity::Warning,
    confidence: Confidence::Medium,
    scope: Scope::Fleet,
    recipe: Some("set-mode"),
    sources: &[sources::PRACTICE, sources::CALS],
    ..Rule::fleet(check)
};

fn check(machines: &[&FleetKey]) -> Outcome {
    let mode = |host: &FleetKey| host.mode.map_or("no mode".to_owned(), |mode| mode.to_string());
    let finding = |by_mode: &ByValue| {
        let modes: Vec<&str> = by_mode.keys().map(String::as_str).collect();
        RULE.finding(format!("session hosts of one set have different licensing modes: {}", modes.join(", ")))
    };
    differ(
        machines,
        |host| host.mode_seen,
        mode,
        finding,
        "the licensing modes of at least two session hosts",
    )
}
