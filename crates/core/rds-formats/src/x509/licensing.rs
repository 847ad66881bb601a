//! The licensing extensions of a certificate, decoded.

use serde::Serialize;

use super::super::bytes::HexBytes;
use super::super::error::{DecodeError, ErrorKind};
use super::super::text::utf16le_nul;
use super::certificate::Certificate;
use super::license_server::LicenseServerInfo;
use super::licensed_product::LicensedProduct;
use super::oid;

/// The licensing extensions of a certificate; [MS-RDPELE] 2.2.2.9.
///
/// A broken extension costs only itself: it is left out here and its error is in `faults`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LicensingExtensions {
    /// Manufacturer of the product (…311.18.2): "Microsoft Corporation".
    pub manufacturer: Option<String>,
    /// Version stamp of the certificate (…311.18.4); 0x00050001 in the samples.
    pub certificate_version: Option<u32>,
    /// What is licensed (…311.18.5).
    pub product: Option<LicensedProduct>,
    /// Who issued it (…311.18.6).
    pub license_server: Option<LicenseServerInfo>,
    /// Product-specific data (…311.18.7), whose format is not documented.
    pub product_specific: Option<HexBytes>,
    /// What could not be decoded.
    pub faults: Vec<DecodeError>,
}

impl LicensingExtensions {
    /// Decodes those that a certificate has.
    #[must_use]
    pub fn of(certificate: &Certificate) -> Self {
        let mut faults = Vec::new();
        let manufacturer = decode(certificate, oid::MANUFACTURER, &mut faults, |value| {
            utf16le_nul(value, "manufacturer", 0)
        });
        let certificate_version = decode(certificate, oid::CERT_VERSION, &mut faults, certificate_version);
        let product = decode(certificate, oid::LICENSED_PRODUCT_INFO, &mut faults, LicensedProduct::decode);
        let license_server =
            decode(certificate, oid::LICENSE_SERVER_INFO, &mut faults, LicenseServerInfo::decode);
        let product_specific = certificate.extension(oid::PRODUCT_SPECIFIC).map(|found| found.value.clone());
        Self { manufacturer, certificate_version, product, license_server, product_specific, faults }
    }
}

fn decode<T>(
    certificate: &Certificate,
    oid: &str,
    faults: &mut Vec<DecodeError>,
    decoder: impl FnOnce(&[u8]) -> Result<T, DecodeError>,
) -> Option<T> {
    let extension = certificate.extension(oid)?;
    match decoder(&extension.value) {
        Ok(decoded) => Some(decoded),
        Err(error) => {
            faults.push(error.shifted(extension.offset));
            None
        }
    }
}

fn certificate_version(value: &[u8]) -> Result<u32, DecodeError> {
    value.try_into().map(u32::from_le_bytes).map_err(|_| {
        let found = format!("{} bytes", value.len());
        DecodeError::new(ErrorKind::Length, "certificate version", 0, "4 bytes", found)
    })
}
