//! Removes stored licenses from a Remote Desktop client, so that it receives new ones.
//!
//! # What it changes
//! Deletes subkeys `Store\LICENSE000`, `LICENSE001` and so on of `HKLM\SOFTWARE\Microsoft\MSLicensing` and of
//! its copy for 32-bit programs below `HKLM\SOFTWARE\WOW6432Node\Microsoft`. Without an option it deletes
//! only the faulty ones: damaged, without one of their values, with an invalid signature, expired, or
//! redundant for the same product and version (the one that expires last is kept). `--license LICENSE000`
//! specifies one, in whichever store it is. `--all-licenses` deletes all of them.
//!
//! `--also-hardware-id` deletes every license and the key `HardwareID`. The hardware ID is never removed
//! alone: a remaining license would not match the new ID, and the client would be refused. The key
//! `MSLicensing` itself and its access list are always kept.
//!
//! # When it refuses
//! * No stored license is faulty and none was specified.
//! * A specified license does not exist.
//! * One of the stores is not in the source, and the other has no faulty license.
//! * The source is a policy file.
//!
//! # What it means for licenses
//! If the hardware ID is kept, the license server finds the device in its records and reissues its license;
//! no further CAL is consumed. A pre-release license, a license of another server, or one that was issued for
//! another hardware ID is replaced by one from the pool, and remains in use on the server until it expires.
//!
//! With `--also-hardware-id` the device is a new one to the license server. It consumes a temporary license
//! at the first connection and a CAL from the pool at the next. Its old CAL remains issued to the old ID
//! until it expires, 52 to 89 days after it was issued; only a revocation in RD Licensing Manager returns it
//! earlier. Count free CALs first.
//!
//! # What must follow
//! Start Remote Desktop Connection once as administrator on the client (`mstsc`, *Run as administrator*) and
//! connect.
//!
//! # How it is undone
//! `rdscal undo` restores the subkeys and the hardware ID. Undo it before the client connects; after that the
//! client has new ones.

use licensing::Unknown;
use licensing::model::Stored;
use licensing::model::client::{ClientStore, ClientStores, StoredLicense, View};
use licensing::model::facts;
use rds_formats::client_license::ClientLicense;
use rds_formats::hardware_id::HardwareId;
use rds_formats::x509::Phase;
use snapshot::KeyPath;

use super::prelude::*;

pub(super) static RECIPE: Recipe = Recipe {
    name: "clear-client",
    title: "remove stored licenses from a client",
    parameters: &[
        Parameter {
            name: "license",
            help: "Remove this license, such as LICENSE000\n\nFaulty or not. May be given several times.",
            kind: ParameterKind::Text,
        },
        Parameter {
            name: "all-licenses",
            help: "Remove every stored license, faulty or not",
            kind: ParameterKind::Flag,
        },
        Parameter {
            name: "also-hardware-id",
            help: "Remove every stored license and the hardware id\n\nThe client becomes a new device and takes a new CAL, while the old one stays issued for up to 89 days.",
            kind: ParameterKind::Flag,
        },
    ],
    license_effect: "the license server reissues the device's license; no further CAL is consumed",
    safety: "safe as long as the hardware ID is kept: the licenses are on record at the license server, and rdscal undo restores them",
    has_policy: false,
    example: "clear-client /mnt/c",
    page: include_str!(concat!(env!("OUT_DIR"), "/clear_client.md")),
    draft,
};

/// A license to be removed.
struct Chosen<'s> {
    store: &'s ClientStore,
    license: &'s StoredLicense,
    why: String,
}

fn draft(request: &Request<'_>, draft: &mut Draft<'_>) -> Result<(), Refusal> {
    let machine = request.machine;
    support::refuse_policy(machine, "license store of a client")?;
    let stores = machine.client_stores();
    let named = request.arguments.all("license");
    let with_id = request.arguments.has("also-hardware-id");
    let all = with_id || request.arguments.has("all-licenses");
    if all && !named.is_empty() {
        return Err(Refusal::Usage("specify licenses with --license, or all of them, not both".to_owned()));
    }
    let chosen = if !named.is_empty() {
        named_ones(stores, named)?
    } else if all {
        let every = |(store, license)| Chosen {
            store,
            license,
            why: "every stored license was requested".to_owned(),
        };
        stores.licenses().map(every).collect()
    } else {
        faulty_ones(machine, stores)
    };
    let ids = if with_id { hardware_ids(machine, stores)? } else { Vec::new() };
    if chosen.is_empty() && ids.is_empty() {
        return Err(nothing_to_remove(machine, stores, all));
    }
    for one in &chosen {
        draft.delete_key(&one.license.path, &one.why)?;
        draft.note(consequence(machine, one));
    }
    for store in
        stores.stores.iter().filter(|store| !with_id && chosen.iter().any(|one| one.store.path == store.path))
    {
        if store.hardware_id.as_ref().and_then(Stored::decoded).is_none() {
            draft.note(format!(
                "{} has no readable hardware ID; the license server may treat the client as a new device",
                store.path
            ));
        }
    }
    for path in &ids {
        draft.delete_key(path, "the client becomes a new device with its own ID")?;
    }
    for need in &stores.unseen {
        draft.note(format!("not available: {need}; licenses stored there are kept"));
    }
    if named.is_empty() && !all && chosen.iter().any(|one| ended(machine, one.license)) {
        draft.note(
            "an expired license is normally renewed when the client connects; connect first, and remove the license only if the connection is refused",
        );
    }
    note_write_filter(machine, draft);
    draft.license_effect(effect(&chosen, with_id));
    draft.follow_up(FollowUp::StartClientElevated);
    Ok(())
}

/// The licenses with these names, in every store.
fn named_ones<'s>(stores: &'s ClientStores, names: &[String]) -> Result<Vec<Chosen<'s>>, Refusal> {
    let mut chosen: Vec<Chosen<'s>> = Vec::new();
    for name in names {
        let found: Vec<_> =
            stores.licenses().filter(|(_, license)| license.name.eq_ignore_ascii_case(name)).collect();
        if found.is_empty() {
            let unseen: Vec<_> = stores.unseen.iter().map(ToString::to_string).collect();
            let unseen = if unseen.is_empty() {
                String::new()
            } else {
                format!("; not available: {}", unseen.join(", "))
            };
            return Err(Refusal::Usage(format!("there is no license {name}: {}{unseen}", present(stores))));
        }
        for (store, license) in found {
            if !chosen.iter().any(|one| one.license.path == license.path) {
                chosen.push(Chosen { store, license, why: "it was specified".to_owned() });
            }
        }
    }
    Ok(chosen)
}

/// The licenses that no host accepts, and redundant ones.
fn faulty_ones<'s>(machine: &Machine<'_>, stores: &'s ClientStores) -> Vec<Chosen<'s>> {
    let mut chosen = Vec::new();
    for store in &stores.stores {
        let mut sound: Vec<&StoredLicense> = Vec::new();
        for license in &store.licenses {
            match fault(machine, store, license) {
                Some(why) => chosen.push(Chosen { store, license, why }),
                None => sound.push(license),
            }
        }
        for license in &sound {
            if let Some(better) = sound.iter().copied().find(|other| replaces(other, license)) {
                let why =
                    format!("{} is for the same product and version and expires no earlier", better.label());
                chosen.push(Chosen { store, license, why });
            }
        }
    }
    chosen
}

/// True if both are for the same product and version and `self` is the one to keep.
fn replaces(this: &StoredLicense, other: &StoredLicense) -> bool {
    let key = |license: &StoredLicense| (license.ends(), std::cmp::Reverse(license.name.clone()));
    this.path != other.path
        && this.index == other.index
        && this.version() == other.version()
        && key(this) > key(other)
}

/// Why a license is faulty, a clause.
fn fault(machine: &Machine<'_>, store: &ClientStore, license: &StoredLicense) -> Option<String> {
    let Some(stored) = &license.license else {
        return Some("it contains no license (ClientLicense)".to_owned());
    };
    let decoded = match (stored.decoded(), stored.error()) {
        (Some(decoded), _) => decoded,
        (None, Some(error)) => return Some(format!("its license is damaged: {error}")),
        (None, None) => return None,
    };
    if decoded.chain.has_bad_signature() {
        return Some(
            "its signature is invalid; its bytes have changed since the license server signed it".to_owned(),
        );
    }
    let index = &license.index;
    let missing: Vec<&str> =
        [("CompanyName", &index.company), ("LicenseScope", &index.scope), ("ProductID", &index.product)]
            .into_iter()
            .filter(|(_, text)| text.as_deref().is_none_or(str::is_empty))
            .map(|(name, _)| name)
            .collect();
    if !missing.is_empty() {
        return Some(format!("it has no {}, so the client does not find it", missing.join(", no ")));
    }
    if ended(machine, license) {
        return Some(format!(
            "it expired on {}",
            license.ends().map(|end| end.date().to_string()).unwrap_or_default()
        ));
    }
    // That a license belongs to another ID is inferred; a recorded refusal confirms it.
    let hardware = store.hardware_id.as_ref()?.decoded()?;
    let foreign = decoded.binding_to(hardware).is_some_and(|binding| !binding.fits);
    (foreign && has_failed(machine)).then(|| {
        "licensing failed at this client, and the license seems to belong to another hardware ID".to_owned()
    })
}

/// Whether the client recorded failed licensing in the last 30 days.
fn has_failed(machine: &Machine<'_>) -> bool {
    machine.recent_client_failures().is_ok_and(|failures| !failures.is_empty())
}

fn ended(machine: &Machine<'_>, license: &StoredLicense) -> bool {
    license.standing(machine.at()).is_some_and(|standing| standing.phase == Phase::Expired)
}

/// The keys `HardwareID` of the stores.
fn hardware_ids(machine: &Machine<'_>, stores: &ClientStores) -> Result<Vec<KeyPath>, Refusal> {
    let mut found = Vec::new();
    for store in &stores.stores {
        let path = store.path.join("HardwareID");
        if machine.key(&path)?.is_some() {
            found.push(path);
        }
    }
    Ok(found)
}

/// Refuses because there is nothing to remove, and states how to specify a license.
fn nothing_to_remove(machine: &Machine<'_>, stores: &ClientStores, all: bool) -> Refusal {
    if !stores.unseen.is_empty() {
        return Refusal::from(Unknown { needs: stores.unseen.clone() });
    }
    let mut text = if stores.licenses().next().is_none() {
        "this machine has no stored client license".to_owned()
    } else {
        format!(
            "no stored license is faulty ({}); to remove one anyway, specify it with --license LICENSE000, or use --all-licenses",
            present(stores)
        )
    };
    if !all && has_failed(machine) {
        text.push_str(". Licensing failed at this client, which a stored license can cause; --all-licenses is the next step");
    }
    let faulty = |id: &Stored<HardwareId>| id.decoded().is_none_or(|id| id.flaw.is_some());
    if stores.stores.iter().filter_map(|store| store.hardware_id.as_ref()).any(faulty) {
        text.push_str(". The hardware ID is faulty; --also-hardware-id removes it, which turns the client into a new device");
    }
    Refusal::NothingToDo(text)
}

/// The stored licenses, in words.
fn present(stores: &ClientStores) -> String {
    let names: Vec<_> = stores
        .licenses()
        .map(|(store, license)| match store.view {
            View::Native => license.label(),
            View::Wow64 => format!("{} in the {}", license.label(), View::Wow64.label()),
        })
        .collect();
    if names.is_empty() { "none is stored".to_owned() } else { format!("stored: {}", names.join(", ")) }
}

/// Describes a license to be removed.
fn consequence(machine: &Machine<'_>, one: &Chosen<'_>) -> String {
    let license = one.license;
    let place = match one.store.view {
        View::Native => "",
        View::Wow64 => ", for 32-bit programs",
    };
    let Some(decoded) = license.decoded() else {
        return format!("{}{place}: the kind of license is unknown", license.name);
    };
    let kind = match decoded.is_temporary() {
        Some(true) => "temporary license",
        Some(false) => "permanent license",
        None => "license of an unknown kind",
    };
    let server = decoded.issuer.license_server.as_deref().unwrap_or("an unknown license server");
    let scope = decoded.issuer.scope.as_deref().map(|scope| format!(" ({scope})")).unwrap_or_default();
    let product = decoded.product().map(|product| format!(" {}", product.adjusted.text)).unwrap_or_default();
    let end = match license.ends() {
        Some(end) if ended(machine, license) => format!("expired on {}", end.date()),
        Some(end) => format!("valid until {}", end.date()),
        None => "of unknown validity".to_owned(),
    };
    format!("{}{place}: a {kind}{product}, issued by {server}{scope}, {end}", license.name)
}

/// Effect of the changes on licenses, counted.
fn effect(chosen: &[Chosen<'_>], with_id: bool) -> String {
    let kind = |wanted: Option<bool>| {
        chosen
            .iter()
            .filter(|one| one.license.decoded().and_then(ClientLicense::is_temporary) == wanted)
            .count()
    };
    let counts: Vec<_> =
        [(kind(Some(false)), "permanent"), (kind(Some(true)), "temporary"), (kind(None), "of unknown kind")]
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
    let noun = if chosen.len() == 1 { "license is removed from" } else { "licenses are removed from" };
    let counts = if counts.is_empty() { String::new() } else { format!(" ({})", counts.join(", ")) };
    let removed = match chosen.len() {
        0 => "no license was stored on this client".to_owned(),
        count => format!("{count} stored {noun} this client{counts}"),
    };
    if with_id {
        return format!(
            "{removed}, and its hardware ID is removed: to the license server it is a new device, which consumes a temporary license at the first connection and a CAL from the pool at the next; its old CAL remains issued to the old ID until it expires, up to 89 days after it was issued"
        );
    }
    format!(
        "{removed}; the hardware ID is kept, so the license server finds the device in its records and reissues its license; no further CAL is consumed, unless the license came from another server or was issued for another hardware ID"
    )
}

fn note_write_filter(machine: &Machine<'_>, draft: &mut Draft<'_>) {
    if let Ok(filter) = machine.fact(facts::WRITE_FILTER)
        && filter.protects
        && !filter.keeps_licenses
    {
        draft.note(format!(
            "the write filter {} discards this change at the next start; commit the change, or make it while the filter is disabled",
            filter.name
        ));
    }
}
