//! The domain, its forest, and its trusts.

use ldap::{Connection, Scope, Search, dn};

use crate::Error;

/// A domain with its forest and trusts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Domain {
    /// Its distinguished name.
    pub dn: String,
    /// Its DNS name.
    pub dns: String,
    /// Its NetBIOS name.
    pub netbios: String,
    /// The DNS names of all domains of the forest, including this one.
    pub forest: Vec<String>,
    /// Domains and forests that this domain trusts, or that trust it.
    pub trusts: Vec<Trusted>,
}

/// A trusted or trusting domain or forest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trusted {
    /// Its DNS name.
    pub dns: String,
    /// Its NetBIOS name.
    pub netbios: String,
    /// True if `trustDirection` is bidirectional.
    pub two_way: bool,
}

/// `TRUST_DIRECTION_BIDIRECTIONAL` ([MS-ADTS] 6.1.6.7.12).
const BOTH_WAYS: i64 = 3;

impl Domain {
    /// Reads the domain from the directory.
    pub fn read(connection: &mut Connection) -> Result<Self, Error> {
        Self::search(connection).map_err(Error::reading("the domain"))
    }

    fn search(connection: &mut Connection) -> Result<Self, ldap::Error> {
        let root = connection.root().clone();
        let mut domain = Self {
            dns: dn::dns_domain(&root.domain),
            netbios: dn::name(&root.domain).to_uppercase(),
            dn: root.domain.clone(),
            forest: Vec::new(),
            trusts: Vec::new(),
        };
        let partitions = format!("CN=Partitions,{}", root.configuration);
        let search = Search::new(&partitions)
            .scope(Scope::Children)
            .filter("(&(objectClass=crossRef)(nETBIOSName=*))")
            .attributes(&["nETBIOSName", "dnsRoot", "nCName"]);
        for entry in connection.search(&search)? {
            let entry = entry?;
            let own = entry.text("nCName").is_some_and(|name| name.eq_ignore_ascii_case(&root.domain));
            if let (true, Some(name)) = (own, entry.text("nETBIOSName")) {
                name.clone_into(&mut domain.netbios);
            }
            domain.forest.extend(entry.text("dnsRoot").map(str::to_lowercase));
        }
        if domain.forest.is_empty() {
            domain.forest.push(domain.dns.clone());
        }
        let system = format!("CN=System,{}", root.domain);
        let search = Search::new(&system)
            .scope(Scope::Children)
            .filter("(objectClass=trustedDomain)")
            .attributes(&["trustPartner", "flatName", "trustDirection"]);
        for entry in connection.search(&search)? {
            let entry = entry?;
            let text = |name: &str| entry.text(name).unwrap_or_default().to_lowercase();
            domain.trusts.push(Trusted {
                dns: text("trustPartner"),
                netbios: text("flatName"),
                two_way: entry.number("trustDirection") == Some(BOTH_WAYS),
            });
        }
        Ok(domain)
    }

    /// The trust with the forest of a host with this DNS name: `same-forest`, `two-way`, `one-way`, `none`.
    /// `None` for a name without a domain, from which nothing follows.
    ///
    /// Domain trusts and forest trusts are not distinguished; a forest trust covers names by their suffix.
    #[must_use]
    pub fn trust_with(&self, host: &str) -> Option<&'static str> {
        let host = host.trim_end_matches('.').to_lowercase();
        if host.parse::<std::net::IpAddr>().is_ok() {
            return None;
        }
        let (_, suffix) = host.split_once('.').filter(|(_, suffix)| !suffix.is_empty())?;
        let lies_in = |domain: &str| {
            !domain.is_empty()
                && (suffix == domain || suffix.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.')))
        };
        // Within a forest a child domain need not have its parent's name, but all domains are listed.
        if self.forest.iter().any(|domain| suffix == domain) {
            return Some("same-forest");
        }
        let trusted: Vec<_> = self.trusts.iter().filter(|trusted| lies_in(&trusted.dns)).collect();
        Some(match trusted.iter().any(|trusted| trusted.two_way) {
            true => "two-way",
            false if !trusted.is_empty() => "one-way",
            // The DNS name of a host may differ from that of its domain, so a name below one of the forest's
            // names proves nothing.
            false if self.forest.iter().any(|domain| lies_in(domain)) => return None,
            false => "none",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trust_by_name() {
        let trusted = |dns: &str, two_way| Trusted { dns: dns.to_owned(), netbios: String::new(), two_way };
        let domain = Domain {
            dn: "DC=corp,DC=example".to_owned(),
            dns: "corp.example".to_owned(),
            netbios: "CORP".to_owned(),
            forest: vec!["corp.example".to_owned(), "lab.test".to_owned()],
            trusts: vec![trusted("partner.example", true), trusted("old.example", false)],
        };
        let rows = [
            ("ls1.corp.example", Some("same-forest")),
            ("LS1.Lab.Test.", Some("same-forest")),
            ("ls.partner.example", Some("two-way")),
            ("ls.eu.partner.example", Some("two-way")),
            ("ls.old.example", Some("one-way")),
            ("ls.notpartner.example", Some("none")),
            ("ls.stranger.example", Some("none")),
            ("ls.dmz.corp.example", None),
            ("LS1", None),
            ("10.0.0.7", None),
            ("fe80::1", None),
        ];
        for (host, expected) in rows {
            assert_eq!(domain.trust_with(host), expected, "{host}");
        }
    }
}
