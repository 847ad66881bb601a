//! NEW_LICENSE_INFO: a license with what a client's store is indexed by, as it comes over the wire,
//! decrypted.

use serde::Serialize;

use super::bytes::HexBytes;
use super::error::DecodeError;
use super::product_info::{ProtocolVersion, company, counted, product};
use super::reader::Reader;
use super::text::latin1_nul;
use super::x509::ProductId;

/// A license and its index; [MS-RDPELE] 2.2.2.6.1.
///
/// A Windows client spreads it over the values `ClientLicense`, `LicenseScope`, `CompanyName` and
/// `ProductID`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NewLicenseInfo {
    /// Version of the session host.
    pub version: ProtocolVersion,
    /// Issuer of the license: "microsoft.com" on Microsoft hosts.
    pub scope: String,
    /// "Microsoft Corporation" on Microsoft hosts.
    pub company: String,
    /// "A02" on Microsoft hosts.
    pub product: ProductId,
    /// Where the license starts in the input.
    pub license_offset: usize,
    /// The license, for [`super::client_license::ClientLicense::decode`].
    pub license: HexBytes,
}

impl NewLicenseInfo {
    /// Decodes a structure that fills the bytes exactly.
    ///
    /// # Errors
    ///
    /// The first field that does not fit, bytes left over at the end included.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let version = ProtocolVersion::new(reader.u32("dwVersion")?);
        let (scope, at) = counted(&mut reader, "cbScope", "pbScope")?;
        let scope = latin1_nul(scope, "pbScope", at)?;
        let company = company(&mut reader)?;
        let product = product(&mut reader)?;
        let (license, license_offset) = counted(&mut reader, "cbLicenseInfo", "pbLicenseInfo")?;
        reader.finish("end of NEW_LICENSE_INFO")?;
        Ok(Self { version, scope, company, product, license_offset, license: HexBytes::from(license) })
    }
}
