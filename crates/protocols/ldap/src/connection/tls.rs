//! TLS on a socket.

use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::stream::Socket;
use super::{Trust, binding};
use crate::error::TlsFailure;

/// Whom to trust, read and ready.
pub(super) type Config = Arc<ClientConfig>;

/// Reads the authorities.
pub(super) fn config(trust: &Trust) -> Result<Config, TlsFailure> {
    let roots = match trust {
        Trust::System => system()?,
        Trust::File(file) => from_file(file)?,
    };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.map_err(|error| TlsFailure::Other(error.to_string()))?;
    Ok(Arc::new(config.with_root_certificates(roots).with_no_client_auth()))
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

/// TLS on a socket, agreed on.
pub(super) struct Tls(StreamOwned<ClientConnection, Socket>);

impl Tls {
    /// Agrees on it with whoever has a certificate for this name.
    pub(super) fn agree(config: Config, name: &str, mut socket: Socket) -> io::Result<Self> {
        let server = ServerName::try_from(name.to_owned())
            .map_err(|_| io::Error::other(TlsFailure::BadName(name.to_owned())))?;
        let mut client = ClientConnection::new(config, server).map_err(io::Error::other)?;
        while client.is_handshaking() {
            client.complete_io(&mut socket)?;
        }
        Ok(Self(StreamOwned::new(client, socket)))
    }

    /// What binds a sign-in to the server's certificate, where that has something.
    pub(super) fn binding(&self) -> Option<Vec<u8>> {
        self.0.conn.peer_certificates()?.first().and_then(|certificate| binding::of(certificate))
    }

    pub(super) fn socket(&mut self) -> &mut Socket {
        &mut self.0.sock
    }
}

impl Read for Tls {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Write for Tls {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// What it is where TLS is what failed.
pub(super) fn failure(error: &io::Error, name: &str) -> Option<TlsFailure> {
    use rustls::{AlertDescription, CertificateError as Certificate, Error as Failure};
    let inner = error.get_ref()?;
    if let Some(failure) = inner.downcast_ref::<TlsFailure>() {
        return Some(failure.clone());
    }
    Some(match inner.downcast_ref::<Failure>()? {
        Failure::InvalidCertificate(Certificate::UnknownIssuer) => TlsFailure::UnknownIssuer,
        Failure::InvalidCertificate(Certificate::NotValidForNameContext { presented, .. })
            if presented.is_empty() =>
        {
            TlsFailure::NoAltName(name.to_owned())
        }
        Failure::InvalidCertificate(
            Certificate::NotValidForName | Certificate::NotValidForNameContext { .. },
        ) => TlsFailure::OtherName(name.to_owned()),
        Failure::InvalidCertificate(
            Certificate::Expired
            | Certificate::ExpiredContext { .. }
            | Certificate::NotValidYet
            | Certificate::NotValidYetContext { .. },
        ) => TlsFailure::Expired,
        Failure::PeerIncompatible(_)
        | Failure::AlertReceived(AlertDescription::HandshakeFailure | AlertDescription::ProtocolVersion) => {
            TlsFailure::NothingInCommon
        }
        other => TlsFailure::Other(other.to_string()),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use rustls::client::WebPkiServerVerifier;
    use rustls::client::danger::ServerCertVerifier as _;
    use rustls::pki_types::UnixTime;

    use super::*;

    /// The failure of this certificate of `CN=dc1.corp.example`, valid for a hundred years from 2026 on.
    fn failure_of(certificate: &'static [u8]) -> TlsFailure {
        let name = "dc1.corp.example";
        let mut roots = RootCertStore::empty();
        let authority: &[u8] = include_bytes!("../../tests/certificates/ca.der");
        roots.add(CertificateDer::from(authority)).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier =
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
        let day = UnixTime::since_unix_epoch(std::time::Duration::from_hours(24 * 365 * 60));
        let server = ServerName::try_from(name).unwrap();
        let certificate = CertificateDer::from(certificate);
        let error = verifier.verify_server_cert(&certificate, &[], &server, &[], day).unwrap_err();
        failure(&io::Error::other(error), name).unwrap()
    }

    #[test]
    fn a_certificate_without_alternative_names_is_reported_as_such() {
        let failure = failure_of(include_bytes!("../../tests/certificates/no-alt-name.der"));
        assert_eq!(failure, TlsFailure::NoAltName("dc1.corp.example".to_owned()));
        assert!(failure.to_string().starts_with("the certificate has no subjectAltName"), "{failure}");
        let failure = failure_of(include_bytes!("../../tests/certificates/other-name.der"));
        assert_eq!(failure, TlsFailure::OtherName("dc1.corp.example".to_owned()));
    }
}
