//! `msTSLicenseVersion`.

use serde::Serialize;

use crate::knowledge::products::{CalVersion, parse_product_id};

/// The version of a per-user license: as found, and what it means where that is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UserCalVersion {
    /// The text in the directory.
    pub found: String,
    /// Major and minor, `6.2`, where the text has them.
    pub number: Option<String>,
    /// The usual name of that version, or that it is unknown.
    pub name: String,
}

impl UserCalVersion {
    /// Reads the forms that were seen: a decimal number whose upper 16 bits are the major version and whose
    /// lower are the minor (`393216` is 6.0), and a product id (`C50-6.02-S`). Everything else is an unknown
    /// version and stays as it is.
    #[must_use]
    pub fn of(found: &str) -> Self {
        let text = found.trim();
        let version = match text.parse::<u32>() {
            // A number without a major version is none of these: 7 was seen in the second series.
            Ok(packed) if packed >> 16 != 0 => {
                let half = |bits: u32| u16::try_from(bits & 0xFFFF).unwrap_or_default();
                let (major, minor) = (half(packed >> 16), half(packed));
                Some((Some((major, minor)), CalVersion::from_number(major, minor)))
            }
            Ok(_) => None,
            Err(_) => parse_product_id(text)
                .and_then(|id| id.version)
                .map(|version| (version.row().map(|row| row.number), version)),
        };
        match version {
            Some((number, version)) => {
                let number = match (number, version) {
                    (Some(number), _) => Some(number),
                    (None, CalVersion::Unknown(major, minor)) => Some((major, minor)),
                    (None, _) => None,
                };
                let number = number.map(|(major, minor)| format!("{major}.{minor}"));
                Self { found: found.to_owned(), number, name: version.name() }
            }
            None => {
                Self { found: found.to_owned(), number: None, name: format!("unknown version “{text}”") }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_that_were_seen_and_others() {
        let rows = [
            ("393216", Some("6.0"), "Windows Server 2008 TS CAL or 2008 R2 RDS CAL"),
            ("393218", Some("6.2"), "Windows Server 2012 RDS CAL"),
            ("655361", Some("10.1"), "Windows Server 2019 RDS CAL"),
            (" 655361 ", Some("10.1"), "Windows Server 2019 RDS CAL"),
            ("C50-6.02-S", Some("6.2"), "Windows Server 2012 RDS CAL"),
            ("720896", Some("11.0"), "CAL of unknown version 11.00"),
            ("C50-11.00-S", Some("11.0"), "CAL of unknown version 11.00"),
            ("7", None, "unknown version “7”"),
            ("", None, "unknown version “”"),
            ("99999999999", None, "unknown version “99999999999”"),
        ];
        for (found, number, name) in rows {
            let version = UserCalVersion::of(found);
            assert_eq!((version.number.as_deref(), version.name.as_str()), (number, name), "{found}");
            assert_eq!(version.found, found);
        }
    }
}
