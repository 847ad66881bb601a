//! A license server that responds but withholds information because the querying account has no rights there.
//!
//! # What it looks at
//! What the host reports for each server: `GetTStoLSConnectivityStatus` 8 (reachable, but access denied).
//!
//! # Why it matters
//! The diagnosis also needs administrator rights on the license server. Without them RD Licensing Diagnoser
//! reports that it cannot identify the licenses. This looks like a fault but is not one.
//!
//! # How it can be wrong
//! A server that refuses the host itself looks the same; see `host-not-in-server-group`.
//!
//! # Fix
//! 1. Run the diagnosis again with an account that is an administrator on the host and on the license server.
//!
//! # Fix safety
//! Nothing is changed.
//!
//! # Verify
//! RD Licensing Diagnoser, run with that account, lists the licenses.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-033",
    name: "no-rights-on-license-server",
    title: "the account that ran the check has no rights on the license server",
    severity: Severity::Info,
    confidence: Confidence::High,
    scope: Scope::SessionHost,
    in_service: true,
    sources: &[sources::KB2546583, sources::CONNECTIVITY],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let refused = machine.servers_with_status(&[8])?;
    Ok(refused
        .into_iter()
        .map(|(answer, evidence)| {
            let title = format!(
                "the license server “{}” responds, but the querying account has no rights there",
                answer.server
            );
            RULE.finding(title).evidence(evidence)
        })
        .collect())
}
