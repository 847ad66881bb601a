//! X.509 certificates as license servers issue them, and chains of them.
//!
//! They are plain X.509 v3 with three peculiarities that make many libraries refuse them: the signature
//! algorithm 1.3.14.3.2.29 (sha1RSA of the OIW) instead of that of PKCS #1, extensions that are all critical
//! and whose contents are structures of [MS-RDPELE] instead of DER, and names in one multi-valued RDN of
//! BMPStrings. Source: [MS-RDPELE] 2.2.2.9 and the certificates printed in its section 4.

mod algorithm;
mod certificate;
mod chain;
mod host;
mod license_server;
mod licensed_product;
mod licensing;
mod name;
mod validity;

pub use algorithm::Algorithm;
pub use certificate::{AuthorityKeyId, BasicConstraints, Certificate, Extension, PublicKey};
pub use chain::{ChainCheck, Link, SignatureCheck};
pub use host::{ChainForm, HostCertificates};
pub use license_server::LicenseServerInfo;
pub use licensed_product::{
    FLAG_ENFORCED, FLAG_RTM, FLAG_TEMPORARY, LicenseFamily, LicenseSource, LicensedProduct, LicensedVersion,
    ProductId, WindowsRelease,
};
pub use licensing::LicensingExtensions;
pub use name::{Attribute, Name};
pub use validity::{Phase, Validity};

pub(super) use certificate::read_certificate;
pub(super) use chain::MAX_CERTIFICATES;

/// Object identifiers of the licensing extensions.
pub mod oid {
    /// Manufacturer of the product.
    pub const MANUFACTURER: &str = "1.3.6.1.4.1.311.18.2";
    /// Version stamp of the certificate.
    pub const CERT_VERSION: &str = "1.3.6.1.4.1.311.18.4";
    /// LICENSED_PRODUCT_INFO.
    pub const LICENSED_PRODUCT_INFO: &str = "1.3.6.1.4.1.311.18.5";
    /// MS_LICENSE_SERVER_INFO.
    pub const LICENSE_SERVER_INFO: &str = "1.3.6.1.4.1.311.18.6";
    /// Product-specific data, in certificates of terminal servers.
    pub const PRODUCT_SPECIFIC: &str = "1.3.6.1.4.1.311.18.7";
}
