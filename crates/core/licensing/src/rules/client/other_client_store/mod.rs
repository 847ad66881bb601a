//! License files of another client program.
//!
//! # What it looks at
//! Files of FreeRDP (`~/.config/freerdp/licenses/*.cal`) and rdesktop (`~/.local/share/rdesktop/licenses`), where a
//! source lists them. No registry holds them.
//!
//! # Why it matters
//! These clients keep licenses of their own, under hardware ids that follow from the host name. The device counts
//! once more, and clearing the Windows store changes nothing for them; a container with a new host name at every
//! start takes a new license each time.
//!
//! # How it can be wrong
//! The files may be left from a program that is no longer used.
//!
//! # Fix
//! 1. Look into the files: `rdscal cal FILE` shows server, product and end.
//! 2. Keep the folder, and the host name, across restarts of containers and thin clients.
//!
//! # Fix safety
//! Nothing is changed.
//!
//! # Verify
//! On the license server the device is listed once for each client program.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-086",
    name: "other-client-store",
    title: "license files of another client program",
    severity: Severity::Info,
    confidence: Confidence::High,
    scope: Scope::Client,
    sources: &[sources::FREERDP, sources::RDESKTOP],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let files = machine.fact(facts::OTHER_CLIENT_STORES)?;
    if files.is_empty() {
        return Ok(Vec::new());
    }
    let title = match files.len() {
        1 => "another client program keeps a license file here".to_owned(),
        count => format!("other client programs keep {count} license files here"),
    };
    let evidence = files.iter().map(|file| machine.fact_evidence(facts::OTHER_CLIENT_STORES, file));
    Ok(vec![RULE.finding(title).evidences(evidence)])
}
