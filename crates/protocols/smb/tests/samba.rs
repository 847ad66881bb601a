//! The protocol against a real server.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../../msrpc/tests/support/mod.rs"]
mod support;

use std::fs;
use std::time::Duration;

use diagnostic::Diagnostic as _;
use msrpc::winreg::{Access, CreateOptions, ErrorCode, Handle, OpenOptions, Root, SecurityInformation};
use msrpc::{Client, Error};
use samba::{ADMINISTRATOR, PASSWORD, Server, USER};
use smb::{ConnectError, Credentials, SmbPipe, Step, Target, Timeouts};
use support::{Recorder, tour, wide};

/// Long limits, because test machines may be busy.
const PATIENT: Timeouts = Timeouts {
    connect: Duration::from_secs(30),
    request: Duration::from_mins(1),
    machine: Duration::from_mins(10),
};

fn target(server: &Server) -> Target {
    Target { port: server.port(), ..Target::host("127.0.0.1") }
}

fn credentials(user: &str, password: &str) -> Credentials {
    Credentials::new(user, password.to_owned().into())
}

fn open(server: &Server, user: &str) -> Client<SmbPipe> {
    let credentials = credentials(user, PASSWORD);
    let pipe = smb::connect(&target(server), &credentials, PATIENT).expect("connects");
    Client::bind(pipe).expect("binds")
}

fn text(units: &[u16]) -> String {
    String::from_utf16(units).unwrap()
}

/// Creates a key for this test below `HKLM\SOFTWARE`.
fn new_key(client: &mut Client<SmbPipe>, name: &str) -> Handle {
    let root = client.open_root(Root::LocalMachine, Access::MAXIMUM).unwrap();
    let path = wide(&format!(r"SOFTWARE\rdscal\{name}"));
    let created = client.create_key(root, &path, CreateOptions::default(), Access::MAXIMUM, None).unwrap();
    assert!(created.is_new);
    created.handle
}

/// All values of a key, by enumeration.
fn values(client: &mut Client<SmbPipe>, key: Handle) -> Vec<(String, u32, Vec<u8>)> {
    let info = client.info(key).unwrap();
    let mut values = Vec::new();
    for index in 0..=info.values {
        match client.value_at(key, index, info.longest_data).unwrap() {
            Some(entry) => values.push((text(&entry.name), entry.value.kind, entry.value.data)),
            None => assert_eq!(index, info.values),
        }
    }
    values
}

fn subkeys(client: &mut Client<SmbPipe>, key: Handle) -> Vec<String> {
    let mut names = Vec::new();
    while let Some(entry) = client.subkey_at(key, u32::try_from(names.len()).unwrap()).unwrap() {
        names.push(text(&entry.name));
    }
    names
}

#[test]
fn every_type_and_size_comes_back_as_it_was_set() {
    let Some(server) = Server::start(&[]) else { return };
    let mut client = open(&server, ADMINISTRATOR);
    let key = new_key(&mut client, "types");
    let large: Vec<u8> = (0..70_000u32).map(|n| n.to_le_bytes()[0] ^ n.to_le_bytes()[1]).collect();
    let multi: Vec<u8> = "a\0\0 b\0".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut expected = vec![
        (String::new(), 1, vec![b'x', 0, 0, 0]),
        ("none".to_owned(), 0, Vec::new()),
        ("text without its end".to_owned(), 1, vec![b'x', 0]),
        ("expand".to_owned(), 2, vec![b'%', 0, 0, 0]),
        ("binary".to_owned(), 3, vec![1, 2, 3]),
        ("dword".to_owned(), 4, vec![4, 0, 0, 0]),
        ("dword of five bytes".to_owned(), 4, vec![4, 0, 0, 0, 9]),
        ("big-endian".to_owned(), 5, vec![0, 0, 0, 4]),
        // A list with an empty item and without a final NUL, which three other readers parse wrongly.
        ("multi".to_owned(), 7, multi),
        ("resources".to_owned(), 8, vec![0; 33]),
        ("qword".to_owned(), 11, vec![1; 8]),
        ("a type of nobody's".to_owned(), 0x0001_2345, vec![7; 5]),
        (" name with a leading blank, Größe".to_owned(), 3, vec![1]),
        ("one fragment, nearly".to_owned(), 3, large[..4000].to_vec()),
        ("some fragments".to_owned(), 3, large[..9000].to_vec()),
        ("64 KiB".to_owned(), 3, large[..65_536].to_vec()),
        ("more than 64 KiB".to_owned(), 3, large.clone()),
        ("1 MiB".to_owned(), 3, large.iter().cycle().take(1 << 20).copied().collect()),
    ];
    for (name, kind, data) in &expected {
        client.set_value(key, &wide(name), *kind, data).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    let mut found = values(&mut client, key);
    found.sort();
    expected.sort();
    for (found, expected) in found.iter().zip(&expected) {
        assert_eq!((&found.0, found.1, found.2.len()), (&expected.0, expected.1, expected.2.len()));
        assert!(found.2 == expected.2, "the data of {}", found.0);
    }
    assert_eq!(found.len(), expected.len());

    // By name, with unknown size.
    for (name, kind, data) in &expected {
        let value = client.value(key, &wide(name), 0).unwrap().unwrap_or_else(|| panic!("{name}"));
        assert!((value.kind, &value.data) == (*kind, data), "{name}");
    }
    assert_eq!(client.value(key, &wide("no such value"), 0), Ok(None));
    assert_eq!(client.value(key, &wide("DWORD"), 0).unwrap().unwrap().data, [4, 0, 0, 0]);

    // Data larger than the limit is an error, and the connection stays usable.
    let mut client = client.with_max_data(1 << 16);
    let too_large = client.value(key, &wide("1 MiB"), 0);
    assert_eq!(too_large, Err(Error::TooLarge { length: 1 << 20, max: 1 << 16 }));
    assert!(client.value(key, &wide("64 KiB"), 0).unwrap().is_some());
}

#[test]
fn the_data_of_a_withheld_value_stays_on_the_server() {
    let Some(server) = Server::start(&[]) else { return };
    let mut client = open(&server, ADMINISTRATOR);
    let key = new_key(&mut client, "withheld");
    client.set_value(key, &wide("secret"), 3, &[0x5a; 3000]).unwrap();
    let before = client.traffic();
    let head = client.value_head_at(key, 0).unwrap().unwrap();
    assert_eq!((text(&head.name).as_str(), head.value.kind, head.value.length), ("secret", 3, 3000));
    assert_eq!(head.value.data, Vec::<u8>::new());
    let received = client.traffic().received - before.received;
    assert!(received < 300, "{received} bytes came for a name");
    assert_eq!(client.value_head_at(key, 1), Ok(None));
}

#[test]
fn keys_are_created_listed_and_deleted() {
    let Some(server) = Server::start(&[]) else { return };
    let mut client = open(&server, ADMINISTRATOR);
    let key = new_key(&mut client, "keys");
    let names: Vec<_> = (0..120).map(|n| format!("Schlüssel {n:03}")).collect();
    for name in &names {
        let created = client
            .create_key(key, &wide(&format!(r"{name}\below")), CreateOptions::default(), Access::WRITE, None)
            .unwrap();
        assert!(created.is_new);
        client.close_key(created.handle).unwrap();
    }
    let again =
        client.create_key(key, &wide(&names[0]), CreateOptions::default(), Access::WRITE, None).unwrap();
    assert!(!again.is_new);
    let mut listed = subkeys(&mut client, key);
    listed.sort_by_key(|name| name.to_uppercase());
    assert_eq!(listed.len(), names.len());
    assert_eq!(listed[0].to_uppercase(), names[0].to_uppercase());
    assert_eq!(client.info(key).unwrap().subkeys, 120);

    assert_eq!(
        client.delete_key(key, &wide(&names[1])).unwrap_err().returned(),
        Some(ErrorCode::ACCESS_DENIED)
    );
    client.delete_key(key, &wide(&format!(r"{}\below", names[1]))).unwrap();
    client.delete_key(key, &wide(&names[1])).unwrap();
    let gone = client.open_key(key, &wide(&names[1]), OpenOptions::default(), Access::READ);
    assert!(gone.unwrap_err().is_not_found());

    client.set_value(key, &wide("v"), 4, &[1, 0, 0, 0]).unwrap();
    client.delete_value(key, &wide("v")).unwrap();
    assert!(client.delete_value(key, &wide("v")).unwrap_err().is_not_found());
    client.flush(key).unwrap();
    // The server has one view and reports that. A request for the other view would return "access denied",
    // which is misleading.
    assert_eq!(client.version(key), Ok(5));
    let name = wide(&names[0]);
    for view in [Access::VIEW_64, Access::VIEW_32] {
        let refused = client.open_key_in_view(key, &name, OpenOptions::default(), Access::READ, view);
        assert_eq!(refused, Err(Error::ViewNotOffered));
        let asked = client.open_key(key, &name, OpenOptions::default(), Access::READ.and(view));
        assert_eq!(asked.unwrap_err().returned(), Some(ErrorCode::ACCESS_DENIED));
    }

    // A closed handle is invalid, and the pipe stays usable after the error.
    client.close_key(key).unwrap();
    assert!(matches!(client.info(key), Err(Error::Fault(_) | Error::Returned(_))));
    assert!(client.open_root(Root::LocalMachine, Access::READ).is_ok());
}

#[test]
fn security_is_read_and_written() {
    let Some(server) = Server::start(&[]) else { return };
    let mut client = open(&server, ADMINISTRATOR);
    let key = new_key(&mut client, "security");
    let descriptor = client.security(key, SecurityInformation::READABLE, 0).unwrap();
    // Revision 1, self-relative.
    assert_eq!((descriptor[0], descriptor[3] & 0x80), (1, 0x80));
    // Each of 200 entries: type 0 (allow), no flags, 24 bytes, KEY_READ, S-1-5-21-7-n.
    let entries = 200u16;
    let mut many = vec![1, 0, 0x04, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 20, 0, 0, 0];
    many.extend([2, 0]);
    many.extend((8 + entries * 24).to_le_bytes());
    many.extend(entries.to_le_bytes());
    many.extend([0, 0]);
    for n in 0..u32::from(entries) {
        many.extend([0, 0, 24, 0, 0x19, 0, 2, 0, 1, 2, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0]);
        many.extend(n.to_le_bytes());
    }
    // The first one grants all rights to everyone; otherwise the key could not be deleted.
    many[28..52].copy_from_slice(&[
        0, 0, 24, 0, 0x3f, 0, 0x0f, 0, 1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x20, 2, 0, 0,
    ]);
    client.set_security(key, SecurityInformation::DACL, &many).unwrap();
    let back = client.security(key, SecurityInformation::READABLE, 0).unwrap();
    assert_eq!(back.len(), many.len(), "a descriptor longer than a fragment");
    // Samba writes its own control bits; the list is unchanged.
    assert_eq!(back[20..], many[20..]);
}

#[test]
fn who_may_not_write_is_told_so() {
    let Some(server) = Server::start(&[]) else { return };
    let mut client = open(&server, USER);
    let root = client.open_root(Root::LocalMachine, Access::READ).unwrap();
    assert_eq!(subkeys(&mut client, root), ["SOFTWARE", "SYSTEM"]);
    let path = wide(r"SOFTWARE\rdscal\denied");
    let denied = client.create_key(root, &path, CreateOptions::default(), Access::WRITE, None).unwrap_err();
    assert!(denied.is_access_denied(), "{denied}");
    assert_eq!(denied.to_string(), "access is denied (error 5)");
    let software = client.open_key(root, &wide("SOFTWARE"), OpenOptions::default(), Access::READ).unwrap();
    assert!(client.set_value(software, &wide("v"), 4, &[0; 4]).unwrap_err().is_access_denied());
}

#[test]
fn who_cannot_sign_in_is_told_why() {
    let Some(server) = Server::start(&[]) else { return };
    let connect = |target: &Target, user: &str, password: &str| {
        smb::connect(target, &credentials(user, password), PATIENT).map(drop).unwrap_err()
    };
    let here = target(&server);
    assert_eq!(connect(&here, ADMINISTRATOR, "wrong"), ConnectError::WrongPassword);
    assert_eq!(connect(&here, "nobody-of-this-name", PASSWORD), ConnectError::WrongPassword);
    let unused = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    assert_eq!(connect(&Target { port: unused, ..here.clone() }, "a", "b"), ConnectError::Refused);
    let nowhere = Target::host("no-such-host.invalid");
    assert!(matches!(connect(&nowhere, "a", "b"), ConnectError::NameNotFound(_)));
    for error in [connect(&here, ADMINISTRATOR, "wrong"), connect(&nowhere, "a", "b")] {
        assert!(error.advice().is_some());
    }
}

#[test]
fn a_guest_is_nobody() {
    let Some(server) = Server::start(&["map to guest = bad user", "guest account = nobody"]) else { return };
    let unknown = credentials("nobody-of-this-name", PASSWORD);
    let error = smb::connect(&target(&server), &unknown, PATIENT).map(drop).unwrap_err();
    assert_eq!(error, ConnectError::Guest);
}

#[test]
fn a_pipe_that_is_not_there_is_a_service_that_does_not_run() {
    let Some(server) = Server::start(&["rpc start on demand helpers = no"]) else { return };
    let known = credentials(ADMINISTRATOR, PASSWORD);
    let error = smb::connect(&target(&server), &known, PATIENT).map(drop).unwrap_err();
    assert_eq!(error, ConnectError::NotRunning);
    assert!(error.advice().is_some_and(|advice| advice.contains("RemoteRegistry")));
}

#[test]
fn a_server_that_says_nothing_costs_its_timeout() {
    // The kernel accepts the connection; there is never a response.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let target = Target { port: silent.local_addr().unwrap().port(), ..Target::host("127.0.0.1") };
    let timeouts = Timeouts { connect: Duration::from_millis(300), ..PATIENT };
    let error = smb::connect(&target, &credentials("a", "b"), timeouts).map(drop).unwrap_err();
    assert!(matches!(error, ConnectError::TimedOut { .. }), "{error}");
}

#[test]
fn what_is_no_smb_is_told_from_it() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let target = Target { port: listener.local_addr().unwrap().port(), ..Target::host("127.0.0.1") };
    let other = std::thread::spawn(move || {
        use std::io::Write as _;
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
        stream
    });
    let error = smb::connect(&target, &credentials("a", "b"), PATIENT).map(drop).unwrap_err();
    assert!(matches!(error, ConnectError::NotSmb { step: Step::Negotiate, .. }), "{error}");
    drop(other.join().unwrap());
}

#[test]
fn every_policy_of_a_server_is_met() {
    let policies: [(&[&str], u16); 5] = [
        (&["server signing = mandatory"], 0x0311),
        (&["server smb encrypt = required"], 0x0311),
        (&["server min protocol = SMB3_11"], 0x0311),
        (&["server max protocol = SMB3_02"], 0x0302),
        (&["server max protocol = SMB2_10"], 0x0210),
    ];
    for (policy, dialect) in policies {
        let Some(server) = Server::start(policy) else { return };
        let mut client = open(&server, ADMINISTRATOR);
        assert_eq!(client.pipe().dialect(), dialect, "{policy:?}");
        let key = new_key(&mut client, "policy");
        let data = vec![9; 20_000];
        client.set_value(key, &wide("v"), 3, &data).unwrap();
        assert!(client.value(key, &wide("v"), 0).unwrap().unwrap().data == data, "{policy:?}");
    }
    let Some(server) = Server::start(&["server max protocol = NT1", "server min protocol = NT1"]) else {
        return;
    };
    let error = smb::connect(&target(&server), &credentials(USER, PASSWORD), PATIENT);
    let error = error.map(drop).unwrap_err();
    assert!(
        matches!(error, ConnectError::NotSmb { .. } | ConnectError::Lost { step: Step::Negotiate, .. }),
        "{error:?}"
    );
}

#[test]
fn a_call_is_one_round_trip() {
    let Some(server) = Server::start(&[]) else { return };
    let mut client = open(&server, ADMINISTRATOR);
    // TCP, negotiate, two for NTLM, the share, the pipe, the bind.
    assert_eq!(client.pipe().round_trips(), 7);
    let key = new_key(&mut client, "round-trips");
    for n in 0..10 {
        client.set_value(key, &wide(&format!("v{n}")), 4, &[n, 0, 0, 0]).unwrap();
    }
    let before = (client.pipe().round_trips(), client.traffic().calls);
    let info = client.info(key).unwrap();
    for index in 0..info.values {
        assert!(client.value_at(key, index, info.longest_data).unwrap().is_some());
    }
    let after = (client.pipe().round_trips(), client.traffic().calls);
    assert_eq!((after.0 - before.0, after.1 - before.1), (11, 11));
}

/// Compares the recording in `msrpc/tests/recorded` with a running server. With `RDSCAL_RECORD=1` it is
/// recorded again.
#[test]
fn the_recorded_tour_is_what_a_server_says() {
    let Some(server) = Server::start(&[]) else { return };
    let pipe = smb::connect(&target(&server), &credentials(ADMINISTRATOR, PASSWORD), PATIENT).unwrap();
    let recorder = Recorder::new(pipe);
    let lines = std::rc::Rc::clone(&recorder.lines);
    let mut client = Client::bind(recorder).unwrap();
    let told = tour(&mut client);
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../msrpc/tests/recorded");
    if std::env::var_os("RDSCAL_RECORD").is_some() {
        fs::write(format!("{folder}/samba-4.17.txt"), lines.borrow().as_str()).unwrap();
        fs::write(format!("{folder}/samba-4.17.told.txt"), &told).unwrap();
    }
    assert_eq!(told, fs::read_to_string(format!("{folder}/samba-4.17.told.txt")).unwrap());
}
