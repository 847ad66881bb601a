//! Capturing the machine that runs the tests.
#![cfg(windows)]
// The Windows API is called directly to close a key.
#![allow(
    unsafe_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::panic,
    clippy::undocumented_unsafe_blocks
)]

#[allow(dead_code)] // shared with other tests
#[path = "../../../platform/win32/tests/scratch/mod.rs"]
mod scratch;

use std::process::Command;
use std::time::Duration;

use snapshot::{
    Depth, KeyPath, Lookup, OriginKind, Question, Selector, Subject, Wmi, WmiClass, WmiError, WmiQuestion,
};

const fn tree(path: &'static str) -> Selector {
    Selector { path, depth: Depth::Tree, omit: &[] }
}

const SYSTEM: WmiClass = WmiClass { namespace: r"root\CIMV2", name: "Win32_OperatingSystem" };
const NOTHING: WmiClass = WmiClass { namespace: r"root\CIMV2\rdscal", name: "Win32_Nothing" };

fn wmi(
    fact: &'static str,
    service: &'static str,
    ask: fn(&mut dyn Wmi) -> Result<Option<serde_json::Value>, WmiError>,
) -> Question {
    let source = if fact == "wmi" { "WMI wmi" } else { "WMI" };
    let limit = Duration::from_mins(1);
    Question { fact, subject: Subject::Wmi(WmiQuestion { service, servers_only: false, source, limit, ask }) }
}

/// `reg.exe` writes the keys that the test reads.
fn reg(arguments: &[&str]) {
    assert!(Command::new("reg").args(arguments).output().unwrap().status.success(), "{arguments:?}");
}

#[test]
fn this_machine_is_captured() {
    reg(&["add", r"HKCU\Software\rdscal-live\Sub", "/v", "Name", "/t", "REG_DWORD", "/d", "4", "/f"]);
    reg(&["add", r"HKCU\Software\rdscal-live", "/v", "Secret", "/t", "REG_BINARY", "/d", "010203", "/f"]);
    let scope = [
        Selector { omit: &["Secret"], ..tree(r"HKCU\Software\rdscal-live") },
        tree(r"HKCU\Software\rdscal-not-there"),
        tree(r"HKLM\SYSTEM\CurrentControlSet\Control\ComputerName"),
        Selector { depth: Depth::Values, ..tree(r"HKCR\.txt") },
    ];
    let place = sources::this_machine().unwrap();
    let mut snapshot = place.capture(&scope).unwrap();
    reg(&["delete", r"HKCU\Software\rdscal-live", "/f"]);

    assert_eq!(snapshot.origin.kind, OriginKind::Live);
    assert!(snapshot.captured_at.is_some());
    let key = snapshot.key(&r"HKCU\Software\rdscal-live\Sub".parse().unwrap()).unwrap();
    assert_eq!(key.value("name").unwrap().as_u32(), Some(4));
    assert!(key.last_write.is_some() && key.security.is_some());
    let above = snapshot.key(&r"HKCU\Software\rdscal-live".parse().unwrap()).unwrap();
    let secret = above.value("Secret").unwrap();
    assert_eq!((secret.bytes(), secret.shown().as_str()), (b"".as_slice(), "3 bytes, withheld"));
    let gone: KeyPath = r"HKCU\Software\rdscal-not-there".parse().unwrap();
    assert_eq!(snapshot.lookup(&gone), Lookup::Absent);
    let names = KeyPath::hklm(r"SYSTEM\CurrentControlSet\Control\ComputerName\ComputerName");
    assert!(snapshot.key(&names).unwrap().value("ComputerName").unwrap().as_text().is_some());
    // Windows composes this root; it is not captured.
    assert_eq!(snapshot.lookup(&r"HKCR\.txt".parse().unwrap()), Lookup::NotCaptured);

    place.ask(
        &[
            Question { fact: "service", subject: Subject::ServiceState("RpcSs") },
            Question { fact: "no service", subject: Subject::ServiceState("rdscal-no-such-service") },
            Question { fact: "version", subject: Subject::SystemVersion },
            Question { fact: "addresses", subject: Subject::Addresses },
            wmi("wmi", "RpcSs", |wmi| {
                let found = wmi.instances(SYSTEM, &["BuildNumber"])?;
                Ok(Some(found.into_iter().map(serde_json::Value::from).collect()))
            }),
            wmi("no wmi", "RpcSs", |wmi| wmi.instances(NOTHING, &[]).map(|_| None)),
            wmi("nobody to ask", "rdscal-no-such-service", |_| Err(WmiError::Denied)),
        ],
        &mut snapshot,
    );
    assert!(snapshot.facts["wmi"].value[0]["BuildNumber"].is_string(), "{:?}", snapshot.facts["wmi"]);
    assert_eq!(snapshot.facts["wmi"].source, "WMI wmi");
    assert_eq!(snapshot.unanswered["no wmi"].reason, "this Windows has no WMI class Win32_Nothing");
    assert_eq!(snapshot.unanswered.len(), 1, "{:?}", snapshot.unanswered);
    assert!(snapshot.facts["service"].value.is_string());
    assert!(!snapshot.facts.contains_key("no service"));
    assert!(snapshot.facts["version"].value["build"].as_u64().unwrap() > 0);
    assert!(snapshot.facts["addresses"].value.is_array());
    let json = snapshot.to_json().unwrap();
    assert_eq!(snapshot::Snapshot::from_json(&json).unwrap(), snapshot);
}

#[test]
fn a_closed_key_is_unread_and_never_absent() {
    const TOP: &str = r"HKCU\Software\rdscal-closed";
    let scratch = scratch::Scratch::at(r"Software\rdscal-closed");
    for name in ["Open", "Closed"] {
        scratch.subkey(name);
    }
    scratch.close("Closed");
    let scope = [
        tree(TOP),
        Selector { depth: Depth::Presence, ..tree(r"HKCU\Software\rdscal-closed\Closed") },
        Selector { depth: Depth::Values, ..tree(r"HKCU\Software\rdscal-closed\Clos*") },
    ];
    let snapshot = sources::this_machine().unwrap().capture(&scope).unwrap();
    let top: KeyPath = TOP.parse().unwrap();
    let closed = top.join("Closed");
    assert!(snapshot.key(&top.join("Open")).is_some());
    assert_eq!(snapshot.lookup(&top.join("Not there")), Lookup::Absent, "its neighbors are known");
    let Lookup::Unread(reason) = snapshot.lookup(&closed) else { panic!("{:?}", snapshot.lookup(&closed)) };
    assert!(reason.starts_with("access is denied"), "{reason}");
    // The hint depends on the rights of the test process; each of them has one.
    assert!(reason.contains("Run as administrator") || reason.contains("SeBackupPrivilege"), "{reason}");
    assert_eq!(snapshot.unread.len(), 1, "once, however often it is asked for: {:?}", snapshot.unread);
    assert!(matches!(snapshot.lookup(&closed.join("below")), Lookup::Unread(_)));
}
