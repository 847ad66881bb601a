//! A license database in an unsuitable folder.
//!
//! # What it looks at
//! The path that the license server reports (`DatabasePath`). The rule fires for a path on another machine.
//!
//! # Why it matters
//! The database must be in a local folder. If the service cannot open it, events 9, 14 and 4100 follow, and
//! no licenses are issued.
//!
//! # How it can be wrong
//! A drive letter that is mapped to the network looks local.
//!
//! # Fix
//! 1. Give NETWORK SERVICE and SYSTEM full access to the folder, as in a new installation.
//! 2. Exclude the folder from virus scanners.
//! 3. To move the database to a local folder, remove the role, install it again with the new path, and
//!    migrate or install the packs again. Microsoft documents no move by a registry edit.
//!
//! # Fix safety
//! First back up the folder together with the system state. One without the other is not a usable backup.
//!
//! # Verify
//! The service starts without events 9, 14 and 4100.

use crate::model::license_server::is_network_path;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-119",
    name: "database-folder-bad",
    title: "the license database folder is unsuitable",
    severity: Severity::Error,
    confidence: Confidence::High,
    scope: Scope::LicenseServer,
    recipe: Some("license-server-database"),
    sources: &[sources::TS_LICENSE_SERVER, sources::LS_EVENTS],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let path = machine.fact(facts::DATABASE_PATH)?;
    if !is_network_path(&path) {
        return Ok(Vec::new());
    }
    let evidence = machine.fact_evidence(facts::DATABASE_PATH, &path);
    Ok(vec![RULE.finding(format!("the license database is on another machine: {path}")).evidence(evidence)])
}
