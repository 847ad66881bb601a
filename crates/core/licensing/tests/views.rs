//! The typed views of grace key, host certificates and client stores, as in reports.

// A test can fail only by a panic.
#![allow(clippy::expect_used, clippy::panic)]

use std::fs;
use std::path::Path;

use fixture::Fixture;
use licensing::model::client::View;
use licensing::{Machine, Profile};
use serde_json::{Value, json};
use snapshot::Snapshot;

fn fixture(rule: &str) -> Fixture {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/rules").join(rule);
    fixture::parse(&fs::read_to_string(path).expect("a readable fixture")).expect("a fixture")
}

fn machine<'s>(fixture: &Fixture, snapshot: &'s Snapshot) -> Machine<'s> {
    Machine::new(snapshot, fixture.at, Profile::Auto)
}

fn at<'v>(value: &'v Value, pointer: &str) -> &'v Value {
    value.pointer(pointer).unwrap_or_else(|| panic!("no {pointer} in {value:#}"))
}

#[test]
fn both_client_stores_are_decoded() {
    let fixture = fixture("client/client_stores_differ/silent.reg");
    let machine = machine(&fixture, &fixture.machines[0]);
    let stores = machine.client_stores();
    assert_eq!(stores.stores.iter().map(|store| store.view).collect::<Vec<_>>(), [View::Native, View::Wow64]);
    assert!(stores.unseen.is_empty());
    let json = serde_json::to_value(stores).expect("JSON");
    for (store, view) in [("/stores/0", "native"), ("/stores/1", "wow64")] {
        assert_eq!(at(&json, &format!("{store}/view")), view);
        assert_eq!(at(&json, &format!("{store}/hardware_id/decoded/origin")), "windows_registry");
        let license = at(&json, &format!("{store}/licenses/0"));
        assert_eq!(at(license, "/name"), "LICENSE000");
        let index = json!({"company": "Microsoft Corporation", "scope": "microsoft.com", "product": "A02"});
        assert_eq!(at(license, "/index"), &index);
        assert_eq!(at(license, "/license/decoded/licensing/product/adjusted/text"), "A02-6.00-S");
        assert_eq!(at(license, "/license/decoded/chain/intact"), true);
    }
}

#[test]
fn a_damaged_license_says_where() {
    let fixture = fixture("client/client_license_unreadable/fires_cut.reg");
    let json = serde_json::to_value(machine(&fixture, &fixture.machines[0]).client_stores()).expect("JSON");
    assert_eq!(at(&json, "/stores/0/licenses/0/license/unreadable/kind"), "truncated");
}

#[test]
fn host_certificates_are_decoded_from_the_key_of_the_generation() {
    for (path, key, bits) in [
        ("certificates/host_certificate_invalid/silent_windows_10.reg", r"Terminal Server\RCM", 2048),
        ("certificates/host_certificate_invalid/silent_windows_xp.reg", r"TermService\Parameters", 512),
    ] {
        let fixture = fixture(path);
        let machine = machine(&fixture, &fixture.machines[0]);
        let found = machine.host_certificates().expect("a captured key");
        let json = serde_json::to_value(found.expect("certificates")).expect("JSON");
        assert!(at(&json, "/key/path").as_str().is_some_and(|path| path.ends_with(key)), "{json:#}");
        assert_eq!(at(&json, "/certificate/decoded/key_bits"), bits);
        assert_eq!(at(&json, "/certificate/decoded/signature_good"), true);
        assert_eq!(at(&json, "/chains"), &json!([]));
    }
}

#[test]
fn grace_tells_what_it_rests_on_and_what_is_missing() {
    let fixture = fixture("grace/grace_over_no_server/fires_old_record.reg");
    let json = serde_json::to_value(machine(&fixture, &fixture.machines[0]).grace()).expect("JSON");
    assert_eq!(at(&json, "/key/records/0/name"), "release");
    assert_eq!(at(&json, "/end/days_left"), -30);
    assert_eq!(at(&json, "/end/reported_by_host"), false);
    assert_eq!(at(&json, "/end/evidence/last_write"), "2026-01-02T00:00:00Z");
    let unseen = at(&json, "/unseen").to_string();
    assert!(unseen.contains("security"), "{unseen}");
}
