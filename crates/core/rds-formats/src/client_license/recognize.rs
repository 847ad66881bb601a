//! Recognizes a structure by its bytes, for files whose name does not say.

use serde::Serialize;

use super::super::error::{DecodeError, ErrorKind};
use super::super::new_license_info::NewLicenseInfo;
use super::super::product_info::ProductInfo;
use super::super::reader::Reader;
use super::super::x509::{Certificate, HostCertificates};
use super::{ClientLicense, signed_data};

/// Bytes of a license, or of something near it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum LicenseFile {
    /// A client access license as such: the registry's `ClientLicense`, FreeRDP's and rdesktop's `.cal`.
    ClientLicense(Box<ClientLicense>),
    /// NEW_LICENSE_INFO as it comes over the wire, decrypted, with the license in it.
    NewLicenseInfo {
        /// The structure around it.
        info: NewLicenseInfo,
        /// The license, or why it cannot be decoded; offsets count from the start of the license.
        #[serde(serialize_with = "license_or_error")]
        license: Result<Box<ClientLicense>, DecodeError>,
    },
    /// A single certificate in DER.
    Certificate(Box<Certificate>),
    /// Certificates of a session host.
    HostCertificates(Box<HostCertificates>),
    /// PRODUCT_INFO, the product that a session host asks a license for.
    ProductInfo(ProductInfo),
    /// A license that is encrypted with the keys of its session, which are lost.
    Enciphered(EncipheredLicense),
}

/// SERVER_NEW_LICENSE or SERVER_UPGRADE_LICENSE ([MS-RDPELE] 2.2.2.6 and 2.2.2.7): a license as it crosses
/// the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct EncipheredLicense {
    /// Which message it is, where its preamble is there.
    pub message: Option<LicenseMessage>,
    /// `wBlobType`; 9 (BB_ENCRYPTED_DATA_BLOB) from Windows Server 2008 on.
    pub blob_type: u16,
    /// Size of the encrypted NEW_LICENSE_INFO in bytes.
    pub length: usize,
}

/// A message that carries a license, by `bMsgType` of its preamble ([MS-RDPBCGR] 2.2.1.12.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LicenseMessage {
    /// NEW_LICENSE, 3.
    NewLicense,
    /// UPGRADE_LICENSE, 4.
    UpgradeLicense,
}

/// Size of `MACData` in bytes.
const MAC: usize = 16;
/// BB_ENCRYPTED_DATA_BLOB.
const ENCRYPTED_DATA: u16 = 9;
/// SEC_LICENSE_PKT, the flag that a security header has before a licensing message ([MS-RDPBCGR]
/// 2.2.8.1.1.2.1).
const SEC_LICENSE_PKT: u16 = 0x80;

/// Says what some bytes are and decodes them.
///
/// # Errors
///
/// The error of the structure that the bytes look like, or [`ErrorKind::NotThis`] where they look like none.
pub fn from_any(bytes: &[u8]) -> Result<LicenseFile, DecodeError> {
    if bytes.first() == Some(&asn1::SEQUENCE) {
        return if signed_data::is_content_info(bytes) {
            ClientLicense::decode(bytes).map(|license| LicenseFile::ClientLicense(Box::new(license)))
        } else {
            Certificate::decode(bytes).map(|certificate| LicenseFile::Certificate(Box::new(certificate)))
        };
    }
    if let Some(enciphered) = enciphered(bytes) {
        return Ok(LicenseFile::Enciphered(enciphered));
    }
    if let Ok(chain) = HostCertificates::decode(bytes) {
        return Ok(LicenseFile::HostCertificates(Box::new(chain)));
    }
    if let Ok(product) = ProductInfo::decode(bytes) {
        return Ok(LicenseFile::ProductInfo(product));
    }
    match NewLicenseInfo::decode(bytes) {
        Ok(info) => {
            let license = ClientLicense::decode(&info.license).map(Box::new);
            Ok(LicenseFile::NewLicenseInfo { info, license })
        }
        Err(error) if looks_like_license_info(bytes) => Err(error),
        Err(_) => {
            let expected = "a client license (PKCS #7 in DER), NEW_LICENSE_INFO or a certificate";
            let head = hex::encode(bytes.get(..bytes.len().min(8)).unwrap_or_default());
            let found = format!("{} bytes, {head}", bytes.len());
            Err(DecodeError::new(ErrorKind::NotThis, "license", 0, expected, found))
        }
    }
}

/// The blob and its MAC, alone or behind a preamble, and that alone or behind a basic security header.
fn enciphered(bytes: &[u8]) -> Option<EncipheredLicense> {
    let bytes = match bytes {
        [low, high, _, _, rest @ ..] if u16::from_le_bytes([*low, *high]) & SEC_LICENSE_PKT != 0 => rest,
        _ => bytes,
    };
    let (message, blob) = match bytes {
        [kind @ (3 | 4), _, low, high, blob @ ..]
            if usize::from(u16::from_le_bytes([*low, *high])) == bytes.len() =>
        {
            let message =
                if *kind == 3 { LicenseMessage::NewLicense } else { LicenseMessage::UpgradeLicense };
            (Some(message), blob)
        }
        _ => (None, bytes),
    };
    let mut reader = Reader::new(blob);
    let blob_type = reader.u16("wBlobType").ok()?;
    let length = usize::from(reader.u16("wBlobLen").ok()?);
    // Windows Server 2003 leaves the type undefined (note 15), so it only counts where there is no preamble.
    (reader.rest().len() == length + MAC && (message.is_some() || blob_type == ENCRYPTED_DATA))
        .then_some(EncipheredLicense { message, blob_type, length })
}

/// A version of Windows and a short scope: worth an exact error message.
fn looks_like_license_info(bytes: &[u8]) -> bool {
    let mut reader = Reader::new(bytes);
    let version = reader.u32("dwVersion").unwrap_or_default();
    let scope = reader.u32("cbScope").unwrap_or(u32::MAX);
    (4..=11).contains(&(version >> 16)) && version & 0xffff < 16 && (1..1024).contains(&scope)
}

fn license_or_error<S: serde::Serializer>(
    license: &Result<Box<ClientLicense>, DecodeError>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    /// As a struct, so that a reader can distinguish the two.
    #[derive(Serialize)]
    struct Outcome<'a> {
        decoded: Option<&'a ClientLicense>,
        error: Option<&'a DecodeError>,
    }
    Outcome { decoded: license.as_deref().ok(), error: license.as_ref().err() }.serialize(serializer)
}
