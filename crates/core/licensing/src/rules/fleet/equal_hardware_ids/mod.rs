//! Several machines with the same client hardware ID.
//!
//! # What it looks at
//! `MSLicensing\HardwareID\ClientHWID` of every machine of the run. The rule fires for each ID that two or
//! more of them share.
//!
//! # Why it matters
//! Windows creates the ID once, at random. Two machines with one ID came from one image, and to a license
//! server they are one device. They share one Per Device CAL and overwrite each other's renewals, until one
//! of them is refused.
//!
//! # How it can be wrong
//! The run may contain two captures of the same machine; compare the computer names.
//!
//! # Fix
//! 1. Delete `HKLM\SOFTWARE\Microsoft\MSLicensing` (and its copy below `HKLM\SOFTWARE\WOW6432Node\Microsoft`)
//!    in the image that the machines were created from, as one of the last steps before it is sealed again.
//! 2. On all but one of the machines, one after the other: In an elevated Command Prompt, export the store
//!    with its ID (`reg export HKLM\SOFTWARE\Microsoft\MSLicensing mslicensing.reg`), then delete it (`reg
//!    delete HKLM\SOFTWARE\Microsoft\MSLicensing`). Do the same with its copy
//!    `HKLM\SOFTWARE\WOW6432Node\Microsoft\MSLicensing`, if it exists.
//! 3. Start the client there once as administrator (`mstsc`, *Run as administrator*) and connect. It creates
//!    a new ID.
//!
//! # Fix safety
//! Each machine with a new ID consumes one more CAL. The CAL of the old ID remains in use until it expires,
//! 52 to 89 days later. Count free CALs first. Importing the export restores the shared ID.
//!
//! # Verify
//! Run `rdscal doctor` on the same machines again.

use std::collections::BTreeMap;

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-170",
    name: "equal-hardware-ids",
    title: "machines share one client hardware ID",
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
            RULE.finding(format!("{} machines share one client hardware ID", names.len()))
                .evidence(Evidence::fact("ClientHWID", hex::encode(id)))
                .machines(names)
        })
        .collect())
}
