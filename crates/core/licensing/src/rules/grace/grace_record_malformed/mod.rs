//! A grace record with invalid contents.
//!
//! # What it looks at
//! The bytes of the record in `RCM\GracePeriod`. Since Windows Server 2008 they are a DPAPI envelope (`01 00
//! 00 00 d0 8c 9d df …`) around eight bytes. The severity is error if the envelope is missing or
//! inconsistent, and warning if it is intact but contains data of another size.
//!
//! # Why it matters
//! The host cannot read the record and may treat the grace period as over. The record was written by hand,
//! truncated by a faulty tool, or is damaged.
//!
//! # How it can be wrong
//! The format is known from public code and from sibling values, not from documentation. The host may be
//! unable to read even an intact envelope if its master key was lost. That cannot be seen from outside.
//!
//! # Fix
//! 1. Set the licensing mode and the license server: *Set the Remote Desktop licensing mode*, *Use the
//!    specified Remote Desktop license servers* ({gpo:licensing}). Once licenses are issued, the record does
//!    not matter and no further action is required.
//! 2. If the host still refuses users, make a backup of the system state or a checkpoint of the virtual
//!    machine. Microsoft publishes no procedure for the next steps, so contact Microsoft support if you can.
//!    Do it only once, and record the reason.
//! 3. In Registry Editor, record the owner and entries of `HKLM\SYSTEM\CurrentControlSet\Control\Terminal
//!    Server\RCM\GracePeriod`, take ownership, give Administrators full control, export the key, and delete
//!    the unreadable value.
//! 4. In the same dialog keep full control for NETWORK SERVICE and SYSTEM, remove all other entries, and make
//!    NETWORK SERVICE the owner again.
//! 5. Restart the service in a maintenance window (`Restart-Service TermService -Force`). Only the service
//!    can create a record.
//! 6. Never write the value by hand, and never copy it from another machine.
//!
//! # Fix safety
//! The restart ends all sessions. A new record does not replace licenses; devices and users need CALs from
//! the first day. The export contains a value that only this machine can read. The backup is the way back.
//!
//! # Verify
//! Query the host for the remaining days (`GetGracePeriodDays`), and run `rdscal doctor` again.

use crate::rules::prelude::*;
use rds_formats::grace::{GraceRecord, RecordName};

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-044",
    name: "grace-record-malformed",
    title: "grace record damaged or written by hand",
    severity: Severity::Error,
    confidence: Confidence::Medium,
    scope: Scope::Any,
    in_service: true,
    products: "Windows Server 2008 and later",
    recipe: Some("reset-grace"),
    sources: &[
        sources::TSTOOL.at("the record is a DPAPI envelope around a FILETIME"),
        sources::HIVES.at("DPAPI envelopes in RCM\\Secrets"),
    ],
    ..Rule::machine(check)
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
                    "the grace record is eight unencrypted bytes, which no host writes here".to_owned(),
                ));
            }
            (Some(GraceRecord::Enciphered { holds_eight_bytes: Some(false), .. }), _) => {
                let title =
                    "the grace record's envelope is intact but does not contain eight bytes".to_owned();
                findings.push(finding(title).severity(Severity::Warning).confidence(Confidence::Low));
            }
            _ => {}
        }
    }
    Ok(findings)
}
