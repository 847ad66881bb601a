//! Algorithm identifiers, and checking signatures by them.

use md5::Md5;
use serde::Serialize;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};

use super::super::error::{DecodeError, Named};
use super::super::rsa::{RsaKey, Signatures, UnusableKey};

/// An algorithm, by its object identifier.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Algorithm {
    /// The object identifier in dotted form.
    pub oid: String,
    /// Its usual name, where it has one.
    pub name: Option<&'static str>,
}

/// Identifier, name, hash, and the DER of DigestInfo before the digest with and without the NULL parameter.
struct Known {
    oid: &'static str,
    name: &'static str,
    hash: Option<Hash>,
}

#[derive(Clone, Copy)]
enum Hash {
    Md5,
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

const fn known(oid: &'static str, name: &'static str, hash: Option<Hash>) -> Known {
    Known { oid, name, hash }
}

/// Sources: RFC 8017 A.2.4 for 1.2.840.113549; the OIW identifiers as named in Microsoft's list of OIDs.
const KNOWN: [Known; 9] = [
    known("1.2.840.113549.1.1.1", "rsaEncryption", None),
    known("1.2.840.113549.1.1.4", "md5WithRSAEncryption", Some(Hash::Md5)),
    known("1.2.840.113549.1.1.5", "sha1WithRSAEncryption", Some(Hash::Sha1)),
    known("1.2.840.113549.1.1.11", "sha256WithRSAEncryption", Some(Hash::Sha256)),
    known("1.2.840.113549.1.1.12", "sha384WithRSAEncryption", Some(Hash::Sha384)),
    known("1.2.840.113549.1.1.13", "sha512WithRSAEncryption", Some(Hash::Sha512)),
    known("1.3.14.3.2.3", "md5RSA (OIW)", Some(Hash::Md5)),
    // Stands for the key, not for a signature, in the terminal server's certificate of [MS-RDPELE] 4.1.
    known("1.3.14.3.2.15", "shaRSA (OIW)", None),
    known("1.3.14.3.2.29", "sha1RSA (OIW)", Some(Hash::Sha1)),
];

impl Hash {
    fn digest(self, data: &[u8]) -> Vec<u8> {
        match self {
            Self::Md5 => Md5::digest(data).to_vec(),
            Self::Sha1 => Sha1::digest(data).to_vec(),
            Self::Sha256 => Sha256::digest(data).to_vec(),
            Self::Sha384 => Sha384::digest(data).to_vec(),
            Self::Sha512 => Sha512::digest(data).to_vec(),
        }
    }

    /// DER of DigestInfo up to the digest (RFC 8017, 9.2, note 1).
    fn prefix(self) -> &'static [u8] {
        match self {
            Self::Md5 => {
                &[0x30, 0x20, 0x30, 0x0c, 6, 8, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2, 5, 5, 0, 4, 0x10]
            }
            Self::Sha1 => &[0x30, 0x21, 0x30, 9, 6, 5, 0x2b, 0x0e, 3, 2, 0x1a, 5, 0, 4, 0x14],
            Self::Sha256 => {
                &[0x30, 0x31, 0x30, 0x0d, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1, 5, 0, 4, 0x20]
            }
            Self::Sha384 => {
                &[0x30, 0x41, 0x30, 0x0d, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2, 5, 0, 4, 0x30]
            }
            Self::Sha512 => {
                &[0x30, 0x51, 0x30, 0x0d, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 3, 5, 0, 4, 0x40]
            }
        }
    }
}

impl Algorithm {
    fn new(oid: String) -> Self {
        let name = KNOWN.iter().find(|known| known.oid == oid).map(|known| known.name);
        Self { oid, name }
    }

    /// Reads AlgorithmIdentifier; parameters are not looked at, RSA has none.
    pub(super) fn read(der: &mut asn1::Reader<'_>, what: &'static str) -> Result<Self, DecodeError> {
        let mut inner = der.require(asn1::SEQUENCE).named(what)?.children();
        inner.require(asn1::OID).named(what)?.oid().named(what).map(Self::new)
    }

    /// Whether `signature` is the key's over `data`; `None` where the signature algorithm is unknown.
    pub(super) fn verify(
        &self,
        key: &RsaKey,
        data: &[u8],
        signature: &[u8],
        signatures: &Signatures,
    ) -> Option<Result<bool, UnusableKey>> {
        let hash = KNOWN.iter().find(|known| known.oid == self.oid)?.hash?;
        Some(key.signed(hash.prefix(), &hash.digest(data), signature, signatures))
    }
}
