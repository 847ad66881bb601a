//! License files of another client program.
//!
//! # What it looks at
//! Files of FreeRDP (`~/.config/freerdp/licenses/*.cal`) and rdesktop (`~/.local/share/rdesktop/licenses`),
//! if a source lists them. They are not in the registry.
//!
//! # Why it matters
//! These clients store their own licenses, under hardware IDs that are derived from the host name. The device
//! counts once more, and clearing the Windows store has no effect on them. A container with a new host name
//! at every start consumes a new license each time.
//!
//! # How it can be wrong
//! The files may remain from a program that is no longer used.
//!
//! # Fix
//! 1. Inspect the files: `rdscal cal FILE` shows the server, the product and the expiry.
//! 2. Keep the folder and the host name across restarts of containers and thin clients.
//!
//! # Fix safety
//! Nothing is changed.
//!
//! # Verify
//! The license server lists the device once for each client program.

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
        1 => "another client program has a license file here".to_owned(),
        count => format!("other client programs have {count} license files here"),
    };
    let evidence = files.iter().map(|file| machine.fact_evidence(facts::OTHER_CLIENT_STORES, file));
    Ok(vec![RULE.finding(title).evidences(evidence)])
}
