//! PKCS #7 SignedData that signs nothing and only carries certificates.

use super::super::error::{DecodeError, ErrorKind, Named};
use super::super::x509::{Certificate, MAX_CERTIFICATES, read_certificate};

const SIGNED_DATA: &str = "1.2.840.113549.1.7.2";

/// What a SignedData holds.
pub(in super::super) struct SignedData {
    /// In their order.
    pub(in super::super) certificates: Vec<Certificate>,
    /// Whether there is no content and no signer, as it should be.
    pub(in super::super) degenerate: bool,
}

/// True for a ContentInfo of any kind: a SEQUENCE that starts with an object identifier.
pub(in super::super) fn is_content_info(bytes: &[u8]) -> bool {
    asn1::Reader::new(bytes)
        .element()
        .named("ContentInfo")
        .and_then(|element| element.children().require(asn1::OID).named("contentType"))
        .is_ok()
}

/// Decodes ContentInfo with SignedData (RFC 2315, 7 and 9.1).
pub(in super::super) fn decode(bytes: &[u8]) -> Result<SignedData, DecodeError> {
    let mut outer = asn1::Reader::new(bytes);
    let mut info = outer.require(asn1::SEQUENCE).named("ContentInfo")?.children();
    outer.finish().named("end of ContentInfo")?;
    let content_type = info.require(asn1::OID).named("contentType")?;
    let oid = content_type.oid().named("contentType")?;
    if oid != SIGNED_DATA {
        let expected = format!("{SIGNED_DATA} (signedData)");
        let kind = ErrorKind::NotThis;
        return Err(DecodeError::new(kind, "contentType", content_type.offset, expected, oid));
    }
    let mut explicit = info.require(asn1::context(0)).named("content")?.children();
    info.finish().named("end of ContentInfo")?;
    let mut data = explicit.require(asn1::SEQUENCE).named("SignedData")?.children();
    explicit.finish().named("end of content")?;

    data.require(asn1::INTEGER).named("version")?;
    data.require(asn1::SET).named("digestAlgorithms")?;
    let mut content = data.require(asn1::SEQUENCE).named("contentInfo")?.children();
    content.require(asn1::OID).named("contentType")?;
    let empty = content.is_empty();
    let mut certificates = Vec::new();
    if let Some(set) = data.optional(asn1::context(0)).named("certificates")? {
        let mut list = set.children();
        while !list.is_empty() {
            let element = list.require(asn1::SEQUENCE).named("Certificate")?;
            if certificates.len() == MAX_CERTIFICATES {
                let expected = format!("at most {MAX_CERTIFICATES} certificates");
                let (what, at) = ("certificates", element.offset);
                return Err(DecodeError::new(ErrorKind::Limit, what, at, expected, "more"));
            }
            certificates.push(read_certificate(&element)?);
        }
    }
    data.optional(asn1::context(1)).named("crls")?;
    let signers = data.require(asn1::SET).named("signerInfos")?;
    data.finish().named("end of SignedData")?;
    Ok(SignedData { certificates, degenerate: empty && signers.content.is_empty() })
}
