//! A `.reg` script that deletes the keys of an RD Licensing server.
//!
//! # What it looks at
//! The deletions in a `.reg` file: the service `TermServLicensing` and its `Parameters`, and
//! `SOFTWARE\Microsoft\TermServLicensing`.
//!
//! # Why it matters
//! The service does not start without its service key, and then issues no licenses. No document describes how
//! to create the keys by hand; installing the role creates them, and the server must be activated again.
//!
//! # How it can be wrong
//! The file may never be imported. It may belong to a server whose role was removed.
//!
//! # Fix
//! 1. Do not import the file. Remove the role with Server Manager if the server is no longer used.
//! 2. If it was imported, restore the keys from a backup of the system state, or install the role again and
//!    activate the server again with RD Licensing Manager.
//!
//! # Fix safety
//! Not importing a file changes nothing. Reactivating does not remove CALs.
//!
//! # Verify
//! RD Licensing Manager shows the server as activated.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-129",
    name: "script-deletes-license-server",
    title: "a script deletes keys of the license server",
    severity: Severity::Error,
    confidence: Confidence::High,
    scope: Scope::Any,
    sources: &[sources::REACTIVATE, sources::MIGRATE_CALS],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let keys = [places::licensing_service(), places::term_serv_licensing()];
    let findings = machine.deletions(|deletion| {
        keys.iter().any(|key| deletion.takes_key(key) || deletion.key.starts_with(key))
    });
    conclude_script(machine, findings, |evidence| {
        RULE.finding(
            "this script deletes keys of the license server, which may then not start or issue licenses",
        )
        .evidences(evidence)
    })
}
