//! The certificate chain that a license server gave a session host: `X509 Certificate` and `X509
//! Certificate2`.

use serde::Serialize;

use super::super::client_license::signed_data;
use super::super::error::{DecodeError, ErrorKind, Named};
use super::super::reader::Reader;
use super::super::rsa::Signatures;
use super::certificate::{Certificate, read_certificate};
use super::chain::{ChainCheck, MAX_CERTIFICATES};
use super::licensing::LicensingExtensions;
use crate::Certainty;

/// How a chain is wrapped.
///
/// No such registry value was available. On the wire a chain looks like [`ChainForm::Wire`]; that the
/// registry keeps it in the same form is an inference, and therefore the others are read as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "form", rename_all = "snake_case")]
pub enum ChainForm {
    /// SERVER_CERTIFICATE ([MS-RDPBCGR] 2.2.1.4.3.1) with X509_CERTIFICATE_CHAIN ([MS-RDPELE] 2.2.1.4.2).
    Wire {
        /// The top bit of `dwVersion`: issued temporarily.
        temporary: bool,
        /// Bytes of padding at the end: 8 and 4 for each certificate, or none.
        padding: usize,
    },
    /// X509_CERTIFICATE_CHAIN alone, without `dwVersion`.
    Bare {
        /// Bytes of padding at the end: 8 and 4 for each certificate, or none.
        padding: usize,
    },
    /// PKCS #7 SignedData that carries certificates.
    Pkcs7,
    /// Certificates in DER, one after the other.
    Der,
}

/// The certificates of a session host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HostCertificates {
    /// How they are wrapped.
    #[serde(flatten)]
    pub form: ChainForm,
    /// How sure it is that the registry holds this form.
    pub form_certainty: Certainty,
    /// The certificates in their order: the root first, the license server's last but one, the host's last.
    pub certificates: Vec<Certificate>,
    /// Whether they belong together.
    pub chain: ChainCheck,
    /// The licensing extensions of the last one.
    pub licensing: LicensingExtensions,
}

impl HostCertificates {
    /// Decodes a chain in any of the forms.
    ///
    /// # Errors
    ///
    /// Bytes that are none of the forms, or the first part that breaks the form that they start with.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        Self::decode_with(bytes, &Signatures::default())
    }

    /// [`HostCertificates::decode`] with the signatures that were computed before.
    pub fn decode_with(bytes: &[u8], signatures: &Signatures) -> Result<Self, DecodeError> {
        let (form, certificates) = if bytes.first() == Some(&asn1::SEQUENCE) {
            if signed_data::is_content_info(bytes) {
                (ChainForm::Pkcs7, signed_data::decode(bytes)?.certificates)
            } else {
                (ChainForm::Der, der_sequence(bytes)?)
            }
        } else {
            binary(bytes)?
        };
        let Some(leaf) = certificates.last() else {
            return Err(DecodeError::new(ErrorKind::Length, "certificates", 0, "at least one", "none"));
        };
        Ok(Self {
            form,
            form_certainty: Certainty::Inferred,
            licensing: LicensingExtensions::of(leaf),
            chain: ChainCheck::of(&certificates, signatures),
            certificates,
        })
    }

    /// The host's own certificate, the last one.
    #[must_use]
    pub fn leaf(&self) -> Option<&Certificate> {
        self.certificates.last()
    }
}

fn der_sequence(bytes: &[u8]) -> Result<Vec<Certificate>, DecodeError> {
    let mut der = asn1::Reader::new(bytes);
    let mut certificates = Vec::new();
    while !der.is_empty() {
        let element = der.require(asn1::SEQUENCE).named("Certificate")?;
        limit(certificates.len() + 1, element.offset)?;
        certificates.push(read_certificate(&element)?);
    }
    Ok(certificates)
}

fn limit(count: usize, offset: usize) -> Result<(), DecodeError> {
    if (1..=MAX_CERTIFICATES).contains(&count) {
        return Ok(());
    }
    let (expected, found) = (format!("1 to {MAX_CERTIFICATES}"), count.to_string());
    Err(DecodeError::new(ErrorKind::Limit, "NumCertBlobs", offset, expected, found))
}

fn binary(bytes: &[u8]) -> Result<(ChainForm, Vec<Certificate>), DecodeError> {
    let mut reader = Reader::new(bytes);
    let bare = starts_with_blob(bytes);
    let temporary = if bare { false } else { version(&mut reader)? };
    let count_at = reader.offset();
    let count = reader.length("NumCertBlobs")?;
    limit(count, count_at)?;
    let mut certificates = Vec::with_capacity(count);
    for _ in 0..count {
        let length = reader.length("cbCert")?;
        let at = reader.offset();
        let mut der = asn1::Reader::at(reader.take(length, "abCert")?, at);
        let element = der.require(asn1::SEQUENCE).named("abCert")?;
        der.finish().named("end of abCert")?;
        certificates.push(read_certificate(&element)?);
    }
    let at = reader.offset();
    let padding = reader.rest();
    let specified = 8 + 4 * count;
    if !(padding.is_empty() || padding.len() == specified) {
        let expected = format!("{specified} bytes, or none");
        let found = format!("{} bytes", padding.len());
        return Err(DecodeError::new(ErrorKind::Length, "Padding", at, expected, found));
    }
    let padding = padding.len();
    let form = if bare { ChainForm::Bare { padding } } else { ChainForm::Wire { temporary, padding } };
    Ok((form, certificates))
}

/// Whether a count and one CertBlob are at the very start, without `dwVersion`: the blob's length is then
/// that of the DER behind it.
fn starts_with_blob(bytes: &[u8]) -> bool {
    let mut reader = Reader::new(bytes);
    let (Ok(_), Ok(length)) = (reader.u32("NumCertBlobs"), reader.length("cbCert")) else { return false };
    asn1::Reader::new(reader.rest())
        .require(asn1::SEQUENCE)
        .named("abCert")
        .is_ok_and(|element| element.raw.len() == length)
}

/// `dwVersion`: 31 bits of version, and whether the certificate was issued temporarily.
fn version(reader: &mut Reader<'_>) -> Result<bool, DecodeError> {
    let found = reader.u32("dwVersion")?;
    let shown = match found & 0x7fff_ffff {
        2 => return Ok(found >> 31 == 1),
        1 => format!("{found:#x}, a proprietary certificate"),
        _ => format!("{found:#x}"),
    };
    let expected = "0x2 (CERT_CHAIN_VERSION_2) with or without 0x80000000, or DER";
    Err(DecodeError::new(ErrorKind::NotThis, "dwVersion", 0, expected, shown))
}
