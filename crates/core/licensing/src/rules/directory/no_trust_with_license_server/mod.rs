//! A host in Per User mode whose users the license server cannot look up.
//!
//! # What it looks at
//! The trust between the forest of the host and that of its license server, for a host in Per User mode.
//! *Two-way* and *same forest* are fine.
//!
//! # Why it matters
//! For a Per User license the license server writes to the account of the user. This requires a two-way
//! trust. Without it nothing is recorded, and depending on the version users are admitted uncounted or are
//! disconnected.
//!
//! # How it can be wrong
//! An external trust between the two domains concerned is sufficient, but is not visible from elsewhere.
//!
//! # Fix
//! 1. Set up a license server in the forest of the users.
//! 2. Or create a two-way forest trust, and add the license server to *Terminal Server License Servers* of
//!    each domain with users.
//! 3. Or use Per Device licenses, which need no directory.
//!
//! # Fix safety
//! A trust grants more than licensing. Per Device mode needs Per Device licenses; buy them before the change.
//!
//! # Verify
//! Events 4105 and 4107 stop on the license server.

use crate::model::LicensingMode;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-136",
    name: "no-trust-with-license-server",
    title: "no two-way trust with the forest of the license server",
    severity: Severity::Error,
    confidence: Confidence::Medium,
    scope: Scope::SessionHost,
    sources: &[sources::FORESTS],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let setting = machine.licensing_mode();
    if setting.known()? != Some(&LicensingMode::PerUser) {
        return Ok(Vec::new());
    }
    let trust = machine.fact(facts::TRUST)?;
    if !["one-way", "none"].contains(&trust.to_ascii_lowercase().as_str()) {
        return Ok(Vec::new());
    }
    let title =
        format!("the mode is Per User, but the trust with the forest of the license server is “{trust}”");
    Ok(vec![
        RULE.finding(title)
            .evidence(machine.fact_evidence(facts::TRUST, &trust))
            .evidences(setting.winner().map(|winner| winner.evidence.clone())),
    ])
}
