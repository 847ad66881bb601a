//! Corrects the form of the license server list without changing which servers it names.
//!
//! # What it changes
//! The local list (`set-servers` describes where it is stored), or the list of a policy file
//! (`Registry.pol`):
//!
//! * spaces, tabs and line breaks around names are removed; Windows would look for a server of exactly that
//!   name;
//! * empty entries are removed; Windows stops reading a list at the first of them;
//! * characters that are not displayed (a zero-width space, a byte order mark) are removed;
//! * an entry with several names (`a;b`, `a b`, `a\0b` with a literal `\0`) is split;
//! * the second occurrence of a name is removed, regardless of case;
//! * a list of the wrong type becomes a `REG_MULTI_SZ` (in a policy a `REG_SZ` with commas), and a missing
//!   terminator is added;
//! * text with one byte for each character becomes UTF-16;
//! * a list in the key `LicenseServers\SpecifiedLicenseServers`, as two Microsoft articles print it, is
//!   appended to the documented value and removed from that key.
//!
//! The order is kept, and no different name is removed (except a short name in that copy whose full name is
//! in the list). `rdls1` beside `rdls1.contoso.example` is very likely one host: `--merge-short-names`
//! removes the short name.
//!
//! # When it refuses
//! * A policy lists servers, or the only list is a policy's. Then correct the list in the policy object.
//! * The list is of a type without text, contains environment variables, or names no server. `set-servers`
//!   replaces it.
//!
//! Entries that are not names (a URL, a path, a port, a variable that was not expanded, a literal of a
//! script) are kept and listed; only a person knows what was intended. If the list has no other entries, or
//! nothing else to correct, the recipe refuses.
//!
//! # What it means for licenses
//! No license is revoked. A server that could not be found because of a space is then used; it must have
//! client access licenses (CALs) that match the host.
//!
//! # What must follow
//! Restart the service TermService, or the host.
//!
//! # How it is undone
//! `rdscal undo` restores the exact bytes of the list.

use licensing::model::{ServerEntry, listed, same_servers};
use snapshot::MultiString;

use super::prelude::*;
use super::server_list::{self, Form, SPECIFIED, Tidy};

pub(super) static RECIPE: Recipe = Recipe {
    name: "tidy-servers",
    title: "correct the form of the license server list",
    parameters: &[Parameter {
        name: "merge-short-names",
        help: "Drop short names of servers listed with their domain",
        kind: ParameterKind::Flag,
    }],
    license_effect: "no license is revoked; servers that could not be found because of a faulty entry are then used",
    safety: "safe: the same servers in the correct form; rdscal undo reverts it",
    has_policy: false,
    example: "tidy-servers /mnt/c",
    page: include_str!(concat!(env!("OUT_DIR"), "/tidy_servers.md")),
    draft,
};

fn draft(request: &Request<'_>, draft: &mut Draft<'_>) -> Result<(), Refusal> {
    let machine = request.machine;
    server_list::refuse_governed(machine)?;
    refuse_policys_own(machine)?;
    let form = Form::of(machine);
    let (key, name) = form.place();
    let found = draft.key(&key)?.unwrap_or_default();
    let mut tidy = Tidy { merge_short_names: request.arguments.has("merge-short-names"), ..Tidy::default() };
    let value = found.value(name).filter(|_| form != Form::Subkeys);
    let raw = match (form, value) {
        (Form::Subkeys, _) => subkey_names(machine, &key)?,
        (_, Some(value)) => texts(value)?,
        (_, None) => Vec::new(),
    };
    for text in &raw {
        tidy.take(text);
    }
    if let Some((value, wanted)) = value.zip(form.value(&tidy.list)) {
        note_form(value, &wanted, &mut tidy);
    }
    let copy = if form == Form::Value { key_form(draft, &mut tidy)? } else { None };
    if tidy.list.is_empty() {
        return Err(nothing_listed(machine, !raw.is_empty() || value.is_some()));
    }
    if !tidy.list.iter().any(ServerEntry::is_usable) {
        return Err(not_names(&tidy));
    }
    if !tidy.done.is_empty() {
        form.write(machine, &tidy.list, &tidy.done.join("; "), draft)?;
    }
    if let Some((path, value)) = copy {
        let why = "the list is now in the documented value; a copy in key form can only contradict it";
        draft.delete_value(&path, &value.name, why)?;
        let rest = draft.key(&path)?.unwrap_or_default();
        if rest.values.is_empty() && rest.subkeys.is_empty() && support::knows_subkeys(machine, &path) {
            draft.delete_key(&path, "it contained only the copy")?;
        }
    }
    let alike: Vec<_> = tidy.alike().iter().map(|(one, other)| format!("{one} and {other}")).collect();
    let alike = (!alike.is_empty()).then(|| {
        format!(
            "{} are very likely one host; both are kept, and --merge-short-names removes the short name",
            alike.join(", ")
        )
    });
    let odd = (!tidy.odd.is_empty()).then(|| {
        format!(
            "{} is not a valid server name and is kept; rdscal fix set-servers replaces the list",
            listed(&tidy.odd)
        )
    });
    if draft.is_empty() && odd.is_some() {
        return Err(not_names(&tidy));
    }
    if draft.is_empty() {
        let mut because = format!("the license server list ({}) is already correct", listed(&tidy.list));
        if let Some(but) = alike {
            because.push_str("; but ");
            because.push_str(&but);
        }
        return Err(Refusal::NothingToDo(because));
    }
    for note in [alike, odd].into_iter().flatten() {
        draft.note(note);
    }
    form.note(machine, draft);
    server_list::note_policy(machine, draft);
    support::follow_up(machine, draft);
    Ok(())
}

/// The refusal to correct a list with entries that are not names.
fn not_names(tidy: &Tidy) -> Refusal {
    let because =
        format!("the license server list contains text that is not a server name: {}", listed(&tidy.odd));
    Refusal::guard(because, "replace the list: rdscal fix set-servers")
}

/// Refuses if the only list is an invalid policy list, which must be corrected in the policy.
fn refuse_policys_own(machine: &Machine<'_>) -> Result<(), Refusal> {
    let setting = machine.license_servers();
    let has_local = setting.at(Layer::Local).chain(setting.at(Layer::LocalVariant)).next().is_some();
    match setting.at(Layer::Policy).next().filter(|_| !has_local && !support::is_policy(machine)) {
        Some(policy) => Err(Refusal::guard(
            format!("the list is a policy's ({}): {}", policy.evidence.found, policy.reason),
            "correct it in the policy object",
        )),
        None => Ok(()),
    }
}

/// The list in key form: its names are added, and its removal is planned.
fn key_form(draft: &Draft<'_>, tidy: &mut Tidy) -> Result<Option<(KeyPath, Value)>, Refusal> {
    let path = places::license_servers().join(SPECIFIED);
    let Some(value) = draft.key(&path)?.and_then(|key| key.value(SPECIFIED).cloned()) else {
        return Ok(None);
    };
    let copied: Vec<_> = texts(&value)?.into_iter().map(ServerEntry).collect();
    // An identical copy does no harm and is kept, because two articles refer to it.
    if !tidy.list.is_empty() && same_servers(&copied, &tidy.list) {
        return Ok(None);
    }
    let mut own = Tidy { merge_short_names: tidy.merge_short_names, ..Tidy::default() };
    for entry in &copied {
        own.take(&entry.0);
    }
    // A full name may be another host than the short name in the list; a short name is treated as the full
    // one.
    let is_there = |entry: &ServerEntry| {
        tidy.list.iter().any(|known| {
            known.folded() == entry.folded() || !entry.is_qualified() && known.is_same_server(entry)
        })
    };
    let new: Vec<_> = own.list.into_iter().filter(|entry| !is_there(entry)).collect();
    if !new.is_empty() {
        tidy.did(format!("{} comes from the copy in key form", listed(&new)));
        for entry in &new {
            tidy.take(&entry.0);
        }
    }
    Ok(Some((path, value)))
}

/// The entries of a value as found, of any type.
fn texts(value: &Value) -> Result<Vec<String>, Refusal> {
    let texts = match (value.as_single_bytes(), value.as_multi_string(), value.as_text()) {
        (Some(names), ..) => names,
        (_, Some(list), _) => list.items,
        (.., Some(text)) => vec![text.content],
        (None, None, None) => {
            return Err(Refusal::guard(
                format!("the list is a {} ({}), which is not a text type", value.kind, value.shown()),
                "replace it: rdscal fix set-servers",
            ));
        }
    };
    if value.kind == ValueType::EXPAND_SZ && texts.iter().any(|text| text.contains('%')) {
        return Err(Refusal::guard(
            format!(
                "the list ({}) contains environment variables, whose values are unknown here",
                value.shown()
            ),
            "replace it: rdscal fix set-servers",
        ));
    }
    Ok(texts)
}

fn subkey_names(machine: &Machine<'_>, key: &KeyPath) -> Result<Vec<String>, Refusal> {
    if let Some(found) = machine.key(key)? {
        let servers = found.subkeys.iter().filter(|sub| !sub.name.matches(SPECIFIED));
        return Ok(servers.map(|sub| sub.name.to_string()).collect());
    }
    Ok(Vec::new())
}

/// Faults of the value itself, apart from its entries.
fn note_form(value: &Value, wanted: &Value, tidy: &mut Tidy) {
    let is_single_bytes = value.as_single_bytes().is_some();
    if is_single_bytes {
        tidy.did("text in single bytes becomes UTF-16".to_owned());
    }
    if value.kind != wanted.kind {
        tidy.did(format!("a {} becomes a {}", value.kind, wanted.kind));
        return;
    }
    if is_single_bytes {
        return;
    }
    let ended = match value.kind {
        ValueType::MULTI_SZ => MultiString::decode(value.bytes()).terminated,
        _ => value.as_text().is_none_or(|text| text.terminated && !text.has_trailing_bytes),
    };
    if !ended || value.bytes().len() % 2 == 1 {
        tidy.did("the terminator of the list is missing and is added".to_owned());
    }
}

fn nothing_listed(machine: &Machine<'_>, is_there: bool) -> Refusal {
    let because = if is_there {
        "the license server list names no server"
    } else {
        "there is no license server list in a place that Windows reads"
    };
    let stray = machine.license_servers().at(Layer::Stray).next();
    Refusal::guard(
        because,
        match stray {
            Some(stray) => format!(
                "set one with set-servers; there is a list in {}, where Windows does not read it: use move-stray-settings",
                stray.path
            ),
            None => "set one with set-servers".to_owned(),
        },
    )
}
