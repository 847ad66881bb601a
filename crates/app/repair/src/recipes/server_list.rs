//! The license server list: validation of names, and the location and form of the list in each Windows
//! version.

use licensing::model::{EntryFlaw, EntryForm, Role, ServerEntry, listed};
use snapshot::{MultiString, Text};

use super::prelude::*;

/// The name of the value that holds the local list.
pub(super) const SPECIFIED: &str = "SpecifiedLicenseServers";

/// Form of a list.
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
    /// The form that the Windows version of this source reads.
    pub(super) fn of(machine: &Machine<'_>) -> Self {
        if support::is_policy(machine) {
            return Self::Policy;
        }
        let product = machine.product();
        let by_subkeys =
            machine.license_servers().stored().is_some_and(|list| list.path == places::license_servers());
        match product.era() {
            Some(Era::Nt5) if by_subkeys || product.is_at_least(5, 1) != Some(false) => Self::Subkeys,
            Some(Era::Nt4 | Era::Nt5) => Self::One,
            Some(Era::Nt6) | None => Self::Value,
        }
    }

    /// The key, and the value if the list is a value.
    pub(super) fn place(self) -> (KeyPath, &'static str) {
        match self {
            Self::Policy => (places::policy(), "LicenseServers"),
            Self::Value => (places::license_servers(), SPECIFIED),
            Self::Subkeys => (places::license_servers(), ""),
            Self::One => (places::term_service_parameters(), "DefaultLicenseServer"),
        }
    }

    /// The list as a value; `None` for the subkey form.
    pub(super) fn value(self, list: &[ServerEntry]) -> Option<Value> {
        let (_, name) = self.place();
        let names: Vec<&str> = list.iter().map(|entry| entry.0.as_str()).collect();
        match self {
            Self::Policy | Self::One => Some(Value::new(name, ValueType::SZ, Text::encode(&names.join(",")))),
            Self::Value => Some(Value::new(name, ValueType::MULTI_SZ, MultiString::encode(&names))),
            Self::Subkeys => None,
        }
    }

    /// Replaces the list; an empty list removes it.
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
                format!(
                    "Windows NT 4.0 and 2000 use a single named server, and {} were specified",
                    list.len()
                ),
                "specify one server",
            ));
        }
        match self.value(list) {
            Some(_) if list.is_empty() => draft.delete_value(&key, &Name::from(name), why),
            Some(value) => draft.set_value(&key, value, why),
            None => write_subkeys(machine, &key, list, why, draft),
        }
    }

    /// Notes on an unusual form.
    pub(super) fn note(self, machine: &Machine<'_>, draft: &mut Draft<'_>) {
        match self {
            Self::Subkeys => draft.note(
                "here the list has one subkey for each server, the form of Windows Server 2003, which cannot store the order of the names",
            ),
            Self::Value if machine.product().version.as_deref() == Some("6.0") => draft.note(
                "this value is documented for Windows Server 2008 R2 and later; on this Windows Server 2008 then check the list in Terminal Services Configuration (tsconfig.msc)",
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

/// Refuses if a policy lists servers, because the local list then has no effect.
pub(super) fn refuse_governed(machine: &Machine<'_>) -> Result<(), Refusal> {
    let setting = machine.license_servers();
    match setting.stored() {
        Some(winner) if winner.place == Layer::Policy && !support::is_policy(machine) => {
            Err(support::governed_by_policy(machine, "the license server list", &winner.evidence.found))
        }
        _ => Ok(()),
    }
}

/// Notes the effect of a policy on the local list.
pub(super) fn note_policy(machine: &Machine<'_>, draft: &mut Draft<'_>) {
    if support::is_policy(machine) {
        return;
    }
    let setting = machine.license_servers();
    support::note_unseen_policy(setting, "the list", draft);
    if let Some(policy) = setting.at(Layer::Policy).find(|policy| policy.stray.is_none()) {
        draft.note(format!(
            "a policy also has the list ({}), but it is invalid: {}; correct or remove it in the policy object",
            policy.evidence.found, policy.reason
        ));
    }
}

/// The list that the recipe changes: that of the policy file, or the local one in force; empty if there is
/// none.
pub(super) fn in_force(machine: &Machine<'_>, draft: &Draft<'_>) -> Result<Vec<ServerEntry>, Refusal> {
    refuse_governed(machine)?;
    let form = Form::of(machine);
    let (key, _) = form.place();
    draft.key(&key)?;
    let setting = machine.license_servers();
    let Some(winner) = setting.stored() else {
        let damaged = |list: &&licensing::model::Candidate<Vec<ServerEntry>>| {
            list.stray.is_none() && list.value.is_none() && list.path == key
        };
        return match setting.read().find(damaged) {
            Some(list) => Err(Refusal::guard(
                format!("the license server list is invalid as it is: {}", list.reason),
                "correct it first: rdscal fix tidy-servers",
            )),
            None => Ok(Vec::new()),
        };
    };
    if winner.place == Layer::LocalVariant {
        return Err(Refusal::guard(
            format!(
                "the local list ({}) is in a separate key, {}, which Windows most likely does not read",
                winner.evidence.found, winner.path
            ),
            "move it into the documented value first: rdscal fix tidy-servers",
        ));
    }
    Ok(winner.value.iter().flatten().filter(|entry| !entry.is_blank()).cloned().collect())
}

/// Validates names to be listed; reports typical mistakes.
pub(super) fn check_names(
    machine: &Machine<'_>,
    given: &[String],
    draft: &mut Draft<'_>,
) -> Result<Vec<ServerEntry>, Refusal> {
    let mut names: Vec<ServerEntry> = Vec::new();
    for text in given {
        let entry = ServerEntry(text.clone()).tidied();
        check_name(&entry)?;
        if let Some(same) = names.iter().find(|known| known.is_same_server(&entry)) {
            return Err(Refusal::Usage(if same.folded() == entry.folded() {
                format!("{entry} is specified twice")
            } else {
                format!("{same} and {entry} are one server; specify it once, preferably with its domain")
            }));
        }
        check_itself(machine, &entry, draft)?;
        names.push(entry);
    }
    let addresses: Vec<_> = names.iter().filter(|name| name.form() == EntryForm::Address).collect();
    if !addresses.is_empty() {
        draft.note(format!(
            "an address works but fails when the server moves; the server's name is better: {}",
            listed(addresses)
        ));
    }
    Ok(names)
}

/// Why this is not a server name.
pub(super) fn check_name(entry: &ServerEntry) -> Result<(), Refusal> {
    let invalid = |why: String| Err(Refusal::Usage(why));
    match entry.flaw() {
        None | Some(EntryFlaw::BlankBefore | EntryFlaw::BlankAfter) => {}
        Some(EntryFlaw::Empty) => return invalid("a server name must not be empty".to_owned()),
        Some(EntryFlaw::LineBreak) => {
            return invalid(format!("{entry} contains a line break or control character"));
        }
        Some(EntryFlaw::Separator(c)) => {
            return invalid(format!(
                "{entry} contains several names joined by “{c}”; specify each server separately"
            ));
        }
        Some(EntryFlaw::EscapedNul) => {
            return invalid(format!(
                r"{entry} contains several names joined by “\0”; specify each server separately"
            ));
        }
        Some(EntryFlaw::Invisible(c)) => {
            return invalid(format!("{entry} contains the invisible character U+{:04X}", u32::from(c)));
        }
        Some(EntryFlaw::BlankInside) => {
            return invalid(format!("{entry} contains a space, which is not valid in a server name"));
        }
    }
    let why = match entry.form() {
        EntryForm::Url => "is a URL",
        EntryForm::Path => "is a path",
        EntryForm::Port => "has a port; the license server is found by the RPC endpoint mapper",
        EntryForm::Quoted => "has quotation marks",
        EntryForm::NotAName => "is not a host name",
        EntryForm::Address | EntryForm::Name => return Ok(()),
    };
    invalid(format!("{entry} {why}; specify only the server's name, such as LS1.example.com"))
}

/// A machine may list itself only if it is a license server.
fn check_itself(machine: &Machine<'_>, entry: &ServerEntry, draft: &mut Draft<'_>) -> Result<(), Refusal> {
    let own = machine.name();
    let own_name = own.as_deref().unwrap_or("its own name");
    if entry.is_loopback() {
        if support::is_policy(machine) {
            return Err(Refusal::guard(
                format!("{entry} in a policy makes every host list itself"),
                "specify the license server",
            ));
        }
        return match machine.roles().holds(Role::LicenseServer) {
            Ok(true) => {
                draft.note(format!(
                    "{entry} is this machine, which is a license server; a name that other machines can resolve is better: {own_name}"
                ));
                Ok(())
            }
            Ok(false) => Err(Refusal::guard(
                format!("{entry} is this machine itself, which is not a license server"),
                "specify the license server, or install the role RD Licensing first",
            )),
            Err(_) => Err(Refusal::guard(
                format!(
                    "{entry} is this machine itself, and this source does not show whether it is a license server"
                ),
                "specify the license server; if it is this machine, by its name",
            )),
        };
    }
    if is_own_name(machine, entry) && machine.roles().holds(Role::LicenseServer) == Ok(false) {
        draft.note(format!(
            "{entry} is this machine itself, which is not a license server yet; until the role RD Licensing is installed, it issues no licenses"
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

/// Notes lists in places that Windows does not read.
pub(super) fn note_other_lists(machine: &Machine<'_>, list: &[ServerEntry], draft: &mut Draft<'_>) {
    let setting = machine.license_servers();
    for copy in setting.at(Layer::LocalVariant) {
        let servers = copy.value.as_deref().unwrap_or_default();
        let how = if licensing::model::same_servers(servers, list) {
            "it names the same servers"
        } else {
            "it names others; rdscal fix tidy-servers adds those to the list, clear-subkeys deletes the copy"
        };
        draft.note(format!(
            "a copy of the list is in the key {} ({}), as two Microsoft articles print it; most likely Windows does not read it, and it is kept; {how}",
            copy.path, copy.evidence.found
        ));
    }
    for stray in setting.at(Layer::Stray) {
        draft.note(format!(
            "Windows does not read the list in {} ({}); rdscal fix move-stray-settings removes it",
            stray.path, stray.evidence.found
        ));
    }
}

/// True if this is certainly a server name or address; used to split an entry.
fn looks_like_name(entry: &ServerEntry) -> bool {
    let usual = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | ':' | '[' | ']');
    check_name(entry).is_ok() && entry.0.chars().all(usual)
}

/// A list that is being corrected.
#[derive(Debug, Default)]
pub(super) struct Tidy {
    /// Whether a short name is removed if the same host is listed with its domain.
    pub(super) merge_short_names: bool,
    /// The names.
    pub(super) list: Vec<ServerEntry>,
    /// The corrections, each once.
    pub(super) done: Vec<String>,
    /// Entries that are not names and were kept.
    pub(super) odd: Vec<ServerEntry>,
}

impl Tidy {
    /// Adds one entry as found.
    pub(super) fn take(&mut self, raw: &str) {
        if raw.trim().is_empty() {
            self.did("an empty entry is removed".to_owned());
            return;
        }
        let separates = |c: char| matches!(c, ',' | ';' | '|') || c.is_control() || c.is_whitespace();
        let whole = ServerEntry(raw.to_owned());
        let parts: Vec<_> = raw
            .split(separates)
            .map(|part| ServerEntry(part.to_owned()).tidied())
            .filter(|part| !part.0.is_empty())
            .flat_map(|part| part.split_at_escaped_nul().unwrap_or_else(|| vec![part]))
            .collect();
        if parts.len() > 1 && !parts.iter().all(looks_like_name) {
            // Not a list of names, so it is not split.
            let tidied = whole.tidied();
            if tidied != whole {
                self.did(format!("characters around {tidied} are removed"));
            }
            self.add(tidied);
            return;
        }
        match parts.as_slice() {
            [] => self.did(format!("{whole} contains no name and is removed")),
            [one] if one.0 != raw => self.did(format!("characters around {one} are removed")),
            [_] => {}
            several => self.did(format!("{whole} is split into {}", listed(several))),
        }
        for part in parts {
            self.add(part);
        }
    }

    fn add(&mut self, entry: ServerEntry) {
        if self.list.iter().any(|known| known.folded() == entry.folded()) {
            self.did(format!("the second {entry} is removed"));
            return;
        }
        let alike = self.list.iter().position(|known| known.is_same_server(&entry));
        if let Some(index) = alike.filter(|_| self.merge_short_names) {
            let known = self.list[index].clone();
            let short = if entry.is_qualified() { &known } else { &entry };
            self.did(format!("{short} is removed in favor of its full name"));
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
