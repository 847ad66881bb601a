//! Moves licensing settings from places that Windows does not read to the documented place.
//!
//! # What it changes
//! A licensing mode or a license server list in a key from which Windows does not read it: one key too high,
//! beside the licensing mode, at the listener, in an invented key, in a misspelled one (`TermServices`,
//! `TerminalServer`), or under a name with a leading or trailing space.
//!
//! * If the documented place is empty (no value, or the mode *not configured*), the setting is written there
//!   and *takes effect*, and the stray setting is removed. Check the numbers and names in the plan before you
//!   apply it.
//! * If the documented place, or a policy, has the same setting, the stray setting is only removed.
//! * A stray setting without usable contents (an empty list, a mode in which no licenses are requested) is
//!   only removed.
//! * Invented and misspelled keys that are empty, or become empty, are removed.
//!
//! Other values whose name has an extra space are removed if the correct name has the same data.
//! `DisableWorkgroupAuthEnforcement`, which weakens a protection, is removed and never moved.
//!
//! With `--remove-only` nothing is written to the documented place, and all stray settings are removed.
//! Windows reads none of them, so this changes nothing for Windows.
//!
//! # When it refuses
//! * The documented place, or a policy, has a different setting. The setting in force is not overwritten, and
//!   an intended setting is not discarded. If the setting in force is right, use `--remove-only`. If the
//!   stray setting is right, set it with `set-mode` or `set-servers` first, then run this again. Under a
//!   policy, moving would have no effect.
//! * Several stray settings contradict each other; they are listed.
//! * A stray setting cannot be read as a mode or as server names.
//!
//! # What it means for licenses
//! With a mode or a list that takes effect, the host requests client access licenses (CALs) of this kind from
//! these servers, and the CALs must have been purchased. Removing a stray setting has no effect.
//!
//! # What must follow
//! If something was moved, restart the service TermService, or the host. A stray value in the policy key
//! reappears if a policy object writes it.
//!
//! # How it is undone
//! `rdscal undo` restores each value and key, and the documented place.

use licensing::knowledge::values;
use licensing::model::strays::{INVENTED_KEYS, MISSPELT_SERVICE};
use licensing::model::{Candidate, ServerEntry, same_servers};
use snapshot::Key;

use super::prelude::*;
use super::server_list::{self, Form, Tidy};

pub(super) static RECIPE: Recipe = Recipe {
    name: "move-stray-settings",
    title: "move misplaced settings to where Windows reads them",
    parameters: &[Parameter {
        name: "remove-only",
        help: "Remove the stray values without moving them\n\nThe effective settings stay as they are.",
        kind: ParameterKind::Flag,
    }],
    license_effect: "no license is revoked; moved settings take effect: the host requests CALs of this kind from these servers, and the CALs must have been purchased",
    safety: "safe: removing a setting that Windows does not read changes nothing; a moved setting takes effect, so read it first; rdscal undo reverts it",
    has_policy: false,
    example: "move-stray-settings /mnt/c",
    page: include_str!(concat!(env!("OUT_DIR"), "/move_stray_settings.md")),
    draft,
};

/// [`INVENTED_KEYS`], and the license stores that no Windows has either.
fn invented() -> impl Iterator<Item = KeyPath> {
    INVENTED_KEYS.into_iter().map(KeyPath::hklm).chain(places::invented_stores())
}

/// A value that must never be corrected to its effective name.
const WEAKENS: &str = "DisableWorkgroupAuthEnforcement";

const REMOVE: &str = "Windows does not read it there";

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
        format!("{path} has subkeys with contents, which are kept; rdscal fix clear-subkeys deletes them")
    }));
    let foreign = foreign.map(|foreign| {
        format!("{foreign} has a program (ImagePath) and is kept; it is a third-party service")
    });
    if draft.is_empty() {
        let nothing = "no licensing setting is in a place that Windows does not read".to_owned();
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
        draft.note("a value in the policy key reappears at the next policy refresh if a policy object writes it; check the policy objects too");
    }
    if moves || support::is_policy(machine) {
        support::follow_up(machine, draft);
    } else {
        support::note_control_sets(machine, draft);
    }
    if !moves {
        draft.license_effect("none: Windows does not read the removed settings");
    }
    Ok(())
}

fn place_of<T>(stray: &Candidate<T>) -> (&KeyPath, Option<&Name>) {
    (&stray.path, stray.evidence.value.as_ref())
}

/// Describes the place and contents of a stray setting.
fn shown<T>(stray: &Candidate<T>) -> String {
    match &stray.evidence.value {
        Some(name) => format!("{}\\{name} ({})", stray.path, stray.evidence.found),
        None => format!("{} ({})", stray.path, stray.evidence.found),
    }
}

fn all_shown<T>(strays: &[&Candidate<T>]) -> String {
    strays.iter().map(|stray| shown(stray)).collect::<Vec<_>>().join(", ")
}

/// The stray settings contradict each other.
fn contradict<T>(strays: &[&Candidate<T>], recipe: &str) -> Refusal {
    Refusal::guard(
        format!("the stray settings contradict each other: {}", all_shown(strays)),
        format!("set the right one with {recipe}, then remove the stray settings with --remove-only"),
    )
}

/// The setting in force is different.
fn differs<T>(strays: &[&Candidate<T>], place: Layer, path: &KeyPath, found: &str, recipe: &str) -> Refusal {
    let strays = all_shown(strays);
    if place == Layer::Policy {
        return Refusal::guard(
            format!(
                "Windows does not read {strays}; a policy with a different value has precedence, so moving would have no effect: {found} in {path}"
            ),
            "change the policy object if the stray setting was intended; then remove it with --remove-only",
        );
    }
    Refusal::guard(
        format!(
            "Windows does not read {strays}; the documented place has a different value: {found} in {path}"
        ),
        format!(
            "if the setting in force is right, use --remove-only; if the stray setting is right, set it with {recipe} first"
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
            "set the mode with set-mode if it is wanted, then remove the stray setting with --remove-only",
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
    if let Some(winner) = setting.stored().filter(|winner| winner.value != Some(LicensingMode::NotConfigured))
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
        &format!("it comes from {}, where Windows does not read it", shown(wanted[0])),
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
            "Windows NT 4.0 has no licensing mode, so there is no place to move it to",
            "remove the stray setting with --remove-only",
        )
    })
}

/// On a client there is no place to move a setting to.
fn refuse_client(machine: &Machine<'_>, what: &str, strays: &str) -> Result<(), Refusal> {
    if support::is_policy(machine) {
        return Ok(());
    }
    match support::refuse_client(machine, what) {
        Err(Refusal::Guard { because, .. }) => Err(Refusal::guard(
            format!("{because}; {strays}"),
            "remove the stray settings with --remove-only",
        )),
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
                format!("{} cannot be read as a server list", shown(stray)),
                "set the list with set-servers if it is wanted, then remove the stray setting with --remove-only",
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
    if let Some(winner) = setting.stored() {
        if same_servers(winner.value.as_deref().unwrap_or_default(), list) {
            return Ok(());
        }
        return Err(differs(&all, winner.place, &winner.path, &winner.evidence.found, "set-servers"));
    }
    refuse_client(machine, "a license server list", &all_shown(&all))?;
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
            "set the list with set-servers, then remove the stray setting with --remove-only",
        )
    })?;
    form.write(
        machine,
        &names,
        &format!("it comes from {}, where Windows does not read it", shown(first)),
        draft,
    )?;
    form.note(machine, draft);
    server_list::note_policy(machine, draft);
    Ok(())
}

/// Removes other licensing values whose name has an extra space, if that is safe; notes the others.
fn remove_other_blanks(
    machine: &Machine<'_>,
    remove_only: bool,
    draft: &mut Draft<'_>,
) -> Result<Vec<String>, Refusal> {
    let seen = machine.look(places::holding_settings());
    let mut left = Vec::new();
    for (path, _) in &seen.keys {
        // After the earlier removals, so that a mode or a list is not processed twice.
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
                    "“{}” ({}) in {path} has an extra space in its name and is kept; set it under its correct name if it is wanted, and remove the stray setting with --remove-only",
                    value.name,
                    value.shown()
                ));
                continue;
            }
            draft.delete_value(
                path,
                &value.name,
                "the name has an extra space, so Windows does not read it",
            )?;
            if weakens {
                draft.note(format!(
                    "{WEAKENS} would weaken a protection (CVE-2024-38099); it is removed and not moved"
                ));
            }
        }
    }
    Ok(left)
}

/// Removes an invented key that is empty, or its empty subkeys.
fn remove_empty(machine: &Machine<'_>, path: &KeyPath, draft: &mut Draft<'_>) -> Result<(), Refusal> {
    // Keys outside the source are kept.
    let Ok(Some(key)) = draft.key(path) else { return Ok(()) };
    if !support::knows_subkeys(machine, path) {
        return Ok(());
    }
    if holds_nothing(&key) {
        return draft.delete_key(path, "the key does not exist in any Windows and is now empty");
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

/// A third-party service with the misspelled name.
fn foreign_service(machine: &Machine<'_>) -> Option<KeyPath> {
    let path = KeyPath::hklm(MISSPELT_SERVICE);
    machine.value(&path, "ImagePath").ok().flatten().map(|_| path)
}
