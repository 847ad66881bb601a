//! A pool of Per Device licenses that is used up, or nearly.
//!
//! # What it looks at
//! The total and the issued licenses of the Per Device packs, added up for each version. The severity is
//! error if none is left, and warning if at most one in ten is. Per User licenses cannot run out in this
//! sense; see `per-user-overuse`.
//!
//! # Why it matters
//! A device for which no license is left receives one temporary license, and is refused 90 days later (events
//! 20 and 21).
//!
//! # How it can be wrong
//! Retired devices keep their licenses for up to 89 days after their last renewal; then the licenses return
//! to the pool. A newer version with free licenses may serve the same hosts.
//!
//! # Fix
//! 1. Look for retired devices, and devices with several licenses, in RD Licensing Manager. Revoke their
//!    licenses (at most 20 percent of a pack at a time), or wait for the expiry.
//! 2. Stop what makes one device appear as several: cleared client stores, write filters, thin clients that
//!    are reset.
//! 3. Buy licenses.
//!
//! # Fix safety
//! A revoked license is free at once. The device consumes a new one at its next connection.
//!
//! # Verify
//! The pack shows free licenses, and events 20 and 21 stop.

use crate::knowledge::products::CalKind;
use crate::model::key_packs::Pool;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-104",
    name: "license-pool-low",
    title: "few or no Per Device licenses are left",
    severity: Severity::Error,
    confidence: Confidence::High,
    scope: Scope::Any,
    sources: &[sources::KEY_PACK_CLASS, sources::LS_EVENTS, sources::CALS],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let pools = Pool::of(&machine.bought_packs()?.unwrap_or_default(), CalKind::PerDevice);
    let low = pools.iter().filter(|pool| pool.total.saturating_sub(pool.issued) * 10 <= pool.total);
    Ok(low
        .map(|pool| {
            let free = pool.total.saturating_sub(pool.issued);
            RULE.finding(format!("{}: {free} of {} licenses are left", pool.label, pool.total))
                .severity(if free == 0 { Severity::Error } else { Severity::Warning })
                .evidence(pool.evidence(machine))
        })
        .collect())
}
