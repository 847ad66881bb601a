//! The grace period of a session host.

use registry::FileTime;
use serde::Serialize;

use super::{Machine, facts};
use crate::evidence::{Need, Unknown};
use crate::places;

/// Length of a session host's grace period in days, since Windows Server 2003 (2000: 90).
///
/// Source: Microsoft Learn, *License your RDS deployment with client access licenses*.
pub const GRACE_DAYS: u32 = 120;

/// What can be said of the end of the grace period.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GraceEnd {
    /// Days left at the time of judgment; 0 or less means over.
    pub days_left: i64,
    /// True where the host itself said so; false where it follows from the last-write time of the record's key, which is
    /// normally the day the record was made.
    pub told_by_host: bool,
}

impl Machine<'_> {
    /// When the grace period ends.
    ///
    /// The record itself is enciphered for the machine's own service account; from a file only the last-write time of its key can
    /// be read, and 120 days after it is the likely end.
    pub fn grace_end(&self) -> Result<GraceEnd, Unknown> {
        let need = Need::Host("days left of the grace period (GetGracePeriodDays)");
        if let Ok(days) = self.fact::<u32>(facts::GRACE_DAYS, need.clone()) {
            return Ok(GraceEnd { days_left: i64::from(days), told_by_host: true });
        }
        let written = self
            .key(&places::grace_period())?
            .filter(|key| {
                key.values.iter().any(|value| is_record_name(value.name.as_str().unwrap_or_default()))
            })
            .and_then(|key| key.last_write)
            .ok_or_else(|| Unknown::from(need))?;
        let used = days_between(written, self.at());
        Ok(GraceEnd { days_left: i64::from(GRACE_DAYS) - used, told_by_host: false })
    }

    /// Whether the grace period is over.
    pub fn grace_is_over(&self) -> Result<bool, Unknown> {
        self.grace_end().map(|end| end.days_left <= 0)
    }
}

/// Whole days from one time to another, rounded down.
#[must_use]
pub fn days_between(from: FileTime, to: FileTime) -> i64 {
    const TICKS_PER_DAY: i128 = 864_000_000_000;
    let ticks = i128::from(to.0) - i128::from(from.0);
    i64::try_from(ticks.div_euclid(TICKS_PER_DAY)).unwrap_or(i64::MAX)
}

/// True for the two names that a grace record has.
#[must_use]
pub fn is_record_name(name: &str) -> bool {
    const GUID: &str = "_1320153D-8DA3-4e8e-B27B-0D888223A588";
    ["L$RTMTIMEBOMB", "L$GracePeriodTimeBomb"]
        .iter()
        .any(|prefix| name.eq_ignore_ascii_case(&format!("{prefix}{GUID}")))
}
