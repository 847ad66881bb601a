//! A license that is still temporary.
//!
//! # What it looks at
//! The flag TEMPORARY of every license in both stores that has not expired. The severity is info in the first
//! two weeks, and warning after that.
//!
//! # Why it matters
//! A device receives a temporary license (90 days) at its first logon and a permanent one at the next. If it
//! remains temporary, the license server had no permanent one to issue: no pack of this kind and version,
//! none left, or a server that is not activated (events 21 and 22 there). When it expires, the device is
//! refused.
//!
//! # How it can be wrong
//! A client that has connected only once has no permanent license yet and needs none.
//!
//! # Fix
//! 1. Connect a second time.
//! 2. In RD Licensing Manager, check whether the license server is activated and has free Per Device licenses
//!    of the host's version.
//! 3. Compare the host's licensing mode with the licenses that you own.
//!
//! # Fix safety
//! Nothing is changed on the client. A permanent license consumes one from the pool.
//!
//! # Verify
//! Run `rdscal show` on the client. The license is permanent.

use crate::model::grace::days;
use crate::rules::prelude::*;
use rds_formats::x509::Phase;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-077",
    name: "client-license-temporary",
    title: "client license still temporary",
    severity: Severity::Warning,
    confidence: Confidence::High,
    scope: Scope::Client,
    in_service: true,
    sources: &[sources::RDPELE.at("MS-RDPELE 2.2.2.9.1.1, flag of temporary licenses"), sources::CALS],
    ..Rule::machine(check)
};

/// Days within which a second connection may not have taken place yet.
const USUAL: i64 = 14;

fn check(machine: &Machine<'_>) -> Outcome {
    machine.client_stores().judge(|_, license| {
        license.standing(machine.at()).filter(|standing| standing.phase != Phase::Expired)?;
        let decoded = license.decoded().filter(|decoded| decoded.is_temporary() == Some(true))?;
        let age = decoded.validity.not_before.days_until(machine.at());
        let severity = if age > USUAL { Severity::Warning } else { Severity::Info };
        let title = format!(
            "{} is temporary, {} old, and expires on {}",
            license.label(),
            days(age),
            license.ends()?.date()
        );
        Some(RULE.finding(title).severity(severity).evidence(license.evidence()))
    })
}
