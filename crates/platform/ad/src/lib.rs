//! Active Directory entries about licensing, and the searches that find them.
//!
//! [`ldap`] provides the connection. Entries are interpreted without a connection, from an [`ldap::Entry`]
//! alone.
#![forbid(unsafe_code)]

pub mod computers;
pub mod domain;
mod error;
pub mod facts;
pub mod rights;
pub mod servers;
pub mod users;

pub use error::Error;
use ldap::Referrals;

/// The referrals of a search that lead to other domains. Referrals to the partitions without accounts, which
/// every forest has (configuration and DNS zones), are left out.
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
