//! Users with Per User licenses: the search, and how an entry is read.

use licensing::per_user::{Ends, Holder, Series, UserCalVersion};
use snapshot::FileTime;

use ldap::{Entry, Search, filter};

/// Limit for a value in bytes; longer values are truncated. Known values of these attributes are much shorter
/// ([MS-ADA2]: 255 characters in the series 2 to 4).
const MAX_VALUE: usize = 1024;

/// The attributes of one series, by its number.
const SERIES: [[&str; 3]; 4] = [
    ["msTSManagingLS", "msTSExpireDate", "msTSLicenseVersion"],
    ["msTSManagingLS2", "msTSExpireDate2", "msTSLicenseVersion2"],
    ["msTSManagingLS3", "msTSExpireDate3", "msTSLicenseVersion3"],
    ["msTSManagingLS4", "msTSExpireDate4", "msTSLicenseVersion4"],
];

/// Other attributes of a holder.
const ABOUT: [&str; 3] = ["sAMAccountName", "displayName", "userAccountControl"];

/// `ADS_UF_ACCOUNTDISABLE`
pub(crate) const DISABLED: i64 = 2;

/// The search for all users of a domain who have or had a license.
#[must_use]
pub fn search(domain: &str) -> Search<'_> {
    // Each of the three is indexed ([MS-ADA2]), and each indicates a license.
    let any = SERIES[0].map(|name| format!("({name}=*)")).concat();
    let attributes: Vec<&str> = ABOUT.into_iter().chain(SERIES.into_iter().flatten()).collect();
    Search::new(domain)
        .filter(format!("(&(objectCategory=person)(objectClass=user)(|{any}))"))
        .attributes(&attributes)
}

/// Reads a holder from an entry of the domain with this NetBIOS name.
#[must_use]
pub fn holder(entry: &Entry, domain: &str) -> Holder {
    let [license, further @ ..] = [0, 1, 2, 3].map(|index| series(entry, index));
    let dn = cut(entry.dn());
    Holder {
        user: account(entry, domain),
        name: entry.text("displayName").map(cut),
        dn,
        enabled: entry.number("userAccountControl").map(|flags| flags & DISABLED == 0),
        license,
        further: further.into_iter().filter(|series| !series.is_empty()).collect(),
    }
}

/// The account of an entry, `DOMAIN\name`, or its distinguished name if it has none.
pub(crate) fn account(entry: &Entry, domain: &str) -> String {
    match entry.text("sAMAccountName") {
        Some(name) => format!(r"{domain}\{}", cut(name)),
        None => cut(entry.dn()),
    }
}

fn series(entry: &Entry, index: usize) -> Series {
    let [server, expires, version] = SERIES[index];
    Series {
        series: u8::try_from(index + 1).unwrap_or_default(),
        managing_server: found(entry, server),
        expires: match found(entry, expires) {
            None => Ends::NotSaid,
            Some(text) => generalized_time(&text).map_or(Ends::Unreadable(text), Ends::At),
        },
        version: found(entry, version).map(|text| UserCalVersion::of(&text)),
    }
}

/// A value as text. A value that is not UTF-8 is shown in hexadecimal, not dropped.
fn found(entry: &Entry, name: &str) -> Option<String> {
    let value = entry.bytes(name)?;
    Some(match std::str::from_utf8(value) {
        Ok(text) => cut(text),
        Err(_) => cut(&filter::escape_bytes(&value[..value.len().min(MAX_VALUE)])),
    })
}

/// The text, truncated to the limit at a character boundary.
pub(crate) fn cut(text: &str) -> String {
    if text.len() <= MAX_VALUE {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(MAX_VALUE);
    format!("{}…", &text[..end])
}

/// Parses `20260201093000.0Z`, the format of times in a directory (RFC 4517, 3.3.13; Active Directory always
/// uses UTC and this fraction).
#[must_use]
pub fn generalized_time(text: &str) -> Option<FileTime> {
    let text = text.trim();
    let zone = text.find(['Z', '+', '-']).filter(|&at| at >= 14)?;
    let (digits, zone) = text.split_at(zone);
    let (whole, fraction) = match digits.find(['.', ',']) {
        Some(at) => (&digits[..at], &digits[at + 1..]),
        None => (digits, ""),
    };
    if whole.len() != 14 || !whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let zone = match (zone, zone.len()) {
        ("Z", _) => "Z".to_owned(),
        (_, 5) => format!("{}:{}", zone.get(..3)?, zone.get(3..)?),
        (_, 3) => format!("{zone}:00"),
        _ => return None,
    };
    let fraction = match fraction.get(..fraction.len().min(7))? {
        "" => String::new(),
        digits => format!(".{digits}"),
    };
    let [year, month, day] = [&whole[..4], &whole[4..6], &whole[6..8]];
    let [hour, minute, second] = [&whole[8..10], &whole[10..12], &whole[12..14]];
    format!("{year}-{month}-{day}T{hour}:{minute}:{second}{fraction}{zone}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn entry(attributes: &[(&str, &[u8])]) -> Entry {
        let values = attributes.iter().map(|(name, value)| ((*name).to_owned(), vec![value.to_vec()]));
        Entry::new("CN=Ann,DC=rds,DC=test", values.collect())
    }

    #[test]
    fn a_holder_as_a_public_dump_has_one() {
        let entry = entry(&[
            ("sAMAccountName", b"ann"),
            ("userAccountControl", b"514"),
            ("msTSExpireDate", b"20260201093000.0Z"),
            ("msTSLicenseVersion", b"393216"),
            ("msTSManagingLS", b"00377-70517-40386-AT629"),
            ("msTSLicenseVersion2", b"7"),
            ("msTSLicenseVersion3", b"C50-6.00-S"),
        ]);
        let holder = holder(&entry, "RDS");
        assert_eq!((holder.user.as_str(), holder.enabled), (r"RDS\ann", Some(false)));
        assert_eq!(holder.license.managing_server.as_deref(), Some("00377-70517-40386-AT629"));
        assert_eq!(holder.license.expires, Ends::At("2026-02-01T09:30:00Z".parse().unwrap()));
        let further: Vec<_> = holder
            .further
            .iter()
            .map(|series| (series.series, series.version.as_ref().unwrap().found.as_str()))
            .collect();
        assert_eq!(further, [(2, "7"), (3, "C50-6.00-S")]);
    }

    #[test]
    fn times() {
        let time = |text: &str| generalized_time(text).map(|time| time.to_string());
        assert_eq!(time("20260201093000.0Z").as_deref(), Some("2026-02-01T09:30:00Z"));
        assert_eq!(time("20260201093000Z").as_deref(), Some("2026-02-01T09:30:00Z"));
        assert_eq!(time("20260201093000.25+0100").as_deref(), Some("2026-02-01T08:30:00.25Z"));
        for wrong in
            ["", "20260201093000", "20261301093000.0Z", "2026-02-01", "99999999999999.0Z", "2026020109300Z"]
        {
            assert_eq!(time(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn any_value_is_shown_and_bounded(value in proptest::collection::vec(any::<u8>(), 0..3000), which in 0_usize..12) {
            let name = SERIES[which / 3][which % 3];
            let holder = holder(&entry(&[(name, &value)]), "RDS");
            let shown = format!("{holder:?}");
            prop_assert!(shown.len() < 20 * MAX_VALUE, "{}", shown.len());
            prop_assert!(which < 3 || holder.further.len() == 1, "it is never dropped");
        }

        #[test]
        fn any_text_is_a_time_or_none(text in "[0-9.,Z+-]{0,25}|.*") {
            let _ = generalized_time(&text);
        }
    }
}
