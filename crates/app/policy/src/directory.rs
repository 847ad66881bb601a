//! Group policy objects in the directory: names, versions, options, descriptors, WMI filters, and all links.
//!
//! [`read`] queries the directory; the entries are interpreted without a connection. Attributes: [MS-GPOL]
//! 2.2.2 to 2.2.4, [MS-ADA1], [MS-ADA2].

use std::collections::{BTreeMap, BTreeSet};

use ldap::{Connection, Entry, Error, Search, filter};
use nt::security::{SecurityDescriptor, Sid};

use crate::backup::{lists_registry, options_of};
use crate::gpt_ini::halves;
use crate::object::{HalfVersion, LinkedTo, ObjectKind, PolicyObject};
use crate::resolve::{Computer, Link, Scope, ScopeKind, canonical, split_dn};
use crate::security::Filtering;

/// The group policy entries of a domain.
#[derive(Clone, Debug, Default)]
pub struct Policies {
    /// The domain's distinguished name.
    domain: String,
    /// `groupPolicyContainer` objects.
    objects: Vec<Entry>,
    /// Domains, organizational units and sites that are linked to an object or block inheritance.
    scopes: Vec<Entry>,
    /// Every site.
    sites: Vec<String>,
    /// `msWMI-Som` objects.
    filters: Vec<Entry>,
    /// Names by SID.
    names: BTreeMap<String, String>,
}

/// Limit for the groups whose names are looked up; a domain uses a few dozen as filters.
const MOST_NAMES: usize = 500;

const OBJECT: [&str; 9] = [
    "cn",
    "displayName",
    "versionNumber",
    "flags",
    "gPCFunctionalityVersion",
    "gPCMachineExtensionNames",
    "gPCWQLFilter",
    "gPCFileSysPath",
    "nTSecurityDescriptor",
];
const SCOPE: [&str; 3] = ["distinguishedName", "gPLink", "gPOptions"];

/// Reads all group policy entries of a domain from a domain controller.
pub fn read(connection: &mut Connection) -> Result<Policies, Error> {
    let root = connection.root().clone();
    let mut policies = Policies { domain: root.domain.clone(), ..Policies::default() };
    let container = format!("CN=Policies,CN=System,{}", root.domain);
    let search =
        Search::new(&container).filter("(objectClass=groupPolicyContainer)").attributes(&OBJECT).security();
    policies.objects = all(connection, &search)?;
    let linked = "(|(gPLink=*)(gPOptions=1))";
    policies.scopes = all(connection, &Search::new(&root.domain).filter(linked).attributes(&SCOPE))?;
    let sites = format!("CN=Sites,{}", root.configuration);
    let search = Search::new(&sites).filter("(objectClass=site)").attributes(&SCOPE);
    for site in all(connection, &search)? {
        policies.sites.push(site.dn().to_owned());
        policies.scopes.push(site);
    }
    let wmi = format!("CN=SOM,CN=WMIPolicy,CN=System,{}", root.domain);
    let search = Search::new(&wmi).filter("(objectClass=msWMI-Som)").attributes(&["msWMI-ID", "msWMI-Name"]);
    policies.filters = match all(connection, &search) {
        // A domain that never had a WMI filter may lack the container.
        Err(Error::Rejected(rejection)) if rejection.code == 32 => Vec::new(),
        found => found?,
    };
    let unknown: BTreeSet<String> = policies
        .objects
        .iter()
        .filter_map(|entry| Some(filtering(entry, &BTreeMap::new())?.entries))
        .flatten()
        .filter(|(_, sid)| sid.name().is_none())
        .map(|(_, sid)| sid.to_string())
        .collect();
    for sid in unknown.into_iter().take(MOST_NAMES) {
        let Ok(parsed) = sid.parse::<Sid>() else { continue };
        let by_sid = format!("(objectSid={})", filter::escape_bytes(&parsed.to_bytes()));
        let search = Search::new(&root.domain).filter(by_sid).attributes(&["sAMAccountName"]);
        if let Some(name) =
            connection.first(&search)?.and_then(|e| e.text("sAMAccountName").map(str::to_owned))
        {
            policies.names.insert(sid, name);
        }
    }
    Ok(policies)
}

/// Looks up a computer with its scopes and its SIDs. `None` if the domain has no computer with this name.
pub fn computer(
    connection: &mut Connection,
    policies: &Policies,
    name: &str,
    site: Option<&str>,
) -> Result<Option<Computer>, Error> {
    let domain = connection.root().domain.clone();
    let account = name.split('.').next().unwrap_or(name).trim_end_matches('$');
    let by_name = format!("(&(objectCategory=computer)(sAMAccountName={}$))", filter::escape(account));
    let search = Search::new(&domain).filter(by_name).attributes(&["objectSid", "cn"]);
    let Some(entry) = connection.first(&search)? else { return Ok(None) };
    // The domain controller computes all groups, including nested ones, in a base search only.
    let groups = connection.read(entry.dn(), &["tokenGroups"])?;
    let mut computer = policies.at(entry.dn(), site);
    computer.name = Some(entry.text("cn").unwrap_or(name).to_owned());
    let own = entry.bytes("objectSid").into_iter();
    let of_groups = groups.iter().flat_map(|groups| groups.values("tokenGroups")).map(Vec::as_slice);
    let mut token: Vec<Sid> = own.chain(of_groups).filter_map(|bytes| Sid::from_bytes(bytes).ok()).collect();
    // Everyone, Authenticated Users, Network, This Organization: SIDs of every computer that signs in.
    token.extend(
        ["S-1-1-0", "S-1-5-11", "S-1-5-2", "S-1-5-15"].iter().filter_map(|sid| sid.parse::<Sid>().ok()),
    );
    computer.token = Some(token);
    Ok(Some(computer))
}

fn all(connection: &mut Connection, search: &Search<'_>) -> Result<Vec<Entry>, Error> {
    connection.search(search)?.collect()
}

impl Policies {
    /// Adds directory data to the objects whose files were read from SYSVOL, and adds the objects that exist
    /// only in the directory. Backups are not changed, because they describe another time.
    pub fn add_to(&self, objects: &mut Vec<PolicyObject>) {
        for entry in &self.objects {
            let Some(id) = entry.text("cn").map(str::to_uppercase) else { continue };
            let known = objects.iter_mut().find(|object| {
                object.kind == ObjectKind::Sysvol
                    && object.id.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(&id))
            });
            if let Some(object) = known {
                self.describe(object, entry, &id);
            } else {
                let mut object = PolicyObject::at(ObjectKind::Directory, entry.dn().to_owned());
                self.describe(&mut object, entry, &id);
                objects.push(object);
            }
        }
    }

    fn describe(&self, object: &mut PolicyObject, entry: &Entry, id: &str) {
        object.id = Some(id.to_owned());
        object.domain = Some(canonical(&self.domain));
        if let Some(name) = entry.text("displayName") {
            object.name = Some(name.to_owned());
        }
        if let Some(number) =
            entry.number("versionNumber").and_then(|number| u32::try_from(number & 0xffff_ffff).ok())
        {
            let (machine, user) = halves(number);
            let with = |half: Option<HalfVersion>, directory| HalfVersion {
                directory: Some(directory),
                sysvol: half.and_then(|half| half.sysvol),
            };
            object.machine_version = Some(with(object.machine_version, machine));
            object.user_version = Some(with(object.user_version, user));
        }
        options_of(object, entry.number("flags").and_then(|flags| u32::try_from(flags).ok()).unwrap_or(0));
        object.registry_extension =
            Some(lists_registry(entry.text("gPCMachineExtensionNames").unwrap_or_default()));
        object.filtering = filtering(entry, &self.names);
        object.wmi_filter = Some(entry.text("gPCWQLFilter").map(|filter| self.filter_name(filter)));
        object.links = Some(
            self.scopes
                .iter()
                .flat_map(|scope| links(scope).into_iter().map(move |link| (scope, link)))
                .filter(|(_, link)| link.object.eq_ignore_ascii_case(id))
                .map(|(scope, link)| LinkedTo {
                    path: self.path(scope.dn()),
                    enabled: link.enabled,
                    enforced: link.enforced,
                    order: link.order,
                })
                .collect(),
        );
    }

    /// `[domain;{GUID};0]`: the filter's name, or its GUID.
    fn filter_name(&self, reference: &str) -> String {
        let id = reference.split(';').nth(1).unwrap_or(reference);
        let found = self
            .filters
            .iter()
            .find(|filter| filter.text("msWMI-ID").is_some_and(|own| own.eq_ignore_ascii_case(id)));
        found.and_then(|filter| filter.text("msWMI-Name")).unwrap_or(id).to_owned()
    }

    /// The computer or other object with this distinguished name, in this site, or in the only site of the
    /// forest.
    #[must_use]
    pub fn at(&self, dn: &str, site: Option<&str>) -> Computer {
        let mut scopes = Vec::new();
        let mut assumptions = Vec::new();
        let parts = split_dn(dn);
        for index in 1..parts.len() {
            let rest = parts.get(index..).unwrap_or_default();
            let kind = match rest.first().map(|part| part.trim().to_ascii_uppercase()) {
                Some(part) if part.starts_with("OU=") => ScopeKind::Unit,
                Some(part) if part.starts_with("DC=") => ScopeKind::Domain,
                _ => continue,
            };
            scopes.push(self.scope(&rest.join(","), kind));
            if kind == ScopeKind::Domain {
                break;
            }
        }
        let named = |dn: &&String| site.is_some_and(|site| rdn(dn).eq_ignore_ascii_case(site));
        match (self.sites.iter().find(named), self.sites.as_slice(), site) {
            (Some(site), ..) => scopes.push(self.scope(site, ScopeKind::Site)),
            (None, [only], None) => scopes.push(self.scope(only, ScopeKind::Site)),
            (None, _, Some(site)) => {
                assumptions
                    .push(format!("the directory has no site {site}, so the links of sites are left out"));
            }
            (None, sites, None) => {
                let linked: Vec<_> = sites
                    .iter()
                    .filter(|site| !self.scope(site, ScopeKind::Site).links.is_empty())
                    .map(|site| rdn(site))
                    .collect();
                if !linked.is_empty() {
                    assumptions.push(format!(
                        "its site is not known here (--site NAME), and objects are linked to: {}",
                        linked.join(", ")
                    ));
                }
            }
        }
        Computer { name: None, scopes, token: None, assumptions }
    }

    fn scope(&self, dn: &str, kind: ScopeKind) -> Scope {
        let entry = self.scopes.iter().find(|scope| scope.dn().eq_ignore_ascii_case(dn));
        Scope {
            path: self.path(dn),
            kind,
            blocks_inheritance: Some(entry.is_some_and(|entry| entry.number("gPOptions") == Some(1))),
            links: entry.map(links).unwrap_or_default(),
        }
    }

    /// The path of an organizational unit from the domain down, or the name of a site.
    fn path(&self, dn: &str) -> String {
        if self.sites.iter().any(|site| site.eq_ignore_ascii_case(dn)) { rdn(dn) } else { canonical(dn) }
    }
}

/// The value of the first RDN of a distinguished name.
fn rdn(dn: &str) -> String {
    let first = split_dn(dn).first().copied().unwrap_or_default();
    first.split_once('=').map_or(first, |(_, value)| value).replace('\\', "")
}

fn filtering(entry: &Entry, names: &BTreeMap<String, String>) -> Option<Filtering> {
    let descriptor = SecurityDescriptor::from_bytes(entry.bytes("nTSecurityDescriptor")?).ok()?;
    Some(Filtering::of(&descriptor, |sid| names.get(&sid.to_string()).cloned()))
}

/// Parses `gPLink`: `[LDAP://cn={GUID},cn=policies,…;options]`, repeated. Bit 0 of the options disables the
/// link, bit 1 enforces it.
///
/// The last one has link order 1, and wins. Samba applies them in this order, and Microsoft's own scripts
/// number them so (`ActiveDirectoryManagementFramework/DomainManagement`). The text of [MS-GPOL] 3.2.5.1.5
/// agrees for enforced links; for others it says that the first one wins.
fn links(scope: &Entry) -> Vec<Link> {
    let text = scope.text("gPLink").unwrap_or_default();
    let parts: Vec<_> = text.split('[').filter_map(|part| part.trim().strip_suffix(']')).collect();
    let count = parts.len();
    let link = |(index, part): (usize, &str)| {
        let (dn, options) = part.rsplit_once(';')?;
        let options: u32 = options.trim().parse().ok()?;
        let (start, end) = (dn.find('{')?, dn.find('}')?);
        Some(Link {
            object: dn.get(start..=end)?.to_uppercase(),
            enabled: options & 1 == 0,
            enforced: options & 2 != 0,
            order: u32::try_from(count - index).ok(),
        })
    };
    parts.into_iter().enumerate().filter_map(link).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn entry(dn: &str, attributes: &[(&str, &str)]) -> Entry {
        let values = |(name, value): &(&str, &str)| ((*name).to_owned(), vec![value.as_bytes().to_vec()]);
        Entry::new(dn, attributes.iter().map(values).collect())
    }

    const A: &str = "{AAAAAAAA-0000-0000-0000-000000000001}";
    const B: &str = "{BBBBBBBB-0000-0000-0000-000000000002}";

    fn policies() -> Policies {
        let link = |id: &str, options: u32| {
            format!("[LDAP://cn={},cn=policies,cn=system,DC=corp,DC=example;{options}]", id.to_lowercase())
        };
        let domain = "DC=corp,DC=example";
        Policies {
            domain: domain.to_owned(),
            objects: vec![entry(
                &format!("CN={A},CN=Policies,CN=System,{domain}"),
                &[
                    ("cn", A),
                    ("displayName", "RDS Licensing"),
                    ("versionNumber", "131075"),
                    ("flags", "1"),
                    (
                        "gPCMachineExtensionNames",
                        "[{35378EAC-683F-11D2-A89A-00C04FBBCFA2}{D02B1F72-3407-48AE-BA88-E8213C6761F1}]",
                    ),
                    ("gPCWQLFilter", "[corp.example;{CCCCCCCC-0000-0000-0000-000000000003};0]"),
                ],
            )],
            scopes: vec![
                entry(
                    &format!("OU=RDSH,{domain}"),
                    &[("gPLink", &(link(A, 2) + &link(B, 1))), ("gPOptions", "1")],
                ),
                entry(domain, &[("gPLink", &link(B, 0))]),
            ],
            sites: vec!["CN=Vienna,CN=Sites,CN=Configuration,DC=corp,DC=example".to_owned()],
            filters: vec![entry(
                "CN={CCCCCCCC-0000-0000-0000-000000000003},CN=SOM",
                &[("msWMI-ID", "{CCCCCCCC-0000-0000-0000-000000000003}"), ("msWMI-Name", "servers only")],
            )],
            names: BTreeMap::new(),
        }
    }

    #[test]
    fn an_object_with_its_links() {
        let mut objects = Vec::new();
        policies().add_to(&mut objects);
        let object = objects.first().unwrap();
        assert_eq!(
            (object.name.as_deref(), object.domain.as_deref()),
            (Some("RDS Licensing"), Some("corp.example"))
        );
        assert_eq!(object.machine_version, Some(HalfVersion { directory: Some(3), sysvol: None }));
        assert_eq!((object.machine_disabled, object.user_disabled), (Some(false), Some(true)));
        assert_eq!(
            (object.registry_extension, object.wmi_filter.clone()),
            (Some(true), Some(Some("servers only".to_owned())))
        );
        let link =
            LinkedTo { path: "corp.example/RDSH".to_owned(), enabled: true, enforced: true, order: Some(2) };
        assert_eq!(object.links, Some(vec![link]));
    }

    #[test]
    fn the_way_of_a_computer() {
        let computer = policies().at("CN=RDSH01,OU=Gold,OU=RDSH,DC=corp,DC=example", None);
        let way: Vec<_> = computer
            .scopes
            .iter()
            .map(|scope| (scope.path.as_str(), scope.kind, scope.blocks_inheritance, scope.links.len()))
            .collect();
        let expected = [
            ("corp.example/RDSH/Gold", ScopeKind::Unit, Some(false), 0),
            ("corp.example/RDSH", ScopeKind::Unit, Some(true), 2),
            ("corp.example", ScopeKind::Domain, Some(false), 1),
            ("Vienna", ScopeKind::Site, Some(false), 0),
        ];
        assert_eq!(way, expected);
        assert!(computer.assumptions.is_empty());
        let elsewhere = policies().at("CN=X,CN=Computers,DC=corp,DC=example", Some("Graz"));
        assert_eq!(elsewhere.scopes.len(), 1);
        assert_eq!(elsewhere.assumptions.len(), 1);
    }
}
