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
//! 1. Delete `HKLM\SOFTWARE\Microsoft\MSLicensing` (and its copy below `HKLM\SOFTWARE\WOW6432Node\Microsoft`) in
//!    the image that the machines came from, as one of the last steps before it is sealed again.
//! 2. On all but one of the machines, one after the other: in a Command Prompt as administrator, export the store
//!    with its id (`reg export HKLM\SOFTWARE\Microsoft\MSLicensing mslicensing.reg`), then delete it
//!    (`reg delete HKLM\SOFTWARE\Microsoft\MSLicensing`); do the same with its copy
//!    `HKLM\SOFTWARE\WOW6432Node\Microsoft\MSLicensing`, where there is one.
//! 3. Start the client there once as administrator (`mstsc`, *Run as administrator*) and connect: it makes a new
//!    id.
//!
//! # Fix safety
//! Each machine that gets a new id takes one more CAL; the one that the id held before stays in use until it
//! expires, 52 to 89 days later. Count free CALs first. Importing the export brings the shared id back.
//!
//! # Verify
//! Run `rdscal doctor` over the same machines again.

use std::collections::BTreeMap;

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-170",
    name: "equal-hardware-ids",
    title: "machines share one client hardware id",
    severity: Severity::Warning,
    confidence: Confidence::Medium,
    scope: Scope::Fleet,
    recipe: Some("clear-client"),
    sources: &[sources::RDPELE.at("MS-RDPELE 2.2.2.3.1, Client Hardware Identification")],
    ..Rule::fleet(check)
};

fn check(machines: &[&FleetKey]) -> Outcome {
    let mut by_id: BTreeMap<&[u8], Vec<&FleetKey>> = BTreeMap::new();
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
