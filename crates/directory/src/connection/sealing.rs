//! What encrypts a connection without TLS.

use crate::error::Error;

/// A security layer that a sign-in agreed on (RFC 4752, 3.3): blocks with their length before them.
pub(super) trait Seal: Send {
    /// Encrypts.
    fn wrap(&mut self, message: &[u8]) -> Result<Vec<u8>, Error>;
    /// Decrypts.
    fn unwrap(&mut self, block: &[u8]) -> Result<Vec<u8>, Error>;
}
