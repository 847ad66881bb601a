//! The license server and its events in the model.

// A test helper can fail only by a panic.
#![allow(clippy::expect_used)]

use licensing::Profile;
use licensing::model::{Machine, facts};
use snapshot::Snapshot;

fn snapshot(text: &str) -> Snapshot {
    let fixture = fixture::parse(text).expect("a fixture");
    fixture.machines.into_iter().next().expect("one machine")
}

fn at() -> snapshot::FileTime {
    "2026-01-01T00:00:00Z".parse().expect("a time")
}

/// Invented values, except for the three documented names.
const SERVER: &str = r#"Windows Registry Editor Version 5.00
;; source: made up
;; covers: HKLM\SYSTEM
[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\TermServLicensing]
"Start"=dword:00000002
[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\TermServLicensing\Parameters]
"DBPath"="D:\\LServer"
" MaxVerPages"=dword:00000400
"DisableWorkgroupAuthEnforcement"=dword:00000001
"Something"=dword:00000007
"#;

#[test]
fn every_parameter_is_shown_as_found_and_what_was_not_seen_is_said() {
    let snapshot = snapshot(SERVER);
    let machine = Machine::new(&snapshot, at(), Profile::Auto);
    let server = machine.license_server().expect("the service was seen").expect("the service is there");
    let json = serde_json::to_value(&server).expect("serializes");
    assert_eq!(json["start"], "automatic");
    let meanings: Vec<_> = json["parameters"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|parameter| (parameter["evidence"]["value"].clone(), parameter["meaning"].clone()))
        .collect();
    assert_eq!(
        serde_json::to_value(meanings).expect("serializes"),
        serde_json::json!([
            ["DBPath", "not_documented"],
            [" MaxVerPages", {"blank_in_name": "MaxVerPages"}],
            ["DisableWorkgroupAuthEnforcement", {"disable_enforcement": 1}],
            ["Something", "not_documented"],
        ])
    );
    // Only the SYSTEM hive was captured: policy and certificates are in SOFTWARE.
    let unseen: Vec<String> = server.unseen.iter().map(ToString::to_string).collect();
    assert!(unseen.iter().any(|need| need.contains("Policies")), "{unseen:?}");
    assert!(unseen.iter().any(|need| need.contains(r"TermServLicensing\Certificates")), "{unseen:?}");
}

#[test]
fn a_machine_without_the_service_is_no_license_server() {
    let snapshot =
        snapshot("Windows Registry Editor Version 5.00\n;; source: made up\n;; covers: HKLM\\SYSTEM\n");
    let machine = Machine::new(&snapshot, at(), Profile::Auto);
    assert!(machine.license_server().expect("seen").is_none());
    assert!(machine.licensing_parameters().expect("seen").is_empty());
}

#[test]
fn event_ids_lose_their_severity_bits_and_other_providers_are_left_out() {
    let provider = "Microsoft-Windows-TerminalServices-RemoteConnectionManager";
    let event = |provider: &str, id: u32, newest: &str| {
        format!(r#"{{"provider": "{provider}", "id": {id}, "newest": "{newest}", "count": 1}}"#)
    };
    let list = [
        event(provider, 50280, "2025-12-30T00:00:00Z"),
        event(&provider.to_lowercase(), 1130, "2025-01-01T00:00:00Z"),
        event("Microsoft-Windows-Kernel-General", 1128, "2025-12-30T00:00:00Z"),
    ];
    let text = format!(
        "Windows Registry Editor Version 5.00\n;; source: made up\n;; fact: {} = [{}]\n",
        facts::EVENTS.name,
        list.join(", ")
    );
    let snapshot = snapshot(&text);
    let machine = Machine::new(&snapshot, at(), Profile::Auto);
    let ids =
        |events: Vec<licensing::model::EventRecord>| events.iter().map(|event| event.id).collect::<Vec<_>>();
    assert_eq!(ids(machine.events(&[1128, 1130], "events").expect("there")), [1128, 1130]);
    assert_eq!(ids(machine.recent_events(&[1128, 1130], "events").expect("there")), [1128]);
    assert_eq!(ids(machine.events(&[1003], "events").expect("there")), [0; 0]);
}
