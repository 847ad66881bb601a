//! Signing in by a mechanism of GSS-API, and what is said under its protection.
//!
//! Here stands what LDAP has to do with it: rounds of tokens that it does not look into (GSS-SPNEGO, [MS-ADTS] 5.1.1.1.2), and blocks
//! with their length before them ([RFC 4752] 3.3; with GSS-SPNEGO they begin right after the sign-in). What is in them is the
//! mechanism's business, whichever it is.
//!
//! [RFC 4752]: https://www.rfc-editor.org/rfc/rfc4752

use crate::protocol::LARGEST_MESSAGE;

/// A way to sign in.
pub trait Mechanism: Send + Sync {
    /// Begins a sign-in at this peer.
    ///
    /// # Errors
    /// Why it cannot be tried, for people.
    fn begin(&self, peer: &Peer<'_>) -> Result<Box<dyn Handshake>, String>;

    /// The realm that the mechanism gets its tickets in, where it has one: hosts in it may be asked though another name was typed.
    fn realm(&self) -> Option<&str> {
        None
    }
}

/// Whom a mechanism deals with.
#[derive(Clone, Copy, Debug)]
pub struct Peer<'a> {
    /// The domain controller's full DNS name. Whoever answers has to prove that it is his.
    pub host: &'a str,
    /// What protects what follows.
    pub protection: Protection<'a>,
}

/// What protects what is said after a sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protection<'a> {
    /// The mechanism: everything is signed, encrypted and counted.
    Sealed,
    /// TLS. The sign-in is bound to it by this application data of a channel binding ([RFC 5929] 4), where the server's certificate
    /// has one.
    ///
    /// [RFC 5929]: https://www.rfc-editor.org/rfc/rfc5929
    Tls(Option<&'a [u8]>),
}

/// A sign-in that goes on.
pub trait Handshake: Send {
    /// The next token for the server; its own is empty at first. `None` where there is nothing more to say.
    ///
    /// # Errors
    /// Why it ends here, for people.
    fn step(&mut self, token: &[u8]) -> Result<Option<Vec<u8>>, String>;

    /// What seals messages from now on, after the server has said yes; `None` where TLS protects them.
    ///
    /// # Errors
    /// Where the server has not proven who it is.
    fn finish(self: Box<Self>) -> Result<Option<Box<dyn Seal>>, String>;
}

/// Seals messages, each in its turn.
pub trait Seal: Send {
    /// Signs, encrypts and counts a message.
    ///
    /// # Errors
    /// Why not, for people.
    fn wrap(&mut self, message: &[u8]) -> Result<Vec<u8>, String>;

    /// Opens the next block of the server.
    ///
    /// # Errors
    /// Where it was changed, or is not the one that is due.
    fn unwrap(&mut self, block: &[u8]) -> Result<Vec<u8>, String>;
}

/// A block holds a message at most, and what sealing adds to it.
pub(super) const LARGEST_BLOCK: usize = LARGEST_MESSAGE + 1024;

/// A sign-in takes no more rounds than this many. Two are enough for everything that is known.
pub(super) const MOST_ROUNDS: usize = 10;
