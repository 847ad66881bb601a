//! A `.reg` script that deletes the hardware ID or the licenses of a client.
//!
//! # What it looks at
//! The deletions in a `.reg` file below `MSLicensing`, in the 64-bit and the 32-bit view: `HardwareID` and
//! `ClientHWID`, `Store` and its `LICENSE` subkeys, or the whole key.
//!
//! # Why it matters
//! A license server recognizes a device by its hardware ID. Without it, the client generates a new one at the
//! next start, so the license server sees a new device and issues another license (CAL). The old one remains
//! taken until it expires, after 52 to 89 days. A damaged license is renewed if only its `LICENSE` subkey is
//! deleted.
//!
//! # How it can be wrong
//! The file may never be imported. On a cloned device, deleting the hardware ID is correct.
//!
//! # Fix
//! 1. Remove the lines that delete `HardwareID`, `ClientHWID`, `Store` or `MSLicensing` from the script.
//! 2. Delete `Store\LICENSE000` only (and the other `LICENSE` subkeys that are damaged): `rdscal fix
//!    clear-client` makes a backup first and keeps the hardware ID.
//! 3. Start Remote Desktop Connection once as administrator, so that it can store the new license.
//!
//! # Fix safety
//! A client without a stored license requests one at the next connection; a Per Device license server issues
//! one if it has one available for this device.
//!
//! # Verify
//! RD Licensing Manager lists the device once.

use snapshot::coverage::Deletion;

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-097",
    name: "script-deletes-client-store",
    title: "a script deletes the license store of a client",
    severity: Severity::Warning,
    confidence: Confidence::High,
    scope: Scope::Any,
    sources: &[sources::RDPELE_HWID, sources::KB187629, sources::ASK_PERF],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let mut findings = Vec::new();
    for store in [places::client_store(), places::client_store_32()] {
        let (hardware, licenses) = (store.join("HardwareID"), store.join("Store"));
        let is_identity = |deletion: &Deletion| deletion.takes_value(&hardware, "ClientHWID");
        let identity = machine.deletions(is_identity);
        let stored =
            machine.deletions(|deletion| !is_identity(deletion) && deletion.key.starts_with(&licenses));
        let more = (!stored.is_empty()).then_some("the script deletes stored licenses, too");
        if !identity.is_empty() {
            let mut finding = RULE
                .finding(
                    "this script deletes the hardware ID of the client: the device becomes a new one and takes another CAL; delete LICENSE000 only",
                )
                .evidences(identity);
            finding.notes.extend(more.map(str::to_owned));
            findings.push(finding.evidences(stored));
        } else if !stored.is_empty() {
            findings.push(
                RULE.finding("this script deletes stored licenses of the client, which keeps its hardware ID and requests new ones")
                    .severity(Severity::Info)
                    .evidences(stored),
            );
        }
    }
    conclude(findings, machine.lost_lines())
}
