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
//! 1. Set licensing mode and license server: the policies *Set the Remote Desktop licensing mode* and *Use the
//!    specified Remote Desktop license servers* ({gpo:licensing}). Once licenses are issued the
//!    record does not matter, and nothing else needs to be done.
//! 2. If the host still refuses users: take a backup of the system state, or a checkpoint of the virtual machine.
//!    Microsoft publishes no procedure for what follows, so ask its support where you can; it is done once, and
//!    with a reason that is written down.
//! 3. In Registry Editor note owner and entries of
//!    `HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\GracePeriod`, take ownership, give Administrators
//!    full control, export the key, and delete the one unreadable value.
//! 4. In the same dialog leave full control for NETWORK SERVICE and SYSTEM and no other entry, and make NETWORK
//!    SERVICE the owner again.
//! 5. Restart the service in a maintenance window (`Restart-Service TermService -Force`): nothing but the service
//!    can make a record.
//! 6. Never write the value by hand, and never copy it from another machine.
//!
//! # Fix safety
//! The restart ends all sessions. A new record replaces no license: devices and users need CALs from the first day.
//! The export holds a value that only this machine can read; the backup is the way back.
//!
//! # Verify
//! Ask the host for the days left (`GetGracePeriodDays`), and run `rdscal doctor` again.

use crate::rules::prelude::*;
use rds_formats::grace::{GraceRecord, RecordName};

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-044",
    name: "grace-record-malformed",
    title: "grace record damaged or written by hand",
    severity: Severity::Error,
    confidence: Confidence::Medium,
    scope: Scope::Any,
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
