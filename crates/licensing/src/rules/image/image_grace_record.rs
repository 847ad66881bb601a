//! A golden image in which the grace period has begun.
//!
//! # What it looks at
//! The values of `RCM\GracePeriod`. The empty key is fine.
//!
//! # Why it matters
//! The record is the end of the grace period. Every clone starts with the days that the image has left,
//! perhaps none, and new clones get fewer by the day.
//!
//! # How it can be wrong
//! An image of a host that is always given a license server before its first user does not depend on the
//! grace period.
//!
//! # Fix
//! 1. `rdscal fix seal-image`, as the last step before the image is sealed.
//! 2. Do not start the role again between this and the sealing: the service makes a new record.
//!
//! # Fix safety
//! The image is a copy: nothing of it is in use. Keep the unsealed one until a clone has been tried.
//!
//! # Verify
//! Run `rdscal doctor --profile image` again, then start one clone and look at its licensing.

use crate::rules::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    id: "RDSL-180",
    name: "image_grace_record",
    aliases: &[],
    title: "the image carries a grace record",
    family: Family::Image,
    severity: Severity::Error,
    confidence: Confidence::High,
    scope: Scope::Image,
    products: "Windows Server 2008 and later",
    needs: &["SYSTEM hive"],
    recipe: Some("seal-image"),
    sources: &[
        Source { title: "Base Image Script Framework (BIS-F), preparation script", url: "" },
        Source { title: "Grace record: DPAPI blob of the machine, TSTool (public code)", url: "" },
    ],
    check: Check::Machine(check),
};

fn check(machine: &Machine<'_>) -> Outcome {
    let path = places::grace_period();
    let Some(key) = machine.key(&path)? else { return Ok(Vec::new()) };
    let records: Vec<_> = key.values.iter().filter(|value| !value.name.is_empty()).collect();
    if records.is_empty() {
        return Ok(Vec::new());
    }
    let since = key.last_write.map_or(String::new(), |time| format!(", written at {time}"));
    let title = format!("the image carries a grace record{since}: every clone inherits its end");
    Ok(vec![
        RULE.finding(title).evidences(records.into_iter().map(|value| Evidence::value(&path, key, value))),
    ])
}
