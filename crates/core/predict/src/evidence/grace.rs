//! The end of the grace period.

use licensing::model::facts;
use licensing::model::grace::{ENDED_BY_LICENSE, grace_length};
use licensing::{Machine, places};
use snapshot::FileTime;

use super::{ChangePoint, Known};
use crate::day::Day;
use crate::facts::{Fact, Grace};

/// When the grace period ends.
#[derive(Clone, Debug)]
pub struct GraceEnd {
    end: Option<Day>,
    /// Nothing is known of earlier times.
    from: FileTime,
    why: String,
}

impl GraceEnd {
    pub(super) fn read(host: &Machine<'_>) -> Self {
        let captured = host.snapshot().captured_at.unwrap_or(host.at());
        let ended = host.value(&places::term_service_parameters(), ENDED_BY_LICENSE);
        if let Ok(Some(found)) = ended {
            let why = format!("ended with the first permanent license ({})", found.evidence());
            return Self { end: Some(Day::exact(FileTime(0))), from: FileTime(0), why };
        }
        let days = host.fact(facts::GRACE_DAYS).ok();
        let record = host.fact(facts::GRACE_RECORD_END).ok();
        let end = match (days, record) {
            (Some(0), _) => Some((Day::exact(captured), captured, "the host reports 0 days left".to_owned())),
            (_, Some(end)) => Some((Day::exact(end), FileTime(0), format!("the grace record ends at {end}"))),
            (Some(days), None) => reported(captured, days),
            (None, None) => of_key(host),
        };
        match end {
            Some((end, from, why)) => Self { end: Some(end), from, why },
            None => {
                Self { end: None, from: captured, why: "the end of the grace period is not known".to_owned() }
            }
        }
    }

    pub(super) fn at(&self, time: FileTime) -> Known {
        let is_over = self.end.and_then(|end| end.is_past(time)).filter(|_| time >= self.from);
        match is_over {
            Some(true) => Known::new(Grace::Over.is(), self.why.clone()),
            Some(false) => Known::new(Grace::Running.is(), self.why.clone()),
            None => Known::missing(
                Fact::Grace.unknown(),
                self.why.clone(),
                "rdscal snapshot . -o host.json",
                "on the session host, as administrator",
            ),
        }
    }

    /// The day, if it is known and is not that of the capture.
    pub(super) fn point(&self) -> Option<ChangePoint> {
        let day = self.end.filter(|end| end.latest > self.from)?;
        Some(ChangePoint { day, what: "the grace period ends".to_owned(), fact: Some(Fact::Grace) })
    }
}

/// Windows reports whole days; which way it rounds is not documented.
fn reported(captured: FileTime, days: u32) -> Option<(Day, FileTime, String)> {
    let days = i64::from(days);
    let (earliest, latest) = (captured.checked_add_days(days - 1)?, captured.checked_add_days(days + 1)?);
    let day = Day { earliest, latest, is_about: false };
    Some((day, FileTime(0), format!("the host reported {days} days left on {}", captured.date())))
}

/// The record is normally as old as its key.
fn of_key(host: &Machine<'_>) -> Option<(Day, FileTime, String)> {
    let key = host.grace_key().ok().flatten().filter(licensing::model::GraceKey::has_record)?;
    let written = key.written()?;
    let length = grace_length(host.product());
    let end = written.checked_add_days(i64::from(length))?;
    let why = format!("its record was last written on {}, and it lasts {length} days", written.date());
    Some((Day { is_about: true, ..Day::exact(end) }, written, why))
}
