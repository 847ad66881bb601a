//! The licensing certificates of a session host.

use serde::Serialize;
use snapshot::{FileTime, KeyPath};

use super::{Era, Machine, Product, Stored};
use crate::evidence::{Evidence, Unknown};
use crate::places;
use rds_formats::rdp_certificate::{self, ProprietaryCertificate};
use rds_formats::x509;

/// Length in bits of a key that is too weak today; clients of Windows XP and older accept no other.
pub const SHORT_KEY: u32 = 512;

/// The values with licensing certificates, in the key where this generation of Windows keeps them.
///
/// Every host creates `Certificate` and `CertificateOld` when the service starts; the X.509 values come from
/// a license server, at the first contact. Sources: Microsoft support article *Cannot connect to RDS because
/// no RD Licensing servers are available*; KB329896 for 2000 and 2003; sizes measured on Windows XP, 7 and 10
/// SYSTEM hives.
#[derive(Clone, Debug, Serialize)]
pub struct HostCertificates {
    /// The key.
    pub key: Evidence,
    /// `Certificate`: signed with the published Terminal Services key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<Stored<ProprietaryCertificate>>,
    /// `CertificateOld`: the same with a short key, for old clients.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate_old: Option<Stored<ProprietaryCertificate>>,
    /// `X509 Certificate` and `X509 Certificate2`, as far as they are there: issued by a license server.
    pub chains: Vec<Stored<x509::HostCertificates>>,
    /// `X509 Certificate ID`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chain_id: Option<Evidence>,
}

impl HostCertificates {
    /// The proprietary certificates that are there.
    pub fn proprietary(&self) -> impl Iterator<Item = &Stored<ProprietaryCertificate>> {
        self.certificate.iter().chain(&self.certificate_old)
    }

    /// Whether none of the values is there.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.proprietary().next().is_none() && self.chains.is_empty() && self.chain_id.is_none()
    }

    /// Every value as evidence.
    pub fn evidence(&self) -> impl Iterator<Item = Evidence> {
        let own = self.proprietary().map(|stored| &stored.evidence);
        own.chain(self.chains.iter().map(|stored| &stored.evidence)).chain(&self.chain_id).cloned()
    }
}

impl Machine<'_> {
    /// The licensing certificates, from the key of this generation; `None` where the key does not exist.
    pub fn host_certificates(&self) -> Result<Option<&HostCertificates>, Unknown> {
        let certificates =
            self.derived.certificates.get_or_init(|| self.certificates_in(&place(self.product())));
        certificates.as_ref().map(Option::as_ref).map_err(Clone::clone)
    }

    /// The licensing certificates in this key.
    pub fn certificates_in(&self, path: &KeyPath) -> Result<Option<HostCertificates>, Unknown> {
        let Some(key) = self.key(path)? else { return Ok(None) };
        let own = |name| {
            let found = self.value(path, name)?;
            Ok::<_, Unknown>(found.map(|found| {
                Stored::new(&found, |bytes| rdp_certificate::decode_with(bytes, &self.signatures))
            }))
        };
        let mut chains = Vec::new();
        for name in ["X509 Certificate", "X509 Certificate2"] {
            let found = self.value(path, name)?;
            let decode = |bytes: &[u8]| x509::HostCertificates::decode_with(bytes, &self.signatures);
            chains.extend(found.map(|found| Stored::new(&found, decode)));
        }
        Ok(Some(HostCertificates {
            key: Evidence::key(path, key, "key"),
            certificate: own("Certificate")?,
            certificate_old: own("CertificateOld")?,
            chains,
            chain_id: self.value(path, "X509 Certificate ID")?.map(|found| found.evidence()),
        }))
    }
}

/// The key that holds the certificates: `RCM` since Windows Server 2008, the service's parameters before.
#[must_use]
pub fn place(product: &Product) -> KeyPath {
    match product.era() {
        Some(Era::Nt4 | Era::Nt5) => places::term_service_parameters(),
        Some(Era::Nt6) | None => places::rcm(),
    }
}

/// When a chain ends: the earliest end of its certificates.
#[must_use]
pub fn chain_end(chain: &x509::HostCertificates) -> Option<FileTime> {
    chain.certificates.iter().map(|certificate| FileTime(certificate.validity.not_after.0)).min()
}
