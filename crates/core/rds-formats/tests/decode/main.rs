//! The decoders on published bytes, on damaged ones and on arbitrary ones. `vectors/README.md` says where
//! they come from.
#![allow(clippy::unwrap_used, reason = "where a helper fails, its test shall fail")]

mod arbitrary;
mod client_license;
mod host_certificates;
mod json;
mod rdp_certificate;
mod wire;
mod x509;

/// The published bytes.
mod vectors {
    pub(crate) const CLIENT_LICENSE: &[u8] = include_bytes!("../vectors/protocol/client-license.p7b");
    pub(crate) const HARDWARE_ID: &[u8] = include_bytes!("../vectors/protocol/client-hardware-id.bin");
    pub(crate) const LICENSE_SERVER: &[u8] = include_bytes!("../vectors/protocol/license-server.der");
    pub(crate) const TERMINAL_SERVER: &[u8] = include_bytes!("../vectors/protocol/terminal-server.der");
    pub(crate) const NEW_LICENSE_INFO: &[u8] = include_bytes!("../vectors/protocol/new-license-info.bin");
    pub(crate) const PRODUCT_INFO: &[u8] = include_bytes!("../vectors/protocol/product-info.bin");
    pub(crate) const ENCIPHERED: &[u8] = include_bytes!("../vectors/protocol/new-license-enciphered.bin");

    pub(crate) const WIN7: &[u8] = include_bytes!("../vectors/host-certificates/windows-7-certificate.bin");
    pub(crate) const WIN7_OLD: &[u8] =
        include_bytes!("../vectors/host-certificates/windows-7-certificate-old.bin");
    pub(crate) const WIN10: &[u8] =
        include_bytes!("../vectors/host-certificates/windows-10-1709-certificate.bin");
    pub(crate) const WIN10_OLD: &[u8] =
        include_bytes!("../vectors/host-certificates/windows-10-1709-certificate-old.bin");
    pub(crate) const WINXP: &[u8] = include_bytes!("../vectors/host-certificates/windows-xp-certificate.bin");

    /// Every published structure.
    pub(crate) const ALL: [&[u8]; 12] = [
        CLIENT_LICENSE,
        HARDWARE_ID,
        LICENSE_SERVER,
        TERMINAL_SERVER,
        NEW_LICENSE_INFO,
        PRODUCT_INFO,
        ENCIPHERED,
        WIN7,
        WIN7_OLD,
        WIN10,
        WIN10_OLD,
        WINXP,
    ];
}

/// The X509_CERTIFICATE_CHAIN of the license request ([MS-RDPELE] 4.1), put together from its two
/// certificates.
fn bare_chain() -> Vec<u8> {
    let mut bytes = 2_u32.to_le_bytes().to_vec();
    for certificate in [vectors::LICENSE_SERVER, vectors::TERMINAL_SERVER] {
        bytes.extend(u32::try_from(certificate.len()).unwrap().to_le_bytes());
        bytes.extend(certificate);
    }
    bytes
}

/// [`bare_chain`] as SERVER_CERTIFICATE with its padding, byte for byte what section 4.1 prints.
fn wire_chain() -> Vec<u8> {
    [&0x8000_0002_u32.to_le_bytes()[..], &bare_chain(), &[0; 16]].concat()
}
