//! The list of license servers: how names are checked, and where and in which form each Windows keeps them.

use licensing::model::{EntryFlaw, EntryForm, Role, ServerEntry, listed};
use snapshot::{MultiString, Text};

use super::prelude::*;

/// The name of the value that holds the local list.
pub(super) const SPECIFIED: &str = "SpecifiedLicenseServers";

/// How a list is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// In a policy file: a text with commas.
    Policy,
    /// Windows Server 2008 R2 and later: a multi-string.
    Value,
    /// Windows Server 2003: one subkey for each server (KB279561).
    Subkeys,
    /// Windows NT 4.0 and 2000: the name of one server (KB239107).
    One,
}

impl Form {
    /// The form that this source's Windows reads.
    pub(super) fn of(machine: &Machine<'_>) -> Self {
        if support::is_policy(machine) {
            return Self::Policy;
        }
        let product = machine.product();
        let by_subkeys =
            machine.license_servers().winner().is_some_and(|list| list.path == places::license_servers());
        match product.era() {
            Some(Era::Nt5) if by_subkeys || product.is_at_least(5, 1) != Some(false) => Self::Subkeys,
            Some(Era::Nt4 | Era::Nt5) => Self::One,
            Some(Era::Nt6) | None => Self::Value,
        }
    }

    /// The key, and the value where the list is one.
    pub(super) fn place(self) -> (KeyPath, &'static str) {
        match self {
            Self::Policy => (places::policy(), "LicenseServers"),
            Self::Value => (places::license_servers(), SPECIFIED),
            Self::Subkeys => (places::license_servers(), ""),
            Self::One => (places::term_service_parameters(), "DefaultLicenseServer"),
        }
    }

    /// The list as the value that holds it; `None` for the form without a value.
    pub(super) fn value(self, list: &[ServerEntry]) -> Option<Value> {
        let (_, name) = self.place();
        let names: Vec<&str> = list.iter().map(|entry| entry.0.as_str()).collect();
        match self {
            Self::Policy | Self::One => Some(Value::new(name, ValueType::SZ, Text::encode(&names.join(",")))),
            Self::Value => Some(Value::new(name, ValueType::MULTI_SZ, MultiString::encode(&names))),
            Self::Subkeys => None,
        }
    }

    /// Writes the list in place of the one that is there; an empty list takes it away.
    pub(super) fn write(
        self,
        machine: &Machine<'_>,
        list: &[ServerEntry],
        why: &str,
        draft: &mut Draft<'_>,
    ) -> Result<(), Refusal> {
        let (key, name) = self.place();
        if self == Self::One && list.len() > 1 {
            return Err(Refusal::guard(
                format!("Windows NT 4.0 and 2000 ask one server by name, and these are {}", list.len()),
                "name one server",
            ));
        }
        match self.value(list) {
            Some(_) if list.is_empty() => draft.delete_value(&key, &Name::from(name), why),
            Some(value) => draft.set_value(&key, value, why),
            None => write_subkeys(machine, &key, list, why, draft),
        }
    }

    /// What is worth knowing of the form, where it is not the usual one.
    pub(super) fn note(self, machine: &Machine<'_>, draft: &mut Draft<'_>) {
        match self {
            Self::Subkeys => draft.note(
                "here the list is one subkey for each server, the form of Windows Server 2003; the order of the names cannot be \
                 written there",
            ),
            Self::Value if machine.product().version.as_deref() == Some("6.0") => draft.note(
                "that this value is read is documented for Windows Server 2008 R2 and later; on this Windows Server 2008 \
                 check the list in Terminal Services Configuration (tsconfig.msc) afterwards",
            ),
            _ => {}
        }
    }
}

fn write_subkeys(
    machine: &Machine<'_>,
    key: &KeyPath,
    list: &[ServerEntry],
    why: &str,
    draft: &mut Draft<'_>,
) -> Result<(), Refusal> {
    let there = draft.key(key)?.map(|key| key.subkeys).unwrap_or_default();
    if !support::knows_subkeys(machine, key) {
        let because = "its subkeys were not captured".to_owned();
        return Err(Refusal::Unseen { key: key.clone(), because });
    }
    let is = |name: &Name, entry: &ServerEntry| entry.0.eq_ignore_ascii_case(&name.to_string());
    let is_listed = |name: &Name| list.iter().any(|entry| is(name, entry));
    for gone in there.iter().filter(|sub| !is_listed(&sub.name) && !sub.name.matches(SPECIFIED)) {
        draft.delete_key(&key.child(&gone.name), why)?;
    }
    for entry in list.iter().filter(|entry| !there.iter().any(|sub| is(&sub.name, entry))) {
        draft.create_key(&key.child(&Name::from(entry.0.as_str())), why)?;
    }
    Ok(())
}

/// Refuses where a policy lists servers: what is local has no effect then.
pub(super) fn refuse_governed(machine: &Machine<'_>) -> Result<(), Refusal> {
    let setting = machine.license_servers();
    match setting.winner() {
        Some(winner) if winner.place == Layer::Policy && !support::is_policy(machine) => {
            Err(support::governed_by_policy(machine, "the list of license servers", &winner.evidence.found))
        }
        _ => Ok(()),
    }
}

/// Notes what a policy has to do with a local list.
pub(super) fn note_policy(machine: &Machine<'_>, draft: &mut Draft<'_>) {
    if support::is_policy(machine) {
        return;
    }
    let setting = machine.license_servers();
    support::note_unseen_policy(setting, "the list", draft);
    if let Some(policy) = setting.at(Layer::Policy).find(|policy| policy.stray.is_none()) {
        draft.note(format!(
            "a policy has the list too ({}), and Windows cannot use it: {}; mend or remove it in the policy object",
            policy.evidence.found, policy.reason
        ));
    }
}

/// The list that the recipe works on: that of the policy file, or the local one that is in force; empty where there is none.
pub(super) fn in_force(machine: &Machine<'_>, draft: &Draft<'_>) -> Result<Vec<ServerEntry>, Refusal> {
    refuse_governed(machine)?;
    let form = Form::of(machine);
    let (key, _) = form.place();
    draft.key(&key)?;
    let setting = machine.license_servers();
    let Some(winner) = setting.winner() else {
        let damaged = |list: &&licensing::model::Candidate<Vec<ServerEntry>>| {
            list.stray.is_none() && list.value.is_none() && list.path == key
        };
        return match setting.read().find(damaged) {
            Some(list) => Err(Refusal::guard(
                format!("the list of license servers cannot be used as it is: {}", list.reason),
                "mend it first: rdscal fix tidy-servers",
            )),
            None => Ok(Vec::new()),
        };
    };
    if winner.place == Layer::LocalVariant {
        return Err(Refusal::guard(
            format!(
                "the local list ({}) stands in a key of its own, {}, which most likely Windows does not read",
                winner.evidence.found, winner.path
            ),
            "move it into the documented value first: rdscal fix tidy-servers",
        ));
    }
    Ok(winner.value.iter().flatten().filter(|entry| !entry.is_blank()).cloned().collect())
}

/// Checks names that shall be listed; each is told apart from what people write in its place.
pub(super) fn check_names(
    machine: &Machine<'_>,
    given: &[String],
    draft: &mut Draft<'_>,
) -> Result<Vec<ServerEntry>, Refusal> {
    let mut names: Vec<ServerEntry> = Vec::new();
    for text in given {
        let entry = ServerEntry(text.clone()).tidied();
        check_name(&entry).map_err(Refusal::Usage)?;
        if let Some(same) = names.iter().find(|known| known.is_same_server(&entry)) {
            return Err(Refusal::Usage(if same.folded() == entry.folded() {
                format!("{entry} is named twice")
            } else {
                format!("{same} and {entry} name one server: name it once, best with its domain")
            }));
        }
        check_itself(machine, &entry, draft)?;
        names.push(entry);
    }
    let addresses: Vec<_> = names.iter().filter(|name| name.form() == EntryForm::Address).collect();
    if !addresses.is_empty() {
        draft.note(format!(
            "an address works and breaks when the server moves; better is the server's name: {}",
            listed(addresses)
        ));
    }
    Ok(names)
}

/// Why this is no name of a server.
pub(super) fn check_name(entry: &ServerEntry) -> Result<(), String> {
    match entry.flaw() {
        None | Some(EntryFlaw::BlankBefore | EntryFlaw::BlankAfter) => {}
        Some(EntryFlaw::Empty) => return Err("an empty text names no server".to_owned()),
        Some(EntryFlaw::LineBreak) => {
            return Err(format!("a line break or control character stands in {entry}"));
        }
        Some(EntryFlaw::Separator(c)) => {
            return Err(format!("{entry} holds several names joined by “{c}”: name each server by itself"));
        }
        Some(EntryFlaw::BlankInside) => {
            return Err(format!("{entry} has a blank inside, which no server's name has"));
        }
    }
    let why = match entry.form() {
        EntryForm::Url => "is a URL",
        EntryForm::Path => "is a path",
        EntryForm::Port => "has a port; the license server is found by the RPC endpoint mapper",
        EntryForm::Quoted => "has quotation marks",
        EntryForm::Name if entry.is_loopback() => return Ok(()),
        // What neither NetBIOS nor DNS allows in the name of a computer.
        EntryForm::Name if entry.0.contains(['*', '?', '<', '>', ':', '@', '%', '=']) => {
            "has a character that no server's name has"
        }
        EntryForm::Name if entry.folded().split('.').any(str::is_empty) => {
            "has a dot without a name beside it"
        }
        EntryForm::Name if entry.0.len() > 255 => "is longer than a name can be",
        EntryForm::Address | EntryForm::Name => return Ok(()),
    };
    Err(format!("{entry} {why}: write the server's name alone, such as rdls1.contoso.example"))
}

/// A machine may list itself only where it is a license server.
fn check_itself(machine: &Machine<'_>, entry: &ServerEntry, draft: &mut Draft<'_>) -> Result<(), Refusal> {
    let own = machine.name();
    let own_name = own.as_deref().unwrap_or("its own name");
    if entry.is_loopback() {
        if support::is_policy(machine) {
            return Err(Refusal::guard(
                format!("{entry} in a policy names every host itself"),
                "name the license server",
            ));
        }
        return match machine.roles().holds(Role::LicenseServer) {
            Ok(true) => {
                draft.note(format!(
                    "{entry} is this machine, which is a license server; a name that other machines know too is better: \
                     {own_name}"
                ));
                Ok(())
            }
            Ok(false) => Err(Refusal::guard(
                format!("{entry} is this machine itself, which is no license server"),
                "name the license server, or install the role RD Licensing first",
            )),
            Err(_) => Err(Refusal::guard(
                format!(
                    "{entry} is this machine itself, and whether that is a license server cannot be told from this source"
                ),
                "name the license server; if it is this machine, by its name",
            )),
        };
    }
    if is_own_name(machine, entry) && machine.roles().holds(Role::LicenseServer) == Ok(false) {
        draft.note(format!(
            "{entry} is this machine itself, which is no license server now: until the role RD Licensing is installed, no \
             server of that name gives licenses"
        ));
    }
    Ok(())
}

fn is_own_name(machine: &Machine<'_>, entry: &ServerEntry) -> bool {
    let Some(name) = machine.name() else { return false };
    let domain = machine.dns_domain().unwrap_or_default();
    let own = if domain.is_empty() { name } else { format!("{name}.{domain}") };
    entry.form() == EntryForm::Name && ServerEntry(own).is_same_server(entry)
        || machine.name().is_some_and(|name| ServerEntry(name).folded() == entry.folded())
}

/// Notes lists in places that Windows does not read: evidence that somebody once meant them.
pub(super) fn note_other_lists(machine: &Machine<'_>, list: &[ServerEntry], draft: &mut Draft<'_>) {
    let setting = machine.license_servers();
    for copy in setting.at(Layer::LocalVariant) {
        let servers = copy.value.as_deref().unwrap_or_default();
        let how = if licensing::model::same_servers(servers, list) {
            "it names the same servers"
        } else {
            "it names others: rdscal fix tidy-servers takes those into the list, clear-subkeys deletes the copy"
        };
        draft.note(format!(
            "a copy of the list stands in the key {} ({}), as two Microsoft articles print it; most likely Windows does not \
             read it, and it is left as it is; {how}",
            copy.path, copy.evidence.found
        ));
    }
    for stray in setting.at(Layer::Stray) {
        draft.note(format!(
            "Windows never reads the list in {} ({}); rdscal fix move-stray-settings removes it",
            stray.path, stray.evidence.found
        ));
    }
}

/// True for what certainly is the name or the address of a server, to take an entry apart by.
fn looks_like_name(entry: &ServerEntry) -> bool {
    let usual = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | ':' | '[' | ']');
    check_name(entry).is_ok() && entry.0.chars().all(usual)
}

/// A list on its way to being tidy.
#[derive(Debug, Default)]
pub(super) struct Tidy {
    /// A short name is dropped where the same host stands there with its domain.
    pub(super) merge_short_names: bool,
    /// The names.
    pub(super) list: Vec<ServerEntry>,
    /// What was put right, for people; each once.
    pub(super) done: Vec<String>,
    /// Entries that are no names and were left as they are.
    pub(super) odd: Vec<ServerEntry>,
}

impl Tidy {
    /// Takes in one entry as it was found.
    pub(super) fn take(&mut self, raw: &str) {
        if raw.trim().is_empty() {
            self.did("an empty entry is dropped".to_owned());
            return;
        }
        let separates = |c: char| matches!(c, ',' | ';' | '|') || c.is_control() || c.is_whitespace();
        let parts: Vec<_> = raw
            .split(separates)
            .filter(|part| !part.is_empty())
            .map(|part| ServerEntry(part.to_owned()))
            .collect();
        let whole = ServerEntry(raw.to_owned());
        if parts.len() > 1 && !parts.iter().all(looks_like_name) {
            // Not a list of names: whatever it is, it is not taken apart.
            let tidied = whole.tidied();
            if tidied != whole {
                self.did(format!("what stands around {tidied} is dropped"));
            }
            self.add(tidied);
            return;
        }
        match parts.as_slice() {
            [] => self.did(format!("{whole} names nobody and is dropped")),
            [one] if one.0 != raw => self.did(format!("what stands around {one} is dropped")),
            [_] => {}
            several => self.did(format!("{whole} is split into {}", listed(several))),
        }
        for part in parts {
            self.add(part);
        }
    }

    fn add(&mut self, entry: ServerEntry) {
        if self.list.iter().any(|known| known.folded() == entry.folded()) {
            self.did(format!("the second {entry} is dropped"));
            return;
        }
        let alike = self.list.iter().position(|known| known.is_same_server(&entry));
        if let Some(index) = alike.filter(|_| self.merge_short_names) {
            let known = self.list[index].clone();
            let short = if entry.is_qualified() { &known } else { &entry };
            self.did(format!("{short} is dropped beside its full name"));
            if entry.is_qualified() {
                self.list[index] = entry;
            }
            return;
        }
        if check_name(&entry).is_err() {
            self.odd.push(entry.clone());
        }
        self.list.push(entry);
    }

    pub(super) fn did(&mut self, what: String) {
        if !self.done.contains(&what) {
            self.done.push(what);
        }
    }

    /// Pairs of entries that very likely are one host, with and without its domain.
    pub(super) fn alike(&self) -> Vec<(&ServerEntry, &ServerEntry)> {
        let later = |index: usize| self.list.iter().skip(index + 1);
        self.list
            .iter()
            .enumerate()
            .flat_map(|(index, one)| {
                later(index).filter(|other| one.is_same_server(other)).map(move |other| (one, other))
            })
            .collect()
    }
}
