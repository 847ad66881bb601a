//! PRODUCT_INFO: the product that a session host asks a license for.

use serde::Serialize;

use super::error::{DecodeError, ErrorKind};
use super::reader::Reader;
use super::text::utf16le_nul;
use super::x509::ProductId;

/// The product that a license is asked for; [MS-RDPELE] 2.2.2.1.1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProductInfo {
    /// Version of the session host.
    pub version: ProtocolVersion,
    /// "Microsoft Corporation" on Microsoft hosts.
    pub company: String,
    /// "A02" on Microsoft hosts, whatever the licensing mode is.
    pub product: ProductId,
}

/// Version of a session host as it travels over the wire: the major number in the high word, the minor one in
/// the low.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ProtocolVersion {
    /// The number as a whole.
    pub raw: u32,
    /// Major version of its Windows.
    pub major: u16,
    /// Minor version of its Windows; 0 also on 2008 R2 and 2012 ([MS-RDPELE] note 5).
    pub minor: u16,
    /// Which Windows announces it; `None` for a version that is not documented.
    pub windows: Option<&'static str>,
}

impl ProtocolVersion {
    /// Takes the number apart.
    #[must_use]
    pub fn new(raw: u32) -> Self {
        let [minor0, minor1, major0, major1] = raw.to_le_bytes();
        let windows = match raw {
            0x0005_0000 => Some("Windows 2000"),
            0x0005_0002 => Some("Windows Server 2003"),
            0x0006_0000 => Some("Windows Server 2008, 2008 R2 or 2012"),
            _ => None,
        };
        let (major, minor) = (u16::from_le_bytes([major0, major1]), u16::from_le_bytes([minor0, minor1]));
        Self { raw, major, minor, windows }
    }
}

impl ProductInfo {
    /// Decodes a structure that fills the bytes exactly.
    ///
    /// # Errors
    ///
    /// The first field that does not fit, bytes left over at the end included.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let version = ProtocolVersion::new(reader.u32("dwVersion")?);
        let company = company(&mut reader)?;
        let product = product(&mut reader)?;
        reader.finish("end of PRODUCT_INFO")?;
        Ok(Self { version, company, product })
    }
}

pub(super) fn company(reader: &mut Reader<'_>) -> Result<String, DecodeError> {
    let (bytes, at) = counted(reader, "cbCompanyName", "pbCompanyName")?;
    utf16le_nul(bytes, "pbCompanyName", at)
}

pub(super) fn product(reader: &mut Reader<'_>) -> Result<ProductId, DecodeError> {
    let (bytes, at) = counted(reader, "cbProductId", "pbProductId")?;
    utf16le_nul(bytes, "pbProductId", at).map(|text| ProductId::parse(&text))
}

/// Bytes behind their 32-bit length, which must not be zero, and where they start.
pub(super) fn counted<'a>(
    reader: &mut Reader<'a>,
    length: &'static str,
    what: &'static str,
) -> Result<(&'a [u8], usize), DecodeError> {
    let field = reader.offset();
    let count = reader.length(length)?;
    if count == 0 {
        return Err(DecodeError::new(ErrorKind::Length, length, field, "more than 0", "0"));
    }
    let at = reader.offset();
    Ok((reader.take(count, what)?, at))
}
