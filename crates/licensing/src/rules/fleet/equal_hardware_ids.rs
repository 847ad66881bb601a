//! Several machines with the same client hardware id.
//!
//! # What it looks at
//! `MSLicensing\HardwareID\ClientHWID` of every machine of the run. It fires for each id that two or more of them share.
//!
//! # Why it matters
//! Windows makes the id at random, once. Two machines with one id came from one image, and to a license server they are one
//! device: they share one Per Device CAL and overwrite each other's renewals, until one of them is refused.
//!
//! # How it can be wrong
//! Two captures of the same machine in one run. Compare the computers' names.
//!
//! # Fix
//! 1. Remove `MSLicensing` from the image that the machines came from, before it is sealed again (`rdscal fix seal-image`).
//! 2. On all but one of the machines, one after the other: `rdscal fix clear-client --all-licenses --also-hardware-id`.
//! 3. Start the client there once as administrator.
//!
//! # Fix safety
//! Each machine that gets a new id takes one more CAL; the one that the id held before stays in use until it expires, 52 to
//! 89 days later. Count free CALs first.
//!
//! # Verify
//! Run `rdscal doctor` over the same machines again.

use std::collections::BTreeMap;

use crate::rules::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    id: "RDSL-170",
    name: "equal_hardware_ids",
    aliases: &[],
    title: "machines share one client hardware id",
    family: Family::Fleet,
    severity: Severity::Warning,
    confidence: Confidence::Medium,
    scope: Scope::Fleet,
    products: "all",
    needs: &["SOFTWARE hives of several machines"],
    recipe: Some("clear-client"),
    sources: &[Source { title: "[MS-RDPELE] 2.2.2.3.1, Client Hardware Identification", url: "" }],
    check: Check::Fleet(check),
};

fn check(machines: &[Traits]) -> Outcome {
    let mut by_id: BTreeMap<&[u8], Vec<&Traits>> = BTreeMap::new();
    for machine in machines {
        if let Some(id) = &machine.hardware_id {
            by_id.entry(id).or_default().push(machine);
        }
    }
    if by_id.is_empty() {
        return Err(Need::Key(places::client_store().join("HardwareID").to_string()).into());
    }
    Ok(by_id
        .into_iter()
        .filter(|(_, sharing)| sharing.len() > 1)
        .map(|(id, sharing)| {
            let names: Vec<_> = sharing.iter().map(|machine| machine.label.clone()).collect();
            RULE.finding(format!("{} machines share one client hardware id", names.len()))
                .evidence(Evidence::fact("ClientHWID", hex::encode(id)))
                .machines(names)
        })
        .collect())
}
