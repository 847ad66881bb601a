//! What is offered to a server.

use smolder_proto::smb::smb2::{
    CipherId, Dialect, EncryptionCapabilities, GlobalCapabilities, NegotiateContext, NegotiateRequest,
    PreauthIntegrityCapabilities, PreauthIntegrityHashId, SigningMode,
};

/// SMB 2.1, 3.0.2 and 3.1.1, signed, with encryption where the server wants it.
pub(super) fn request() -> NegotiateRequest {
    NegotiateRequest {
        security_mode: SigningMode::ENABLED | SigningMode::REQUIRED,
        capabilities: GlobalCapabilities::ENCRYPTION,
        client_guid: random(),
        negotiate_contexts: vec![
            NegotiateContext::preauth_integrity(PreauthIntegrityCapabilities {
                hash_algorithms: vec![PreauthIntegrityHashId::Sha512],
                salt: [random(), random()].concat(),
            }),
            NegotiateContext::encryption_capabilities(EncryptionCapabilities {
                ciphers: vec![CipherId::Aes128Gcm, CipherId::Aes128Ccm],
            }),
        ],
        dialects: vec![Dialect::Smb210, Dialect::Smb302, Dialect::Smb311],
    }
}

/// Bytes that differ each time. They need not be secret: the identifier of a client, and salt for a hash of public bytes.
fn random() -> [u8; 16] {
    use std::hash::{BuildHasher as _, RandomState};
    let [a, b] = [RandomState::new().hash_one(0u8), RandomState::new().hash_one(1u8)];
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&a.to_le_bytes());
    bytes[8..].copy_from_slice(&b.to_le_bytes());
    bytes
}
