//! A stored license that has expired.
//!
//! # What it looks at
//! The end of validity of every license in both stores, compared with the time of judgment. The severity is
//! error, or warning if the same store has another valid license for the same product and version.
//!
//! # Why it matters
//! The host requests another license from its license server when the client connects. If no server responds
//! or no license is free, the client is refused: "the client access license could not be upgraded or renewed"
//! (extended reason 265), events 1011 and 1028.
//!
//! # How it can be wrong
//! A client that is rarely used has an expired license between two connections; it is renewed at the next
//! one. If the clock of the capturing machine was wrong, a valid license may look expired.
//!
//! # Fix
//! 1. Connect to the session host. An expired license is renewed if the server has one.
//! 2. If the connection is refused, check in RD Licensing Manager whether the license server has free
//!    licenses of this version.
//! 3. Start the client once as administrator (`mstsc`, *Run as administrator*) and connect.
//! 4. If the connection is still refused: In an elevated Command Prompt, export the store (`reg export
//!    HKLM\SOFTWARE\Microsoft\MSLicensing mslicensing.reg`), then delete only this subkey: `reg delete
//!    HKLM\SOFTWARE\Microsoft\MSLicensing\Store\LICENSE000`, with the number from the finding.
//! 5. If the finding names the store of 32-bit programs, the key is
//!    `HKLM\SOFTWARE\WOW6432Node\Microsoft\MSLicensing`.
//! 6. Then start the client as administrator again.
//!
//! # Fix safety
//! A renewal consumes no further license. Without the subkey the server reissues the license on record for
//! the hardware ID. `reg import mslicensing.reg` restores the subkey.
//!
//! # Verify
//! Connect, and run `rdscal doctor` on the client again.

use crate::model::{ClientStore, StoredLicense};
use crate::rules::prelude::*;
use rds_formats::x509::Phase;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-075",
    name: "client-license-expired",
    title: "stored client license expired",
    severity: Severity::Error,
    confidence: Confidence::High,
    scope: Scope::Client,
    in_service: true,
    recipe: Some("clear-client"),
    sources: &[sources::RDPELE.at("MS-RDPELE 3.2.5.3 and 3.2.5.5, validity and renewal of a license")],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let expired = |license: &StoredLicense| {
        license.standing(machine.at()).is_some_and(|standing| standing.phase == Phase::Expired)
    };
    machine.client_stores().judge(|store: &ClientStore, license| {
        let end = license.ends().filter(|_| expired(license))?;
        let kind = match license.decoded()?.is_temporary() {
            Some(true) => "temporary license ",
            _ => "",
        };
        let title = format!("{kind}{} expired on {}", license.label(), end.date());
        let finding = RULE.finding(title).evidence(license.evidence());
        let other = store.licenses.iter().find(|other| {
            other.index == license.index
                && other.version() == license.version()
                && other.ends().is_some()
                && !expired(other)
        });
        Some(match other {
            Some(other) => finding
                .severity(Severity::Warning)
                .note(format!("{} is valid for the same product and version", other.label())),
            None => finding,
        })
    })
}
