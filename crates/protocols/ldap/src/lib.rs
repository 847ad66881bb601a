//! A client of LDAP version 3 (RFC 4511) that reads directories, above all Active Directory.
//!
//! [`Connection`], with [`Target`], [`Options`] and [`SignIn`], is the network: verified TLS, or messages
//! sealed by a GSS-API mechanism; authentication; searches that return their entries one by one. No request
//! in [`protocol`] writes.
//!
//! The protocol is implemented here. A response is at most five elements deep, so it is read without
//! recursion, one message at a time, from a buffer of at most [`protocol::MAX_MESSAGE`] bytes; a server that
//! sends faster than it is read is held up by TCP. The crate `ldap3` was tried first: its parser recurses
//! without limit (a nested response of 1 MiB ends the process), parts of it panic on malformed responses, and
//! its queue of entries is unbounded.
#![forbid(unsafe_code)]

mod connection;
pub mod dn;
mod entry;
mod error;
pub mod filter;
pub mod protocol;
mod search;
mod target;

pub use connection::{
    Connection, Handshake, Mechanism, Options, Peer, Protection, Root, Seal, SignIn, Trust,
};
pub use entry::Entry;
pub use error::{Error, Rejection, SignInProblem, TlsFailure};
pub use locate::{BadNameserver, Nameserver};
pub use search::{Entries, Referrals, Scope, Search};
pub use target::{BadTarget, Security, Target};
