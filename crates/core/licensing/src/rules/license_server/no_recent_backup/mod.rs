//! A license server that was not backed up in the last 30 days.
//!
//! # What it looks at
//! The time of the newest backup through the VSS writer *TermServLicensing*.
//!
//! # Why it matters
//! The database and the identity of the server, which is stored in LSA secrets, belong together. If either is
//! lost, the packs must be requested from the Clearinghouse again, and the record of issued licenses is lost.
//!
//! # How it can be wrong
//! The rule does not see backups without the writer, such as an image of the whole virtual machine.
//!
//! # Fix
//! 1. Include the system state and the database folder in the backup, with VSS.
//! 2. Keep the agreement numbers of the packs in a place other than the server; they allow a rebuild without
//!    a backup.
//!
//! # Fix safety
//! Nothing is changed on the server.
//!
//! # Verify
//! The backup program lists the writer *TermServLicensing*. Test a restore to another place once.

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
