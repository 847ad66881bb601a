//! Machines that were cloned from an image with a grace record.
//!
//! # What it looks at
//! The bytes of the grace record (`RCM\GracePeriod`) of machines with different names. The record is
//! encrypted with a random salt, so equal bytes prove a copy.
//!
//! # Why it matters
//! The grace period of every clone ends on the same day as that of the image, which may be long past. New
//! hosts then refuse users on their first day unless a license server responds.
//!
//! # How it can be wrong
//! Nothing else makes two such records equal.
//!
//! # Fix
//! 1. Make sure that the clones have a licensing mode and a license server. Then the grace period does not
//!    matter.
//! 2. Remove the record from the image before it is sealed again, as `image-grace-record` describes.
//! 3. For existing clones: provide licenses, rather than a new grace period.
//!
//! # Fix safety
//! Changing the image does not affect any running host.
//!
//! # Verify
//! A clone of the new image creates its own record at its first start.

use std::collections::BTreeMap;

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-176",
    name: "equal-grace-records",
    title: "several machines share one grace record",
    severity: Severity::Warning,
    confidence: Confidence::High,
    scope: Scope::Fleet,
    products: "Windows Server 2008 and later",
    recipe: Some("seal-image"),
    sources: &[sources::TSTOOL.at("the record is a DPAPI blob of the machine"), sources::BISF],
    ..Rule::fleet(check)
};

fn check(machines: &[&FleetKey]) -> Outcome {
    let mut by_record: BTreeMap<[u8; 20], Vec<&FleetKey>> = BTreeMap::new();
    for machine in machines {
        if let Some(record) = machine.grace_record {
            by_record.entry(record).or_default().push(machine);
        }
    }
    if by_record.is_empty() {
        return Err(Need::Fleet("grace records of several session hosts").into());
    }
    Ok(by_record
        .into_values()
        .filter(|sharing| {
            sharing.iter().any(|machine| machine.name.is_none() || machine.name != sharing[0].name)
        })
        .map(|sharing| {
            let names: Vec<_> = sharing.iter().map(|machine| machine.label.clone()).collect();
            RULE.finding(format!("{} machines share one grace record, which came from an image", names.len()))
                .evidence(Evidence::fact(
                    &places::grace_period().to_string(),
                    format!("equal on {}", names.join(", ")),
                ))
                .machines(names)
        })
        .collect())
}
