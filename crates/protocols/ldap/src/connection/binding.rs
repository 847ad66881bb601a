//! What binds a sign-in to the TLS that it takes place in ([RFC 5929] 4, `tls-server-end-point`), so that
//! nobody between can pass it on to another server. Domains may demand it (`LdapEnforceChannelBinding`).

use asn1::{OID, Reader, SEQUENCE};
use sha2::{Digest as _, Sha256, Sha384, Sha512};

const PREFIX: &[u8] = b"tls-server-end-point:";

/// Which hash of the certificate counts: that of its own signature, but for those that are not safe any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

/// The application data of the binding to a certificate; `None` where its signature names no hash, for which
/// nothing is defined.
pub(super) fn of(certificate: &[u8]) -> Option<Vec<u8>> {
    let hash = match hash(certificate)? {
        Hash::Sha256 => Sha256::digest(certificate).to_vec(),
        Hash::Sha384 => Sha384::digest(certificate).to_vec(),
        Hash::Sha512 => Sha512::digest(certificate).to_vec(),
    };
    Some([PREFIX, &hash].concat())
}

/// Reads `signatureAlgorithm` of a certificate ([RFC 5280] 4.1).
fn hash(certificate: &[u8]) -> Option<Hash> {
    let mut certificate = Reader::new(certificate).within(SEQUENCE).ok()?;
    certificate.content(SEQUENCE).ok()?;
    let mut algorithm = certificate.within(SEQUENCE).ok()?;
    let oid = algorithm.content(OID).ok()?;
    match oid {
        // 1.2.840.113549.1.1: RSA with MD5, SHA-1, SHA-256, SHA-384, SHA-512
        [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, last] => match last {
            4 | 5 | 11 => Some(Hash::Sha256),
            12 => Some(Hash::Sha384),
            13 => Some(Hash::Sha512),
            // RSASSA-PSS names its hash among its parameters, in [0].
            10 => {
                let mut parameters = algorithm.within(SEQUENCE).ok()?;
                if parameters.peek() != Some(0xA0) {
                    return Some(Hash::Sha256); // SHA-1 where none is named
                }
                let mut named = parameters.within(0xA0).ok()?.within(SEQUENCE).ok()?;
                match named.content(OID).ok()? {
                    [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 2] => Some(Hash::Sha384),
                    [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 3] => Some(Hash::Sha512),
                    [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 1] | [0x2B, 0x0E, 0x03, 0x02, 0x1A] => {
                        Some(Hash::Sha256)
                    }
                    _ => None,
                }
            }
            _ => None,
        },
        // 1.2.840.10045.4: ECDSA with SHA-1, then with SHA-256, SHA-384, SHA-512
        [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 1] => Some(Hash::Sha256),
        [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 3, last] => match last {
            2 => Some(Hash::Sha256),
            3 => Some(Hash::Sha384),
            4 => Some(Hash::Sha512),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use asn1::Writer;

    use super::*;

    fn certificate(oid: &[u8], write: impl FnOnce(&mut Writer)) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.within(SEQUENCE, |certificate| {
            certificate.within(SEQUENCE, |content| content.octets("whatever was signed"));
            certificate.within(SEQUENCE, |algorithm| {
                algorithm.element(OID, oid);
                write(algorithm);
            });
            certificate.element(asn1::BIT_STRING, &[0, 1]);
        });
        writer.into_bytes()
    }

    #[test]
    fn the_hash_of_the_signature() {
        let rsa = |last| certificate(&[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, last], |_| {});
        let ecdsa = |last| certificate(&[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 3, last], |_| {});
        for (certificate, length) in
            [(rsa(5), 32), (rsa(11), 32), (rsa(12), 48), (rsa(13), 64), (ecdsa(2), 32), (ecdsa(3), 48)]
        {
            assert_eq!(of(&certificate).map(|binding| binding.len()), Some(PREFIX.len() + length));
        }
        let pss = certificate(&[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 10], |algorithm| {
            algorithm.within(SEQUENCE, |parameters| {
                parameters.within(0xA0, |hash| {
                    hash.within(SEQUENCE, |hash| {
                        hash.element(OID, &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 3]);
                    });
                });
            });
        });
        assert_eq!(hash(&pss), Some(Hash::Sha512));
        // Ed25519 names none.
        assert_eq!(of(&certificate(&[0x2B, 0x65, 0x70], |_| {})), None);
        assert_eq!(of(b""), None);
        assert_eq!(of(&[0x30, 0x84, 0xFF]), None);
    }
}
