//! Takes licensing settings out of places that Windows never reads, to where they belong.
//!
//! # What it changes
//! A licensing mode or a list of license servers in a key that no Windows reads it from: one key too high, beside the licensing
//! mode, at the listener, in an invented key, in a misspelt one (`TermServices`, `TerminalServer`), or under a name with a blank
//! before or after it.
//!
//! * Where the documented place is empty (no value, or the mode *not configured*), the setting is written there and *takes
//!   effect*, and the stray is removed. Look at the numbers and names in the plan before saying yes.
//! * Where the documented place, or a policy, says the same, the stray is removed only.
//! * A stray that says nothing usable (an empty list, a mode that asks for no licenses) is removed only.
//! * Invented and misspelt keys that hold nothing, or nothing any more, are removed.
//!
//! Other values whose name has a blank too many are removed where the right name holds the same; and
//! `DisableWorkgroupAuthEnforcement`, which weakens a protection, is removed and never moved.
//!
//! With `--remove-only` nothing is written to the documented place: all strays are removed, whatever they say. Since Windows reads
//! none of them, that changes nothing for Windows.
//!
//! # When it refuses
//! * The documented place, or a policy, says something else. What is in force is not overwritten, and what somebody once meant is
//!   not thrown away unseen: where what is in force is right, say `--remove-only`; where the stray is, set it with `set-mode` or
//!   `set-servers` first, then run this again. Under a policy, moving would have no effect.
//! * Several strays contradict each other; they are named.
//! * A stray cannot be read as a mode or as names of servers.
//!
//! # What it means for licenses
//! A mode or a list that takes effect makes the host ask these servers for client access licenses (CALs) of this kind, which must
//! have been bought. Removing a stray has no effect.
//!
//! # What must follow
//! Where something was moved, restart of the service TermService, or of the host. A stray value in the policy key comes back if a
//! policy object writes it.
//!
//! # How it is taken back
//! `rdscal undo` puts back each value and key where it was, and the documented place as it was.

use licensing::knowledge::values;
use licensing::model::strays::{INVENTED_KEYS, MISSPELT_SERVICE};
use licensing::model::{Candidate, ServerEntry, same_servers};
use snapshot::Key;

use super::prelude::*;
use super::server_list::{self, Form, Tidy};

/// The recipe.
pub(super) static RECIPE: Recipe = Recipe {
    name: "move-stray-settings",
    title: "move settings from places that Windows never reads to where they belong",
    parameters: &[Parameter {
        name: "remove-only",
        help: "remove the strays and move nothing: what is in force stays as it is",
        kind: ParameterKind::Flag,
    }],
    license_effect: "no license is taken away; what is moved takes effect: the host asks these servers for CALs of this kind, \
                     which must have been bought",
    safety: "safe: removing what Windows never reads changes nothing; what is moved takes effect, so read it first; taken back \
             by rdscal undo",
    has_policy: false,
    example: "move-stray-settings /mnt/c",
    page: include_str!(concat!(env!("OUT_DIR"), "/move_stray_settings.md")),
    draft,
};

/// [`INVENTED_KEYS`], and the license stores that no Windows has either.
fn invented() -> impl Iterator<Item = KeyPath> {
    INVENTED_KEYS.into_iter().map(KeyPath::hklm).chain(places::invented_stores())
}

/// A value that must never take effect by being given its right name.
const WEAKENS: &str = "DisableWorkgroupAuthEnforcement";

const REMOVE: &str = "Windows never reads it there";

fn draft(request: &Request<'_>, draft: &mut Draft<'_>) -> Result<(), Refusal> {
    let machine = request.machine;
    let remove_only = request.arguments.has("remove-only");
    let foreign = foreign_service(machine);
    let is_ours = |path: &KeyPath| foreign.as_ref().is_none_or(|foreign| !path.starts_with(foreign));
    let modes: Vec<_> =
        machine.licensing_mode().at(Layer::Stray).filter(|stray| is_ours(&stray.path)).collect();
    let lists: Vec<_> =
        machine.license_servers().at(Layer::Stray).filter(|stray| is_ours(&stray.path)).collect();
    if !remove_only {
        move_mode(machine, &modes, draft)?;
        move_list(machine, &lists, draft)?;
    }
    let moves = !draft.is_empty();
    let mut removed = Vec::new();
    for (path, name) in
        modes.iter().map(|stray| place_of(stray)).chain(lists.iter().map(|stray| place_of(stray)))
    {
        if let Some(name) = name {
            draft.delete_value(path, name, REMOVE)?;
        }
        removed.push(path.clone());
    }
    let mut left = remove_other_blanks(machine, remove_only, draft)?;
    for path in &invented().filter(is_ours).collect::<Vec<_>>() {
        remove_empty(machine, path, draft)?;
    }
    removed.retain(|path| still_lists(path, draft));
    left.extend(removed.iter().map(|path| {
        format!("{path} has subkeys that hold more than a name and are left: rdscal fix clear-subkeys deletes them")
    }));
    let foreign = foreign.map(|foreign| {
        format!("{foreign} holds a program (ImagePath) and is left: it is a service of somebody else")
    });
    if draft.is_empty() {
        let nothing = "no licensing setting stands where Windows never reads it".to_owned();
        return Err(match (left.as_slice(), foreign) {
            ([], None) => Refusal::NothingToDo(nothing),
            ([], Some(foreign)) => Refusal::NothingToDo(format!("{nothing}; {foreign}")),
            (left, _) => Refusal::guard(format!("nothing can be moved or removed: {}", left.join("; ")), ""),
        });
    }
    for left in left.into_iter().chain(foreign) {
        draft.note(left);
    }
    let policy = places::policy();
    if !support::is_policy(machine) && draft.steps.iter().any(|step| *step.change.key() == policy) {
        draft.note("a value in the policy key comes back at the next refresh if a policy object writes it: look there too");
    }
    if moves || support::is_policy(machine) {
        support::follow_up(machine, draft);
    } else {
        support::note_control_sets(machine, draft);
    }
    if !moves {
        draft.license_effect("none: Windows never read what is removed");
    }
    Ok(())
}

fn place_of<T>(stray: &Candidate<T>) -> (&KeyPath, Option<&Name>) {
    (&stray.path, stray.evidence.value.as_ref())
}

/// Where a stray stands and what it says, in words.
fn shown<T>(stray: &Candidate<T>) -> String {
    match &stray.evidence.value {
        Some(name) => format!("{}\\{name} ({})", stray.path, stray.evidence.found),
        None => format!("{} ({})", stray.path, stray.evidence.found),
    }
}

fn all_shown<T>(strays: &[&Candidate<T>]) -> String {
    strays.iter().map(|stray| shown(stray)).collect::<Vec<_>>().join(", ")
}

/// Several strays say different things.
fn contradict<T>(strays: &[&Candidate<T>], recipe: &str) -> Refusal {
    Refusal::guard(
        format!("the strays contradict each other: {}", all_shown(strays)),
        format!("set the right one with {recipe}, then remove the strays with --remove-only"),
    )
}

/// What is in force says something else.
fn differs<T>(strays: &[&Candidate<T>], place: Layer, path: &KeyPath, found: &str, recipe: &str) -> Refusal {
    let strays = all_shown(strays);
    if place == Layer::Policy {
        return Refusal::guard(
            format!(
                "Windows never reads {strays}; a policy says otherwise and has precedence, so moving would have no effect: \
                 {found} in {path}"
            ),
            "change the policy object where the stray is what was meant; then remove the stray with --remove-only",
        );
    }
    Refusal::guard(
        format!("Windows never reads {strays}; the documented place says otherwise: {found} in {path}"),
        format!(
            "where what is in force is right, say --remove-only; where the stray is, run {recipe} with it first"
        ),
    )
}

fn move_mode(
    machine: &Machine<'_>,
    strays: &[&Candidate<LicensingMode>],
    draft: &mut Draft<'_>,
) -> Result<(), Refusal> {
    if let Some(unread) = strays.iter().find(|stray| stray.value.is_none()) {
        return Err(Refusal::guard(
            format!("{} cannot be read as a licensing mode", shown(unread)),
            "set the mode with set-mode where it is wanted, then remove the stray with --remove-only",
        ));
    }
    let usable = |stray: &&&Candidate<LicensingMode>| {
        matches!(stray.value, Some(LicensingMode::PerDevice | LicensingMode::PerUser))
    };
    let wanted: Vec<_> = strays.iter().filter(usable).copied().collect();
    let Some(mode) = wanted.first().and_then(|stray| stray.value) else { return Ok(()) };
    if wanted.iter().any(|stray| stray.value != Some(mode)) {
        return Err(contradict(&wanted, "set-mode"));
    }
    let setting = machine.licensing_mode();
    if let Some(winner) = setting.winner().filter(|winner| winner.value != Some(LicensingMode::NotConfigured))
    {
        if winner.value == Some(mode) {
            return Ok(());
        }
        return Err(differs(&wanted, winner.place, &winner.path, &winner.evidence.found, "set-mode"));
    }
    let (key, name) = mode_target(machine, &wanted)?;
    let there = draft.key(&key)?.and_then(|key| key.value(name).cloned());
    if let Some(there) = there.filter(|there| there.as_u32() != Some(LicensingMode::NotConfigured.number())) {
        return Err(differs(&wanted, Layer::Local, &key, &there.shown(), "set-mode"));
    }
    draft.set_value(
        &key,
        support::dword(name, mode.number()),
        &format!("it comes from {}, where Windows never reads it", shown(wanted[0])),
    )?;
    if !support::is_policy(machine) {
        support::note_unseen_policy(setting, "the mode", draft);
    }
    Ok(())
}

fn mode_target(
    machine: &Machine<'_>,
    strays: &[&Candidate<LicensingMode>],
) -> Result<(KeyPath, &'static str), Refusal> {
    refuse_client(machine, "a licensing mode", &all_shown(strays))?;
    support::mode_place(machine).ok_or_else(|| {
        Refusal::guard(
            "Windows NT 4.0 knows no licensing mode, so there is no place to move it to",
            "remove the stray with --remove-only",
        )
    })
}

/// On a client there is no place to move a setting to.
fn refuse_client(machine: &Machine<'_>, what: &str, strays: &str) -> Result<(), Refusal> {
    if support::is_policy(machine) {
        return Ok(());
    }
    match support::refuse_client(machine, what) {
        Err(Refusal::Guard { because, .. }) => {
            Err(Refusal::guard(format!("{because}; {strays}"), "remove the strays with --remove-only"))
        }
        other => other,
    }
}

fn move_list(
    machine: &Machine<'_>,
    strays: &[&Candidate<Vec<ServerEntry>>],
    draft: &mut Draft<'_>,
) -> Result<(), Refusal> {
    let mut wanted: Vec<(&Candidate<Vec<ServerEntry>>, Vec<ServerEntry>)> = Vec::new();
    for stray in strays {
        let Some(entries) = &stray.value else {
            return Err(Refusal::guard(
                format!("{} cannot be read as a list of servers", shown(stray)),
                "set the list with set-servers where it is wanted, then remove the stray with --remove-only",
            ));
        };
        let mut tidy = Tidy::default();
        for entry in entries {
            tidy.take(&entry.0);
        }
        if !tidy.list.is_empty() {
            wanted.push((stray, tidy.list));
        }
    }
    let Some((first, list)) = wanted.first() else { return Ok(()) };
    let all: Vec<_> = wanted.iter().map(|(stray, _)| *stray).collect();
    if wanted.iter().any(|(_, other)| !same_servers(other, list)) {
        return Err(contradict(&all, "set-servers"));
    }
    let setting = machine.license_servers();
    if let Some(winner) = setting.winner() {
        if same_servers(winner.value.as_deref().unwrap_or_default(), list) {
            return Ok(());
        }
        return Err(differs(&all, winner.place, &winner.path, &winner.evidence.found, "set-servers"));
    }
    refuse_client(machine, "a list of license servers", &all_shown(&all))?;
    let form = Form::of(machine);
    let (key, _) = form.place();
    let unusable = |there: &&Candidate<Vec<ServerEntry>>| {
        there.stray.is_none() && there.value.is_none() && there.path == key
    };
    if let Some(there) = setting.read().find(unusable) {
        return Err(differs(&all, Layer::Local, &key, &there.evidence.found, "tidy-servers or set-servers"));
    }
    let names: Vec<_> = list.iter().map(|entry| entry.0.clone()).collect();
    let names = server_list::check_names(machine, &names, draft).map_err(|refusal| {
        Refusal::guard(
            format!("the list in {} cannot be moved as it is: {refusal}", shown(first)),
            "set the list with set-servers, then remove the stray with --remove-only",
        )
    })?;
    form.write(
        machine,
        &names,
        &format!("it comes from {}, where Windows never reads it", shown(first)),
        draft,
    )?;
    form.note(machine, draft);
    server_list::note_policy(machine, draft);
    Ok(())
}

/// Removes other values of licensing whose name has a blank too many, where that is safe; says what is left.
fn remove_other_blanks(
    machine: &Machine<'_>,
    remove_only: bool,
    draft: &mut Draft<'_>,
) -> Result<Vec<String>, Refusal> {
    let seen = machine.look(places::holding_settings());
    let mut left = Vec::new();
    for (path, _) in &seen.keys {
        // As it is after the removals so far, so that a mode or a list is not met again.
        let Ok(Some(key)) = draft.key(path) else { continue };
        for value in &key.values {
            let name = value.name.as_str().unwrap_or_default();
            let meant = name.trim();
            if meant == name || !values::all().any(|row| row.name.eq_ignore_ascii_case(meant)) {
                continue;
            }
            let covered =
                key.value(meant).is_some_and(|right| right.kind == value.kind && right.data == value.data);
            let weakens = meant.eq_ignore_ascii_case(WEAKENS);
            if !(covered || weakens || remove_only) {
                left.push(format!(
                    "“{}” ({}) in {path} has a blank too many in its name and is left: set it under its right name where it \
                     is wanted, and remove the stray with --remove-only",
                    value.name,
                    value.shown()
                ));
                continue;
            }
            draft.delete_value(
                path,
                &value.name,
                "the name has a blank too many, and Windows never reads it",
            )?;
            if weakens {
                draft.note(format!(
                    "{WEAKENS} was meant to weaken a protection (CVE-2024-38099); it is removed and not moved"
                ));
            }
        }
    }
    Ok(left)
}

/// Removes an invented key that holds nothing, or those below it that do.
fn remove_empty(machine: &Machine<'_>, path: &KeyPath, draft: &mut Draft<'_>) -> Result<(), Refusal> {
    // What cannot be seen is left alone.
    let Ok(Some(key)) = draft.key(path) else { return Ok(()) };
    if !support::knows_subkeys(machine, path) {
        return Ok(());
    }
    if holds_nothing(&key) {
        return draft.delete_key(path, "no Windows has this key, and it holds nothing more");
    }
    for subkey in &key.subkeys {
        remove_empty(machine, &path.child(&subkey.name), draft)?;
    }
    Ok(())
}

fn holds_nothing(key: &Key) -> bool {
    key.values.is_empty() && key.damage.is_none() && key.subkeys.iter().all(holds_nothing)
}

/// Whether an invented key still has subkeys.
fn still_lists(path: &KeyPath, draft: &Draft<'_>) -> bool {
    invented().any(|known| known == *path)
        && draft.key(path).is_ok_and(|key| key.is_some_and(|key| !key.subkeys.is_empty()))
}

/// A service of a third party that is called like the misspelt one.
fn foreign_service(machine: &Machine<'_>) -> Option<KeyPath> {
    let path = KeyPath::hklm(MISSPELT_SERVICE);
    machine.value(&path, "ImagePath").ok().flatten().map(|_| path)
}
