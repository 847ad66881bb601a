//! Hosts that share license servers and do not share a licensing mode.
//!
//! # What it looks at
//! The licensing mode in force of the session hosts of each set. Hosts are of one set where they list a
//! license server in common; a host without a list joins the set of its domain. A host without any mode
//! counts as one more mode.
//!
//! # Why it matters
//! A user who is sent to one host needs a Per User license, on the next one the device needs a Per Device
//! license. Half of the logons then end with a temporary license, or without one.
//!
//! # How it can be wrong
//! Two farms that share a license server may well use both kinds of licenses, each for its own reasons.
//!
//! # Fix
//! 1. Decide which kind of license the farm uses: the packs of the license server tell.
//! 2. Set that mode in one Group Policy object that reaches every host of the farm: *Set the Remote Desktop
//!    licensing mode* ({gpo:licensing}).
//! 3. Local modes that say otherwise then have no effect; leave them, or write the same one before the policy
//!    comes.
//!
//! # Fix safety
//! Nobody loses a license. Devices keep theirs until it ends.
//!
//! # Verify
//! Run `rdscal doctor` over the same machines again.

use crate::rules::prelude::*;
use crate::rules::shared::ByValue;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-171",
    name: "modes-differ",
    title: "session hosts of one set differ in licensing mode",
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
        RULE.finding(format!(
            "session hosts that belong together differ in licensing mode: {}",
            modes.join(", ")
        ))
    };
    differ(
        machines,
        |host| host.mode_seen,
        mode,
        finding,
        "the licensing modes of at least two session hosts",
    )
}
