//! Licenses, certificates and their containers. Seeds: `crates/core/rds-formats/tests/vectors/protocol` and
//! `…/x509`.

use nt::FileTime;
use rds_formats::client_license::{ClientLicense, from_any};
use rds_formats::hardware_id;
use rds_formats::x509::{Certificate, HostCertificates, LicenseServerInfo, LicensedProduct};

/// Passes the bytes to each parser.
pub fn target(bytes: &[u8]) {
    if let Ok(found) = from_any(bytes) {
        let json = serde_json::to_string(&found).expect("every result can be written");
        assert!(json.len() < 4096 + 200 * bytes.len(), "the result is out of proportion");
    }
    if let Ok(license) = ClientLicense::decode(bytes) {
        let _ = license.standing(FileTime(u64::MAX));
        if let Some(Ok(hardware)) = bytes.get(..20).map(hardware_id::decode) {
            let _ = license.binding_to(&hardware);
        }
    }
    let _ = HostCertificates::decode(bytes);
    if let Ok(certificate) = Certificate::decode(bytes) {
        let _ = (certificate.basic_constraints(), certificate.authority_key_id());
    }
    let _ = LicensedProduct::decode(bytes);
    let _ = LicenseServerInfo::decode(bytes);
}
