//! Puts the list of license servers into its right form, without changing which servers it names.
//!
//! # What it changes
//! The local list (see `set-servers` for where it stands), or the list of a policy file (`Registry.pol`):
//!
//! * blanks, tabs and line breaks around names are dropped; Windows would look for a server of that very name;
//! * empty entries are dropped; Windows stops reading a list at the first of them;
//! * an entry that holds several names (`a;b`, `a b`) is split;
//! * a name that stands there twice is dropped the second time, in whatever case;
//! * a list of the wrong type becomes a `REG_MULTI_SZ` (in a policy a `REG_SZ` with commas), and one that is not ended properly is
//!   ended;
//! * a list in the key `LicenseServers\SpecifiedLicenseServers`, as two Microsoft articles print it, is taken into the documented
//!   value, behind the names that stand there, and removed from that key.
//!
//! The order stays, and no name that differs is dropped (but a short name in that copy, where its full name is in the list). `rdls1` beside `rdls1.contoso.example` is very likely one host:
//! `--merge-short-names` drops the short one.
//!
//! # When it refuses
//! * A policy lists servers, or the only list is a policy's: then it is the policy's list that must be tidy, in the policy object.
//! * The list is of a type that holds no text, names environment variables, or names no server at all: `set-servers` replaces it.
//!
//! Entries that are no names (a URL, a path, a port) are left as they are and named: what was meant, only a person knows.
//!
//! # What it means for licenses
//! Nothing is taken away from anybody. A server that could not be found because of a blank is asked from then on; it must hold
//! client access licenses (CALs) that fit the host.
//!
//! # What must follow
//! Restart of the service TermService, or of the host.
//!
//! # How it is taken back
//! `rdscal undo` puts back the list as it was, to the byte.

use licensing::model::{ServerEntry, listed, same_servers};
use snapshot::MultiString;

use super::prelude::*;
use super::server_list::{self, Form, SPECIFIED, Tidy};

/// The recipe.
pub(super) static RECIPE: Recipe = Recipe {
    name: "tidy-servers",
    title: "put the list of license servers into its right form",
    parameters: &[Parameter {
        name: "merge-short-names",
        help: "drop a short name where the same host stands there with its domain",
        kind: ParameterKind::Flag,
    }],
    license_effect: "no license is taken away; servers that could not be found because of a faulty entry are asked from now on",
    safety: "safe: the same servers in the right form, taken back by rdscal undo",
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
    if !tidy.done.is_empty() {
        form.write(machine, &tidy.list, &tidy.done.join("; "), draft)?;
    }
    if let Some((path, value)) = copy {
        let why = "the list stands in the documented value now; a copy in key form can only contradict it";
        draft.delete_value(&path, &value.name, why)?;
        let rest = draft.key(&path)?.unwrap_or_default();
        if rest.values.is_empty() && rest.subkeys.is_empty() && support::knows_subkeys(machine, &path) {
            draft.delete_key(&path, "it held nothing but the copy")?;
        }
    }
    let alike: Vec<_> = tidy.alike().iter().map(|(one, other)| format!("{one} and {other}")).collect();
    let alike = (!alike.is_empty()).then(|| {
        format!(
            "{} very likely are one host; both are kept, and --merge-short-names drops the short name",
            alike.join(", ")
        )
    });
    let odd = (!tidy.odd.is_empty()).then(|| {
        format!(
            "{} cannot be the name of a server and is left as it is; rdscal fix set-servers replaces the list",
            listed(&tidy.odd)
        )
    });
    if draft.is_empty() {
        let mut because = format!("the list of license servers ({}) is tidy", listed(&tidy.list));
        for but in [alike, odd].into_iter().flatten() {
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

/// Refuses where the only list there is is a policy's that Windows cannot use: it is not for the host to mend.
fn refuse_policys_own(machine: &Machine<'_>) -> Result<(), Refusal> {
    let setting = machine.license_servers();
    let has_local = setting.at(Layer::Local).chain(setting.at(Layer::LocalVariant)).next().is_some();
    match setting.at(Layer::Policy).next().filter(|_| !has_local && !support::is_policy(machine)) {
        Some(policy) => Err(Refusal::guard(
            format!("the list is a policy's ({}): {}", policy.evidence.found, policy.reason),
            "mend it in the policy object",
        )),
        None => Ok(()),
    }
}

/// The list in a key of its own name: its names are taken in, and where it stands is told where it must go.
fn key_form(draft: &Draft<'_>, tidy: &mut Tidy) -> Result<Option<(KeyPath, Value)>, Refusal> {
    let path = places::license_servers().join(SPECIFIED);
    let Some(value) = draft.key(&path)?.and_then(|key| key.value(SPECIFIED).cloned()) else {
        return Ok(None);
    };
    let copied: Vec<_> = texts(&value)?.into_iter().map(ServerEntry).collect();
    // A copy that says the same does no harm; it is left where two articles tell people to look for it.
    if !tidy.list.is_empty() && same_servers(&copied, &tidy.list) {
        return Ok(None);
    }
    let mut own = Tidy { merge_short_names: tidy.merge_short_names, ..Tidy::default() };
    for entry in &copied {
        own.take(&entry.0);
    }
    // A full name may be that of another host than the short one in the list; a short one is taken for the full one there.
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

/// The entries of a value as they stand there, whatever its type.
fn texts(value: &Value) -> Result<Vec<String>, Refusal> {
    let texts = match (value.as_multi_string(), value.as_text()) {
        (Some(list), _) => list.items,
        (_, Some(text)) => vec![text.content],
        (None, None) => {
            return Err(Refusal::guard(
                format!("the list is a {} ({}), which holds no text", value.kind, value.shown()),
                "replace it: rdscal fix set-servers",
            ));
        }
    };
    if value.kind == ValueType::EXPAND_SZ && texts.iter().any(|text| text.contains('%')) {
        return Err(Refusal::guard(
            format!("the list ({}) names environment variables, which are not known here", value.shown()),
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

/// What is wrong with the value itself, beside its entries.
fn note_form(value: &Value, wanted: &Value, tidy: &mut Tidy) {
    if value.kind != wanted.kind {
        tidy.did(format!("a {} becomes a {}", value.kind, wanted.kind));
        return;
    }
    let ended = match value.kind {
        ValueType::MULTI_SZ => MultiString::decode(value.bytes()).terminated,
        _ => value.as_text().is_none_or(|text| text.terminated && !text.has_trailing_bytes),
    };
    if !ended || value.bytes().len() % 2 == 1 {
        tidy.did("what must end the list is missing, and is added".to_owned());
    }
}

fn nothing_listed(machine: &Machine<'_>, is_there: bool) -> Refusal {
    let because = if is_there {
        "the list of license servers names no server"
    } else {
        "no list of license servers stands where it is read"
    };
    let stray = machine.license_servers().at(Layer::Stray).next();
    Refusal::guard(
        because,
        match stray {
            Some(stray) => format!(
                "set one with set-servers; a list stands in {}, where Windows never reads it: move-stray-settings",
                stray.path
            ),
            None => "set one with set-servers".to_owned(),
        },
    )
}
