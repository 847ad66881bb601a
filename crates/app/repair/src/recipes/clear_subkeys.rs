//! Deletes everything below a licensing key, but never the key itself.
//!
//! Advice to delete licensing keys circulates, much of it for keys that do not exist in Windows. This recipe
//! performs the harmless part of it, and explains what Windows does with the key.
//!
//! # What it changes
//! The subkeys of the specified key, with everything below them. The key itself is kept, with its values, its
//! owner and its access list. The key can be written as `HKLM\…`, `HKEY_LOCAL_MACHINE\…`, `HKLM:\…`,
//! `Computer\…`, `Registry::…`, with `CurrentControlSet` or the number of the current control set.
//!
//! It accepts only keys that are known to be safe to empty:
//!
//! | key | what Windows does with it |
//! |---|---|
//! | `SOFTWARE\Microsoft\MSLicensing\Store`, also below `WOW6432Node` | the client's stored licenses; it stores new ones |
//! | `TermService\Parameters\LicenseServers`, Windows Server 2008 R2 and later | subkeys are the list of Windows Server 2003, not read |
//! | `LicenseKeyStore`, `IssuedLicenses`, and every other invented or misspelled key | nothing |
//!
//! # When it refuses
//! * The key is not one of these. Services, policies, `RCM`, `RCM\Secrets`, `MSLicensing` as a whole and its
//!   `HardwareID` are never emptied. If another recipe is intended for the key, the refusal names it.
//! * On Windows Server 2003 the subkeys of `LicenseServers` are the list in force; use `remove-server`.
//! * A key `TermServices` with a program (`ImagePath`) belongs to a third-party service.
//!
//! # What it means for licenses
//! The registry of a license server contains no installed or issued licenses: emptying an invented key
//! removes none and restores none. Emptying `MSLicensing\Store` removes this client's stored licenses. Its
//! hardware ID is kept, so the license server finds its records and reissues them. For single licenses
//! `clear-client` has fewer consequences.
//!
//! # What must follow
//! For `MSLicensing\Store`, start Remote Desktop Connection once as administrator. Otherwise nothing.
//!
//! # How it is undone
//! `rdscal undo` restores every key and value, with owner and access list.

use licensing::knowledge::{Role, keys};

use super::prelude::*;
use super::server_list::SPECIFIED;

pub(super) static RECIPE: Recipe = Recipe {
    name: "clear-subkeys",
    title: "delete everything below a licensing key",
    parameters: &[Parameter {
        name: "key",
        help: "Key whose subkeys are removed\n\nSuch as HKLM\\SOFTWARE\\Microsoft\\LicenseKeyStore.",
        kind: ParameterKind::Operand(&[]),
    }],
    license_effect: "none: Windows does not read the subkeys of this key, and they contain no license",
    safety: "safe: only keys that Windows does not read, or recreates; rdscal undo reverts it",
    has_policy: false,
    example: r"clear-subkeys /mnt/c HKLM\SOFTWARE\Microsoft\LicenseKeyStore",
    page: include_str!(concat!(env!("OUT_DIR"), "/clear_subkeys.md")),
    draft,
};

/// Rows of real keys whose subkeys may be deleted.
const REAL: [&str; 2] = ["mslicensing-store", "license-servers"];

/// Rows of the tables with a dedicated recipe.
const OTHER_RECIPES: [(&str, &str); 8] = [
    ("mslicensing", "clear-client deletes stored licenses and keeps the hardware ID"),
    ("mslicensing-32", "clear-client deletes stored licenses and keeps the hardware ID"),
    ("mslicensing-hardwareid", "clear-client has an option for the hardware ID and states its consequences"),
    ("mslicensing-license", "clear-client deletes one stored license"),
    ("grace-period", "use reset-grace for the grace record"),
    ("rcm", "reset-host-certificates deletes the host's licensing certificates"),
    ("termservice-parameters", "set-servers changes the license server list"),
    ("license-servers-key-form", "tidy-servers moves this list to the documented value"),
];

fn draft(request: &Request<'_>, draft: &mut Draft<'_>) -> Result<(), Refusal> {
    let machine = request.machine;
    let text = request.arguments.first("key").unwrap_or_default();
    let key = parse(machine, text)?;
    let row = clearable(machine, &key)?;
    let Some(found) = draft.key(&key)? else {
        return Err(Refusal::NothingToDo(format!("the key {key} does not exist")));
    };
    if found.value("ImagePath").is_some() {
        return Err(Refusal::guard(
            format!("{key} has a program (ImagePath); it belongs to a third-party service"),
            "",
        ));
    }
    if found.subkeys.is_empty() {
        if !support::knows_subkeys(machine, &key) {
            let because = "its subkeys were not captured".to_owned();
            return Err(Refusal::Unseen { key, because });
        }
        return Err(Refusal::NothingToDo(format!("{key} has no subkeys. {}", row.windows)));
    }
    for subkey in &found.subkeys {
        draft.delete_key(&key.child(&subkey.name), "everything below the key is deleted")?;
    }
    draft.note(match row.id {
        "license-servers" => "on this Windows the license server list is the value SpecifiedLicenseServers of the key, which is kept; its subkeys are the form of Windows Server 2003, or a copy that is most likely not read"
            .to_owned(),
        "mslicensing-store" => format!("{} {}", row.what, row.deleting),
        _ => format!("{} {}", row.what, row.windows),
    });
    if !found.values.is_empty() {
        draft.note("the key itself and its values are kept");
    }
    if row.id == "mslicensing-store" {
        draft.license_effect(
            "this client's stored licenses are removed and its hardware ID is kept; a license server finds its record of the device and reissues the license; until then the client has no license",
        );
        draft.follow_up(FollowUp::StartClientElevated);
        note_other_store(machine, &key, draft);
    }
    support::note_control_sets(machine, draft);
    Ok(())
}

/// Parses the key in any spelling.
fn parse(machine: &Machine<'_>, text: &str) -> Result<KeyPath, Refusal> {
    let mut rest = text.trim().trim_matches(['"', '\'', '[', ']']).trim();
    for lead in [r"Microsoft.PowerShell.Core\", "Registry::", r"Computer\"] {
        if let Some(head) = rest.get(..lead.len()).filter(|head| head.eq_ignore_ascii_case(lead)) {
            rest = &rest[head.len()..];
        }
    }
    let mut spelt = if rest.contains('\\') { rest.to_owned() } else { rest.replace('/', r"\") };
    for (lead, short) in [(r"\Registry\Machine\", r"HKLM\"), (r"HKLM:\", r"HKLM\"), ("HKLM:", r"HKLM\")] {
        if spelt.get(..lead.len()).is_some_and(|head| head.eq_ignore_ascii_case(lead)) {
            spelt.replace_range(..lead.len(), short);
            break;
        }
    }
    let key: KeyPath = spelt.parse().map_err(|e: snapshot::ParsePathError| Refusal::Usage(e.to_string()))?;
    current_set(machine, key)
}

/// Replaces `ControlSet001` by `CurrentControlSet` if it is the current set.
fn current_set(machine: &Machine<'_>, key: KeyPath) -> Result<KeyPath, Refusal> {
    let [hive, set, below @ ..] = key.parts() else { return Ok(key) };
    let number = set.as_str().and_then(|set| {
        let (word, number) = set.split_at_checked("ControlSet".len())?;
        word.eq_ignore_ascii_case("ControlSet").then_some(number)
    });
    let numbered = number.is_some_and(|n| n.len() == 3 && n.bytes().all(|byte| byte.is_ascii_digit()));
    if !hive.matches("SYSTEM") || !numbered {
        return Ok(key);
    }
    match &machine.snapshot().control_sets {
        Some(sets) if set.matches(&sets.resolved) => {
            let current = KeyPath::hklm(r"SYSTEM\CurrentControlSet");
            Ok(below.iter().fold(current, |path, name| path.child(name)))
        }
        Some(sets) => Err(Refusal::Usage(format!("{set} is not current; {} is", sets.resolved))),
        None => Err(Refusal::Usage(format!(
            "this source does not show whether {set} is current; specify CurrentControlSet"
        ))),
    }
}

/// The table row of the key, if its subkeys may be deleted.
fn clearable(machine: &Machine<'_>, key: &KeyPath) -> Result<&'static keys::KeyRow, Refusal> {
    let never = |because: &str, instead: &str| Err(Refusal::guard(format!("{key} {because}"), instead));
    if key.starts_with(&places::rcm_secrets()) {
        return never("contains the host's private keys and is never changed", "");
    }
    let policies = [KeyPath::hklm(r"SOFTWARE\Policies"), KeyPath::hklm(r"SOFTWARE\WOW6432Node\Policies")];
    if policies.iter().any(|policies| key.starts_with(policies)) {
        return never(
            "contains policies, which reappear at the next policy refresh",
            "change the policy object",
        );
    }
    let narrow = without_wow64(key);
    let is_it = |row: &&keys::KeyRow| is_path(row.path, key) || is_path(row.path, &narrow);
    // An exact path has precedence over a pattern.
    let mut rows: Vec<_> = keys::all().filter(is_it).collect();
    rows.sort_by_key(|row| (row.path.contains('*'), !is_path(row.path, key)));
    let Some(row) = rows.first().copied() else {
        return never(
            "is not a licensing key that this recipe supports",
            "rdscal explain KEY shows details about a key",
        );
    };
    if row.id == "license-servers" {
        if machine.product().is_at_least(6, 1) != Some(true) {
            return never(
                "has one subkey for each license server on Windows Server 2003, and this may be such a host",
                "remove-server removes a server from the list",
            );
        }
        let key_form = key.join(SPECIFIED);
        if machine.license_servers().stored().is_some_and(|winner| winner.path == key_form) {
            return never("contains the only list, in key form", "use tidy-servers first");
        }
    }
    if REAL.contains(&row.id) || row.role == Role::Folklore {
        return Ok(row);
    }
    let instead = OTHER_RECIPES.iter().find(|(id, _)| *id == row.id).map_or("", |(_, instead)| *instead);
    never(&format!("is not emptied by this recipe. What deleting it does: {}", row.deleting), instead)
}

/// The key without its 32-bit view.
fn without_wow64(key: &KeyPath) -> KeyPath {
    let names = key.parts().iter().filter(|name| !name.matches("WOW6432Node"));
    names.fold(KeyPath::root(key.root_key()), |path, name| path.child(name))
}

/// Whether a table path matches this key. `**` matches any number of names; other patterns match nothing.
fn is_path(pattern: &str, key: &KeyPath) -> bool {
    match pattern.split_once(r"\**\") {
        Some((root, name)) => {
            root.parse::<KeyPath>().is_ok_and(|root| key.starts_with(&root))
                && key.last().is_some_and(|last| last.matches(name))
        }
        None => pattern.parse::<KeyPath>().is_ok_and(|path| path == *key),
    }
}

fn note_other_store(machine: &Machine<'_>, key: &KeyPath, draft: &mut Draft<'_>) {
    let stores = [places::client_store(), places::client_store_32()];
    for store in stores.map(|store| store.join("Store")).iter().filter(|store| *store != key) {
        if machine.key(store).is_ok_and(|store| store.is_some_and(|store| !store.subkeys.is_empty())) {
            draft.note(format!(
                "{store} also has licenses, for clients of the other architecture; it is kept"
            ));
        }
    }
}
