//! One certificate.

use nt::FileTime;
use serde::Serialize;
use sha1::{Digest, Sha1};

use super::super::bytes::HexBytes;
use super::super::error::{DecodeError, Named};
use super::super::rsa::{RsaKey, Signatures, UnusableKey};
use super::super::text::utf16le_units;
use super::algorithm::Algorithm;
use super::chain::SignatureCheck;
use super::name::Name;
use super::validity::Validity;
use crate::Certainty;

/// An X.509 certificate (RFC 5280), read tolerantly.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Certificate {
    /// Where it starts in the input that was decoded.
    pub offset: usize,
    /// Its size in bytes.
    pub length: usize,
    /// SHA-1 of its bytes, what Windows calls its thumbprint.
    pub thumbprint: HexBytes,
    /// 1 to 3; 3 for all that license servers issue.
    pub version: u32,
    /// Its serial number, big-endian.
    pub serial_number: HexBytes,
    /// How it is signed.
    pub signature_algorithm: Algorithm,
    /// Who issued it.
    pub issuer: Name,
    /// Who it is for.
    pub subject: Name,
    /// From when to when it is valid.
    pub validity: Validity,
    /// The subject's key.
    pub public_key: PublicKey,
    /// The extensions, in their order.
    pub extensions: Vec<Extension>,
    /// The signature, big-endian.
    #[serde(skip)]
    pub signature: HexBytes,
    /// The DER of the certificate itself.
    #[serde(skip)]
    pub der: HexBytes,
    /// The DER that the signature covers, as a part of [`Certificate::der`].
    #[serde(skip)]
    signed: std::ops::Range<usize>,
    #[serde(skip)]
    issuer_der: HexBytes,
    #[serde(skip)]
    subject_der: HexBytes,
    /// Algorithm inside the signed part, which must be the outer one.
    #[serde(skip)]
    inner_algorithm: Algorithm,
}

/// A subject's public key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PublicKey {
    /// What the certificate calls it. License servers call the keys of terminal servers shaRSA.
    pub algorithm: Algorithm,
    /// The key; `None` where it is not an RSA key.
    pub rsa: Option<RsaKey>,
}

/// An extension of a certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Extension {
    /// Its object identifier.
    pub oid: String,
    /// Its name, where it has one.
    pub name: Option<&'static str>,
    /// How sure the name is.
    pub name_certainty: Option<Certainty>,
    /// Whether a reader that does not know it must reject the certificate.
    pub critical: bool,
    /// Where its content starts in the input that was decoded.
    pub offset: usize,
    /// Its content.
    pub value: HexBytes,
}

/// The extension basicConstraints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct BasicConstraints {
    /// Whether the subject may issue certificates.
    pub is_ca: bool,
    /// How many certificates of issuers may follow.
    pub path_length: Option<u32>,
}

/// The extension authorityKeyIdentifier in the form that license servers write: a UTF-16LE name where the standard has a
/// list of names, and a serial number. Measured on both samples, the serial number is that of the certificate itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AuthorityKeyId {
    /// The issuer's name.
    pub issuer: Option<String>,
    /// The serial number, big-endian.
    pub serial_number: Option<HexBytes>,
}

const BASIC_CONSTRAINTS: &str = "2.5.29.19";
const AUTHORITY_KEY_ID: &str = "2.5.29.35";

fn extension_name(oid: &str) -> Option<(&'static str, Certainty)> {
    Some(match oid {
        BASIC_CONSTRAINTS => ("basicConstraints", Certainty::Documented),
        AUTHORITY_KEY_ID => ("authorityKeyIdentifier", Certainty::Documented),
        "2.5.29.14" => ("subjectKeyIdentifier", Certainty::Documented),
        "2.5.29.15" => ("keyUsage", Certainty::Documented),
        "2.5.29.37" => ("extKeyUsage", Certainty::Documented),
        // [MS-RDPELE] 2.2.2.9 names .2 and .4 to .7; the others are quoted from Microsoft's list of OIDs (KB287547).
        "1.3.6.1.4.1.311.18.1" => ("szOID_PKIX_LICENSE_INFO", Certainty::Reported),
        super::oid::MANUFACTURER => ("szOID_PKIX_MANUFACTURER", Certainty::Documented),
        "1.3.6.1.4.1.311.18.3" => ("szOID_PKIX_MANUFACTURER_MS_SPECIFIC", Certainty::Reported),
        super::oid::CERT_VERSION => ("szOID_PKIX_HYDRA_CERT_VERSION", Certainty::Documented),
        super::oid::LICENSED_PRODUCT_INFO => ("szOID_PKIX_LICENSED_PRODUCT_INFO", Certainty::Documented),
        super::oid::LICENSE_SERVER_INFO => ("szOID_PKIX_MS_LICENSE_SERVER_INFO", Certainty::Documented),
        super::oid::PRODUCT_SPECIFIC => ("szOID_PKIS_PRODUCT_SPECIFIC_OID", Certainty::Documented),
        "1.3.6.1.4.1.311.18.8" => ("szOID_PKIS_TLSERVER_SPK_OID", Certainty::Reported),
        _ => return None,
    })
}

impl Certificate {
    /// Decodes one certificate in DER that fills the bytes exactly.
    ///
    /// # Errors
    ///
    /// The first element that is not what a certificate has in its place.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut der = asn1::Reader::new(bytes);
        let element = der.require(asn1::SEQUENCE).named("Certificate")?;
        der.finish().named("end of the certificate")?;
        read_certificate(&element)
    }

    /// The extension with this object identifier.
    #[must_use]
    pub fn extension(&self, oid: &str) -> Option<&Extension> {
        self.extensions.iter().find(|extension| extension.oid == oid)
    }

    /// True where issuer and subject are the same name.
    #[must_use]
    pub fn is_self_issued(&self) -> bool {
        self.issuer_der == self.subject_der
    }

    /// True where this certificate's issuer has the other's subject as its name.
    #[must_use]
    pub fn names_as_issuer(&self, other: &Self) -> bool {
        self.issuer_der == other.subject_der
    }

    /// Checks the signature with the key of another certificate (or of this one, for a self-signed one).
    #[must_use]
    pub fn check_signature(&self, issuer: &Self) -> SignatureCheck {
        self.check_signature_with(issuer, &Signatures::default())
    }

    /// [`Certificate::check_signature`] with what was computed before.
    #[must_use]
    pub fn check_signature_with(&self, issuer: &Self, signatures: &Signatures) -> SignatureCheck {
        let Some(key) = &issuer.public_key.rsa else {
            return SignatureCheck::UnusableKey { reason: UnusableKey::NotRsa };
        };
        if self.inner_algorithm != self.signature_algorithm {
            return SignatureCheck::Mismatch;
        }
        let signed = self.der.get(self.signed.clone()).unwrap_or_default();
        match self.signature_algorithm.verify(key, signed, &self.signature, signatures) {
            None => SignatureCheck::UnknownAlgorithm { oid: self.signature_algorithm.oid.clone() },
            Some(Err(reason)) => SignatureCheck::UnusableKey { reason },
            Some(Ok(true)) => SignatureCheck::Good,
            Some(Ok(false)) => SignatureCheck::Mismatch,
        }
    }

    /// The extension basicConstraints, where there is a readable one.
    #[must_use]
    pub fn basic_constraints(&self) -> Option<BasicConstraints> {
        let value = &self.extension(BASIC_CONSTRAINTS)?.value;
        let mut inner =
            asn1::Reader::new(value).require(asn1::SEQUENCE).named(BASIC_CONSTRAINTS).ok()?.children();
        let is_ca = inner
            .optional(asn1::BOOLEAN)
            .named(BASIC_CONSTRAINTS)
            .ok()?
            .is_some_and(|element| element.content.iter().any(|&byte| byte != 0));
        let path_length = match inner.optional(asn1::INTEGER).named(BASIC_CONSTRAINTS).ok()? {
            None => None,
            Some(element) => {
                let digits =
                    element.unsigned().named(BASIC_CONSTRAINTS).ok().filter(|digits| digits.len() <= 4)?;
                Some(digits.iter().fold(0, |number, &digit| (number << 8) | u32::from(digit)))
            }
        };
        Some(BasicConstraints { is_ca, path_length })
    }

    /// The extension authorityKeyIdentifier, where there is a readable one.
    #[must_use]
    pub fn authority_key_id(&self) -> Option<AuthorityKeyId> {
        const WHAT: &str = "authorityKeyIdentifier";
        let value = &self.extension(AUTHORITY_KEY_ID)?.value;
        let mut inner = asn1::Reader::new(value).require(asn1::SEQUENCE).named(WHAT).ok()?.children();
        let mut id = AuthorityKeyId { issuer: None, serial_number: None };
        while let Ok(element) = inner.element().named(WHAT) {
            match element.tag {
                0xa1 => {
                    let name = element.children().element().named(WHAT).ok()?;
                    let units: Vec<u16> = utf16le_units(name.content).take_while(|&unit| unit != 0).collect();
                    id.issuer = Some(String::from_utf16_lossy(&units));
                }
                0x82 => id.serial_number = Some(HexBytes::from(element.content)),
                _ => {}
            }
        }
        Some(id)
    }

    /// The serial number as a time. License servers give their self-signed certificates the FILETIME of `not_before`
    /// as a serial number (measured on both samples); for any other certificate this is just a number.
    #[must_use]
    pub fn serial_number_as_time(&self) -> Option<FileTime> {
        <[u8; 8]>::try_from(&self.serial_number[..]).ok().map(|bytes| FileTime(u64::from_be_bytes(bytes)))
    }
}

/// Reads the certificate that an element holds.
pub(in super::super) fn read_certificate(
    certificate: &asn1::Element<'_>,
) -> Result<Certificate, DecodeError> {
    let mut outer = certificate.children();
    let signed = outer.require(asn1::SEQUENCE).named("TBSCertificate")?;
    let signature_algorithm = Algorithm::read(&mut outer, "signatureAlgorithm")?;
    let signature =
        outer.require(asn1::BIT_STRING).named("signatureValue")?.bits().named("signatureValue")?.0;
    outer.finish().named("end of Certificate")?;

    let mut der = signed.children();
    let version = match der.optional(asn1::context(0)).named("version")? {
        None => 1,
        Some(explicit) => {
            let digits =
                explicit.children().require(asn1::INTEGER).named("version")?.unsigned().named("version")?;
            digits.iter().take(3).fold(0_u32, |number, &digit| (number << 8) | u32::from(digit)) + 1
        }
    };
    let serial_number = der.require(asn1::INTEGER).named("serialNumber")?;
    let inner_algorithm = Algorithm::read(&mut der, "signature")?;
    let issuer = der.require(asn1::SEQUENCE).named("issuer")?;
    let validity = Validity::read(&der.require(asn1::SEQUENCE).named("validity")?)?;
    let subject = der.require(asn1::SEQUENCE).named("subject")?;
    let public_key = public_key(&der.require(asn1::SEQUENCE).named("subjectPublicKeyInfo")?)?;
    // issuerUniqueID and subjectUniqueID, which are not used.
    der.optional(0x81).named("issuerUniqueID")?;
    der.optional(0x82).named("subjectUniqueID")?;
    let extensions = match der.optional(asn1::context(3)).named("extensions")? {
        None => Vec::new(),
        Some(explicit) => extensions(&explicit)?,
    };
    der.finish().named("end of TBSCertificate")?;

    let start = signed.offset.saturating_sub(certificate.offset);
    Ok(Certificate {
        offset: certificate.offset,
        length: certificate.raw.len(),
        thumbprint: HexBytes(Sha1::digest(certificate.raw).to_vec()),
        version,
        serial_number: HexBytes::from(serial_number.content),
        signature_algorithm,
        issuer: Name::read(&issuer)?,
        subject: Name::read(&subject)?,
        validity,
        public_key,
        extensions,
        signature: HexBytes::from(signature),
        der: HexBytes::from(certificate.raw),
        signed: start..start + signed.raw.len(),
        issuer_der: HexBytes::from(issuer.raw),
        subject_der: HexBytes::from(subject.raw),
        inner_algorithm,
    })
}

fn public_key(element: &asn1::Element<'_>) -> Result<PublicKey, DecodeError> {
    let mut inner = element.children();
    let algorithm = Algorithm::read(&mut inner, "subjectPublicKeyInfo")?;
    let (bits, offset) =
        inner.require(asn1::BIT_STRING).named("subjectPublicKey")?.bits().named("subjectPublicKey")?;
    inner.finish().named("end of subjectPublicKeyInfo")?;
    // Whatever the key is called: where it is two numbers, it is an RSA key.
    let rsa = rsa_key(bits, offset).ok();
    Ok(PublicKey { algorithm, rsa })
}

fn rsa_key(bytes: &[u8], offset: usize) -> Result<RsaKey, DecodeError> {
    let mut outer = asn1::Reader::at(bytes, offset);
    let mut inner = outer.require(asn1::SEQUENCE).named("RSAPublicKey")?.children();
    outer.finish().named("end of RSAPublicKey")?;
    let modulus = inner.require(asn1::INTEGER).named("modulus")?.unsigned().named("modulus")?;
    let exponent =
        inner.require(asn1::INTEGER).named("publicExponent")?.unsigned().named("publicExponent")?;
    inner.finish().named("end of RSAPublicKey")?;
    Ok(RsaKey::new(modulus, exponent))
}

fn extensions(explicit: &asn1::Element<'_>) -> Result<Vec<Extension>, DecodeError> {
    let mut list = explicit.children().require(asn1::SEQUENCE).named("extensions")?.children();
    let mut extensions = Vec::new();
    while !list.is_empty() {
        let mut inner = list.require(asn1::SEQUENCE).named("Extension")?.children();
        let oid = inner.require(asn1::OID).named("extnID")?.oid().named("extnID")?;
        let critical = inner
            .optional(asn1::BOOLEAN)
            .named("critical")?
            .is_some_and(|element| element.content.iter().any(|&byte| byte != 0));
        let value = inner.require(asn1::OCTET_STRING).named("extnValue")?;
        inner.finish().named("end of Extension")?;
        let (name, name_certainty) = extension_name(&oid).unzip();
        let (offset, value) = (value.content_offset, HexBytes::from(value.content));
        extensions.push(Extension { oid, name, name_certainty, critical, offset, value });
    }
    Ok(extensions)
}
