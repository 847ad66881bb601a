//! A grace record that cannot be what it should be.
//!
//! # What it looks at
//! The bytes of the record in `RCM\GracePeriod`. Since Windows Server 2008 they are a DPAPI envelope (`01 00 00 00 d0
//! 8c 9d df …`) around eight bytes. It is an error where the envelope is missing or its parts do not add up, a
//! warning where it is whole and holds something of another size.
//!
//! # Why it matters
//! The host cannot read the record, and may count the grace period as over. It was written by hand, cut by a faulty
//! tool, or is damaged.
//!
//! # How it can be wrong
//! The format is known from public code and from sibling values, not from documentation. An envelope that is whole
//! may still be unreadable for the host, when its master key was lost; that cannot be seen from outside.
//!
//! # Fix
//! 1. Set licensing mode and license server; once licenses are issued the record does not matter.
//! 2. Export the key with its security descriptor, and let the host make the record anew: `rdscal fix reset-grace`,
//!    with the reason *unreadable record*.
//! 3. Never write the value by hand, and never copy it from another machine.
//!
//! # Fix safety
//! The host makes a new record at the next start of the service. Owner and access list of the key are put back. It is
//! done once; the journal keeps the reason.
//!
//! # Verify
//! Ask the host for the days left (`GetGracePeriodDays`), and run `rdscal doctor` again.

use crate::decode::grace::{GraceRecord, RecordName};
use crate::rules::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    id: "RDSL-044",
    name: "grace_record_malformed",
    aliases: &[],
    title: "grace record damaged or written by hand",
    family: Family::Grace,
    severity: Severity::Error,
    confidence: Confidence::Medium,
    scope: Scope::Any,
    products: "Windows Server 2008 and later",
    needs: &["SYSTEM hive"],
    recipe: Some("reset-grace"),
    sources: &[
        Source { title: "TSTool (public code): the record is a DPAPI envelope around a FILETIME", url: "" },
        Source {
            title: "DPAPI envelopes in RCM\\Secrets, measured on Windows 7 and 10 SYSTEM hives",
            url: "",
        },
    ],
    check: Check::Machine(check),
};

fn check(machine: &Machine<'_>) -> Outcome {
    let Some(key) = machine.grace_key()? else { return Ok(Vec::new()) };
    let mut findings = Vec::new();
    for record in key.records.iter().filter(|record| record.name != RecordName::Unknown) {
        let finding = |title: String| RULE.finding(title).evidence(record.value.evidence.clone());
        match (record.value.decoded(), record.value.error()) {
            (None, Some(error)) => findings.push(finding(format!("the grace record is damaged: {error}"))),
            (Some(GraceRecord::Plain { .. }), _) => {
                findings.push(finding(
                    "the grace record is eight bytes in clear, as no host writes it here".to_owned(),
                ));
            }
            (Some(GraceRecord::Enciphered { holds_eight_bytes: Some(false), .. }), _) => {
                let title = "the grace record's envelope is whole and does not hold eight bytes".to_owned();
                findings.push(finding(title).severity(Severity::Warning).confidence(Confidence::Low));
            }
            _ => {}
        }
    }
    Ok(findings)
}
