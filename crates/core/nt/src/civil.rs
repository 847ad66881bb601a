//! The Gregorian calendar.

use std::fmt;

use crate::time::{DAY, FileTime, SECOND};

/// A day of the proleptic Gregorian calendar.
///
/// Printed as `2026-03-01`; years after 9999 have a plus sign, as ISO 8601 requires.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    /// 1601 to 60056 for every date that a FILETIME can hold.
    pub year: u16,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
}

/// Days in a cycle of 400 years.
const CYCLE: u32 = 146_097;

/// Days from 1600-03-01 to 1601-01-01. A cycle of 400 years begins on 1600-03-01 (the leap day is its last
/// day).
const SHIFT: u32 = 306;

impl Date {
    /// The day that contains a time, in UTC.
    pub(crate) fn of(time: FileTime) -> Self {
        // At most 21,350,398 days.
        let days = u32::try_from(time.0 / SECOND / DAY).unwrap_or(u32::MAX - SHIFT) + SHIFT;
        let (cycle, day) = (days / CYCLE, days % CYCLE);
        let year_of_cycle = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
        let day_of_year = day - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
        let month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month + 2) / 5 + 1;
        let (month, carry) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
        // Every value fits: the largest year is 60056.
        Self {
            year: u16::try_from(1600 + cycle * 400 + year_of_cycle + carry).unwrap_or(u16::MAX),
            month: u8::try_from(month).unwrap_or(12),
            day: u8::try_from(day).unwrap_or(31),
        }
    }

    /// Days since 1601-01-01; `None` if the day does not exist or is before 1601.
    pub(crate) fn days(self) -> Option<u32> {
        let (year, month, day) = (u32::from(self.year), u32::from(self.month), u32::from(self.day));
        if year < 1601 || !(1..=12).contains(&month) {
            return None;
        }
        let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let length = match month {
            2 => 28 + u32::from(leap),
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        if day < 1 || day > length {
            return None;
        }
        let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
        let (cycle, year) = ((year - 1600) / 400, (year - 1600) % 400);
        let shifted = cycle * CYCLE + 365 * year + year / 4 - year / 100 + (153 * month + 2) / 5 + day - 1;
        shifted.checked_sub(SHIFT)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.year > 9999 { "+" } else { "" };
        write!(f, "{sign}{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}
