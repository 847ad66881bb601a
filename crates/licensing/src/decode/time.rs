//! FILETIME, the clock of the registry, of DPAPI records and (converted) of certificates.

use std::fmt;

use serde::{Serialize, Serializer};

/// A moment as Windows stores it: the number of 100-nanosecond ticks since 1601-01-01 00:00 UTC.
///
/// Printed, and written to JSON, as RFC 3339 in UTC. Source of the unit: [MS-DTYP] 2.3.3.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileTime(pub u64);

const SECOND: u64 = 10_000_000;
const DAY: u64 = 86_400;
/// Seconds from 1601-01-01 to 1970-01-01.
const UNIX_EPOCH: u64 = 11_644_473_600;

impl FileTime {
    /// The number of ticks since 1601.
    #[must_use]
    pub const fn ticks(self) -> u64 {
        self.0
    }

    /// The moment so many seconds after (or before) 1970-01-01 00:00 UTC; `None` outside what a FILETIME can hold.
    #[must_use]
    pub fn from_unix_seconds(seconds: i64) -> Option<Self> {
        let since = i128::from(seconds) + i128::from(UNIX_EPOCH);
        u64::try_from(since * i128::from(SECOND)).ok().map(Self)
    }

    /// Whole seconds since 1970-01-01 00:00 UTC, rounded down.
    #[must_use]
    pub fn unix_seconds(self) -> i64 {
        (self.0 / SECOND).cast_signed() - UNIX_EPOCH.cast_signed()
    }

    /// The moment `days` days later; `None` outside what a FILETIME can hold.
    #[must_use]
    pub fn checked_add_days(self, days: i64) -> Option<Self> {
        let ticks = days.checked_mul((DAY * SECOND).cast_signed())?;
        self.0.checked_add_signed(ticks).map(Self)
    }
}

/// Whole days from one moment to another, rounded down: -1 as soon as `to` lies before `from`.
#[must_use]
pub fn days_between(from: FileTime, to: FileTime) -> i64 {
    let ticks = i128::from(to.0) - i128::from(from.0);
    i64::try_from(ticks.div_euclid(i128::from(DAY * SECOND))).unwrap_or(i64::MAX)
}

/// The moment of a date and time of day in UTC; `None` where there is no such day or time, or it lies before 1601.
///
/// A leap second (`second` = 60) is no moment here.
pub(super) fn from_utc(year: u16, month: u8, day: u8, hour: u8, minute: u8, second: u8) -> Option<FileTime> {
    if year < 1601 || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let year = u64::from(year);
    let lengths = [31, if leap(year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let month = usize::from(month).checked_sub(1)?;
    let length = *lengths.get(month)?;
    let day = u64::from(day);
    if day < 1 || day > length {
        return None;
    }
    let years = year - 1601;
    let days = years * 365 + years / 4 - years / 100 + years / 400;
    let days = days + lengths.iter().take(month).sum::<u64>() + day - 1;
    let seconds = days * DAY + u64::from(hour) * 3600 + u64::from(minute) * 60 + u64::from(second);
    seconds.checked_mul(SECOND).map(FileTime)
}

impl fmt::Display for FileTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0 / SECOND;
        // Days counted from 1600-03-01, so that the leap day ends its year and the 400-year cycle starts at zero.
        let days = seconds / DAY + 306;
        let (cycle, day) = (days / 146_097, days % 146_097);
        let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
        let day = day - (365 * year + year / 4 - year / 100);
        let month = (5 * day + 2) / 153;
        let day = day - (153 * month + 2) / 5 + 1;
        let (month, carry) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
        let year = 1600 + cycle * 400 + year + carry;
        let sign = if year > 9999 { "+" } else { "" };
        let (hour, minute, second) = (seconds % DAY / 3600, seconds % 3600 / 60, seconds % 60);
        write!(f, "{sign}{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        let fraction = self.0 % SECOND;
        if fraction != 0 {
            write!(f, ".{}", format!("{fraction:07}").trim_end_matches('0'))?;
        }
        f.write_str("Z")
    }
}

impl Serialize for FileTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_moments() {
        for (time, text) in [
            (FileTime(0), "1601-01-01T00:00:00Z"),
            (FileTime(116_444_736_000_000_000), "1970-01-01T00:00:00Z"),
            (FileTime(131_474_268_000_000_001), "2017-08-17T07:00:00.0000001Z"),
            (FileTime(u64::MAX), "+60056-05-28T05:36:10.9551615Z"),
            (from_utc(2000, 2, 29, 16, 0, 0).unwrap(), "2000-02-29T16:00:00Z"),
            (from_utc(1601, 1, 1, 0, 0, 0).unwrap(), "1601-01-01T00:00:00Z"),
            (from_utc(9999, 12, 31, 23, 59, 59).unwrap(), "9999-12-31T23:59:59Z"),
            (FileTime::from_unix_seconds(i64::from(i32::MAX)).unwrap(), "2038-01-19T03:14:07Z"),
        ] {
            assert_eq!(time.to_string(), text);
            assert_eq!(FileTime::from_unix_seconds(time.unix_seconds()).unwrap().0, time.0 / SECOND * SECOND);
        }
    }

    #[test]
    fn days_that_do_not_exist() {
        for (year, month, day) in [(2023, 2, 29), (1900, 2, 29), (2023, 13, 1), (2023, 0, 1), (1600, 12, 31)]
        {
            assert_eq!(from_utc(year, month, day, 0, 0, 0), None);
        }
        assert_eq!(from_utc(2023, 1, 1, 24, 0, 0), None);
        assert_eq!(from_utc(2023, 1, 1, 0, 0, 60), None);
        assert!(from_utc(2000, 2, 29, 0, 0, 0).is_some());
    }

    #[test]
    fn days_round_down() {
        let noon = from_utc(2024, 5, 5, 12, 0, 0).unwrap();
        let morning = from_utc(2024, 5, 5, 11, 0, 0).unwrap();
        assert_eq!(days_between(noon, noon), 0);
        assert_eq!(days_between(noon, morning), -1);
        assert_eq!(days_between(morning, noon.checked_add_days(3).unwrap()), 3);
    }
}
