//! A golden image in which the grace period has started.
//!
//! # What it looks at
//! The values of `RCM\GracePeriod`. The empty key is fine.
//!
//! # Why it matters
//! The record determines the end of the grace period. Every clone starts with the remaining days of the
//! image, possibly none, and later clones have fewer.
//!
//! # How it can be wrong
//! A host that always has a license server before its first user does not depend on the grace period.
//!
//! # Fix
//! 1. Give the clones a licensing mode and a license server by policy. Then the record does not matter.
//! 2. Keep a copy of the unsealed image. Microsoft publishes no procedure for removing the record. Do it only
//!    in the image, never on a host in service.
//! 3. As one of the last steps before the image is sealed: in Registry Editor, *Permissions* of
//!    `HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\GracePeriod`, record the owner and entries,
//!    take ownership, give Administrators full control, and delete the value
//!    `L$RTMTIMEBOMB_1320153D-8DA3-4e8e-B27B-0D888223A588`.
//! 4. In the same dialog keep full control for NETWORK SERVICE and SYSTEM, remove all other entries, and make
//!    NETWORK SERVICE the owner again.
//! 5. Shut the image down and seal it without another start. Only the service TermService creates a new
//!    record, when it starts.
//!
//! # Fix safety
//! The image is not in service. A new record does not replace licenses; users and devices of the clones need
//! CALs from the first day.
//!
//! # Verify
//! Run `rdscal doctor --profile image` again, then start one clone and check its licensing.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-180",
    name: "image-grace-record",
    title: "the image contains a grace record",
    severity: Severity::Error,
    confidence: Confidence::High,
    scope: Scope::Image,
    products: "Windows Server 2008 and later",
    recipe: Some("seal-image"),
    sources: &[sources::BISF, sources::TSTOOL.at("the record is a DPAPI blob of the machine")],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let Some(key) = machine.grace_key()?.filter(|key| !key.records.is_empty()) else { return Ok(Vec::new()) };
    let since = key.written().map_or(String::new(), |time| format!(", written at {time}"));
    let title = format!("the image contains a grace record{since}; every clone inherits its end");
    Ok(vec![RULE.finding(title).evidences(key.records.into_iter().map(|record| record.value.evidence))])
}
