//! From when to when a certificate is valid.

use nt::{Date, FileTime};
use serde::Serialize;

use super::super::error::{DecodeError, ErrorKind, Named};

/// Days before its end in which a permanent license is renewed ([MS-RDPELE] 3.2.5.3).
const RENEWAL_DAYS: i64 = 7;

/// The period in which a certificate is valid, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Validity {
    /// The first moment.
    pub not_before: FileTime,
    /// The last moment.
    pub not_after: FileTime,
}

/// A time relative to a validity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Before its start.
    NotYetValid,
    /// Valid, with more than seven days to go.
    Valid,
    /// Valid, with seven days or less to go.
    Renewal,
    /// After its end.
    Expired,
}

impl Validity {
    /// The position of `at`.
    #[must_use]
    pub fn phase(&self, at: FileTime) -> Phase {
        if at > self.not_after {
            Phase::Expired
        } else if at < self.not_before {
            Phase::NotYetValid
        } else if at >= self.renewal_from() {
            Phase::Renewal
        } else {
            Phase::Valid
        }
    }

    /// Seven days before the end.
    #[must_use]
    pub fn renewal_from(&self) -> FileTime {
        self.not_after.checked_add_days(-RENEWAL_DAYS).unwrap_or(FileTime(0))
    }

    /// Whole days from `at` to the end, rounded down: negative as soon as the end has passed.
    #[must_use]
    pub fn days_left(&self, at: FileTime) -> i64 {
        at.days_until(self.not_after)
    }

    /// Whole days from start to end.
    #[must_use]
    pub fn days(&self) -> i64 {
        self.not_before.days_until(self.not_after)
    }

    /// Whether the end is the last second of a signed 32-bit `time_t`, 2038-01-19 03:14:07 UTC: the issuer
    /// could not state a later one.
    #[must_use]
    pub fn ends_at_time_t_limit(&self) -> bool {
        self.not_after.unix_seconds() == i64::from(i32::MAX)
    }

    pub(super) fn read(element: &asn1::Element<'_>) -> Result<Self, DecodeError> {
        let mut inner = element.children();
        let not_before = time(&mut inner, "notBefore")?;
        let not_after = time(&mut inner, "notAfter")?;
        inner.finish().named("end of Validity")?;
        Ok(Self { not_before, not_after })
    }
}

/// UTCTime or GeneralizedTime in the forms of RFC 5280 4.1.2.5: seconds, and `Z`.
fn time(der: &mut asn1::Reader<'_>, what: &'static str) -> Result<FileTime, DecodeError> {
    let element = der.element().named(what)?;
    let wrong = || {
        let expected = "a UTCTime (YYMMDDHHMMSSZ) or GeneralizedTime (YYYYMMDDHHMMSSZ)";
        let shown = element.content.get(..element.content.len().min(20)).unwrap_or_default();
        let found = format!("tag {:#04x}, {:?}", element.tag, String::from_utf8_lossy(shown));
        DecodeError::new(ErrorKind::Syntax, what, element.offset, expected, found)
    };
    let digits = element.content.strip_suffix(b"Z").ok_or_else(wrong)?;
    if !digits.iter().all(u8::is_ascii_digit) {
        return Err(wrong());
    }
    let pairs: Vec<u8> =
        digits.chunks_exact(2).map(|pair| (pair[0] - b'0') * 10 + (pair[1] - b'0')).collect();
    let (year, rest) = match (element.tag, digits.len(), pairs.as_slice()) {
        // RFC 5280: 50 to 99 are of the twentieth century.
        (asn1::UTC_TIME, 12, [year, rest @ ..]) => {
            (u16::from(*year) + if *year < 50 { 2000 } else { 1900 }, rest)
        }
        (asn1::GENERALIZED_TIME, 14, [century, year, rest @ ..]) => {
            (u16::from(*century) * 100 + u16::from(*year), rest)
        }
        _ => return Err(wrong()),
    };
    let [month, day, hour, minute, second] = *rest else { return Err(wrong()) };
    FileTime::from_utc(Date { year, month, day }, hour, minute, second).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(tag: u8, text: &str) -> Result<String, DecodeError> {
        let bytes = [&[tag, u8::try_from(text.len()).unwrap()], text.as_bytes()].concat();
        time(&mut asn1::Reader::new(&bytes), "test").map(|time| time.to_string())
    }

    #[test]
    fn both_kinds_of_time() {
        for (tag, text, expected) in [
            (asn1::UTC_TIME, "700530103618Z", "1970-05-30T10:36:18Z"),
            (asn1::UTC_TIME, "490530103618Z", "2049-05-30T10:36:18Z"),
            (asn1::UTC_TIME, "500101000000Z", "1950-01-01T00:00:00Z"),
            (asn1::GENERALIZED_TIME, "20500101000000Z", "2050-01-01T00:00:00Z"),
        ] {
            assert_eq!(read(tag, text).as_deref(), Ok(expected));
        }
        for (tag, text) in [
            (asn1::UTC_TIME, "7005301036Z"),
            (asn1::UTC_TIME, "700530103618"),
            (asn1::UTC_TIME, "701330103618Z"),
            (asn1::UTC_TIME, "70053010361xZ"),
            (asn1::UTC_TIME, "20500101000000Z"),
            (asn1::GENERALIZED_TIME, "500101000000Z"),
            (asn1::GENERALIZED_TIME, "205001010000001Z"),
            (asn1::INTEGER, "700530103618Z"),
        ] {
            let error = read(tag, text).unwrap_err();
            assert_eq!(error.kind, ErrorKind::Syntax, "{text}");
        }
    }

    #[test]
    fn phases() {
        let day = |number: i64| FileTime(130_000_000_000_000_000).checked_add_days(number).unwrap();
        let validity = Validity { not_before: day(0), not_after: day(90) };
        for (at, phase, left) in [
            (day(-1), Phase::NotYetValid, 91),
            (day(0), Phase::Valid, 90),
            (FileTime(day(83).0 - 1), Phase::Valid, 7),
            (day(83), Phase::Renewal, 7),
            (day(90), Phase::Renewal, 0),
            (FileTime(day(90).0 + 1), Phase::Expired, -1),
            (day(200), Phase::Expired, -110),
        ] {
            assert_eq!((validity.phase(at), validity.days_left(at)), (phase, left), "{at}");
        }
        assert_eq!(validity.days(), 90);
        let early = Validity { not_before: FileTime(0), not_after: FileTime(1) };
        assert_eq!(early.phase(FileTime(0)), Phase::Renewal);
    }
}
