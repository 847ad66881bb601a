//! Which machines of a run belong together.
//!
//! A run may hold one farm, or the farms of a hundred customers. Two session hosts are of one *set* where
//! they list a license server in common, directly or by way of other hosts. A host without a list joins the
//! one set that its domain has; where its domain has none, or several, it is taken with the others of its
//! domain that have no list; hosts of which no domain was seen count as one domain, so that a run over bare
//! exports is one set. Hosts of a workgroup belong together by a common server only. Short names, addresses
//! and missing domains mean the same only within one group of the run, which is a folder or an archive.

use std::collections::BTreeMap;

use super::{Role, ServerEntry};
use crate::model::FleetKey;

/// Names by which a machine means itself.
const ITSELF: [&str; 4] = ["localhost", ".", "127.0.0.1", "::1"];

/// The sets of session hosts, those of one host too.
#[must_use]
pub fn sets<'t>(machines: &[&'t FleetKey]) -> Vec<Vec<&'t FleetKey>> {
    let hosts: Vec<&FleetKey> =
        machines.iter().copied().filter(|m| m.roles.contains(&Role::SessionHost)).collect();
    let mut groups = Groups::new(hosts.len());
    let mut by_server: BTreeMap<(String, &str), usize> = BTreeMap::new();
    for (index, host) in hosts.iter().enumerate() {
        for server in server_names(host) {
            // A short name or an address means another server in another group.
            let is_full_name = server.contains('.') && server.contains(char::is_alphabetic);
            let group = if is_full_name { "" } else { host.group.as_str() };
            let first = *by_server.entry((server, group)).or_insert(index);
            groups.join(first, index);
        }
    }
    let listless = |host: &FleetKey| server_names(host).is_empty();
    let mut by_domain: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for (index, host) in hosts.iter().enumerate().filter(|(_, host)| host.domain.as_deref() != Some("")) {
        by_domain.entry(host.realm()).or_default().push(index);
    }
    for members in by_domain.values() {
        let (without, with): (Vec<usize>, Vec<usize>) =
            members.iter().partition(|index| listless(hosts[**index]));
        let mut roots: Vec<usize> = with.iter().map(|index| groups.root(*index)).collect();
        roots.sort_unstable();
        roots.dedup();
        let Some(first) = without.first() else { continue };
        let anchor = if let [only] = roots[..] { only } else { *first };
        for index in &without {
            groups.join(anchor, *index);
        }
    }
    let mut sets: BTreeMap<usize, Vec<&FleetKey>> = BTreeMap::new();
    for (index, host) in hosts.iter().enumerate() {
        sets.entry(groups.root(index)).or_default().push(host);
    }
    sets.into_values().collect()
}

/// The full names of the servers that a host lists, sorted, each once. A short name is completed with the
/// host's own domain, as Windows does; without a known domain it stays short.
#[must_use]
pub fn server_names(host: &FleetKey) -> Vec<String> {
    let entries = host.servers.iter().flatten().filter(|entry| !entry.is_blank());
    let mut names: Vec<String> = entries.map(|entry| full_name(host, entry)).collect();
    names.sort();
    names.dedup();
    names
}

fn full_name(host: &FleetKey, entry: &ServerEntry) -> String {
    let mut name = entry.folded();
    if ITSELF.contains(&name.as_str()) {
        name = host.name.as_deref().unwrap_or(&host.locator).to_lowercase();
    }
    match host.domain.as_deref() {
        Some(domain) if !domain.is_empty() && !name.contains(['.', ':']) => format!("{name}.{domain}"),
        _ => name,
    }
}

/// The machines of a run by the first label of their names.
#[derive(Debug)]
pub struct ByName<'t>(BTreeMap<String, Vec<&'t FleetKey>>);

impl<'t> ByName<'t> {
    /// Sorts the machines.
    #[must_use]
    pub fn new(machines: &[&'t FleetKey]) -> Self {
        let mut by_name: BTreeMap<String, Vec<&FleetKey>> = BTreeMap::new();
        for machine in machines {
            if let Some(name) = &machine.name {
                by_name.entry(name.to_lowercase()).or_default().push(machine);
            }
        }
        Self(by_name)
    }

    /// The machines that a host can mean by this entry of its list: equal names, in domains that do not
    /// contradict each other.
    pub fn named(&self, host: &FleetKey, entry: &ServerEntry) -> impl Iterator<Item = &'t FleetKey> {
        let full = full_name(host, entry);
        let domain = full.split_once('.').map(|(_, domain)| domain.to_owned());
        let candidates = self.0.get(full.split('.').next().unwrap_or_default()).cloned().unwrap_or_default();
        let group = host.group.clone();
        candidates.into_iter().filter(move |machine| match (&domain, machine.domain.as_deref()) {
            (Some(domain), Some(own)) if own == domain => true,
            (Some(_), Some(own)) => own.is_empty() && machine.group == group,
            _ => machine.group == group,
        })
    }

    /// The machines of one name and domain of which the run has several captures.
    pub fn repeated(&self) -> impl Iterator<Item = Vec<&'t FleetKey>> {
        self.0.values().flat_map(|same| {
            let mut by_domain: BTreeMap<_, Vec<&FleetKey>> = BTreeMap::new();
            for machine in same {
                let captures = by_domain.entry(machine.realm()).or_default();
                if captures.iter().all(|other: &&FleetKey| other.can_be(machine)) {
                    captures.push(machine);
                }
            }
            by_domain.into_values().filter(|captures| captures.len() > 1).collect::<Vec<_>>()
        })
    }
}

/// Each session host with each license server of the run that it lists, except itself.
#[must_use]
pub fn served<'t>(machines: &[&'t FleetKey]) -> Vec<(&'t FleetKey, &'t FleetKey)> {
    let by_name = ByName::new(machines);
    let mut pairs: Vec<(&FleetKey, &FleetKey)> = Vec::new();
    for &host in machines.iter().filter(|host| host.roles.contains(&Role::SessionHost)) {
        let of_host = pairs.len();
        for entry in host.servers.iter().flatten().filter(|entry| !entry.is_blank()) {
            for server in by_name.named(host, entry) {
                let known = pairs[of_host..].iter().any(|(_, known)| std::ptr::eq(*known, server));
                if server.roles.contains(&Role::LicenseServer) && server.name != host.name && !known {
                    pairs.push((host, server));
                }
            }
        }
    }
    pairs
}

/// Disjoint groups of the numbers below a bound.
struct Groups(Vec<usize>);

impl Groups {
    fn new(size: usize) -> Self {
        Self((0..size).collect())
    }

    fn root(&mut self, mut index: usize) -> usize {
        while self.0[index] != index {
            self.0[index] = self.0[self.0[index]];
            index = self.0[index];
        }
        index
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.root(one), self.root(other));
        // The smaller number stays the root, so that sets come out in the order of the run.
        self.0[one.max(other)] = one.min(other);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(name: &str, domain: Option<&str>, servers: &[&str]) -> FleetKey {
        FleetKey {
            label: name.to_owned(),
            name: Some(name.to_owned()),
            domain: domain.map(str::to_owned),
            roles: vec![Role::SessionHost],
            servers: Some(servers.iter().map(|server| ServerEntry((*server).to_owned())).collect()),
            ..FleetKey::default()
        }
    }

    fn names(machines: &[FleetKey]) -> Vec<Vec<&str>> {
        sets(&machines.iter().collect::<Vec<_>>())
            .iter()
            .map(|set| set.iter().map(|host| host.label.as_str()).collect())
            .collect()
    }

    #[test]
    fn a_common_server_makes_a_set() {
        let machines = [
            host("A", None, &["ls1"]),
            host("B", None, &["ls2", "LS1 "]),
            host("C", None, &["ls3"]),
            host("D", None, &["ls2"]),
        ];
        assert_eq!(names(&machines), [vec!["A", "B", "D"], vec!["C"]]);
    }

    #[test]
    fn customers_with_equal_short_names_stay_apart() {
        let machines = [
            host("A", Some("one.example"), &["ls1"]),
            host("B", Some("two.example"), &["ls1"]),
            host("C", Some("one.example"), &["ls1.one.example"]),
        ];
        assert_eq!(names(&machines), [vec!["A", "C"], vec!["B"]]);
    }

    #[test]
    fn hosts_without_a_list_go_with_their_domain() {
        let machines = [
            host("A", Some("one.example"), &["ls1"]),
            host("B", Some("one.example"), &[]),
            host("C", Some("two.example"), &[]),
            host("D", Some("two.example"), &[]),
            host("E", Some(""), &[]),
            host("F", Some(""), &[]),
        ];
        assert_eq!(names(&machines), [vec!["A", "B"], vec!["C", "D"], vec!["E"], vec!["F"]]);
    }

    #[test]
    fn workgroups_of_two_customers_have_nothing_in_common() {
        let of =
            |group: &str, domain| FleetKey { group: group.to_owned(), ..host("SERVER", domain, &["ls1"]) };
        for domain in [Some(""), None] {
            let machines = [of("shop1", domain), of("shop2", domain), of("shop1", domain)];
            assert_eq!(sets(&machines.iter().collect::<Vec<_>>()).len(), 2, "{domain:?}");
            let by_name = ByName::new(&machines.iter().collect::<Vec<_>>());
            assert_eq!(by_name.repeated().map(|captures| captures.len()).collect::<Vec<_>>(), [2]);
            let entry = ServerEntry("server".to_owned());
            assert_eq!(by_name.named(&machines[1], &entry).count(), 1);
        }
        // A domain is one domain in any folder.
        let machines = [of("a", Some("one.example")), of("b", Some("one.example"))];
        assert_eq!(sets(&machines.iter().collect::<Vec<_>>()).len(), 1);
        // Two dates of installation are two machines.
        let machines = [
            FleetKey { installed: Some(1), ..of("a", Some("corp.local")) },
            FleetKey { installed: Some(2), ..of("b", Some("corp.local")) },
        ];
        assert_eq!(ByName::new(&machines.iter().collect::<Vec<_>>()).repeated().count(), 0);
    }

    #[test]
    fn a_list_names_machines_of_the_run() {
        let machines = [host("RDLS1", Some("one.example"), &[]), host("RDLS1", Some("two.example"), &[])];
        let by_name = ByName::new(&machines.iter().collect::<Vec<_>>());
        let asking = |domain, server: &str| {
            let host = host("H", domain, &[]);
            by_name
                .named(&host, &ServerEntry(server.to_owned()))
                .filter_map(|m| m.domain.clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(asking(Some("one.example"), "rdls1"), ["one.example"]);
        assert_eq!(asking(None, "rdls1.two.example"), ["two.example"]);
        assert_eq!(asking(None, "rdls1").len(), 2);
        assert_eq!(asking(None, "10.0.0.5").len(), 0);
        assert_eq!(by_name.repeated().count(), 0);
    }
}
