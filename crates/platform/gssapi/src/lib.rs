//! Kerberos sign-in by the operating system: MIT's `libgssapi_krb5.so.2`, loaded at run time.
//!
//! * A [`Realm`] is where tickets come from, and remembers the ticket-granting tickets of each account.
//! * An [`Account`] is a password, a [`Keytab`], or a credential cache (`FILE`, `KCM`, `KEYRING`, ...).
//! * [`Realm::initiate`] gets a service ticket and starts a security [`Context`] (GSS-SPNEGO with Kerberos as
//!   its only mechanism), which authenticates the server, seals messages, and exports the session key that
//!   SMB signs with.
//! * A [`SignIn`] is both for the crates `smb` and `ldap`.
//!
//! The library is used as configured by `/etc/krb5.conf` or `KRB5_CONFIG`. Explicit KDCs are passed to it in
//! a profile that precedes these files, not in the environment, which threads share.
//!
//! `libkrb5` gets all tickets, and puts those of passwords and keytabs into a `MEMORY` cache. GSS-API finds
//! them there. It therefore never contacts a KDC itself, which it would do without the explicit KDCs and
//! without a time limit.
//!
//! This is the only crate with `unsafe` code outside Windows. On other systems than Unix every call fails
//! with [`Error::Library`].

mod account;
mod context;
mod error;
mod krb5;
mod library;
mod realm;
mod signin;

pub use account::{Account, BadKeytab, Keytab};
pub use context::{Context, Protection};
pub use error::{Error, Failure};
pub use realm::{Realm, Service, cache_owner};
pub use signin::SignIn;
