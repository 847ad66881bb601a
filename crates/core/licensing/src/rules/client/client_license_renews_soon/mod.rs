//! A permanent license in its last seven days.
//!
//! # What it looks at
//! The end of validity of every permanent license in both stores: seven days away or less.
//!
//! # Why it matters
//! From now on each connection asks the license server to renew it. If the client does not connect in these days, or
//! the server does not answer, the license expires.
//!
//! # How it can be wrong
//! It cannot, but for the clock. Permanent Per Device licenses are issued for 52 to 89 days and renewed again and
//! again; this is their ordinary life.
//!
//! # Fix
//! 1. Connect to the session host once within the week.
//!
//! # Fix safety
//! Renewal takes no further license.
//!
//! # Verify
//! Run `rdscal show` on the client: the license ends two to three months later.

use crate::model::grace::days;
use crate::rules::prelude::*;
use rds_formats::x509::Phase;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-076",
    name: "client-license-renews-soon",
    title: "permanent client license in its last seven days",
    severity: Severity::Info,
    confidence: Confidence::High,
    scope: Scope::Client,
    sources: &[sources::RDPELE.at("MS-RDPELE 3.2.5.3, renewal within seven days of the end")],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    machine.client_stores().judge(|_, license| {
        let standing = license.standing(machine.at()).filter(|standing| standing.phase == Phase::Renewal)?;
        license.decoded().filter(|decoded| decoded.is_temporary() == Some(false))?;
        let left = days(standing.days_left);
        let title = format!(
            "{} is due for renewal: it ends on {}, in {left}",
            license.label(),
            license.ends()?.date()
        );
        Some(RULE.finding(title).evidence(license.evidence()))
    })
}
