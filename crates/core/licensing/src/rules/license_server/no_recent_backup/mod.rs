//! A license server that was not backed up within the last 30 days.
//!
//! # What it looks at
//! The time of the newest backup by way of the VSS writer *TermServLicensing*.
//!
//! # Why it matters
//! The database and the identity of the server, which lies in LSA secrets, belong together. If either is
//! lost, the packs must be fetched from the clearing house again, and what was issued is forgotten.
//!
//! # How it can be wrong
//! Backups that do not use the writer, such as an image of the whole virtual machine, are not seen.
//!
//! # Fix
//! 1. Include the system state and the folder of the database in the backup, with VSS.
//! 2. Keep the agreement numbers of the packs where the server is not: they rebuild it without a backup.
//!
//! # Fix safety
//! Nothing is changed on the server.
//!
//! # Verify
//! The backup program lists the writer *TermServLicensing*; restore once to another place to be sure.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-120",
    name: "no-recent-backup",
    title: "the license server has no recent backup",
    severity: Severity::Warning,
    confidence: Confidence::Medium,
    scope: Scope::LicenseServer,
    products: "Windows Server 2008 and later",
    recipe: Some("license-server-database"),
    sources: &[sources::VSS_WRITERS],
    ..Rule::machine(check)
};

const DAYS: i64 = 30;

fn check(machine: &Machine<'_>) -> Outcome {
    let newest = machine.fact(facts::LAST_BACKUP)?;
    let (title, found) = match newest.map(|time| (time, time.days_until(machine.at()))) {
        None => ("no backup of the license server is known".to_owned(), "none".to_owned()),
        Some((time, days)) if days > DAYS => {
            (format!("the newest backup of the license server is {days} days old"), time.to_string())
        }
        Some(_) => return Ok(Vec::new()),
    };
    Ok(vec![RULE.finding(title).evidence(machine.fact_evidence(facts::LAST_BACKUP, found))])
}
