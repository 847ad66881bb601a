//! PKCS #7 SignedData that signs nothing and only carries certificates.

use super::super::der::{Der, tag};
use super::super::error::{DecodeError, ErrorKind};
use super::super::x509::{Certificate, MAX_CERTIFICATES, read_certificate};

const SIGNED_DATA: &str = "1.2.840.113549.1.7.2";

/// What a SignedData holds.
pub(in super::super) struct SignedData {
    /// In their order.
    pub(in super::super) certificates: Vec<Certificate>,
    /// True where there is no content and no signer, as it should be.
    pub(in super::super) degenerate: bool,
}

/// True for a ContentInfo of any kind: a SEQUENCE that starts with an object identifier.
pub(in super::super) fn is_content_info(bytes: &[u8]) -> bool {
    Der::new(bytes)
        .next("ContentInfo")
        .and_then(|element| element.children().expect(tag::OID, "contentType"))
        .is_ok()
}

/// Decodes ContentInfo with SignedData (RFC 2315, 7 and 9.1).
pub(in super::super) fn decode(bytes: &[u8]) -> Result<SignedData, DecodeError> {
    let mut outer = Der::new(bytes);
    let mut info = outer.expect(tag::SEQUENCE, "ContentInfo")?.children();
    outer.finish("end of ContentInfo")?;
    let content_type = info.expect(tag::OID, "contentType")?;
    let oid = content_type.oid("contentType")?;
    if oid != SIGNED_DATA {
        let expected = format!("{SIGNED_DATA} (signedData)");
        let kind = ErrorKind::NotThis;
        return Err(DecodeError::new(kind, "contentType", content_type.offset, expected, oid));
    }
    let mut explicit = info.expect(tag::context(0), "content")?.children();
    info.finish("end of ContentInfo")?;
    let mut data = explicit.expect(tag::SEQUENCE, "SignedData")?.children();
    explicit.finish("end of content")?;

    data.expect(tag::INTEGER, "version")?;
    data.expect(tag::SET, "digestAlgorithms")?;
    let mut content = data.expect(tag::SEQUENCE, "contentInfo")?.children();
    content.expect(tag::OID, "contentType")?;
    let empty = content.is_empty();
    let mut certificates = Vec::new();
    if let Some(set) = data.optional(tag::context(0), "certificates")? {
        let mut list = set.children();
        while !list.is_empty() {
            let element = list.expect(tag::SEQUENCE, "Certificate")?;
            if certificates.len() == MAX_CERTIFICATES {
                let expected = format!("at most {MAX_CERTIFICATES} certificates");
                let (what, at) = ("certificates", element.offset);
                return Err(DecodeError::new(ErrorKind::Limit, what, at, expected, "more"));
            }
            certificates.push(read_certificate(&element)?);
        }
    }
    data.optional(tag::context(1), "crls")?;
    let signers = data.expect(tag::SET, "signerInfos")?;
    data.finish("end of SignedData")?;
    Ok(SignedData { certificates, degenerate: empty && signers.content.is_empty() })
}
