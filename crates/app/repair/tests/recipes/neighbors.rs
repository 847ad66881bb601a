//! No recipe takes a value for the one that it looks for because both look alike.
//!
//! Every recipe runs on every firing fixture of every rule, once as it is and once with neighbors in each
//! key: values that real service keys contain, and values with the shape of what recipes change (paths,
//! server names, modes, certificates, binary records). The neighbors must not appear in a plan, and no plan
//! may change a place that is not documented.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use licensing::{Machine, Profile};
use repair::{History, Request};
use snapshot::{Change, Key, MultiString, Snapshot, State, Text, Value, ValueType};

use crate::mending::{arguments, every_fixture, every_way};

/// The neighbors. The first five exist in the keys of services that run in svchost.
fn neighbors() -> Vec<Value> {
    let text = |name: &str, kind, text: &str| Value::new(name, kind, Text::encode(text));
    let list = |name: &str, items: &[&str]| Value::new(name, ValueType::MULTI_SZ, MultiString::encode(items));
    let number = |name: &str, number: u32| Value::new(name, ValueType::DWORD, number.to_le_bytes());
    vec![
        text("ServiceDll", ValueType::EXPAND_SZ, r"%SystemRoot%\System32\lserver.dll"),
        text("ServiceMain", ValueType::SZ, "TLSServiceMain"),
        number("ServiceDllUnloadOnStop", 1),
        list("DependOnService", &["RPCSS", "CryptSvc"]),
        text("ObjectName", ValueType::SZ, r"NT AUTHORITY\NetworkService"),
        text("LogFolder", ValueType::SZ, r"D:\Logs\"),
        text("Share", ValueType::SZ, r"\\nas.contoso.example\rds"),
        list("BackupServers", &["rdls8.contoso.example", " rdls9 "]),
        text("Gateway", ValueType::SZ, "rdgw.contoso.example,rdgw2"),
        number("ConnectionMode", 2),
        number("Pages", 512),
        Value::new("Blob", ValueType::BINARY, [0x30, 0x03, 0x02, 0x01, 0x00]),
        Value::new("Seed", ValueType::BINARY, [0x5a; 20]),
    ]
}

/// The same machine with the neighbors in each key.
fn crowded(snapshot: &Snapshot) -> Snapshot {
    fn fill(key: &mut Key, neighbors: &[Value]) {
        key.values.extend(
            neighbors
                .iter()
                .filter(|new| key.value(new.name.as_str().unwrap()).is_none())
                .cloned()
                .collect::<Vec<_>>(),
        );
        for subkey in &mut key.subkeys {
            fill(subkey, neighbors);
        }
    }
    let mut crowded = snapshot.clone();
    let neighbors = neighbors();
    for capture in &mut crowded.captures {
        if let State::Key(key) = &mut capture.state {
            fill(key, &neighbors);
        }
    }
    crowded
}

/// Where a change is: the key, and the name of the value or `*` for the key itself.
fn place(change: &Change) -> String {
    match change {
        Change::Value { key, name, .. } => format!("{key} “{name}”"),
        Change::Key { .. } => format!("{} *", change.key()),
        Change::Security { .. } => format!("{} security", change.key()),
    }
}

#[test]
fn neighbors_are_in_no_plan() {
    let mut places = BTreeMap::<&str, BTreeSet<String>>::new();
    let faulty =
        |path: &Path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("fires"));
    for (path, text) in every_fixture().into_iter().filter(|(path, _)| faulty(path)) {
        let fixture = fixture::parse(&text).unwrap();
        for snapshot in &fixture.machines {
            let crowded = crowded(snapshot);
            for (recipe, asked) in every_way() {
                let targets = |snapshot: &Snapshot| {
                    let machine = Machine::new(snapshot, fixture.at, Profile::Auto);
                    let history = History::default();
                    let arguments = arguments(asked);
                    let request = Request {
                        machine: &machine,
                        arguments: &arguments,
                        history: &history,
                        now: fixture.at,
                    };
                    let plan = repair::by_name(recipe).unwrap().plan(&request);
                    plan.map(|plan| plan.changes().map(place).collect::<BTreeSet<_>>())
                };
                let plain = targets(snapshot);
                if let Ok(plain) = &plain {
                    places.entry(recipe).or_default().extend(plain.iter().cloned());
                }
                let Ok(with) = targets(&crowded) else { continue };
                let plain = plain.unwrap_or_default();
                assert!(
                    with.is_subset(&plain),
                    "{recipe} {asked:?} on {}: {:?}",
                    path.display(),
                    with.difference(&plain)
                );
            }
        }
    }
    // Every place in this list is documented, or it is one where people put settings by mistake.
    let mut listing = String::new();
    for (recipe, places) in places {
        listing.extend([recipe, "\n"]);
        for place in places {
            listing.extend(["    ", &place, "\n"]);
        }
    }
    insta::assert_snapshot!("places", listing);
}
