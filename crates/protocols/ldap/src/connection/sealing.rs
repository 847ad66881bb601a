//! The border between LDAP and a GSS-API mechanism.
//!
//! LDAP exchanges opaque tokens (GSS-SPNEGO, [MS-ADTS] 5.1.1.1.2) and blocks with a length prefix ([RFC 4752]
//! 3.3; with GSS-SPNEGO they begin right after the bind). A [`Mechanism`] begins a [`Handshake`], which ends
//! in a [`Seal`] unless TLS protects the connection.
//!
//! [RFC 4752]: https://www.rfc-editor.org/rfc/rfc4752

use diagnostic::Message;

use crate::protocol::MAX_MESSAGE;

/// A GSS-API mechanism with its credentials.
pub trait Mechanism: Send + Sync {
    /// Begins a sign-in at this peer.
    ///
    /// # Errors
    /// If credentials for the peer are missing or rejected.
    fn begin(&self, peer: &Peer<'_>) -> Result<Box<dyn Handshake>, Message>;

    /// The Kerberos realm, if there is one. A server whose name is in it may differ from the requested name.
    fn realm(&self) -> Option<&str> {
        None
    }
}

/// The server of a sign-in.
#[derive(Clone, Copy, Debug)]
pub struct Peer<'a> {
    /// Full DNS name of the domain controller. The server must prove it.
    pub host: &'a str,
    /// The protection of the messages after the sign-in.
    pub protection: Protection<'a>,
}

/// The protection of the messages after a sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protection<'a> {
    /// The mechanism signs, encrypts and numbers every message.
    Sealed,
    /// TLS. The sign-in is bound to it by this channel binding ([RFC 5929] 4), if the certificate of the
    /// server defines one.
    ///
    /// [RFC 5929]: https://www.rfc-editor.org/rfc/rfc5929
    Tls(Option<&'a [u8]>),
}

/// A sign-in in progress.
pub trait Handshake: Send {
    /// Consumes the token of the server (empty in the first step) and returns the next token; `None` if there
    /// is none.
    ///
    /// # Errors
    /// If the server is not the expected one, or the credentials are rejected.
    fn step(&mut self, token: &[u8]) -> Result<Option<Vec<u8>>, Message>;

    /// Ends a successful sign-in. `None` if TLS protects the connection.
    ///
    /// # Errors
    /// If the server is not authenticated.
    fn finish(self: Box<Self>) -> Result<Option<Box<dyn Seal>>, Message>;
}

/// Seals and unseals messages in order.
pub trait Seal: Send {
    /// `GSS_Wrap` with confidentiality.
    ///
    /// # Errors
    /// If the message cannot be sealed.
    fn wrap(&mut self, message: &[u8]) -> Result<Vec<u8>, Message>;

    /// `GSS_Unwrap`.
    ///
    /// # Errors
    /// If the block was changed, or is not the next one.
    fn unwrap(&mut self, block: &[u8]) -> Result<Vec<u8>, Message>;
}

/// Maximum size of a block: a message and the overhead of sealing.
pub(super) const MAX_BLOCK: usize = MAX_MESSAGE + 1024;

/// Maximum rounds of a sign-in; known mechanisms need two.
pub(super) const MAX_ROUNDS: usize = 10;
