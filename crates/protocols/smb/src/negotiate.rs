//! The SMB negotiate request.

use smolder_proto::smb::smb2::{
    CipherId, Dialect, EncryptionCapabilities, GlobalCapabilities, NegotiateContext, NegotiateRequest,
    PreauthIntegrityCapabilities, PreauthIntegrityHashId, SigningMode,
};

/// Offers SMB 2.1, 3.0.2 and 3.1.1, with signing, and with encryption if the server requires it.
pub(crate) fn request() -> Result<NegotiateRequest, getrandom::Error> {
    let (mut client_guid, mut salt) = ([0; 16], [0; 32]);
    getrandom::fill(&mut client_guid)?;
    getrandom::fill(&mut salt)?;
    Ok(NegotiateRequest {
        security_mode: SigningMode::ENABLED | SigningMode::REQUIRED,
        capabilities: GlobalCapabilities::ENCRYPTION,
        client_guid,
        negotiate_contexts: vec![
            NegotiateContext::preauth_integrity(PreauthIntegrityCapabilities {
                hash_algorithms: vec![PreauthIntegrityHashId::Sha512],
                salt: salt.to_vec(),
            }),
            NegotiateContext::encryption_capabilities(EncryptionCapabilities {
                ciphers: vec![CipherId::Aes128Gcm, CipherId::Aes128Ccm],
            }),
        ],
        dialects: vec![Dialect::Smb210, Dialect::Smb302, Dialect::Smb311],
    })
}
