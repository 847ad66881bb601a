//! LICENSED_PRODUCT_INFO: what a certificate licenses.

use std::fmt;

use serde::Serialize;

use super::super::bytes::HexBytes;
use super::super::error::{DecodeError, ErrorKind};
use super::super::reader::Reader;
use super::super::text::utf16le_nul;
use crate::Certainty;

/// LICENSE_ENFORCED: the license is enforced.
pub const FLAG_ENFORCED: u32 = 0x0000_8000;
/// RTM_LICENSE: of a release build; clear in licenses of a beta.
pub const FLAG_RTM: u32 = 0x0080_0000;
/// TEMPORARY_LICENSE: temporary; clear in permanent licenses.
pub const FLAG_TEMPORARY: u32 = 0x8000_0000;

/// What a certificate licenses; [MS-RDPELE] 2.2.2.9.1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LicensedProduct {
    /// Version of the structure; 0x3000 in the samples.
    pub version: u32,
    /// Number of licenses.
    pub license_count: u32,
    /// Platform id that the client sent; 0xFF in the sample of a client license (not documented).
    pub platform_id: u32,
    /// Language of the license server.
    pub language_id: u32,
    /// The product that the client asked for.
    pub requested: ProductId,
    /// The product that the license server gave.
    pub adjusted: ProductId,
    /// Version and flags; the specification wants exactly one.
    pub versions: Vec<LicensedVersion>,
    /// Bytes behind the last part; four zeros in the samples.
    pub trailing: HexBytes,
}

/// Version and kind of a license; [MS-RDPELE] 2.2.2.9.1.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct LicensedVersion {
    /// Major version of the session host that it licenses.
    pub major: u16,
    /// Minor version of the session host that it licenses.
    pub minor: u16,
    /// All flags.
    pub flags: u32,
    /// LICENSE_ENFORCED.
    pub enforced: bool,
    /// RTM_LICENSE; false for the license of a beta.
    pub rtm: bool,
    /// TEMPORARY_LICENSE; false for a permanent license.
    pub temporary: bool,
    /// The flags without a documented meaning. In the samples the bits of 0x00640000, which look like the
    /// version of the license server.
    pub undocumented_flags: u32,
    /// The Windows Server releases of this version.
    pub release: Option<WindowsRelease>,
}

/// A product id such as `A02-6.00-S`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct ProductId {
    /// The text as found.
    pub text: String,
    /// Which kind of access it licenses.
    pub family: LicenseFamily,
    /// Major and minor version; absent in what a client asks for.
    pub version: Option<(u16, u16)>,
    /// Where the license comes from.
    pub source: Option<LicenseSource>,
}

/// Which kind of access a product id licenses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LicenseFamily {
    /// `A02`: Per Device. (The specification also knows it as what every client asks for.)
    PerDevice,
    /// `C50`: Per User.
    PerUser,
    /// A GUID: the product "terminal server" in a host's certificate.
    Host,
    /// Another text.
    Other,
}

/// Where a license comes from, by the suffix of its product id (seen in public code, not documented).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LicenseSource {
    /// `S`: sold.
    Sold,
    /// `EX`: the built-in pool for existing Windows clients of Windows 2000.
    BuiltIn,
    /// `VDIS`: the VDI suite.
    VdiSuite,
    /// Another suffix.
    Other,
}

/// Windows Server releases that share a license version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct WindowsRelease {
    /// Their names.
    pub name: &'static str,
    /// How sure it is that this version is theirs.
    pub certainty: Certainty,
}

impl WindowsRelease {
    /// The releases whose licenses have this version.
    #[must_use]
    pub fn of(major: u16, minor: u16) -> Option<Self> {
        let (name, certainty) = match (major, minor) {
            (5, 0) => ("Windows 2000 Server", Certainty::Documented),
            (5, 2) => ("Windows Server 2003", Certainty::Documented),
            (6, 0) => ("Windows Server 2008 or 2008 R2", Certainty::Documented),
            (6, 2) => ("Windows Server 2012 or 2012 R2", Certainty::Code),
            (10, 0) => ("Windows Server 2016", Certainty::Inferred),
            (10, 1) => ("Windows Server 2019", Certainty::Code),
            (10, 2) => ("Windows Server 2022", Certainty::Inferred),
            (10, 3) => ("Windows Server 2025", Certainty::Inferred),
            _ => return None,
        };
        Some(Self { name, certainty })
    }
}

impl LicensedVersion {
    fn new(major: u16, minor: u16, flags: u32) -> Self {
        Self {
            major,
            minor,
            flags,
            enforced: flags & FLAG_ENFORCED != 0,
            rtm: flags & FLAG_RTM != 0,
            temporary: flags & FLAG_TEMPORARY != 0,
            undocumented_flags: flags & !(FLAG_ENFORCED | FLAG_RTM | FLAG_TEMPORARY),
            release: WindowsRelease::of(major, minor),
        }
    }
}

impl ProductId {
    /// Takes a product id apart. Anything is one: what is not recognized stays in [`ProductId::text`].
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut parts = text.splitn(3, '-');
        let family = match parts.next().unwrap_or_default() {
            "A02" => LicenseFamily::PerDevice,
            "C50" => LicenseFamily::PerUser,
            _ if is_guid(text) => LicenseFamily::Host,
            _ => LicenseFamily::Other,
        };
        if family == LicenseFamily::Host {
            return Self { text: text.to_owned(), family, version: None, source: None };
        }
        let version = parts.next().and_then(|version| {
            let (major, minor) = version.split_once('.')?;
            Some((number(major)?, number(minor)?))
        });
        let source = parts.next().map(|suffix| match suffix {
            "S" => LicenseSource::Sold,
            "EX" => LicenseSource::BuiltIn,
            "VDIS" => LicenseSource::VdiSuite,
            _ => LicenseSource::Other,
        });
        Self { text: text.to_owned(), family, version, source }
    }
}

impl fmt::Display for ProductId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn number(digits: &str) -> Option<u16> {
    (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())).then(|| digits.parse().ok())?
}

fn is_guid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

impl LicensedProduct {
    /// Decodes the content of the extension 1.3.6.1.4.1.311.18.5.
    ///
    /// # Errors
    ///
    /// An offset or a count that leads outside the data, or a product id that is not a text with its NUL.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let version = reader.u32("Version")?;
        let license_count = reader.u32("LicenseCount")?;
        let platform_id = reader.u32("PlatformId")?;
        let language_id = reader.u32("LicensedLanguageId")?;
        let mut end = 0;
        let mut part = |reader: &mut Reader<'_>, names: [&'static str; 3], unit: usize| {
            let field = reader.offset();
            let at = usize::from(reader.u16(names[0])?);
            let count = usize::from(reader.u16(names[1])?);
            let stop = at + count * unit;
            end = end.max(stop);
            bytes.get(at..stop).map(|part| (part, at)).ok_or_else(|| {
                let expected = format!("an offset and a length within {} bytes", bytes.len());
                let found = format!("{at} to {stop}");
                DecodeError::new(ErrorKind::Length, names[2], field, expected, found)
            })
        };
        let requested = part(
            &mut reader,
            ["RequestedProductIdOffset", "RequestedProductIdByteCount", "RequestedProductId"],
            1,
        )?;
        let adjusted = part(
            &mut reader,
            ["AdjustedProductIdOffset", "AdjustedProductIdByteCount", "AdjustedProductId"],
            1,
        )?;
        let versions = part(
            &mut reader,
            ["LicensedVersionInfoOffset", "LicensedVersionInfoCount", "LicensedVersionInfo"],
            8,
        )?;
        let mut list = Reader::new(versions.0);
        let mut parsed = Vec::new();
        while !list.rest().is_empty() {
            let major = list.u16("ProductLicenseMajorVersion")?;
            let minor = list.u16("ProductLicenseMinorVersion")?;
            let flags = list.u32("ProductLicenseFlags")?;
            parsed.push(LicensedVersion::new(major, minor, flags));
        }
        if parsed.is_empty() {
            let (kind, what) = (ErrorKind::Length, "LicensedVersionInfoCount");
            return Err(DecodeError::new(kind, what, 26, "1", "0"));
        }
        Ok(Self {
            version,
            license_count,
            platform_id,
            language_id,
            requested: ProductId::parse(&utf16le_nul(requested.0, "RequestedProductId", requested.1)?),
            adjusted: ProductId::parse(&utf16le_nul(adjusted.0, "AdjustedProductId", adjusted.1)?),
            versions: parsed,
            trailing: HexBytes::from(bytes.get(end.max(reader.offset())..).unwrap_or_default()),
        })
    }

    /// The version that counts: the first, and by the specification the only one.
    #[must_use]
    pub fn licensed_version(&self) -> Option<&LicensedVersion> {
        self.versions.first()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn product_ids_seen_in_the_wild() {
        use LicenseFamily::{Host, Other, PerDevice, PerUser};
        use LicenseSource::{BuiltIn, Sold, VdiSuite};
        for (text, family, version, source) in [
            ("A02", PerDevice, None, None),
            ("A02-5.00-EX", PerDevice, Some((5, 0)), Some(BuiltIn)),
            ("A02-5.02-S", PerDevice, Some((5, 2)), Some(Sold)),
            ("A02-10.01-VDIS", PerDevice, Some((10, 1)), Some(VdiSuite)),
            ("C50-6.00-S", PerUser, Some((6, 0)), Some(Sold)),
            ("C50-10.01-S", PerUser, Some((10, 1)), Some(Sold)),
            ("C50-10.01-X", PerUser, Some((10, 1)), Some(LicenseSource::Other)),
            ("C50-ten-S", PerUser, None, Some(Sold)),
            ("C50-+6.00-S", PerUser, None, Some(Sold)),
            ("A02-70000.0", PerDevice, None, None),
            ("3d267954-eeb7-11d1-b94e-00c04fa3080d", Host, None, None),
            ("B96-6.00-S", Other, Some((6, 0)), Some(Sold)),
            ("", Other, None, None),
            ("-", Other, None, None),
        ] {
            let id = ProductId::parse(text);
            assert_eq!((id.family, id.version, id.source), (family, version, source), "{text}");
            assert_eq!(id.to_string(), text);
        }
    }

    #[test]
    fn releases() {
        for (version, name) in [
            ((5, 0), Some("Windows 2000 Server")),
            ((5, 2), Some("Windows Server 2003")),
            ((6, 0), Some("Windows Server 2008 or 2008 R2")),
            ((6, 2), Some("Windows Server 2012 or 2012 R2")),
            ((10, 1), Some("Windows Server 2019")),
            ((6, 1), None),
            ((11, 0), None),
        ] {
            assert_eq!(WindowsRelease::of(version.0, version.1).map(|release| release.name), name);
        }
        assert_eq!(WindowsRelease::of(10, 2).map(|release| release.certainty), Some(Certainty::Inferred));
    }

    #[test]
    fn flags() {
        let version = LicensedVersion::new(6, 0, 0x8064_8000);
        assert!(version.enforced && version.temporary && !version.rtm);
        assert_eq!(version.undocumented_flags, 0x0064_0000);
        let version = LicensedVersion::new(6, 0, FLAG_RTM);
        assert!(!version.enforced && !version.temporary && version.rtm);
    }

    #[test]
    fn offsets_outside_the_data() {
        let mut bytes = vec![0; 28];
        bytes[16] = 28;
        bytes[18] = 2;
        let error = LicensedProduct::decode(&bytes).unwrap_err();
        assert_eq!((error.what, error.offset, error.kind), ("RequestedProductId", 16, ErrorKind::Length));
        bytes[18..28].fill(0xff);
        assert!(LicensedProduct::decode(&bytes).is_err());
    }
}
