//! Computer accounts, by name and by filter.

use licensing::per_user::ComputerName;
use nt::security::Sid;

use ldap::{Connection, Entry, Search, filter};

use crate::Error;
use crate::users::{DISABLED, cut};

/// A computer account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Computer {
    /// Its distinguished name.
    pub dn: String,
    /// Its NetBIOS and DNS names.
    pub name: ComputerName,
    /// Its SID.
    pub sid: Option<Sid>,
    /// True if the account is enabled.
    pub enabled: bool,
    /// `SERVER_TRUST_ACCOUNT`: a domain controller.
    pub controller: bool,
    /// `operatingSystem` and `operatingSystemVersion`, as the computer reported them:
    /// `Windows Server 2019 Standard`, `10.0 (17763)`.
    pub system: Option<(String, Option<String>)>,
}

/// `ADS_UF_SERVER_TRUST_ACCOUNT`
const CONTROLLER: i64 = 0x2000;

pub(crate) const ATTRIBUTES: [&str; 7] = [
    "cn",
    "sAMAccountName",
    "dNSHostName",
    "userAccountControl",
    "operatingSystem",
    "operatingSystemVersion",
    "objectSid",
];

/// Servers, except cluster names, which are not machines.
pub const SERVERS: &str = "(&(operatingSystem=*Server*)(!(servicePrincipalName=MSClusterVirtualServer*)))";

impl Computer {
    /// Reads the account from an entry.
    #[must_use]
    pub fn of(entry: &Entry) -> Self {
        let flags = entry.number("userAccountControl").unwrap_or_default();
        let account = entry.text("sAMAccountName").map(|name| name.trim_end_matches('$'));
        let name = account.or_else(|| entry.text("cn")).map_or_else(|| ldap::dn::name(entry.dn()), cut);
        let dns = entry.text("dNSHostName").map(str::trim).filter(|dns| !dns.is_empty()).map(cut);
        Self {
            dn: cut(entry.dn()),
            name: ComputerName { name, dns },
            sid: entry.bytes("objectSid").and_then(|bytes| Sid::from_bytes(bytes).ok()),
            enabled: flags & DISABLED == 0,
            controller: flags & CONTROLLER != 0,
            system: entry
                .text("operatingSystem")
                .map(|system| (cut(system), entry.text("operatingSystemVersion").map(cut))),
        }
    }

    /// The Windows build, parsed from `10.0 (17763)`.
    #[must_use]
    pub fn build(&self) -> Option<u32> {
        let version = self.system.as_ref()?.1.as_ref()?;
        version.split_once('(')?.1.split(')').next()?.trim().parse().ok()
    }

    /// The computer in the domain with this NetBIOS or DNS name.
    pub fn find(connection: &mut Connection, name: &str) -> Result<Option<Self>, Error> {
        let short = name.split('.').next().unwrap_or_default();
        let mut wanted = format!("(sAMAccountName={}$)", filter::escape(short));
        if name.contains('.') {
            wanted = format!("(dNSHostName={})", filter::escape(name.trim_end_matches('.')));
        }
        let domain = connection.root().domain.clone();
        let search = Search::new(&domain)
            .filter(format!("(&(objectCategory=computer){wanted})"))
            .attributes(&ATTRIBUTES);
        let found = connection.first(&search).map_err(Error::reading("the computer"))?;
        Ok(found.as_ref().map(Self::of))
    }

    /// The computers that match a filter. Disabled ones are only counted.
    pub fn all(connection: &mut Connection, passing: &str) -> Result<Found, Error> {
        Self::search(connection, passing).map_err(Error::reading("the computers"))
    }

    fn search(connection: &mut Connection, passing: &str) -> Result<Found, ldap::Error> {
        // The user's filter is checked separately, so that an error refers to its own text.
        filter::encode(passing)?;
        let passing = if passing.trim().starts_with('(') {
            passing.trim().to_owned()
        } else {
            format!("({})", passing.trim())
        };
        let domain = connection.root().domain.clone();
        let search = Search::new(&domain)
            .filter(format!("(&(objectCategory=computer){passing})"))
            .attributes(&ATTRIBUTES);
        let mut found = Found::default();
        let mut entries = connection.search(&search)?;
        while let Some(entry) = entries.next_entry()? {
            let computer = Self::of(&entry);
            if computer.enabled {
                found.computers.push(computer.name);
            } else {
                found.disabled += 1;
            }
        }
        found.not_followed = crate::elsewhere(entries.referrals());
        Ok(found)
    }
}

/// Result of a search for computers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Computers whose account is enabled.
    pub computers: Vec<ComputerName>,
    /// Number of disabled accounts that were left out.
    pub disabled: u64,
    /// URLs of other domains to which the search was referred, and which were not searched.
    pub not_followed: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_computer() {
        let attributes = [
            ("sAMAccountName", "LS1$"),
            ("dNSHostName", "ls1.corp.example"),
            ("userAccountControl", "532482"),
            ("operatingSystem", "Windows Server 2019 Standard"),
            ("operatingSystemVersion", "10.0 (17763)"),
        ];
        let values = attributes.map(|(name, value)| (name.to_owned(), vec![value.as_bytes().to_vec()]));
        let computer = Computer::of(&Entry::new("CN=LS1,DC=corp,DC=example", values.to_vec()));
        assert_eq!(
            computer.name,
            ComputerName { name: "LS1".to_owned(), dns: Some("ls1.corp.example".to_owned()) }
        );
        assert_eq!((computer.enabled, computer.controller, computer.build()), (false, true, Some(17763)));
        let bare = Computer::of(&Entry::new("CN=LS2,DC=corp,DC=example", Vec::new()));
        assert_eq!((bare.name.name.as_str(), bare.build()), ("LS2", None));
    }
}
