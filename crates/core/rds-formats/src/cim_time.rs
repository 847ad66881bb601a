//! Times as WMI writes them: `yyyymmddHHMMSS.mmmmmmsUUU`.
//!
//! Source: Microsoft Learn, *CIM_DATETIME*; the last four characters are the offset from UTC in minutes, with
//! its sign.

use nt::{Date, FileTime};

/// 100 ns units.
const MICROSECOND: u64 = 10;
const MINUTE: u64 = 600_000_000;

/// The time; `None` where the text is not a time, has asterisks for unknown parts, or exceeds a FILETIME.
#[must_use]
pub fn moment(text: &str) -> Option<FileTime> {
    let bytes: &[u8; 25] = text.as_bytes().try_into().ok()?;
    let number = |from: usize, to: usize| {
        bytes
            .get(from..to)?
            .iter()
            .try_fold(0_u64, |sum, digit| digit.is_ascii_digit().then(|| sum * 10 + u64::from(digit - b'0')))
    };
    let part = |from, to| number(from, to).and_then(|part| u8::try_from(part).ok());
    let year = u16::try_from(number(0, 4)?).ok()?;
    let date = Date { year, month: part(4, 6)?, day: part(6, 8)? };
    let local = FileTime::from_utc(date, part(8, 10)?, part(10, 12)?, part(12, 14)?)?;
    let local = (bytes[14] == b'.').then_some(local.0)?.checked_add(number(15, 21)? * MICROSECOND)?;
    let offset = number(22, 25)? * MINUTE;
    match bytes[21] {
        b'+' => local.checked_sub(offset),
        b'-' => local.checked_add(offset),
        _ => None,
    }
    .map(FileTime)
}

#[cfg(test)]
mod tests {
    use super::moment;

    #[test]
    fn moments() {
        for (text, expected) in [
            ("20260301120000.000000+000", "2026-03-01T12:00:00Z"),
            ("20260301120000.000000+060", "2026-03-01T11:00:00Z"),
            ("20260301120000.500000-480", "2026-03-01T20:00:00.5Z"),
            ("99991231235959.999999+000", "9999-12-31T23:59:59.999999Z"),
        ] {
            assert_eq!(moment(text).unwrap().to_string(), expected, "{text}");
        }
        for text in [
            "",
            "20260301",
            "20260301120000.000000",
            "20260301120000,000000+000",
            "20260301120000.000000*000",
            "2026030112****.000000+000",
            "20261301120000.000000+000",
            "16010101000000.000000+060",
            "00000000000000.000000:000",
            "2026030112000é.00000+000",
        ] {
            assert_eq!(moment(text), None, "{text}");
        }
    }
}
