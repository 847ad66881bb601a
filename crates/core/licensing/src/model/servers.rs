//! The list of license servers.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use snapshot::{Key, KeyPath, Snapshot, Value, ValueType};

use super::facts::{self, Connectivity, Discovered, FactKey, LicensingSettings};
use super::product::{Era, Product};
use super::reach;
use super::server_entry::{ServerEntry, same_servers};
use super::setting::{
    BLANK, Candidate, CandidateStatus, Layer, Setting, Stray, Unseen, add_report, with_blanks,
};
use super::strays::{self, POLICY, SPECIFIED};
use super::{Found, key, value};
use crate::evidence::{Evidence, Unknown};
use crate::places;

pub(super) fn read(snapshot: &Snapshot, product: &Product) -> Setting<Vec<ServerEntry>> {
    let mut list = Collector::default();
    list.policy(snapshot, product);
    list.local(snapshot, product);
    list.strays(snapshot);
    let is_set = list.candidates.iter().any(|list| list.standing == CandidateStatus::Wins);
    if let Some((servers, evidence, is_list)) = reported(snapshot)
        && (if is_list { !list.is_overridden(snapshot, &servers) } else { !is_set })
    {
        let path = places::license_servers();
        add_report(&mut list.candidates, &mut list.unseen, path, (servers, evidence), |stored, reported| {
            same_servers(stored, reported)
        });
    }
    Setting::decide(list.candidates, list.unseen)
}

/// The servers that the running host reports: those that it lists, else those that it finds and that can
/// issue licenses to it, else those that it has just reached. True for a list.
fn reported(snapshot: &Snapshot) -> Option<(Vec<ServerEntry>, Evidence, bool)> {
    fn fact<T: DeserializeOwned>(snapshot: &Snapshot, key: FactKey<T>) -> Option<(T, &str)> {
        let fact = snapshot.facts.get(key.name)?;
        Some((T::deserialize(&fact.value).ok()?, fact.source.as_str()))
    }
    let listed = fact(snapshot, facts::SPECIFIED_SERVERS).map(|(servers, source)| (servers, source, true));
    let found = fact(snapshot, facts::DISCOVERED_SERVERS).map(|(servers, source)| {
        let usable = servers.into_iter().filter(|found: &Discovered| found.issues == Some(true));
        (usable.map(|found| found.server).collect(), source, false)
    });
    let reached = fact(snapshot, facts::CONNECTIVITY).map(|(answers, source)| {
        let usable = answers.into_iter().filter(|answer: &Connectivity| reach::is_valid(answer.status));
        (usable.map(|answer| answer.server).collect(), source, false)
    });
    let mut all = [listed, found, reached].into_iter().flatten();
    let is_named = |servers: &[String]| servers.iter().any(|server| !server.trim().is_empty());
    let (servers, source, is_list): (Vec<String>, _, _) = all.find(|(servers, ..)| is_named(servers))?;
    let evidence = Evidence::fact(source, servers.join(", "));
    Some((servers.into_iter().map(ServerEntry).collect(), evidence, is_list))
}
/// Why a list that [`Value::as_single_bytes`] recognizes names no server.
const SINGLE_BYTES: &str = "its text has one byte for each character, where Windows reads UTF-16";

/// What is said of one candidate.
struct Judged {
    place: Layer,
    stray: Option<Stray>,
    standing: CandidateStatus,
    reason: String,
}

impl Judged {
    fn new(place: Layer, standing: CandidateStatus, reason: impl Into<String>) -> Self {
        Self { place, stray: None, standing, reason: reason.into() }
    }

    fn stray(stray: Stray, reason: &str) -> Self {
        Self { stray: Some(stray), ..Self::new(Layer::Stray, CandidateStatus::NeverRead, reason) }
    }
}

#[derive(Default)]
struct Collector {
    candidates: Vec<Candidate<Vec<ServerEntry>>>,
    unseen: Unseen,
    taken: bool,
}

impl Collector {
    /// Whether these servers are a local list that a policy overrides, and the host does not report that no
    /// policy sets its list.
    fn is_overridden(&self, snapshot: &Snapshot, servers: &[ServerEntry]) -> bool {
        let settings = snapshot.facts.get(facts::LICENSING_SETTINGS.name);
        let settings = settings.and_then(|fact| LicensingSettings::deserialize(&fact.value).ok());
        if settings.is_some_and(|settings| settings.servers_by_policy == Some(false)) {
            return false;
        }
        self.candidates.iter().any(|list| {
            list.standing == CandidateStatus::Overridden
                && list.value.as_deref().is_some_and(|list| same_servers(list, servers))
        })
    }

    fn policy(&mut self, snapshot: &Snapshot, product: &Product) {
        let supported = product.is_at_least(5, 1) != Some(false);
        let found = match value(snapshot, &places::policy(), POLICY) {
            Err(unknown) => {
                if supported {
                    self.unseen.policy = unknown.needs;
                }
                return;
            }
            Ok(None) => return,
            Ok(Some(found)) => found,
        };
        let text = found.value.as_text().filter(|_| found.value.kind == ValueType::SZ);
        let single_bytes = text.is_some() && found.value.as_single_bytes().is_some();
        let servers = text.map(|text| split_policy_list(&text.content));
        let judged = if !supported {
            Judged::new(
                Layer::Policy,
                CandidateStatus::NeverRead,
                "Windows 2000 does not support this policy",
            )
        } else if single_bytes {
            // The policy has a text, which keeps Windows from the local list.
            self.taken = true;
            self.push(Judged::new(Layer::Policy, CandidateStatus::Wins, SINGLE_BYTES), &found, None);
            return;
        } else if servers.as_deref().is_some_and(names_one) {
            self.taken = true;
            Judged::new(Layer::Policy, CandidateStatus::Wins, "a policy has precedence over every local list")
        } else if servers.is_some() {
            let reason =
                "the policy names no server; whether the local list is then in force is not documented";
            Judged::new(Layer::Policy, CandidateStatus::Invalid, reason)
        } else {
            let reason = format!("a policy's list is a REG_SZ; this is a {}", found.value.kind);
            Judged::new(Layer::Policy, CandidateStatus::Invalid, reason)
        };
        self.push(judged, &found, servers);
    }

    fn local(&mut self, snapshot: &Snapshot, product: &Product) {
        let path = places::license_servers();
        let old = matches!(product.era(), Some(Era::Nt4 | Era::Nt5));
        match value(snapshot, &path, SPECIFIED) {
            Err(_) if old => {}
            Err(unknown) => self.unseen.local.extend(unknown.needs),
            Ok(None) => {}
            Ok(Some(found)) => self.list_value(Layer::Local, &found, old),
        }
        self.variant(snapshot, &path, old);
        self.subkeys(snapshot, &path, product);
        self.default_server(snapshot, product);
    }

    /// The list in a key named after it, as two Microsoft articles print it.
    fn variant(&mut self, snapshot: &Snapshot, path: &KeyPath, old: bool) {
        match value(snapshot, &path.join(SPECIFIED), SPECIFIED) {
            Ok(Some(found)) => self.list_value(Layer::LocalVariant, &found, old),
            Err(Unknown { needs }) if !old && key(snapshot, path).is_ok() => self.unseen.local.extend(needs),
            Ok(None) | Err(_) => {}
        }
    }

    fn list_value(&mut self, place: Layer, found: &Found<'_>, old: bool) {
        let single_bytes = found.value.as_single_bytes().is_some();
        let servers = found
            .value
            .as_multi_string()
            .filter(|_| !single_bytes)
            .map(|list| list.items.into_iter().map(ServerEntry).collect::<Vec<_>>());
        let (standing, reason) = if old {
            (CandidateStatus::NeverRead, "Windows Server 2003 reads one subkey for each server".to_owned())
        } else if single_bytes && found.value.kind == ValueType::MULTI_SZ {
            (CandidateStatus::Invalid, SINGLE_BYTES.to_owned())
        } else if servers.is_none() {
            (CandidateStatus::Invalid, format!("the list is a REG_MULTI_SZ; this is a {}", found.value.kind))
        } else if !servers.as_deref().is_some_and(names_one) {
            (CandidateStatus::Invalid, "the list names no server".to_owned())
        } else if self.taken {
            (CandidateStatus::Overridden, "a list with precedence names servers".to_owned())
        } else {
            self.taken = true;
            let reason = match place {
                Layer::LocalVariant => "no other list names a server; two articles place the list here",
                _ => self.unseen.without_policy("no policy lists servers"),
            };
            (CandidateStatus::Wins, reason.to_owned())
        };
        self.push(Judged::new(place, standing, reason), found, servers);
    }

    /// One subkey for each server, the form of Windows Server 2003.
    fn subkeys(&mut self, snapshot: &Snapshot, path: &KeyPath, product: &Product) {
        let old = product.era() == Some(Era::Nt5);
        let (found, names) = match subkey_names(snapshot, path) {
            Err(Unknown { needs }) => {
                if old {
                    self.unseen.local.extend(needs);
                }
                return;
            }
            Ok(None) => return,
            Ok(Some(found)) => found,
        };
        let names: Vec<_> =
            names.into_iter().filter(|entry| entry.folded() != SPECIFIED.to_lowercase()).collect();
        if names.is_empty() {
            return;
        }
        let judged = if !old {
            let reason = "one subkey for each server is documented only for Windows Server 2003";
            Judged::new(Layer::Legacy, CandidateStatus::NeverRead, reason)
        } else if self.taken {
            Judged::new(Layer::Local, CandidateStatus::Overridden, "a policy lists the servers")
        } else {
            self.taken = true;
            Judged::new(
                Layer::Local,
                CandidateStatus::Wins,
                self.unseen.without_policy("no policy lists servers"),
            )
        };
        self.push_key(judged, path, found, names);
    }

    fn default_server(&mut self, snapshot: &Snapshot, product: &Product) {
        let path = places::term_service_parameters();
        let Ok(Some(found)) = value(snapshot, &path, "DefaultLicenseServer") else { return };
        let servers = found.value.as_text().map(|text| vec![ServerEntry(text.content)]);
        let usable = servers.as_deref().is_some_and(names_one);
        let judged = if product.is_at_least(5, 1) == Some(false) && usable && !self.taken {
            self.taken = true;
            Judged::new(
                Layer::Local,
                CandidateStatus::Wins,
                "Windows 2000 contacts this server first (KB239107)",
            )
        } else {
            let reason = "only Windows NT 4.0 and 2000 read DefaultLicenseServer (KB239107)";
            Judged::new(Layer::Legacy, CandidateStatus::NeverRead, reason)
        };
        self.push(judged, &found, servers);
    }

    fn strays(&mut self, snapshot: &Snapshot) {
        const REASON: &str = "Windows does not read a license server list from here";
        for (path, name, stray) in strays::SERVER_VALUES {
            if let Ok(Some(found)) = value(snapshot, &KeyPath::fixed_hklm(path), name) {
                self.push(Judged::stray(stray, REASON), &found, entries(found.value));
            }
        }
        for (path, stray) in strays::SERVER_KEYS {
            let path = KeyPath::fixed_hklm(path);
            let Ok(Some((found_key, names))) = subkey_names(snapshot, &path) else { continue };
            if !names.is_empty() {
                self.push_key(Judged::stray(stray, REASON), &path, found_key, names);
            }
            for list in [SPECIFIED, POLICY].iter().filter_map(|name| found_key.value(name)) {
                let found = Found { path: path.clone(), key: found_key, value: list };
                self.push(Judged::stray(stray, REASON), &found, entries(list));
            }
        }
        for (path, name) in [(places::policy(), POLICY), (places::license_servers(), SPECIFIED)] {
            for found in with_blanks(snapshot, &path, name) {
                self.push(Judged::stray(Stray::BlankInName, BLANK), &found, entries(found.value));
            }
        }
    }

    fn push(&mut self, judged: Judged, found: &Found<'_>, value: Option<Vec<ServerEntry>>) {
        self.add(judged, found.path.clone(), value, found.evidence());
    }

    fn push_key(&mut self, judged: Judged, path: &KeyPath, key: &Key, names: Vec<ServerEntry>) {
        let shown: Vec<_> = names.iter().map(|entry| entry.0.as_str()).collect();
        let evidence = Evidence::key(path, key, format!("subkeys {}", shown.join(", ")));
        self.add(judged, path.clone(), Some(names), evidence);
    }

    fn add(&mut self, judged: Judged, path: KeyPath, value: Option<Vec<ServerEntry>>, evidence: Evidence) {
        let Judged { place, stray, standing, reason } = judged;
        self.candidates.push(Candidate { place, stray, path, value, evidence, standing, reason });
    }
}

/// The key with the names of its subkeys; unknown where only its values were captured.
fn subkey_names<'s>(
    snapshot: &'s Snapshot,
    path: &KeyPath,
) -> Result<Option<(&'s Key, Vec<ServerEntry>)>, Unknown> {
    let Some(found) = key(snapshot, path)? else { return Ok(None) };
    if found.subkeys.is_empty() {
        // No key has an empty name: whether one does is known only where the subkeys are.
        key(snapshot, &path.child(&snapshot::Name::default()))?;
    }
    let names = found.subkeys.iter().map(|sub| ServerEntry(sub.name.to_string())).collect();
    Ok(Some((found, names)))
}

fn names_one(servers: &[ServerEntry]) -> bool {
    servers.iter().any(|entry| !entry.is_blank())
}

/// Whatever list a value holds, of whatever type.
fn entries(value: &Value) -> Option<Vec<ServerEntry>> {
    if let Some(list) = value.as_multi_string() {
        return Some(list.items.into_iter().map(ServerEntry).collect());
    }
    value.as_text().map(|text| split_policy_list(&text.content))
}

/// Splits the policy's text at its commas, keeping spaces and empty entries: they are faults worth showing.
fn split_policy_list(text: &str) -> Vec<ServerEntry> {
    if text.is_empty() {
        return Vec::new();
    }
    text.split(',').map(|entry| ServerEntry(entry.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use snapshot::{Capture, Extent, MultiString, Origin, OriginKind, State, Text};

    use super::*;
    use crate::model::Effective;

    /// A machine under construction.
    struct Build {
        snapshot: Snapshot,
        version: &'static str,
    }

    impl Build {
        /// Both hives were captured and hold nothing yet.
        fn new() -> Self {
            Self::seeing(&[
                (KeyPath::hklm("SYSTEM"), Extent::Tree),
                (KeyPath::hklm("SOFTWARE"), Extent::Tree),
            ])
        }

        /// These keys were captured and hold nothing yet.
        fn seeing(captured: &[(KeyPath, Extent)]) -> Self {
            let origin = Origin { kind: OriginKind::Hives, locator: "test".into(), files: Vec::new() };
            let mut snapshot = Snapshot::new(origin);
            for (path, extent) in captured {
                let key = Key { name: path.last().cloned().unwrap_or_default(), ..Key::default() };
                let state = State::Key(Box::new(key));
                snapshot.captures.push(Capture { path: path.clone(), extent: *extent, state });
            }
            Self { snapshot, version: "10.0" }
        }

        fn version(self, version: &'static str) -> Self {
            Self { version, ..self }
        }

        fn key(&mut self, path: &KeyPath) -> &mut Key {
            let mut captures = self.snapshot.captures.iter_mut();
            let capture = captures.find(|capture| path.starts_with(&capture.path)).unwrap();
            let names = path.below(&capture.path).unwrap().to_vec();
            let State::Key(top) = &mut capture.state else { panic!("an absent key") };
            names.into_iter().fold(top, |key, name| {
                let index = key.subkeys.iter().position(|sub| sub.name.same(&name)).unwrap_or_else(|| {
                    key.subkeys.push(Key { name, ..Key::default() });
                    key.subkeys.len() - 1
                });
                &mut key.subkeys[index]
            })
        }

        fn value(mut self, path: &KeyPath, value: Value) -> Self {
            self.key(path).values.push(value);
            self
        }

        fn policy(self, text: &str) -> Self {
            self.value(&places::policy(), Value::new(POLICY, ValueType::SZ, Text::encode(text)))
        }

        fn local(self, names: &[&str]) -> Self {
            self.value(&places::license_servers(), multi(names))
        }

        fn subkey(mut self, path: &KeyPath, name: &str) -> Self {
            self.key(&path.child(&name.into()));
            self
        }

        fn read(self) -> Setting<Vec<ServerEntry>> {
            let version = Value::new("CurrentVersion", ValueType::SZ, Text::encode(self.version));
            let with_version = self.value(&places::current_version(), version);
            read(&with_version.snapshot, &Product::read(&with_version.snapshot))
        }
    }

    fn multi(names: &[&str]) -> Value {
        Value::new(SPECIFIED, ValueType::MULTI_SZ, MultiString::encode(names))
    }

    fn names(names: &[&str]) -> Vec<ServerEntry> {
        names.iter().map(|name| ServerEntry((*name).to_owned())).collect()
    }

    fn standings(setting: &Setting<Vec<ServerEntry>>) -> Vec<(Layer, CandidateStatus)> {
        setting.candidates.iter().map(|candidate| (candidate.place, candidate.standing)).collect()
    }

    #[test]
    fn policy_wins_and_keeps_its_faults() {
        let list = Build::new().policy("rdls1, rdls2,").local(&["old"]).read();
        assert_eq!(list.effective, Effective::Value(names(&["rdls1", " rdls2", ""])));
        assert_eq!(
            standings(&list),
            [(Layer::Policy, CandidateStatus::Wins), (Layer::Local, CandidateStatus::Overridden)]
        );
    }

    #[test]
    fn a_policy_without_a_name_or_of_another_type_is_unusable() {
        for text in ["", " ", ",", " , "] {
            let list = Build::new().policy(text).local(&["rdls1"]).read();
            assert_eq!(list.effective, Effective::Value(names(&["rdls1"])), "{text:?}");
            assert_eq!(standings(&list)[1], (Layer::Policy, CandidateStatus::Invalid), "{text:?}");
        }
        let multi = Value::new(POLICY, ValueType::MULTI_SZ, MultiString::encode(&["rdls1"]));
        let list = Build::new().value(&places::policy(), multi).read();
        assert_eq!(list.effective, Effective::NotSet);
        assert_eq!(list.candidates[0].value, None);
    }

    #[test]
    fn the_value_form_comes_before_the_key_form() {
        let variant = places::license_servers().join(SPECIFIED);
        let both = Build::new().local(&["a"]).value(&variant, multi(&["b"])).read();
        assert_eq!(both.effective, Effective::Value(names(&["a"])));
        assert_eq!(
            standings(&both),
            [(Layer::Local, CandidateStatus::Wins), (Layer::LocalVariant, CandidateStatus::Overridden)]
        );
        let alone = Build::new().value(&variant, multi(&["b"])).read();
        assert_eq!(alone.effective, Effective::Value(names(&["b"])));
        assert_eq!(standings(&alone), [(Layer::LocalVariant, CandidateStatus::Wins)]);
        let emptied = Build::new().local(&[]).value(&variant, multi(&["b"])).read();
        assert_eq!(emptied.effective, Effective::Value(names(&["b"])));
    }

    #[test]
    fn subkeys_are_the_form_of_2003() {
        let path = places::license_servers();
        let old = Build::new().version("5.2").subkey(&path, "RDLS1").local(&["a"]).read();
        assert_eq!(old.effective, Effective::Value(names(&["RDLS1"])));
        assert_eq!(
            standings(&old),
            [(Layer::Local, CandidateStatus::Wins), (Layer::Local, CandidateStatus::NeverRead)]
        );
        let modern = Build::new().subkey(&path, "RDLS1").read();
        assert_eq!(modern.effective, Effective::NotSet);
        assert_eq!(standings(&modern), [(Layer::Legacy, CandidateStatus::NeverRead)]);
    }

    #[test]
    fn windows_2000_reads_one_default_server_and_no_policy() {
        let default = || Value::new("DefaultLicenseServer", ValueType::SZ, Text::encode("RDLS1"));
        let parameters = places::term_service_parameters();
        let old = Build::new().version("5.0").policy("other").value(&parameters, default()).read();
        assert_eq!(old.effective, Effective::Value(names(&["RDLS1"])));
        let later = Build::new().version("5.2").value(&parameters, default()).read();
        assert_eq!(later.effective, Effective::NotSet);
        assert_eq!(standings(&later), [(Layer::Legacy, CandidateStatus::NeverRead)]);
    }

    #[test]
    fn an_unseen_policy_may_say_otherwise() {
        let seen = [(KeyPath::hklm("SYSTEM"), Extent::Tree), (places::current_version(), Extent::Tree)];
        let list = Build::seeing(&seen).local(&["rdls1"]).read();
        assert_eq!(list.effective, Effective::Unless(names(&["rdls1"])));
        assert_eq!(list.unseen, [crate::Need::Key(places::policy().to_string())]);
        assert!(list.certain().is_err());
    }

    #[test]
    fn an_unseen_local_list_matters_only_without_a_policy() {
        let software = || Build::seeing(&[(KeyPath::hklm("SOFTWARE"), Extent::Tree)]);
        assert_eq!(software().policy("rdls1").read().effective, Effective::Value(names(&["rdls1"])));
        let list = software().read();
        assert_eq!(list.effective, Effective::Unknown);
        assert_eq!(list.unseen, [crate::Need::Key(places::license_servers().to_string())]);
    }

    #[test]
    fn a_key_captured_without_its_subkeys_hides_the_key_form() {
        let seen = [(KeyPath::hklm("SOFTWARE"), Extent::Tree), (places::license_servers(), Extent::Values)];
        let list = Build::seeing(&seen).read();
        assert_eq!(list.effective, Effective::Unknown);
        let variant = places::license_servers().join(SPECIFIED);
        assert_eq!(list.unseen, [crate::Need::Key(variant.to_string())]);
    }

    #[test]
    fn strays_are_told_apart_and_never_win() {
        let text = |name: &str| Value::new(name, ValueType::SZ, Text::encode("rdls1"));
        let misspelt =
            KeyPath::hklm(r"SYSTEM\CurrentControlSet\Services\TermServices\Parameters\LicenseServers");
        let list = Build::new()
            .value(&places::term_service_parameters(), multi(&["rdls1"]))
            .value(&places::licensing_core(), text(POLICY))
            .value(&places::policy(), text(" LicenseServers"))
            .value(&places::rcm().join(SPECIFIED), multi(&["rdls1"]))
            .subkey(&misspelt, "rdls1")
            .subkey(&places::rcm().join("LicenseServers"), "rdls1")
            .read();
        assert_eq!(list.effective, Effective::NotSet);
        assert!(
            list.candidates
                .iter()
                .all(|c| c.standing == CandidateStatus::NeverRead && c.place == Layer::Stray)
        );
        assert!(list.candidates.iter().all(|c| c.value == Some(names(&["rdls1"]))));
        let count = |stray| list.strays(stray).count();
        assert_eq!(list.candidates.len(), 6);
        let kinds = [Stray::OneKeyTooHigh, Stray::InLicensingCore, Stray::BlankInName, Stray::MisspeltKey];
        assert_eq!(kinds.map(count), [1; 4]);
        assert_eq!(count(Stray::WrongKey), 2);
    }
}
