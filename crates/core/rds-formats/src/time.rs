//! Moments, as FILETIME counts them.

pub use nt::FileTime;

/// 100 ns units in a second.
const SECOND: u64 = 10_000_000;
/// Seconds in a day.
const DAY: u64 = 86_400;

/// Whole days from one moment to another, rounded down: -1 as soon as `to` is before `from`.
#[must_use]
pub fn days_between(from: FileTime, to: FileTime) -> i64 {
    let ticks = i128::from(to.0) - i128::from(from.0);
    i64::try_from(ticks.div_euclid(i128::from(DAY * SECOND))).unwrap_or(i64::MAX)
}

/// The moment of a date and time of day in UTC; `None` where there is no such day or time, or it is before
/// 1601.
///
/// A leap second (`second` = 60) is not accepted.
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
