//! MS_LICENSE_SERVER_INFO: which license server issued a certificate.

use serde::Serialize;

use super::super::error::{DecodeError, ErrorKind};
use super::super::reader::Reader;
use super::super::text::utf16le_units;

/// Version 1 of the structure ([MS-RDPELE] prints 0x0001000, one digit too few).
const V1: u32 = 0x1000;
/// Version 2 of the structure, the only one in the published samples.
const V2: u32 = 0x3000;

/// Which license server issued a certificate; [MS-RDPELE] 2.2.2.9.2.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LicenseServerInfo {
    /// 0x1000 for version 1, 0x3000 for version 2.
    pub version: u32,
    /// The license server's name.
    pub issuer: String,
    /// Its product id; absent in version 1.
    pub issuer_id: Option<String>,
    /// Its domain or workgroup.
    pub scope: String,
}

impl LicenseServerInfo {
    /// Decodes the content of the extension 1.3.6.1.4.1.311.18.6.
    ///
    /// # Errors
    ///
    /// An unknown version, an offset outside the data, or a text without its NUL.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let version = reader.u32("Version")?;
        if version != V1 && version != V2 {
            let (expected, found) = (format!("{V1:#x} or {V2:#x}"), format!("{version:#x}"));
            return Err(DecodeError::new(ErrorKind::Constant, "Version", 0, expected, found));
        }
        let issuer_at = usize::from(reader.u16("IssuerNameOffset")?);
        let issuer_id_at =
            if version == V2 { Some(usize::from(reader.u16("IssuerIdOffset")?)) } else { None };
        let scope_at = usize::from(reader.u16("LsScopeOffset")?);
        let (data, base) = (reader.rest(), reader.offset());
        Ok(Self {
            version,
            issuer: text(data, base, issuer_at, "IssuerName")?,
            issuer_id: issuer_id_at.map(|at| text(data, base, at, "IssuerId")).transpose()?,
            scope: text(data, base, scope_at, "LsScope")?,
        })
    }
}

/// A UTF-16LE text that ends with a NUL, `at` bytes into the variable data, which starts `base` bytes into
/// the structure.
fn text(data: &[u8], base: usize, at: usize, what: &'static str) -> Result<String, DecodeError> {
    let bytes = data.get(at..).unwrap_or_default();
    let units: Vec<u16> = utf16le_units(bytes).take_while(|&unit| unit != 0).collect();
    if units.len() >= bytes.len() / 2 {
        let (kind, expected) = (ErrorKind::Length, "UTF-16LE text with a NUL");
        let found = format!("none before the end, {} bytes", bytes.len());
        return Err(DecodeError::new(kind, what, base + at, expected, found));
    }
    Ok(String::from_utf16_lossy(&units))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str) -> Vec<u8> {
        text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect()
    }

    #[test]
    fn version_1_has_no_id() {
        let mut bytes = vec![0, 0x10, 0, 0, 0, 0, 8, 0];
        bytes.extend(utf16("LS1"));
        bytes.extend(utf16("EXAMPLE"));
        let info = LicenseServerInfo::decode(&bytes).unwrap();
        assert_eq!(
            info,
            LicenseServerInfo {
                version: 0x1000,
                issuer: "LS1".to_owned(),
                issuer_id: None,
                scope: "EXAMPLE".to_owned()
            }
        );
        for length in 0..bytes.len() {
            assert!(LicenseServerInfo::decode(&bytes[..length]).is_err(), "{length}");
        }
    }

    #[test]
    fn wrong_versions_and_offsets() {
        let error = LicenseServerInfo::decode(&[0, 0x20, 0, 0, 0, 0, 0, 0]).unwrap_err();
        assert_eq!((error.what, error.kind), ("Version", ErrorKind::Constant));
        let error = LicenseServerInfo::decode(&[0, 0x10, 0, 0, 0, 0, 0xff, 0xff, b'a', 0, 0, 0]).unwrap_err();
        assert_eq!((error.what, error.offset), ("LsScope", 8 + 0xffff));
    }
}
