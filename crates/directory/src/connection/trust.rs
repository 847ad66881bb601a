//! Which certificates are trusted.

use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};

use crate::error::TlsFailure;

/// The authorities whose certificates are trusted. Every certificate is verified; there is no way not to.
#[derive(Clone, Debug, Default)]
pub enum Trust {
    /// Those that this machine trusts.
    #[default]
    System,
    /// Those in this file, in PEM, and no others: a domain's own authority is in no system's list.
    File(std::path::PathBuf),
}

impl Trust {
    pub(super) fn config(&self) -> Result<Arc<ClientConfig>, TlsFailure> {
        let roots = match self {
            Self::System => system()?,
            Self::File(file) => from_file(file)?,
        };
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = config.map_err(|error| TlsFailure::Other(error.to_string()))?;
        Ok(Arc::new(config.with_root_certificates(roots).with_no_client_auth()))
    }
}

fn system() -> Result<RootCertStore, TlsFailure> {
    let mut roots = RootCertStore::empty();
    // Some of a system's list may be older than what can be read; the others still count.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() { Err(TlsFailure::NoAuthorities) } else { Ok(roots) }
}

fn from_file(file: &Path) -> Result<RootCertStore, TlsFailure> {
    let bad = |reason: String| TlsFailure::BadAuthorities { file: file.display().to_string(), reason };
    let certificates = CertificateDer::pem_file_iter(file).map_err(|error| bad(error.to_string()))?;
    let mut roots = RootCertStore::empty();
    for certificate in certificates {
        let certificate = certificate.map_err(|error| bad(error.to_string()))?;
        roots.add(certificate).map_err(|error| bad(error.to_string()))?;
    }
    if roots.is_empty() { Err(bad("it holds no certificate in PEM".to_owned())) } else { Ok(roots) }
}
