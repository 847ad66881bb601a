//! The list of license servers.

use registry::{Key, KeyPath, Snapshot, ValueType};
use serde::Serialize;

use super::product::{Era, Product};
use super::setting::{Candidate, Place, Setting, Standing};
use super::{Found, key, value};
use crate::evidence::{Evidence, Need};
use crate::places;

/// One entry of a list of license servers, as it stands there.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct ServerEntry(pub String);

impl ServerEntry {
    /// The name without blanks around it, in lower case: what two entries are compared by.
    #[must_use]
    pub fn folded(&self) -> String {
        self.0.trim().to_lowercase()
    }

    /// The first label of the folded name: the NetBIOS name of a fully qualified one. An IP address is its own.
    #[must_use]
    pub fn host(&self) -> String {
        let name = self.folded();
        if name.parse::<std::net::IpAddr>().is_ok() {
            return name;
        }
        name.split('.').next().unwrap_or_default().to_owned()
    }

    /// True where nothing but blanks stands in the entry.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.0.trim().is_empty()
    }
}

/// The name of the value that holds the local list.
pub(super) const SPECIFIED: &str = "SpecifiedLicenseServers";

/// Places where people put a list and that no Windows reads: key, value (`None`: the subkeys' names).
const STRAYS: [(&str, Option<&str>); 7] = [
    (r"SYSTEM\CurrentControlSet\Services\TermService\Parameters", Some(SPECIFIED)),
    (r"SYSTEM\CurrentControlSet\Services\TermServices\Parameters\LicenseServers", Some(SPECIFIED)),
    (r"SYSTEM\CurrentControlSet\Control\Terminal Server\RCM", Some(SPECIFIED)),
    (r"SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\Licensing Core", Some("LicenseServers")),
    (r"SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\LicenseServers", None),
    (r"SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\SpecifiedLicenseServers", None),
    (r"SYSTEM\CurrentControlSet\Control\Terminal Server\Computers\LicenseServers", None),
];

pub(super) fn read(snapshot: &Snapshot, product: &Product) -> Setting<Vec<ServerEntry>> {
    let mut list = Collector::default();
    let policy_unseen = list.policy(snapshot);
    list.local(snapshot, product);
    list.strays(snapshot);
    let mut unseen = list.unseen;
    unseen.sort();
    unseen.dedup();
    Setting::decide(list.candidates, unseen, policy_unseen)
}

#[derive(Default)]
struct Collector {
    candidates: Vec<Candidate<Vec<ServerEntry>>>,
    unseen: Vec<Need>,
    taken: bool,
}

impl Collector {
    /// Returns whether the policy could not be seen.
    fn policy(&mut self, snapshot: &Snapshot) -> bool {
        let found = match value(snapshot, &places::policy(), "LicenseServers") {
            Err(unknown) => {
                self.unseen.extend(unknown.needs);
                return true;
            }
            Ok(None) => return false,
            Ok(Some(found)) => found,
        };
        let servers = (found.value.kind == ValueType::SZ)
            .then(|| found.value.as_text())
            .flatten()
            .map(|text| split_policy_list(&text.content));
        let usable = servers.as_ref().is_some_and(|servers| servers.iter().any(|entry| !entry.is_blank()));
        let (standing, reason) = if usable {
            (Standing::Wins, "a policy has precedence over every local list".to_owned())
        } else if servers.is_some() {
            (Standing::Invalid, "the policy names no server".to_owned())
        } else {
            (Standing::Invalid, format!("a policy's list is a REG_SZ; this is a {}", found.value.kind))
        };
        self.taken = usable;
        self.push(Place::Policy, &found, servers, standing, reason);
        false
    }

    fn local(&mut self, snapshot: &Snapshot, product: &Product) {
        let path = places::license_servers();
        let old = product.era() == Some(Era::Nt5);
        match value(snapshot, &path, SPECIFIED) {
            Err(unknown) => self.unseen.extend(unknown.needs),
            Ok(None) => {}
            Ok(Some(found)) => self.list_value(Place::Local, &found, old),
        }
        let as_key = path.join(SPECIFIED);
        if let Ok(Some(found)) = value(snapshot, &as_key, SPECIFIED) {
            self.list_value(Place::LocalVariant, &found, old);
        }
        if let Ok(Some(found)) = key(snapshot, &path) {
            let names: Vec<_> =
                found.subkeys.iter().filter(|sub| !sub.name.matches(SPECIFIED)).map(subkey_name).collect();
            if !names.is_empty() {
                let place = if old { Place::Local } else { Place::Legacy };
                let (standing, reason) = if !old {
                    (Standing::NeverRead, "one subkey for each server is the form of Windows Server 2003")
                } else if self.taken {
                    (Standing::Overridden, "a policy lists the servers")
                } else {
                    self.taken = true;
                    (Standing::Wins, "no policy lists servers")
                };
                self.push_key(place, &path, found, names, standing, reason.to_owned());
            }
        }
        if let Ok(Some(found)) = value(snapshot, &places::term_service_parameters(), "DefaultLicenseServer") {
            let servers = found.value.as_text().map(|text| vec![ServerEntry(text.content)]);
            let reason = "only Windows NT 4.0 and 2000 read DefaultLicenseServer (KB239107)".to_owned();
            self.push(Place::Legacy, &found, servers, Standing::NeverRead, reason);
        }
    }

    fn list_value(&mut self, place: Place, found: &Found<'_>, old: bool) {
        let servers = found
            .value
            .as_multi_string()
            .map(|list| list.items.into_iter().map(ServerEntry).collect::<Vec<_>>());
        let usable = servers.as_ref().is_some_and(|servers| servers.iter().any(|entry| !entry.is_blank()));
        let (standing, reason) = if old {
            (Standing::NeverRead, "Windows Server 2003 reads one subkey for each server".to_owned())
        } else if servers.is_none() {
            (Standing::Invalid, format!("the list is a REG_MULTI_SZ; this is a {}", found.value.kind))
        } else if !usable {
            (Standing::Invalid, "the list names no server".to_owned())
        } else if self.taken {
            (Standing::Overridden, "a list with precedence names servers".to_owned())
        } else {
            self.taken = true;
            (Standing::Wins, "no policy lists servers".to_owned())
        };
        self.push(place, found, servers, standing, reason);
    }

    fn strays(&mut self, snapshot: &Snapshot) {
        let reason = || "Windows does not read a list of license servers from here".to_owned();
        for (place, name) in STRAYS {
            let path = KeyPath::hklm(place);
            let Ok(Some(found_key)) = key(snapshot, &path) else { continue };
            if let Some(name) = name {
                if let Some(stray) = found_key.value(name) {
                    let found = Found { path, key: found_key, value: stray };
                    self.push(Place::Stray, &found, entries(&found), Standing::NeverRead, reason());
                }
            } else {
                let names = found_key.subkeys.iter().map(subkey_name).collect();
                self.push_key(Place::Stray, &path, found_key, names, Standing::NeverRead, reason());
            }
        }
        for (path, name) in [(places::license_servers(), SPECIFIED), (places::policy(), "LicenseServers")] {
            let Ok(Some(found_key)) = key(snapshot, &path) else { continue };
            for value in &found_key.values {
                let text = value.name.as_str().unwrap_or_default();
                if text.trim() != text && text.trim().eq_ignore_ascii_case(name) {
                    let found = Found { path: path.clone(), key: found_key, value };
                    let reason = "the value's name has a blank too many; Windows looks for the exact name";
                    self.push(Place::Stray, &found, entries(&found), Standing::NeverRead, reason.to_owned());
                }
            }
        }
    }

    fn push(
        &mut self,
        place: Place,
        found: &Found<'_>,
        value: Option<Vec<ServerEntry>>,
        standing: Standing,
        reason: String,
    ) {
        let (path, evidence) = (found.path.clone(), found.evidence());
        self.candidates.push(Candidate { place, path, value, evidence, standing, reason });
    }

    fn push_key(
        &mut self,
        place: Place,
        path: &KeyPath,
        key: &Key,
        names: Vec<ServerEntry>,
        standing: Standing,
        reason: String,
    ) {
        let shown: Vec<_> = names.iter().map(|entry| entry.0.as_str()).collect();
        let found = if shown.is_empty() { "key".to_owned() } else { format!("subkeys {}", shown.join(", ")) };
        let evidence = Evidence::key(path, key, found);
        self.candidates.push(Candidate {
            place,
            path: path.clone(),
            value: Some(names),
            evidence,
            standing,
            reason,
        });
    }
}

fn subkey_name(key: &Key) -> ServerEntry {
    ServerEntry(key.name.to_string())
}

/// Whatever list a value holds, of whatever type.
fn entries(found: &Found<'_>) -> Option<Vec<ServerEntry>> {
    if let Some(list) = found.value.as_multi_string() {
        return Some(list.items.into_iter().map(ServerEntry).collect());
    }
    found.value.as_text().map(|text| split_policy_list(&text.content))
}

/// Splits the policy's text at its commas, keeping blanks and empty entries: they are faults worth showing.
fn split_policy_list(text: &str) -> Vec<ServerEntry> {
    if text.is_empty() {
        return Vec::new();
    }
    text.split(',').map(|entry| ServerEntry(entry.to_owned())).collect()
}
