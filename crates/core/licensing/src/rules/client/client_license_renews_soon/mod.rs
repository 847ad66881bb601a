//! A permanent license in its last seven days.
//!
//! # What it looks at
//! The end of validity of every permanent license in both stores. The rule fires from seven days before it.
//!
//! # Why it matters
//! Each connection now requests a renewal from the license server. If the client does not connect in these
//! days, or if the server does not respond, the license expires.
//!
//! # How it can be wrong
//! Only a wrong clock can make this finding wrong. Permanent Per Device licenses are issued for 52 to 89 days
//! and renewed repeatedly; this is their normal life cycle.
//!
//! # Fix
//! 1. Connect to the session host once within the week.
//!
//! # Fix safety
//! A renewal consumes no further license.
//!
//! # Verify
//! Run `rdscal show` on the client. The license expires two to three months later.

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
    in_service: true,
    sources: &[sources::RDPELE.at("MS-RDPELE 3.2.5.3, renewal within seven days of the end")],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    machine.client_stores().judge(|_, license| {
        let standing = license.standing(machine.at()).filter(|standing| standing.phase == Phase::Renewal)?;
        license.decoded().filter(|decoded| decoded.is_temporary() == Some(false))?;
        let left = days(standing.days_left);
        let title = format!(
            "{} is due for renewal; it expires on {}, in {left}",
            license.label(),
            license.ends()?.date()
        );
        Some(RULE.finding(title).evidence(license.evidence()))
    })
}
