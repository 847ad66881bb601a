//! Kerberos 5 ([RFC 4120]) as a client needs it, and no more.
//!
//! * A [`Client`] has an account and what proves it: a password, the keys of a [`Keytab`], or the tickets of a [`Cache`] that `kinit`
//!   filled. It asks a domain's key distribution center ([`Center`]) for a [`Ticket`] for a service.
//! * A ticket is shown by [`Ticket::initiate`], which gives the token of GSS-API ([RFC 4121]); a server's answer to it proves that the
//!   server has the key of the service ([`Initiator::complete`]), and makes a [`Context`].
//! * A context has the key of the session, and seals messages: signed, encrypted, counted.
//!
//! Only [`Network`] opens connections, and only [`Keytab::load`] and [`Cache::load`] read files. Everything else is bytes in, bytes out.
//! No answer of a hostile center or server makes it panic, loop or allocate without bound.
//!
//! Enciphering is AES with 256 or 128 bits and HMAC-SHA-1 ([RFC 3962]); RC4 ([RFC 4757]) is taken where an account has no other key, and
//! seals no messages.
//!
//! [RFC 3962]: https://www.rfc-editor.org/rfc/rfc3962
//! [RFC 4120]: https://www.rfc-editor.org/rfc/rfc4120
//! [RFC 4121]: https://www.rfc-editor.org/rfc/rfc4121
//! [RFC 4757]: https://www.rfc-editor.org/rfc/rfc4757
#![forbid(unsafe_code)]

mod cache;
mod center;
mod client;
mod context;
mod crypto;
mod error;
mod keytab;
mod messages;
mod name;
pub mod spnego;
mod time;

pub use cache::{BadCache, Cache};
pub use center::{Center, Centers, Network};
pub use client::{Client, Proof, Store, Ticket};
pub use context::{Context, Initiator, Wishes};
pub use crypto::{Enctype, Key};
pub use error::{Error, code};
pub use keytab::{BadKeytab, Keytab};
pub use name::Principal;
