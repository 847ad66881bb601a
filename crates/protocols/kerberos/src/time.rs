//! Times as Kerberos writes them: UTC to the second, `20260301080000Z` ([RFC 4120] 5.2.3).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Seconds since 1970, and microseconds of the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) seconds: u64,
    pub(crate) micros: u32,
}

impl Stamp {
    pub(crate) fn of(time: SystemTime) -> Self {
        let since = time.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        Self { seconds: since.as_secs(), micros: since.subsec_micros() }
    }

    /// As Kerberos writes it, without the microseconds.
    pub(crate) fn text(self) -> String {
        let (days, rest) = (self.seconds / 86400, self.seconds % 86400);
        let (year, month, day) = date(days);
        format!("{year:04}{month:02}{day:02}{:02}{:02}{:02}Z", rest / 3600, rest / 60 % 60, rest % 60)
    }
}

/// Year, month and day of a day since 1970, in the calendar of Gregory.
fn date(days: u64) -> (u64, u64, u64) {
    // Years begin in March here, so that a leap day is the last of its year; eras have 400 years.
    let days = days + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let of_month = day - (153 * month + 2) / 5 + 1;
    let calendar = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year + u64::from(calendar <= 2), calendar, of_month)
}

/// Seconds since 1970 of a time as Kerberos writes it; `None` where it is none.
pub(crate) fn parse(text: &str) -> Option<u64> {
    let digits = text.strip_suffix('Z').filter(|digits| digits.len() == 14)?;
    let number = |at: usize, length: usize| {
        let part = digits.get(at..at + length)?;
        part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse::<u64>().ok())?
    };
    let (year, month, day) = (number(0, 4)?, number(4, 2)?, number(6, 2)?);
    let (hour, minute, second) = (number(8, 2)?, number(10, 2)?, number(12, 2)?);
    if year < 1970
        || !(1..=12).contains(&month)
        || !(1..=31).contains(&day)
        || hour > 23
        || minute > 59
        || second > 60
    {
        return None;
    }
    let shifted = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (shifted / 400, shifted % 400);
    let of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year;
    Some(days.checked_sub(719_468)? * 86400 + hour * 3600 + minute * 60 + second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_come_back() {
        for (seconds, text) in [
            (0, "19700101000000Z"),
            (951_782_399, "20000228235959Z"),
            (951_782_400, "20000229000000Z"),
            (1_709_210_096, "20240229123456Z"),
            (2_147_483_647, "20380119031407Z"),
            (4_107_542_400, "21000301000000Z"),
        ] {
            assert_eq!(Stamp { seconds, micros: 0 }.text(), text);
            assert_eq!(parse(text), Some(seconds), "{text}");
        }
    }

    #[test]
    fn what_is_no_time() {
        for text in [
            "",
            "Z",
            "20240229123456",
            "2024022912345Z",
            "20241301000000Z",
            "2024é22912345Z",
            "+0240229123456Z",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
