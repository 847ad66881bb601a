//! A session host's proprietary server certificate: the values `Certificate` and `CertificateOld`.
//!
//! Where: `Control\Terminal Server\RCM` since Windows Server 2008, `Services\TermService\Parameters` before.
//! Layout: [MS-RDPBCGR] 2.2.1.4.3.1.1 and 2.2.1.4.3.1.1.1. The host signs it with a key that the
//! specification publishes (5.3.3.1.1), so the signature says nothing of who made the value, but proves that
//! no byte of it has changed since. Measured on the values of Windows XP, 7 and 10 hives: 376 bytes with a
//! 2048-bit key, 184 bytes with a 512-bit key.

use md5::{Digest, Md5};
use serde::Serialize;

use super::bytes::HexBytes;
use super::error::{DecodeError, ErrorKind};
use super::reader::Reader;
use super::rsa::{RsaKey, Signatures};

/// Modulus of the Terminal Services signing key, little-endian. Source: [MS-RDPBCGR] 5.3.3.1.1.
pub const SIGNING_KEY_MODULUS: [u8; 64] = [
    0x3d, 0x3a, 0x5e, 0xbd, 0x72, 0x43, 0x3e, 0xc9, 0x4d, 0xbb, 0xc1, 0x1e, 0x4a, 0xba, 0x5f, 0xcb, 0x3e,
    0x88, 0x20, 0x87, 0xef, 0xf5, 0xc1, 0xe2, 0xd7, 0xb7, 0x6b, 0x9a, 0xf2, 0x52, 0x45, 0x95, 0xce, 0x63,
    0x65, 0x6b, 0x58, 0x3a, 0xfe, 0xef, 0x7c, 0xe7, 0xbf, 0xfe, 0x3d, 0xf6, 0x5c, 0x7d, 0x6c, 0x5e, 0x06,
    0x09, 0x1a, 0xf5, 0x61, 0xbb, 0x20, 0x93, 0x09, 0x5f, 0x05, 0x6d, 0xea, 0x87,
];

/// Public exponent of the Terminal Services signing key, little-endian. Source: [MS-RDPBCGR] 5.3.3.1.1.
pub const SIGNING_KEY_EXPONENT: [u8; 4] = [0x5b, 0x7b, 0x88, 0xc0];

/// Zero bytes that follow the modulus ([MS-RDPBCGR] 2.2.1.4.3.1.1.1) and, as measured, the signature.
const PADDING: usize = 8;
/// Size of RSA_PUBLIC_KEY without its modulus.
const KEY_HEADER: usize = 20;
/// Longest modulus that makes sense in a field counted by 16 bits.
const MAX_BITS: u32 = 16_384;

/// The parts of a proprietary server certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProprietaryCertificate {
    /// `dwVersion`: 1.
    pub version: u32,
    /// `dwSigAlgId`: 1, RSA.
    pub signature_algorithm: u32,
    /// `dwKeyAlgId`: 1, RSA.
    pub key_algorithm: u32,
    /// `bitlen`: length of the public key in bits; 512 or 2048 in real values.
    pub key_bits: u32,
    /// `datalen`: the most bytes that the key can encipher at once.
    pub key_data_length: u32,
    /// `pubExp`.
    pub public_exponent: u32,
    /// The modulus without its padding, little-endian as stored.
    pub modulus: HexBytes,
    /// The signature without its padding, little-endian as stored.
    pub signature: HexBytes,
    /// Whether the signature is the signing key's, over exactly these bytes.
    pub signature_good: bool,
}

/// What can be said of a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum CertificateState {
    /// The layout is right and the signature proves it unchanged.
    Intact(ProprietaryCertificate),
    /// The layout is right, but a byte has changed since the host signed it.
    BadSignature(ProprietaryCertificate),
    /// The layout is broken.
    Malformed {
        /// Where and how.
        error: DecodeError,
    },
}

impl CertificateState {
    /// The certificate, where its layout is right.
    #[must_use]
    pub fn certificate(&self) -> Option<&ProprietaryCertificate> {
        match self {
            Self::Intact(certificate) | Self::BadSignature(certificate) => Some(certificate),
            Self::Malformed { .. } => None,
        }
    }

    /// True for a value that Windows can use.
    #[must_use]
    pub fn is_intact(&self) -> bool {
        matches!(self, Self::Intact(_))
    }
}

/// Examines a value.
#[must_use]
pub fn examine(bytes: &[u8]) -> CertificateState {
    match decode(bytes) {
        Err(error) => CertificateState::Malformed { error },
        Ok(certificate) if certificate.signature_good => CertificateState::Intact(certificate),
        Ok(certificate) => CertificateState::BadSignature(certificate),
    }
}

/// Decodes a value; its signature is checked, but a bad one is not an error here.
///
/// # Errors
///
/// The first field that breaks the layout, the end of the data included.
pub fn decode(bytes: &[u8]) -> Result<ProprietaryCertificate, DecodeError> {
    decode_with(bytes, &Signatures::default())
}

/// [`decode`] with the signatures that were computed before.
pub fn decode_with(bytes: &[u8], signatures: &Signatures) -> Result<ProprietaryCertificate, DecodeError> {
    let mut reader = Reader::new(bytes);
    version(&mut reader)?;
    reader.constant("dwSigAlgId", 1, "SIGNATURE_ALG_RSA")?;
    reader.constant("dwKeyAlgId", 1, "KEY_EXCHANGE_ALG_RSA")?;
    reader.constant16("wPublicKeyBlobType", 6, "BB_RSA_KEY_BLOB")?;
    let blob_length_at = reader.offset();
    let blob_length = usize::from(reader.u16("wPublicKeyBlobLen")?);
    let key = public_key(&mut reader)?;
    if blob_length != KEY_HEADER + key.modulus.len() + PADDING {
        let expected = format!("{} for a key of {} bits", KEY_HEADER + key.modulus.len() + PADDING, key.bits);
        let found = blob_length.to_string();
        let kind = ErrorKind::Length;
        return Err(DecodeError::new(kind, "wPublicKeyBlobLen", blob_length_at, expected, found));
    }
    let signed = bytes.get(..reader.offset()).unwrap_or_default();
    reader.constant16("wSignatureBlobType", 8, "BB_RSA_SIGNATURE_BLOB")?;
    let expected = SIGNING_KEY_MODULUS.len() + PADDING;
    let at = reader.offset();
    let found = usize::from(reader.u16("wSignatureBlobLen")?);
    if found != expected {
        let (expected, found) = (expected.to_string(), found.to_string());
        return Err(DecodeError::new(ErrorKind::Length, "wSignatureBlobLen", at, expected, found));
    }
    let signature = reader.take(expected, "SignatureBlob")?;
    reader.finish("end of the certificate")?;
    Ok(ProprietaryCertificate {
        version: 1,
        signature_algorithm: 1,
        key_algorithm: 1,
        key_bits: key.bits,
        key_data_length: key.data_length,
        public_exponent: key.exponent,
        modulus: HexBytes::from(key.modulus),
        signature: HexBytes::from(signature.get(..SIGNING_KEY_MODULUS.len()).unwrap_or_default()),
        signature_good: signature_is_good(signed, signature, signatures),
    })
}

fn version(reader: &mut Reader<'_>) -> Result<(), DecodeError> {
    let found = reader.u32("dwVersion")?;
    if found == 1 {
        return Ok(());
    }
    let found = match found & 0x7fff_ffff {
        2 => format!("{found:#x}, an X.509 certificate chain"),
        _ => format!("{found:#x}"),
    };
    Err(DecodeError::new(ErrorKind::Constant, "dwVersion", 0, "0x1 (CERT_CHAIN_VERSION_1)", found))
}

struct Key<'a> {
    bits: u32,
    data_length: u32,
    exponent: u32,
    modulus: &'a [u8],
}

/// RSA_PUBLIC_KEY, [MS-RDPBCGR] 2.2.1.4.3.1.1.1.
fn public_key<'a>(reader: &mut Reader<'a>) -> Result<Key<'a>, DecodeError> {
    reader.constant("magic", 0x3141_5352, "RSA1")?;
    let length_at = reader.offset();
    let length = reader.u32("keylen")?;
    let bits_at = reader.offset();
    let bits = reader.u32("bitlen")?;
    if bits == 0 || bits % 8 != 0 || bits > MAX_BITS {
        let expected = format!("a multiple of 8 up to {MAX_BITS}");
        return Err(DecodeError::new(ErrorKind::Length, "bitlen", bits_at, expected, bits.to_string()));
    }
    let modulus_length = bits / 8;
    if length != modulus_length + 8 {
        let expected = format!("{} for {bits} bits", modulus_length + 8);
        return Err(DecodeError::new(ErrorKind::Length, "keylen", length_at, expected, length.to_string()));
    }
    let data_at = reader.offset();
    let data_length = reader.u32("datalen")?;
    if data_length != modulus_length - 1 {
        let expected = format!("{} for {bits} bits", modulus_length - 1);
        let found = data_length.to_string();
        return Err(DecodeError::new(ErrorKind::Length, "datalen", data_at, expected, found));
    }
    let exponent = reader.u32("pubExp")?;
    let modulus = reader.take(usize::try_from(modulus_length).unwrap_or(usize::MAX), "modulus")?;
    let padding_at = reader.offset();
    let padding = reader.take(PADDING, "padding of the modulus")?;
    if padding.iter().any(|&byte| byte != 0) {
        let (what, found) = ("padding of the modulus", hex::encode(padding));
        return Err(DecodeError::new(ErrorKind::Constant, what, padding_at, "8 zero bytes", found));
    }
    Ok(Key { bits, data_length, exponent, modulus })
}

/// [MS-RDPBCGR] 5.3.3.1.3: opened, the signature is 16 bytes MD5, 00, 45 times FF, 01 and (the 64th byte) 00.
fn signature_is_good(signed: &[u8], signature: &[u8], signatures: &Signatures) -> bool {
    let reversed = |bytes: &[u8]| bytes.iter().rev().copied().collect::<Vec<u8>>();
    let key = RsaKey::new(&reversed(&SIGNING_KEY_MODULUS), &reversed(&SIGNING_KEY_EXPONENT));
    let Ok(Some(opened)) = signatures.open(&key, &reversed(signature)) else { return false };
    let mut expected = Md5::digest(signed).to_vec();
    expected.push(0);
    expected.resize(62, 0xff);
    expected.extend_from_slice(&[1, 0]);
    reversed(&opened) == expected
}
