//! Active Directory, read over LDAP version 3 (RFC 4511), which is all that it takes to know who holds a per-user license of Remote
//! Desktop Services, since which server, and whether that server may write it down.
//!
//! Two halves that know nothing of each other's business:
//!
//! * [`Connection`], with [`Target`], [`Options`] and [`SignIn`], is the network: TLS that is verified, or what Kerberos seals; sign-in;
//!   searches whose entries come one by one. It writes nothing to a directory: there is no request for that in [`protocol`].
//! * What entries mean is decided without a connection, from an [`Entry`] alone.
//!
//! The protocol is spoken by this crate itself. An answer's shape is five elements deep and no more, so it is read without recursion,
//! from a buffer that cannot outgrow [`protocol::LARGEST_MESSAGE`], one message at a time: a server that sends faster than it is read
//! fills its own buffers. The crate `ldap3`, the obvious choice, was tried first: its parser recurses as deep as the server likes (a
//! nested answer of 1 MiB ends the process), parts of it panic on answers of another shape, and entries queue without bound.
#![forbid(unsafe_code)]

pub mod computers;
mod connection;
pub mod dn;
pub mod domain;
mod entry;
mod error;
pub mod facts;
pub mod filter;
pub mod protocol;
pub mod rights;
mod search;
pub mod servers;
mod target;
pub mod users;

pub use ::dns::{BadNameserver, Nameserver};
pub use connection::{
    Connection, Handshake, Mechanism, Options, Peer, Protection, Root, Seal, SignIn, Trust,
};
pub use entry::Entry;
pub use error::{Error, Rejection, TlsFailure};
pub use search::{Entries, Referrals, Scope, Search};
pub use target::{BadTarget, Security, Target};

/// Those of a search's referrals that lead to other domains. The parts of every forest that hold no accounts, its configuration and
/// the zones of its DNS, are no loss.
#[must_use]
pub fn elsewhere(referrals: &Referrals) -> Vec<String> {
    let parts =
        ["/cn=configuration,", "/dc=domaindnszones,", "/dc=forestdnszones,", "/cn=schema,cn=configuration,"];
    let is_part = |url: &str| parts.iter().any(|part| url.to_ascii_lowercase().contains(part));
    referrals.iter().filter(|url| !is_part(url)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_domains_are_named_and_parts_of_this_one_are_not() {
        let referrals = [
            "ldap://rds.test/CN=Configuration,DC=rds,DC=test",
            "ldap://DomainDnsZones.rds.test/DC=DomainDnsZones,DC=rds,DC=test",
            "ldap://child.rds.test/DC=child,DC=rds,DC=test",
        ];
        assert_eq!(elsewhere(&referrals.map(str::to_owned).into()), [referrals[2]]);
    }
}
