//! The remote source against a real Samba server: keys without read access are reported, and the rest is
//! read.
#![cfg(all(feature = "remote", unix))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::time::Duration;

use msrpc::Client;
use msrpc::winreg::{Access, CreateOptions, Root, SecurityInformation};
use samba::{ADMINISTRATOR, PASSWORD, Server, USER};
use smb::SmbPipe;
use snapshot::{Depth, KeyPath, Lookup, Selector, Snapshot};
use sources::{Credentials, RegistrySource, Target, Timeouts};

/// Test machines may be busy with other work.
const PATIENT: Timeouts = Timeouts {
    connect: Duration::from_secs(30),
    request: Duration::from_mins(1),
    machine: Duration::from_mins(10),
};

const fn tree(path: &'static str) -> Selector {
    Selector { path, depth: Depth::Tree, omit: &[] }
}

fn target(server: &Server) -> Target {
    Target { port: server.port(), ..Target::host("127.0.0.1") }
}

fn account(user: &str) -> Credentials {
    Credentials::new(user, PASSWORD.to_owned().into())
}

fn capture(server: &Server, user: &str, scope: &[Selector]) -> (Snapshot, u64) {
    let place = RegistrySource::remote(target(server), account(user), PATIENT);
    let (snapshot, cost) = place.capture_counting(scope).unwrap();
    (snapshot, cost.calls)
}

fn wide(text: &str) -> Vec<u16> {
    text.encode_utf16().collect()
}

fn write(server: &Server, work: impl FnOnce(&mut Client<SmbPipe>, msrpc::winreg::Handle)) {
    let pipe = smb::connect(&target(server), &account(ADMINISTRATOR), PATIENT).unwrap();
    let mut client = Client::bind(pipe).unwrap();
    let root = client.open_root(Root::LocalMachine, Access::MAXIMUM).unwrap();
    work(&mut client, root);
}

/// A descriptor that grants access only to an account that does not exist: `S-1-5-21-7-1`.
fn closed() -> Vec<u8> {
    let mut bytes = vec![1, 0, 0x04, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 20, 0, 0, 0];
    bytes.extend([2, 0, 36, 0, 1, 0, 0, 0]);
    bytes
        .extend([0, 0, 28, 0, 0x3f, 0, 0x0f, 0, 1, 3, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 7, 0, 0, 0, 1, 0, 0, 0]);
    bytes
}

#[test]
fn what_may_not_be_read_is_named() {
    let Some(server) = Server::start(&[]) else { return };
    write(&server, |client, root| {
        for name in ["closed", "open"] {
            let path = wide(&format!(r"SOFTWARE\rdscal\{name}"));
            let key = client
                .create_key(root, &path, CreateOptions::default(), Access::MAXIMUM, None)
                .unwrap()
                .handle;
            client.set_value(key, &wide("value"), 4, &[1, 0, 0, 0]).unwrap();
            if name == "closed" {
                client.set_security(key, SecurityInformation::DACL, &closed()).unwrap();
            }
        }
    });
    let scope =
        [tree(r"HKLM\SOFTWARE\rdscal"), tree(r"HKLM\SOFTWARE\rdscal\closed"), tree(r"HKLM\SOFTWARE\absent")];
    let (snapshot, _) = capture(&server, USER, &scope[..1]);
    let top = KeyPath::hklm(r"SOFTWARE\rdscal");
    let open = snapshot.key(&top.join("open")).unwrap();
    assert_eq!(open.value("value").and_then(snapshot::Value::as_u32), Some(1));
    let closed = snapshot.key(&top.join("closed")).expect("its name is known");
    assert!(closed.damage.as_ref().is_some_and(|damage| damage.contains("access is denied")), "{closed:?}");
    assert!(closed.values.is_empty());
    assert!(snapshot.unread.is_empty());

    // If selected explicitly, the key is recorded as unread, and the rest of the scope is read.
    let (snapshot, _) = capture(&server, USER, &scope[1..]);
    assert!(matches!(snapshot.lookup(&top.join("closed")), Lookup::Unread(_)), "{snapshot:?}");
    assert_eq!(snapshot.lookup(&KeyPath::hklm(r"SOFTWARE\absent")), Lookup::Absent);
}

fn own(items: &[&str]) -> Vec<String> {
    items.iter().map(|&item| item.to_owned()).collect()
}

/// Forms that other readers join, truncate or treat as the end: each is returned byte for byte and decoded
/// correctly.
#[test]
fn lists_come_back_as_they_are() {
    let Some(server) = Server::start(&[]) else { return };
    let bytes = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let odd = [bytes("a\0b\0\0"), vec![b'c']].concat();
    // Name, bytes, items, whether an empty string terminates the list.
    let table: &[(&str, Vec<u8>, &[&str], bool)] = &[
        ("two", bytes("a\0b\0\0"), &["a", "b"], true),
        ("one", bytes("rdls01.contoso.example\0\0"), &["rdls01.contoso.example"], true),
        ("without its end", bytes("a\0b\0"), &["a", "b"], false),
        ("without any end", bytes("a\0b"), &["a", "b"], false),
        ("an empty item between", bytes("a\0\0b\0\0"), &["a", "", "b"], true),
        ("an empty item first", bytes("\0a\0\0"), &["", "a"], true),
        ("blanks kept", bytes(" a \0 b\0\0"), &[" a ", " b"], true),
        ("empty", bytes("\0"), &[], true),
        ("empty, twice ended", bytes("\0\0"), &[], true),
        ("no bytes", Vec::new(), &[], false),
    ];
    write(&server, |client, root| {
        let path = wide(r"SOFTWARE\rdscal\lists");
        let key =
            client.create_key(root, &path, CreateOptions::default(), Access::MAXIMUM, None).unwrap().handle;
        for (name, bytes, ..) in table {
            client.set_value(key, &wide(name), 7, bytes).unwrap();
        }
        client.set_value(key, &wide("of an odd length"), 7, &odd).unwrap();
    });
    let (snapshot, _) = capture(&server, USER, &[tree(r"HKLM\SOFTWARE\rdscal\lists")]);
    let key = snapshot.key(&KeyPath::hklm(r"SOFTWARE\rdscal\lists")).unwrap();
    assert_eq!(key.values.len(), table.len() + 1);
    for (name, bytes, items, terminated) in table {
        let value = key.value(name).unwrap_or_else(|| panic!("{name}"));
        assert_eq!(value.bytes(), bytes, "{name}");
        let list = value.as_multi_string().unwrap();
        assert_eq!((list.items.as_slice(), list.terminated), (own(items).as_slice(), *terminated), "{name}");
    }
    assert_eq!(key.value("of an odd length").unwrap().bytes(), odd);
}

#[test]
fn many_keys_are_read_and_put_away() {
    let Some(server) = Server::start(&[]) else { return };
    // More keys than Samba's limit of 2048 handles per pipe.
    let keys = 2_200;
    let text: String = (0..keys)
        .flat_map(|n| {
            [r"[HKEY_LOCAL_MACHINE\SOFTWARE\rdscal\".to_owned(), format!("k{n:04}]\n\"v\"=dword:{n:08x}\n\n")]
        })
        .collect();
    server.import(&format!("Windows Registry Editor Version 5.00\n\n{text}")).unwrap();
    let (snapshot, calls) = capture(&server, USER, &[tree(r"HKLM\SOFTWARE\rdscal")]);
    let top = snapshot.key(&KeyPath::hklm(r"SOFTWARE\rdscal")).unwrap();
    assert_eq!((top.subkeys.len(), &top.damage), (keys, &None));
    assert!(top.subkeys.iter().all(|key| key.values.len() == 1 && key.damage.is_none()));
    // For each key: name, open, counts, security and value; for each above the limit of one thousand, one
    // call to close.
    let keys = u64::try_from(keys).unwrap();
    assert!(calls < 5 * keys + keys + 10, "{calls} calls");
}

#[test]
fn a_machine_that_takes_too_long_is_given_up() {
    let Some(server) = Server::start(&[]) else { return };
    server
        .import("Windows Registry Editor Version 5.00\n\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\rdscal]\n\"v\"=dword:00000001\n")
        .unwrap();
    // The first connection starts helper processes of the server.
    capture(&server, USER, &[]);
    let timeouts = Timeouts { machine: Duration::from_millis(1), ..PATIENT };
    let place = RegistrySource::remote(target(&server), account(USER), timeouts);
    match place.capture(&[tree(r"HKLM\SOFTWARE\rdscal")]) {
        Err(problem) => assert!(problem.message().contains("no response within"), "{problem:?}"),
        Ok(snapshot) => {
            assert_eq!(snapshot.unread.len(), 1, "{snapshot:?}");
            assert!(snapshot.unread[0].reason.contains("time"), "{snapshot:?}");
        }
    }
}
