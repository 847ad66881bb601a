//! A stored license that has expired.
//!
//! # What it looks at
//! The end of validity of every license in both stores, against the time of judgment. It is an error, and a warning
//! where the same store holds another license for the same product and version that is valid.
//!
//! # Why it matters
//! The host asks its license server for another one when the client connects. Where no server answers or no license
//! is left, the client is refused: "the client access license could not be upgraded or renewed" (extended reason
//! 265), events 1011 and 1028.
//!
//! # How it can be wrong
//! A client that is rarely used holds an expired license between two connections; it is renewed at the next. A wrong
//! clock on the machine that captured makes a valid one look expired.
//!
//! # Fix
//! 1. Connect to the session host; an expired license is renewed when the server has one.
//! 2. If that is refused, see in RD Licensing Manager whether the license server has free licenses of this version.
//! 3. Start the client once as administrator (`mstsc`, *Run as administrator*) and connect.
//! 4. If it is still refused: in a Command Prompt as administrator, export the store
//!    (`reg export HKLM\SOFTWARE\Microsoft\MSLicensing mslicensing.reg`), then delete this one subkey:
//!    `reg delete HKLM\SOFTWARE\Microsoft\MSLicensing\Store\LICENSE000`, with the number of the finding.
//! 5. Where the finding names the store of 32-bit programs, the key is
//!    `HKLM\SOFTWARE\WOW6432Node\Microsoft\MSLicensing`.
//! 6. Then start the client as administrator again.
//!
//! # Fix safety
//! Renewal takes no further license. Without the subkey the server re-issues the one on record for the hardware id.
//! `reg import mslicensing.reg` brings the subkey back.
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
            Some(other) => {
                finding.severity(Severity::Warning).note(format!("{} is valid for the same", other.label()))
            }
            None => finding,
        })
    })
}
