//! The envelope of data that Windows encrypted with DPAPI (`CryptProtectData`).
//!
//! The layout is not documented by Microsoft; it is taken from what public readers (impacket, volatility)
//! agree on, and was checked against the four `RCM\Secrets` values of Windows 7 and 10 hives, whose fields
//! fill their bytes exactly. The envelope shows which master key and which algorithms protect the data, not
//! the data.

use serde::Serialize;

use super::error::{DecodeError, ErrorKind};
use super::reader::Reader;
use super::text::utf16le_nul;

/// The first bytes of every envelope: version 1 and the GUID of the provider,
/// df9d8cd0-1501-11d1-8c7a-00c04fc297eb.
pub const PREFIX: [u8; 20] = [
    0x01, 0x00, 0x00, 0x00, 0xd0, 0x8c, 0x9d, 0xdf, 0x01, 0x15, 0xd1, 0x11, 0x8c, 0x7a, 0x00, 0xc0, 0x4f,
    0xc2, 0x97, 0xeb,
];

/// `CRYPTPROTECT_UI_FORBIDDEN`.
pub const FLAG_UI_FORBIDDEN: u32 = 0x1;
/// `CRYPTPROTECT_LOCAL_MACHINE`: a key of the machine, not of an account, protects the data.
pub const FLAG_LOCAL_MACHINE: u32 = 0x4;
/// `CRYPTPROTECT_SYSTEM`: protected by the system.
pub const FLAG_SYSTEM: u32 = 0x2000_0000;

/// A DPAPI envelope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DpapiEnvelope {
    /// Version: 1.
    pub version: u32,
    /// GUID of the provider: df9d8cd0-1501-11d1-8c7a-00c04fc297eb.
    pub provider: String,
    /// Version of the master key's file.
    pub master_key_version: u32,
    /// GUID of the master key, which is also the name of its file.
    pub master_key: String,
    /// Flags as given to `CryptProtectData`.
    pub flags: u32,
    /// Text that the caller attached; in clear, mostly empty.
    pub description: String,
    /// Cipher of the data.
    pub cipher: DpapiAlgorithm,
    /// Hash for the session key and the signature.
    pub hash: DpapiAlgorithm,
    /// Length of the salt in bytes.
    pub salt_length: usize,
    /// Length of the second salt ("strong password") in bytes, normally 0.
    pub strong_length: usize,
    /// Length of the MAC salt in bytes.
    pub mac_salt_length: usize,
    /// Length of the encrypted data in bytes.
    pub data_length: usize,
    /// Length of the signature in bytes.
    pub signature_length: usize,
    /// Length of the whole envelope in bytes.
    pub length: usize,
}

/// An algorithm in a DPAPI envelope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DpapiAlgorithm {
    /// `ALG_ID` of the Windows cryptographic API.
    pub id: u32,
    /// Its name, where it is known.
    pub name: Option<&'static str>,
    /// Length of key or digest in bits, as stated.
    pub bits: u32,
}

impl DpapiEnvelope {
    /// Whether the flags say that a key of the machine protects the data. In the four `RCM\Secrets` values
    /// that were measured they do not: a key of the service's account protects those.
    #[must_use]
    pub fn is_machine_scope(&self) -> bool {
        self.flags & FLAG_LOCAL_MACHINE != 0
    }

    /// Bytes that the cipher handles at once; `None` for a cipher without a known name.
    #[must_use]
    pub fn block_length(&self) -> Option<usize> {
        match self.cipher.id {
            0x6601 | 0x6602 | 0x6603 | 0x6609 => Some(8),
            0x660e..=0x6611 => Some(16),
            _ => None,
        }
    }
}

/// `ALG_ID` names; source: wincrypt.h as documented on Microsoft Learn (*ALG_ID*).
fn algorithm_name(id: u32) -> Option<&'static str> {
    Some(match id {
        0x6601 => "DES",
        0x6602 => "RC2",
        0x6603 => "3DES",
        0x6609 => "3DES-112",
        0x660e => "AES-128",
        0x660f => "AES-192",
        0x6610 => "AES-256",
        0x6611 => "AES",
        0x6801 => "RC4",
        0x8003 => "MD5",
        0x8004 => "SHA-1",
        0x8009 => "HMAC",
        0x800c => "SHA-256",
        0x800d => "SHA-384",
        0x800e => "SHA-512",
        _ => return None,
    })
}

/// Decodes an envelope that fills the bytes exactly.
///
/// # Errors
///
/// The first field that does not fit, bytes left over at the end included.
pub fn decode(bytes: &[u8]) -> Result<DpapiEnvelope, DecodeError> {
    let mut reader = Reader::new(bytes);
    reader.constant("dwVersion", 1, "DPAPI")?;
    let provider_at = reader.offset();
    let provider = reader.array("guidProvider")?;
    if PREFIX.get(4..) != Some(&provider[..]) {
        let (expected, found) = ("df9d8cd0-1501-11d1-8c7a-00c04fc297eb", guid(provider));
        let kind = ErrorKind::Constant;
        return Err(DecodeError::new(kind, "guidProvider", provider_at, expected, found));
    }
    let master_key_version = reader.u32("dwMasterKeyVersion")?;
    let master_key = guid(reader.array("guidMasterKey")?);
    let flags = reader.u32("dwFlags")?;
    let description_at = reader.offset() + 4;
    let description = counted(&mut reader, "cbDescription", "szDescription")?;
    let description = if description.is_empty() {
        String::new()
    } else {
        utf16le_nul(description, "szDescription", description_at)?
    };
    let cipher = algorithm(&mut reader, "algCrypt", "cbitsCrypt")?;
    let salt_length = counted(&mut reader, "cbSalt", "pbSalt")?.len();
    let strong_length = counted(&mut reader, "cbStrong", "pbStrong")?.len();
    let hash = algorithm(&mut reader, "algHash", "cbitsHash")?;
    let mac_salt_length = counted(&mut reader, "cbMacSalt", "pbMacSalt")?.len();
    let data_length = counted(&mut reader, "cbData", "pbData")?.len();
    let signature_length = counted(&mut reader, "cbSignature", "pbSignature")?.len();
    reader.finish("end of the DPAPI envelope")?;
    Ok(DpapiEnvelope {
        version: 1,
        provider: guid(provider),
        master_key_version,
        master_key,
        flags,
        description,
        cipher,
        hash,
        salt_length,
        strong_length,
        mac_salt_length,
        data_length,
        signature_length,
        length: bytes.len(),
    })
}

fn counted<'a>(
    reader: &mut Reader<'a>,
    length: &'static str,
    what: &'static str,
) -> Result<&'a [u8], DecodeError> {
    let length = reader.length(length)?;
    reader.take(length, what)
}

fn algorithm(
    reader: &mut Reader<'_>,
    id: &'static str,
    bits: &'static str,
) -> Result<DpapiAlgorithm, DecodeError> {
    let id = reader.u32(id)?;
    Ok(DpapiAlgorithm { id, name: algorithm_name(id), bits: reader.u32(bits)? })
}

/// The text form of a GUID's 16 bytes ([MS-DTYP] 2.3.4.2): the first three fields are little-endian.
fn guid(bytes: [u8; 16]) -> String {
    let first = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    let second = u16::from_le_bytes([bytes[4], bytes[5]]);
    let third = u16::from_le_bytes([bytes[6], bytes[7]]);
    let (fourth, node) = (hex::encode(&bytes[8..10]), hex::encode(&bytes[10..]));
    format!("{first:08x}-{second:04x}-{third:04x}-{fourth}-{node}")
}
