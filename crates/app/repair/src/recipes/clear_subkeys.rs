//! Deletes everything below a licensing key, and never the key itself.
//!
//! Advice to delete licensing keys circulates, much of it for keys that no Windows has. This recipe does what of it can be done
//! without harm, and says what Windows does with the key.
//!
//! # What it changes
//! The subkeys of the key that is named, with all that lies below them. The key itself stays, with its values, its owner and its
//! access list. The key may be spelt `HKLM\…`, `HKEY_LOCAL_MACHINE\…`, `HKLM:\…`, `Computer\…`, `Registry::…`, with
//! `CurrentControlSet` or the number of the current control set.
//!
//! It takes the keys that the tables know to be safe to empty:
//!
//! | key | what Windows does with it |
//! |---|---|
//! | `SOFTWARE\Microsoft\MSLicensing\Store`, also below `WOW6432Node` | the client's stored licenses; it stores new ones |
//! | `TermService\Parameters\LicenseServers`, from Windows Server 2008 R2 on | subkeys are the list of Windows Server 2003, never read |
//! | `LicenseKeyStore`, `IssuedLicenses`, and every other invented or misspelt key | nothing |
//!
//! # When it refuses
//! * The key is not one of these. Services, policies, `RCM`, `RCM\Secrets`, `MSLicensing` as a whole and its `HardwareID` are
//!   never emptied; where another recipe is meant for the key, it is named.
//! * On Windows Server 2003 the subkeys of `LicenseServers` are the list that is in force: `remove-server` is meant for that.
//! * A key `TermServices` that holds a program (`ImagePath`) belongs to a service of somebody else.
//!
//! # What it means for licenses
//! No installed or issued license is in the registry of a license server: emptying an invented key removes none, and brings none
//! back. Emptying `MSLicensing\Store` takes this client's stored licenses; its hardware id stays, so the license server finds
//! its records and issues again. For single licenses `clear-client` is gentler.
//!
//! # What must follow
//! For `MSLicensing\Store`, one start of Remote Desktop Connection as administrator. Else nothing.
//!
//! # How it is taken back
//! `rdscal undo` puts back every key and value, with owner and access list.

use licensing::knowledge::{Role, keys};

use super::prelude::*;
use super::server_list::SPECIFIED;

/// The recipe.
pub(super) static RECIPE: Recipe = Recipe {
    name: "clear-subkeys",
    title: "delete everything below a licensing key",
    parameters: &[Parameter {
        name: "key",
        help: "the key whose subkeys shall go, such as HKLM\\SOFTWARE\\Microsoft\\LicenseKeyStore",
        kind: ParameterKind::Operand,
    }],
    license_effect: "none: Windows does not read what lies below this key, and no license is in it",
    safety: "safe: only keys that Windows does not read, or makes anew by itself; taken back by rdscal undo",
    has_policy: false,
    example: r"clear-subkeys /mnt/c HKLM\SOFTWARE\Microsoft\LicenseKeyStore",
    page: include_str!(concat!(env!("OUT_DIR"), "/clear_subkeys.md")),
    draft,
};

/// Rows of real keys whose subkeys may go.
const REAL: [&str; 2] = ["mslicensing-store", "license-servers"];

/// Rows of the tables that have a recipe of their own.
const OTHER_RECIPES: [(&str, &str); 8] = [
    ("mslicensing", "clear-client deletes stored licenses and keeps the hardware id"),
    ("mslicensing-32", "clear-client deletes stored licenses and keeps the hardware id"),
    ("mslicensing-hardwareid", "clear-client has an option for the hardware id, and says what it costs"),
    ("mslicensing-license", "clear-client deletes one stored license"),
    ("grace-period", "reset-grace is meant for the grace record"),
    ("rcm", "reset-host-certificates deletes the host's licensing certificates"),
    ("termservice-parameters", "set-servers changes the list of license servers"),
    ("license-servers-key-form", "tidy-servers takes this list into the documented value"),
];

fn draft(request: &Request<'_>, draft: &mut Draft<'_>) -> Result<(), Refusal> {
    let machine = request.machine;
    let text = request.arguments.first("key").unwrap_or_default();
    let key = parse(machine, text)?;
    let row = clearable(machine, &key)?;
    let Some(found) = draft.key(&key)? else {
        return Err(Refusal::NothingToDo(format!("there is no key {key}")));
    };
    if found.value("ImagePath").is_some() {
        return Err(Refusal::guard(
            format!("{key} holds a program (ImagePath): it belongs to a service of somebody else"),
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
        draft.delete_key(&key.child(&subkey.name), "everything below the key shall go")?;
    }
    draft.note(match row.id {
        "license-servers" => "on this Windows the list of license servers is the value SpecifiedLicenseServers of the key, which \
                              stays; its subkeys are the form of Windows Server 2003, or a copy that most likely is not read"
            .to_owned(),
        "mslicensing-store" => format!("{} {}", row.what, row.deleting),
        _ => format!("{} {}", row.what, row.windows),
    });
    if !found.values.is_empty() {
        draft.note("the key itself and its values stay");
    }
    if row.id == "mslicensing-store" {
        draft.license_effect(
            "this client's stored licenses go and its hardware id stays: a license server finds its record of the device and \
             issues the license again; until then the client counts as one without a license",
        );
        draft.follow_up(FollowUp::StartClientElevated);
        note_other_store(machine, &key, draft);
    }
    support::note_control_sets(machine, draft);
    Ok(())
}

/// The key in whatever spelling it is given.
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

/// `ControlSet001` is `CurrentControlSet` where that is the set that is current.
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
            "whether {set} is current cannot be told from this source: write CurrentControlSet"
        ))),
    }
}

/// What the tables say of the key, where its subkeys may go.
fn clearable(machine: &Machine<'_>, key: &KeyPath) -> Result<&'static keys::KeyRow, Refusal> {
    let never = |because: &str, instead: &str| Err(Refusal::guard(format!("{key} {because}"), instead));
    if key.starts_with(&places::rcm_secrets()) {
        return never("holds the host's private keys and is never touched", "");
    }
    let policies = [KeyPath::hklm(r"SOFTWARE\Policies"), KeyPath::hklm(r"SOFTWARE\WOW6432Node\Policies")];
    if policies.iter().any(|policies| key.starts_with(policies)) {
        return never("holds policies, which come back at the next refresh", "change the policy object");
    }
    let narrow = without_wow64(key);
    let is_it = |row: &&keys::KeyRow| is_path(row.path, key) || is_path(row.path, &narrow);
    // A key that is spelt out is meant before one that only has the name.
    let mut rows: Vec<_> = keys::all().filter(is_it).collect();
    rows.sort_by_key(|row| (row.path.contains('*'), !is_path(row.path, key)));
    let Some(row) = rows.first().copied() else {
        return never(
            "is not among the licensing keys that this recipe knows",
            "rdscal explain KEY tells what is known of a key",
        );
    };
    if row.id == "license-servers" {
        if machine.product().is_at_least(6, 1) != Some(true) {
            return never(
                "has one subkey for each license server on Windows Server 2003, and this may be one",
                "remove-server takes a server off the list",
            );
        }
        let key_form = key.join(SPECIFIED);
        if machine.license_servers().winner().is_some_and(|winner| winner.path == key_form) {
            return never("holds the only list there is, in key form", "tidy-servers comes first");
        }
    }
    if REAL.contains(&row.id) || row.role == Role::Folklore {
        return Ok(row);
    }
    let instead = OTHER_RECIPES.iter().find(|(id, _)| *id == row.id).map_or("", |(_, instead)| *instead);
    never(&format!("is not emptied by this recipe. What deleting it does: {}", row.deleting), instead)
}

/// The key that the 32-bit view stands for.
fn without_wow64(key: &KeyPath) -> KeyPath {
    let names = key.parts().iter().filter(|name| !name.matches("WOW6432Node"));
    names.fold(KeyPath::root(key.root_key()), |path, name| path.child(name))
}

/// Whether a path of the tables is this key. `**` stands for any number of names; paths with other patterns name no key.
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
                "{store} holds licenses too, for clients of the other width; it is left as it is"
            ));
        }
    }
}
