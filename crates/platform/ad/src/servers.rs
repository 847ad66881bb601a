//! The license servers in a directory, and the group whose members may record licenses.

use std::collections::BTreeMap;

use licensing::per_user::{ComputerName, FoundServer, Group};
use nt::security::Sid;

use crate::computers::{ATTRIBUTES, Computer};
use crate::rights::LICENSE_SERVERS;
use crate::users::cut;
use ldap::Connection;
use ldap::{Entry, Scope, Search, dn, filter};
use ldap::{Error, Rejection};

/// License servers and the group *Terminal Server License Servers*.
#[derive(Clone, Debug, Default)]
pub struct Servers {
    /// Keyed by distinguished name in lower case.
    found: BTreeMap<String, Known>,
    /// The group.
    pub group: Group,
    /// Names of site entries whose target does not exist.
    pub stale: Vec<String>,
    /// What could not be read for lack of rights.
    pub problems: Vec<String>,
}

/// What is known about a server.
#[derive(Clone, Debug)]
struct Known {
    /// Its account; `None` if it is in another domain, or deleted.
    computer: Option<Computer>,
    name: ComputerName,
    exists: bool,
    sites: Vec<String>,
    connection_point: bool,
    in_group: bool,
}

impl Servers {
    /// Reads them from the directory.
    pub fn read(connection: &mut Connection) -> Result<Self, crate::Error> {
        Self::search(connection).map_err(crate::Error::reading("the license servers"))
    }

    fn search(connection: &mut Connection) -> Result<Self, Error> {
        let root = connection.root().clone();
        let mut servers = Self::default();
        // Servers of all sites: session hosts of Windows Server 2003 located them by site.
        let sites = format!("CN=Sites,{}", root.configuration);
        let search = Search::new(&sites)
            .filter("(&(objectClass=licensingSiteSettings)(cn=TS-Enterprise-License-Server))")
            .attributes(&["siteServer"]);
        let listed: Vec<Entry> = connection.search(&search)?.collect::<Result<_, _>>()?;
        for entry in &listed {
            let site = dn::name(dn::parent(entry.dn()));
            for server in entry.texts("siteServer") {
                servers.known(connection, server)?.sites.push(cut(&site));
            }
        }
        let search = Search::new(&root.domain)
            .filter("(&(objectClass=serviceConnectionPoint)(cn=TermServLicensing))")
            .attributes(&["cn"]);
        let points: Vec<Entry> = connection.search(&search)?.collect::<Result<_, _>>()?;
        for entry in &points {
            servers.known(connection, dn::parent(entry.dn()))?.connection_point = true;
        }
        servers.read_group(connection)?;
        servers.stale = servers
            .found
            .values()
            .filter(|known| !known.exists)
            .map(|known| known.name.to_string())
            .collect();
        Ok(servers)
    }

    /// The server with this distinguished name, which is looked up when first seen.
    fn known(&mut self, connection: &mut Connection, name: &str) -> Result<&mut Known, Error> {
        let key = name.to_lowercase();
        if !self.found.contains_key(&key) {
            let known = look_up(connection, name)?;
            self.found.insert(key.clone(), known);
        }
        self.found.get_mut(&key).ok_or(Error::Unexpected("a server was lost"))
    }

    fn read_group(&mut self, connection: &mut Connection) -> Result<(), Error> {
        let root = connection.root().clone();
        let builtin = format!("CN=Builtin,{}", root.domain);
        // By SID, because the group's name is localized.
        let sid = LICENSE_SERVERS.parse::<Sid>().map(|sid| sid.to_bytes()).unwrap_or_default();
        let search = Search::new(&builtin)
            .scope(Scope::Children)
            .filter(format!("(objectSid={})", filter::escape_bytes(&sid)))
            .attributes(&["cn"]);
        let Some(group) = connection.first(&search)? else {
            self.problems
                .push(format!("the group Terminal Server License Servers ({LICENSE_SERVERS}) was not found"));
            return Ok(());
        };
        self.group.known = true;
        self.group.name = group.text("cn").map(cut);
        for member in connection.values(group.dn(), "member")? {
            let member = String::from_utf8_lossy(&member).into_owned();
            let name = self::member(connection, &member)?;
            self.group.members.push(name);
        }
        // Members of nested groups, at any depth (LDAP_MATCHING_RULE_IN_CHAIN).
        let through = filter::escape(group.dn());
        let search = Search::new(&root.domain)
            .filter(format!("(&(objectCategory=computer)(memberOf:1.2.840.113556.1.4.1941:={through}))"))
            .attributes(&["cn"]);
        let computers: Vec<Entry> = connection.search(&search)?.collect::<Result<_, _>>()?;
        for entry in &computers {
            self.known(connection, entry.dn())?.in_group = true;
        }
        Ok(())
    }

    /// The servers in the form of a report.
    #[must_use]
    pub fn reported(&self) -> Vec<FoundServer> {
        let report = |known: &Known| FoundServer {
            computer: known.name.clone(),
            sites: known.sites.clone(),
            connection_point: known.connection_point,
            in_group: known.in_group,
            exists: known.exists,
            enabled: known.computer.as_ref().map(|computer| computer.enabled),
            system: known.computer.as_ref().and_then(|computer| Some(computer.system.as_ref()?.0.clone())),
        };
        self.found.values().map(report).collect()
    }

    /// True if the computer with this distinguished name is in the group, directly or through nested groups.
    #[must_use]
    pub fn is_in_group(&self, dn: &str) -> bool {
        self.found.get(&dn.to_lowercase()).is_some_and(|known| known.in_group)
    }

    /// True if the computer with this distinguished name has a service connection point.
    #[must_use]
    pub fn has_connection_point(&self, dn: &str) -> bool {
        self.found.get(&dn.to_lowercase()).is_some_and(|known| known.connection_point)
    }

    /// True if the computer with this distinguished name is the only known license server, by site entries,
    /// by connection points, and by membership of the group.
    #[must_use]
    pub fn is_the_only(&self, dn: &str) -> bool {
        let mut others =
            self.found.iter().filter(|(name, known)| known.exists && **name != dn.to_lowercase());
        self.group.known && self.found.contains_key(&dn.to_lowercase()) && others.next().is_none()
    }

    /// The SIDs of the servers.
    #[must_use]
    pub fn sids(&self) -> Vec<Sid> {
        self.found.values().filter_map(|known| known.computer.as_ref()?.sid.clone()).collect()
    }
}

/// The name of a member: `NAME`, or the SID of a member that is from another domain or has no account, such
/// as Network Service.
fn member(connection: &mut Connection, member: &str) -> Result<String, Error> {
    let entry = match connection.read(member, &ATTRIBUTES) {
        Ok(entry) => entry,
        Err(Error::Referral(_)) => None,
        Err(error) => return Err(error),
    };
    let sid = entry.as_ref().and_then(|entry| Sid::from_bytes(entry.bytes("objectSid")?).ok());
    let foreign = entry.as_ref().is_none_or(|entry| !entry.has("sAMAccountName"));
    Ok(match (entry, sid) {
        (_, Some(sid)) if foreign => sid.to_string(),
        (Some(entry), _) if entry.has("sAMAccountName") => entry
            .text("sAMAccountName")
            .map_or_else(|| dn::name(member), |name| cut(name.trim_end_matches('$'))),
        _ => cut(&dn::name(member)),
    })
}

fn look_up(connection: &mut Connection, name: &str) -> Result<Known, Error> {
    // The name of a deleted object contains this mark ([MS-ADTS] 3.1.1.5.5.1.1).
    let deleted = name.contains(r"\0ADEL:") || name.contains("\nDEL:");
    let shown = dn::name(name);
    let shown = shown.split('\n').next().unwrap_or_default();
    let bare = ComputerName { name: cut(shown), dns: None };
    let gone = |exists| Known {
        computer: None,
        name: bare.clone(),
        exists,
        sites: Vec::new(),
        connection_point: false,
        in_group: false,
    };
    if deleted {
        return Ok(gone(false));
    }
    match connection.read(name, &ATTRIBUTES) {
        Ok(Some(entry)) => {
            let computer = Computer::of(&entry);
            Ok(Known { name: computer.name.clone(), computer: Some(computer), ..gone(true) })
        }
        // In another domain, which was not searched.
        Err(Error::Referral(_)) => Ok(gone(true)),
        // An invalid name belongs to no server either.
        Ok(None) | Err(Error::Rejected(Rejection { code: 34, .. })) => Ok(gone(false)),
        Err(error) => Err(error),
    }
}
