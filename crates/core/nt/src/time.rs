//! FILETIME, the time stamp of the registry.

use std::fmt;
use std::str::FromStr;

use crate::civil::Date;

/// A time as the registry stores it: the number of 100-nanosecond ticks since 1601-01-01 00:00 UTC.
///
/// Printed and parsed as RFC 3339 in UTC (`2019-03-01T12:30:05.1234567Z`), with as many digits of the
/// fraction as needed. Years after 9999 (which occur in damaged hives) are printed with a sign, as ISO 8601
/// requires. With the feature `serde` it is serialized as that string. Source of the unit: MS-DTYP, section
/// 2.3.3.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileTime(pub u64);

/// Ticks in a second.
pub(crate) const SECOND: u64 = 10_000_000;
/// Seconds in a day.
pub(crate) const DAY: u64 = 86_400;
/// Seconds from 1601-01-01 to 1970-01-01.
const UNIX_EPOCH: u64 = 11_644_473_600;

impl FileTime {
    /// Zero, which means "not set" in most places.
    pub const ZERO: Self = Self(0);

    /// The number of ticks since 1601.
    #[must_use]
    pub const fn ticks(self) -> u64 {
        self.0
    }

    /// True for zero, which means "not set".
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The time this number of seconds after (or before) 1970-01-01 00:00 UTC; `None` outside the range of a
    /// FILETIME.
    #[must_use]
    pub fn from_unix_seconds(seconds: i64) -> Option<Self> {
        Self::from_unix(seconds, 0)
    }

    /// The time this number of seconds and nanoseconds after 1970-01-01 00:00 UTC; fractions of a tick are
    /// dropped.
    #[must_use]
    pub fn from_unix(seconds: i64, nanoseconds: u32) -> Option<Self> {
        let since = i128::from(seconds) + i128::from(UNIX_EPOCH);
        let ticks = since * i128::from(SECOND) + i128::from(nanoseconds / 100);
        u64::try_from(ticks).ok().map(Self)
    }

    /// Whole seconds since 1970-01-01 00:00 UTC, rounded down.
    #[must_use]
    pub fn unix_seconds(self) -> i64 {
        // The largest FILETIME is about 1.8e12 seconds, which fits in an i64.
        (self.0 / SECOND).cast_signed() - UNIX_EPOCH.cast_signed()
    }

    /// Nanoseconds within the second, a multiple of 100.
    #[must_use]
    pub fn subsecond_nanoseconds(self) -> u32 {
        u32::try_from(self.0 % SECOND).unwrap_or(0) * 100
    }

    /// A date and time of day in UTC; `None` if it does not exist or is outside the range of a FILETIME.
    ///
    /// A leap second (`second` = 60) is rejected.
    #[must_use]
    pub fn from_utc(date: Date, hour: u8, minute: u8, second: u8) -> Option<Self> {
        if hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let seconds = u64::from(hour) * 3600 + u64::from(minute) * 60 + u64::from(second);
        (u64::from(date.days()?) * DAY + seconds).checked_mul(SECOND).map(Self)
    }

    /// The day in UTC.
    #[must_use]
    pub fn date(self) -> Date {
        Date::of(self)
    }

    /// Whole days from this time to another, rounded down: -1 if `later` is less than one day before this
    /// time.
    #[must_use]
    pub fn days_until(self, later: Self) -> i64 {
        let ticks = i128::from(later.0) - i128::from(self.0);
        // At most 2^64 ticks, which are 21,350,398 days.
        i64::try_from(ticks.div_euclid(i128::from(DAY * SECOND))).unwrap_or(i64::MAX)
    }

    /// The time `days` days later; `None` outside the range of a FILETIME.
    #[must_use]
    pub fn checked_add_days(self, days: i64) -> Option<Self> {
        let ticks = days.checked_mul((DAY * SECOND).cast_signed())?;
        self.0.checked_add_signed(ticks).map(Self)
    }
}

impl From<std::time::SystemTime> for FileTime {
    /// Times before 1601 become zero, times after the last FILETIME become the last one.
    fn from(time: std::time::SystemTime) -> Self {
        match time.duration_since(std::time::UNIX_EPOCH) {
            Ok(after) => {
                let seconds = i64::try_from(after.as_secs()).unwrap_or(i64::MAX);
                Self::from_unix(seconds, after.subsec_nanos()).unwrap_or(Self(u64::MAX))
            }
            Err(before) => {
                let ticks = before.duration().as_nanos().div_ceil(100);
                let ticks = u64::try_from(ticks).unwrap_or(u64::MAX);
                Self((UNIX_EPOCH * SECOND).saturating_sub(ticks))
            }
        }
    }
}

impl fmt::Display for FileTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0 / SECOND;
        let (hour, minute, second) = (seconds % DAY / 3600, seconds % 3600 / 60, seconds % 60);
        write!(f, "{}T{hour:02}:{minute:02}:{second:02}", self.date())?;
        let fraction = self.0 % SECOND;
        if fraction != 0 {
            let digits = format!("{fraction:07}");
            write!(f, ".{}", digits.trim_end_matches('0'))?;
        }
        f.write_str("Z")
    }
}

/// A text that is not a time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a moment in the form 2019-03-01T12:30:05Z: {0:?}")]
pub struct ParseFileTimeError(String);

impl FromStr for FileTime {
    type Err = ParseFileTimeError;

    /// RFC 3339 with any offset; a date alone means its midnight UTC, a missing offset means UTC, missing
    /// seconds mean zero. Digits beyond the seventh of the fraction are dropped.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text.trim()).ok_or_else(|| ParseFileTimeError(text.to_owned()))
    }
}

fn parse(text: &str) -> Option<FileTime> {
    let number = |text: &str, digits: usize| -> Option<u64> {
        let fits = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
        fits.then(|| text.parse().ok()).flatten()
    };
    let (date, time) = match text.find(['T', 't', ' ']) {
        Some(at) => (text.get(..at)?, text.get(at + 1..)?),
        None => (text, "00:00:00Z"),
    };
    let (month_day, year) = {
        let (rest, day) = date.rsplit_once('-')?;
        let (year, month) = rest.rsplit_once('-')?;
        ((number(month, 2)?, number(day, 2)?), year)
    };
    let year = match year.strip_prefix('+') {
        Some(year) if (5..=6).contains(&year.len()) => number(year, year.len())?,
        _ => number(year, 4)?,
    };
    let (clock, offset) = match time.find(['Z', 'z', '+', '-']) {
        Some(at) => (time.get(..at)?, time.get(at..)?),
        None => (time, "Z"),
    };
    let offset_minutes: i64 = match offset {
        "Z" | "z" => 0,
        _ => {
            let (hours, minutes) = offset.get(1..)?.split_once(':')?;
            let (hours, minutes) = (number(hours, 2)?, number(minutes, 2)?);
            if hours > 23 || minutes > 59 {
                return None;
            }
            let minutes = (hours * 60 + minutes).cast_signed();
            if offset.starts_with('-') { -minutes } else { minutes }
        }
    };
    let (clock, fraction) = match clock.split_once(['.', ',']) {
        Some((clock, digits)) => {
            if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            let seven: String = digits.chars().chain("0000000".chars()).take(7).collect();
            (clock, seven.parse::<u64>().ok()?)
        }
        None => (clock, 0),
    };
    let mut parts = clock.split(':');
    let (hour, minute) = (number(parts.next()?, 2)?, number(parts.next()?, 2)?);
    let second = parts.next().map_or(Some(0), |second| number(second, 2))?;
    if parts.next().is_some() || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let (month, day) = (u8::try_from(month_day.0).ok()?, u8::try_from(month_day.1).ok()?);
    let days = Date { year: u16::try_from(year).ok()?, month, day }.days()?;
    let seconds = u64::from(days) * DAY + hour * 3600 + minute * 60 + second;
    let seconds = seconds.checked_add_signed(-offset_minutes * 60)?;
    seconds.checked_mul(SECOND)?.checked_add(fraction).map(FileTime)
}

#[cfg(feature = "serde")]
impl serde::Serialize for FileTime {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for FileTime {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_moments() {
        for (ticks, text) in [
            (0, "1601-01-01T00:00:00Z"),
            (116_444_736_000_000_000, "1970-01-01T00:00:00Z"),
            (131_474_268_000_000_001, "2017-08-17T07:00:00.0000001Z"),
            (125_963_232_001_000_000, "2000-02-29T18:40:00.1Z"),
            (u64::MAX, "+60056-05-28T05:36:10.9551615Z"),
        ] {
            assert_eq!(FileTime(ticks).to_string(), text);
            assert_eq!(text.parse(), Ok(FileTime(ticks)));
        }
    }

    #[test]
    fn forms_that_people_type() {
        let expected = Ok(FileTime::from_unix_seconds(1_700_000_000).unwrap());
        for text in [
            "2023-11-14T22:13:20Z",
            "2023-11-14t22:13:20z",
            " 2023-11-14 22:13:20 ",
            "2023-11-14T23:43:20+01:30",
            "2023-11-13T23:13:20-23:00",
            "2023-11-14T22:13:20.000000000Z",
        ] {
            assert_eq!(text.parse::<FileTime>(), expected, "{text}");
        }
        assert_eq!("2023-11-14".parse(), "2023-11-14T00:00Z".parse::<FileTime>());
        for text in [
            "",
            "2023",
            "2023-02-29",
            "1600-12-31",
            "2023-13-01",
            "2023-1-1",
            "2023-11-14T24:00:00Z",
            "2023-11-14T22:13:60Z",
            "2023-11-14T22:13:20.Z",
            "2023-11-14T22:13:20+1:00",
            "1601-01-01T00:00:00+00:01",
            "+99999-01-01T00:00:00Z",
            "2023-11-14T22:13:20ä",
        ] {
            assert!(text.parse::<FileTime>().is_err(), "{text}");
        }
    }

    #[test]
    fn unix_time_both_ways() {
        assert_eq!(FileTime(0).unix_seconds(), -11_644_473_600);
        assert_eq!(FileTime::from_unix_seconds(-11_644_473_601), None);
        let time = FileTime::from_unix(5, 123_456_789).unwrap();
        assert_eq!((time.unix_seconds(), time.subsecond_nanoseconds()), (5, 123_456_700));
        let epoch = std::time::UNIX_EPOCH;
        assert_eq!(FileTime::from(epoch).unix_seconds(), 0);
        assert_eq!(FileTime::from(epoch - std::time::Duration::from_secs(1)).unix_seconds(), -1);
    }

    /// Year, month and day of 12:00 UTC.
    fn noon(year: u16, month: u8, day: u8) -> Option<FileTime> {
        FileTime::from_utc(Date { year, month, day }, 12, 0, 0)
    }

    #[test]
    fn calendar_times_and_back() {
        for (time, text) in [
            (noon(2000, 2, 29), "2000-02-29T12:00:00Z"),
            (noon(1601, 1, 1), "1601-01-01T12:00:00Z"),
            (noon(9999, 12, 31), "9999-12-31T12:00:00Z"),
            (FileTime::from_unix_seconds(i64::from(i32::MAX)), "2038-01-19T03:14:07Z"),
        ] {
            let time = time.unwrap();
            assert_eq!(time.to_string(), text);
            assert_eq!(time.date().to_string(), text[..10]);
            assert_eq!(FileTime::from_unix_seconds(time.unix_seconds()).unwrap(), time);
        }
        assert_eq!(FileTime(u64::MAX).date().to_string(), "+60056-05-28");
    }

    #[test]
    fn days_that_do_not_exist() {
        for (year, month, day) in [(2023, 2, 29), (1900, 2, 29), (2023, 13, 1), (2023, 0, 1), (1600, 12, 31)]
        {
            assert_eq!(noon(year, month, day), None);
        }
        let first = Date { year: 2023, month: 1, day: 1 };
        assert_eq!(FileTime::from_utc(first, 24, 0, 0), None);
        assert_eq!(FileTime::from_utc(first, 0, 0, 60), None);
        assert_eq!(FileTime::from_utc(Date { year: u16::MAX, ..first }, 0, 0, 0), None);
        assert!(noon(2000, 2, 29).is_some());
    }

    #[test]
    fn days_round_down() {
        let later = noon(2024, 5, 5).unwrap();
        let sooner = FileTime::from_utc(later.date(), 11, 0, 0).unwrap();
        assert_eq!(later.days_until(later), 0);
        assert_eq!(later.days_until(sooner), -1);
        assert_eq!(sooner.days_until(later.checked_add_days(3).unwrap()), 3);
        assert_eq!(FileTime(0).days_until(FileTime(u64::MAX)), 21_350_398);
    }

    #[cfg(feature = "serde")]
    #[test]
    fn in_json_it_is_its_text() {
        let time = FileTime::from_unix_seconds(1_700_000_000).unwrap();
        let json = serde_json::to_string(&time).unwrap();
        assert_eq!(json, "\"2023-11-14T22:13:20Z\"");
        assert_eq!(serde_json::from_str::<FileTime>(&json).unwrap(), time);
        assert!(serde_json::from_str::<FileTime>("\"yesterday\"").is_err());
        assert!(serde_json::from_reader::<_, FileTime>(json.as_bytes()).is_ok(), "not borrowed");
    }

    proptest! {
        #[test]
        fn every_moment_survives_its_text(ticks: u64) {
            prop_assert_eq!(FileTime(ticks).to_string().parse(), Ok(FileTime(ticks)));
        }

        #[test]
        fn no_text_panics(text in ".{0,40}") {
            let _ = text.parse::<FileTime>();
        }
    }
}
