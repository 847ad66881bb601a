//! Whether certificates that are stored together belong together.

use serde::Serialize;

use super::super::rsa::{Signatures, UnusableKey};
use super::certificate::Certificate;

/// The most certificates that a chain may have ([MS-RDPELE] 2.2.1.4.2: NumCertBlobs).
pub(in super::super) const MAX_CERTIFICATES: usize = 200;

/// What checking a signature came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum SignatureCheck {
    /// The signature is the issuer's, over exactly these bytes.
    Good,
    /// It is not: the certificate, or its issuer's, has changed, or another one with the same name issued it.
    Mismatch,
    /// A signature algorithm that is not known here.
    UnknownAlgorithm {
        /// Its object identifier.
        oid: String,
    },
    /// The issuer's key cannot check anything.
    UnusableKey {
        /// Why.
        reason: UnusableKey,
    },
    /// The issuer's certificate is not among those available.
    IssuerMissing,
}

impl SignatureCheck {
    /// True for a signature that was checked and is good.
    #[must_use]
    pub fn is_good(&self) -> bool {
        matches!(self, Self::Good)
    }

    /// True for a signature that was checked and is not good: evidence of damage, unlike one that could not
    /// be checked.
    #[must_use]
    pub fn is_bad(&self) -> bool {
        matches!(self, Self::Mismatch)
    }
}

/// One certificate's tie to its issuer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Link {
    /// Position of the certificate.
    pub certificate: usize,
    /// Position of its issuer; its own for a self-signed one.
    pub issuer: Option<usize>,
    /// What checking its signature came to.
    pub signature: SignatureCheck,
}

/// Whether the certificates of a chain belong together.
///
/// This says that the chain is whole and unchanged, not who made it: license servers sign with keys of their
/// own, so there is not a trusted root, unless the clearing house issued the chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChainCheck {
    /// One link for each certificate, in their order.
    pub links: Vec<Link>,
    /// Whether every signature was checked and is good.
    pub intact: bool,
}

impl ChainCheck {
    /// Checks certificates in the order that licensing uses: the root first, each issuer before what it
    /// issued.
    #[must_use]
    pub fn of(certificates: &[Certificate], signatures: &Signatures) -> Self {
        let links: Vec<Link> = certificates
            .iter()
            .enumerate()
            .map(|(position, certificate)| {
                let issuer = issuer_of(certificates, position, certificate);
                let signature = match issuer.and_then(|issuer| certificates.get(issuer)) {
                    None => SignatureCheck::IssuerMissing,
                    Some(issuer) => certificate.check_signature_with(issuer, signatures),
                };
                Link { certificate: position, issuer, signature }
            })
            .collect();
        let intact = !links.is_empty() && links.iter().all(|link| link.signature.is_good());
        Self { links, intact }
    }

    /// Whether some signature was checked and is bad.
    #[must_use]
    pub fn has_bad_signature(&self) -> bool {
        self.links.iter().any(|link| link.signature.is_bad())
    }
}

/// The one before, the certificate itself, or any other: the first whose subject is the issuer's name. Only
/// one is tried, so that a crafted chain costs one check for each certificate.
fn issuer_of(certificates: &[Certificate], position: usize, certificate: &Certificate) -> Option<usize> {
    let named = |other: usize| {
        certificates.get(other).filter(|other| certificate.names_as_issuer(other)).map(|_| other)
    };
    if certificate.is_self_issued() && position == 0 {
        return Some(position);
    }
    position
        .checked_sub(1)
        .and_then(named)
        .or_else(|| named(position))
        .or_else(|| (0..certificates.len()).find_map(named))
}
