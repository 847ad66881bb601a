//! Remote machines: a real Samba server, read over SMB.
#![cfg(all(feature = "remote", unix))]

use std::fs;
use std::net::TcpListener;
use std::process::Command;

use samba::{ADMINISTRATOR, PASSWORD, Server, USER};
use snapshot::{Data, KeyPath, Lookup, Origin, OriginKind, Snapshot, State};
use sources::{Credentials, RegistrySource, Target, Timeouts};

use crate::support::{HOST, LOCKED_OUT, folder, rdscal_with, run::Run, write};

/// The registry as a running Windows shows it, with `CurrentControlSet`.
fn running(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.starts_with(";;"));
    lines.map(|line| line.replace("ControlSet001", "CurrentControlSet") + "\n").collect()
}

pub fn serving(text: &str) -> Option<Server> {
    let server = Server::start(&[])?;
    server.import(&running(text)).unwrap();
    Some(server)
}

fn source(server: &Server, user: &str) -> String {
    format!("smb://{user}@127.0.0.1:{}", server.port())
}

/// Runs the program with this password in its environment.
pub fn signed_in(password: &str, arguments: &[&str]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rdscal"));
    command.args(arguments).env("RDSCAL_PASSWORD", password);
    for variable in ["RDSCAL_USER", "RDSCAL_CREDENTIALS"] {
        if !command.get_envs().any(|(name, _)| name == variable) {
            command.env_remove(variable);
        }
    }
    let run = rdscal_with(command);
    assert!(!format!("{run:?}").contains(password), "a password came out: {run:?}");
    run
}

#[test]
fn a_machine_is_judged_as_its_export_is() {
    let Some(server) = serving(LOCKED_OUT) else { return };
    let folder = folder();
    let export = write(folder.path().join("host.reg"), running(LOCKED_OUT));
    let run = signed_in(
        PASSWORD,
        &["doctor", "--format", "json", "--fail-on", "warning", &source(&server, ADMINISTRATOR)],
    );
    let report = run.json();
    let findings = report["machines"][0]["findings"].as_array().unwrap();
    assert_eq!(run.code, Some(1), "{report}");
    assert!(findings.iter().any(|finding| finding["rule"] == "RDSL-001"), "{report}");

    // Everything in the export is read over the network, byte for byte, except what Samba computes itself.
    let file = folder.path().join("remote.json");
    let run = signed_in(PASSWORD, &["snapshot", &source(&server, USER), "-o", file.to_str().unwrap()]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    let remote = Snapshot::from_json(&fs::read(&file).unwrap()).unwrap();
    let expected = Origin {
        kind: OriginKind::Remote,
        locator: format!("smb://127.0.0.1:{}", server.port()),
        files: Vec::new(),
    };
    assert_eq!(remote.origin, expected, "the account is no part of it");
    assert!(remote.captured_at.is_some());
    let run =
        signed_in(PASSWORD, &["diff", "--format", "json", export.to_str().unwrap(), file.to_str().unwrap()]);
    let differences = run.json()["differences"].clone();
    let computed = ["ProductOptions", "Tcpip", "CurrentVersion", "Netlogon"];
    for difference in differences.as_array().unwrap() {
        let text = difference.to_string();
        if difference["change"] == "not_comparable" {
            continue;
        }
        assert!(computed.iter().any(|part| text.contains(part)), "{text}");
    }
    let core = KeyPath::hklm(r"SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\Licensing Core");
    let core = remote.key(&core).unwrap();
    assert_eq!(core.value("licensingmode").and_then(snapshot::Value::as_u32), Some(5));
    assert!(core.security.is_some() && core.damage.is_none());
    let absent = KeyPath::hklm(r"SOFTWARE\Microsoft\MSLicensing");
    assert_eq!(remote.lookup(&absent), Lookup::Absent);

    let shown = signed_in(PASSWORD, &["show", &source(&server, USER)]);
    assert_eq!(shown.code, Some(0), "{shown:?}");
    assert!(shown.stdout.contains("rdls01.contoso.example"), "{}", shown.stdout);
}

#[test]
fn a_secret_stays_where_it_is() {
    let secret = "63,6f,72,72,65,63,74,20,68,6f,72,73,65";
    let text = format!(
        "Windows Registry Editor Version 5.00\n\n\
         [HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\Terminal Server\\RCM\\Secrets]\n\
         \"L$HYDRAENCKEY_28ada6da-d622-11d1-9cb9-00c04fb16e75\"=hex:{secret}\n\n\
         [HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\Terminal Server\\WinStations\\RDP-Tcp]\n\
         \"Password\"=hex:{secret}\n\"MinEncryptionLevel\"=dword:00000003\n"
    );
    let Some(server) = serving(&text) else { return };
    let target = Target { port: server.port(), ..Target::host("127.0.0.1") };
    let credentials = Credentials::new(ADMINISTRATOR, PASSWORD.to_owned().into());
    let place = RegistrySource::remote(target, credentials, Timeouts::default());
    let (snapshot, cost) = place.capture_counting(&licensing::knowledge::capture::scope()).unwrap();
    let json = String::from_utf8(snapshot.to_json().unwrap()).unwrap();
    assert!(!json.contains("636f7272656374"), "{json}");
    assert!(!json.contains(PASSWORD) && !json.contains(ADMINISTRATOR));
    let server = KeyPath::hklm(r"SYSTEM\CurrentControlSet\Control\Terminal Server");
    let secrets = snapshot.key(&server.join(r"RCM\Secrets")).unwrap();
    assert_eq!(secrets.values[0].data, Data::Withheld { length: 13 });
    let listener = snapshot.key(&server.join(r"WinStations\RDP-Tcp")).unwrap();
    assert_eq!(listener.value("Password").unwrap().data, Data::Withheld { length: 13 });
    assert_eq!(listener.value("MinEncryptionLevel").and_then(snapshot::Value::as_u32), Some(3));

    // Opening the connection takes seven round trips, and each call takes one: to open a key, for its counts,
    // for its security, for each entry, and for each value of a key with secrets.
    assert_eq!(cost.round_trips, cost.calls + 7);
    let mut least = 1;
    let mut stack: Vec<_> = Vec::new();
    for capture in &snapshot.captures {
        least += 1;
        if let State::Key(key) = &capture.state {
            stack.push(&**key);
        }
    }
    while let Some(key) = stack.pop() {
        least += 2 + key.values.len() as u64 + 2 * key.subkeys.len() as u64;
        stack.extend(&key.subkeys);
    }
    assert!(cost.calls <= least + 20, "{} calls where {least} would do", cost.calls);
    println!("{} calls, {least} at least, {} round trips", cost.calls, cost.round_trips);
}

#[test]
fn who_cannot_sign_in_reads_why_and_what_to_do() {
    let Some(server) = Server::start(&[]) else { return };
    let run = signed_in("not the password", &["doctor", &source(&server, ADMINISTRATOR)]);
    assert_eq!(run.code, Some(3), "{run:?}");
    assert!(run.stdout.contains("user name or password is wrong"), "{run:?}");
    let folder = folder();
    let output = folder.path().join("host.json");
    let run = signed_in(
        "not the password",
        &["snapshot", &source(&server, ADMINISTRATOR), "-o", output.to_str().unwrap()],
    );
    assert_eq!(run.code, Some(3));
    assert!(run.stderr.contains("Do not retry repeatedly"), "{run:?}");
    assert!(!output.exists());
}

#[test]
fn without_an_account_or_password_nothing_is_tried() {
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rdscal"));
        command.args(arguments);
        for variable in ["RDSCAL_USER", "RDSCAL_PASSWORD", "RDSCAL_CREDENTIALS"] {
            command.env_remove(variable);
        }
        rdscal_with(command)
    };
    let nobody = run(&["doctor", r"\\host.invalid"]);
    assert_eq!(nobody.code, Some(2));
    assert!(nobody.stderr.contains("RDSCAL_USER"), "{nobody:?}");
    let no_password = run(&["doctor", "smb://admin@host.invalid"]);
    assert_eq!(no_password.code, Some(2));
    assert!(no_password.stderr.contains("RDSCAL_PASSWORD"), "{no_password:?}");
    let typed = run(&["doctor", "smb://admin:hunter2@host.invalid"]);
    assert_eq!(typed.code, Some(2));
    assert!(!format!("{typed:?}").contains("hunter2"), "{typed:?}");
    let lost = run(&["doctor", r"\host.invalid"]);
    assert_eq!(lost.code, Some(3));
    assert!(lost.stdout.contains("smb://host.invalid"), "{lost:?}");
}

#[cfg(unix)]
#[test]
fn a_credentials_file_of_ones_own() {
    use std::os::unix::fs::PermissionsExt as _;
    let Some(server) = serving(HOST) else { return };
    let folder = folder();
    let text = format!("username = {USER}\npassword = {PASSWORD}\n");
    let file = write(folder.path().join("credentials"), text);
    let run = |mode: u32| {
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_rdscal"));
        for variable in ["RDSCAL_USER", "RDSCAL_PASSWORD", "RDSCAL_CREDENTIALS"] {
            command.env_remove(variable);
        }
        let host = format!("smb://127.0.0.1:{}", server.port());
        command.args(["show", "--credentials", file.to_str().unwrap(), &host]);
        rdscal_with(command)
    };
    let open = run(0o644);
    assert_eq!(open.code, Some(2));
    assert!(open.stderr.contains("chmod 600") && !open.stderr.contains(PASSWORD), "{open:?}");
    let own = run(0o600);
    assert_eq!(own.code, Some(0), "{own:?}");
    assert!(own.stdout.contains("rdls01.contoso.example"));
}

#[test]
fn a_dead_host_costs_the_others_nothing() {
    let Some(server) = serving(HOST) else { return };
    // This server accepts connections and never responds.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let folder = folder();
    let alive = source(&server, USER);
    let silent = format!("smb://{USER}@127.0.0.1:{}", silent.local_addr().unwrap().port());
    let refused = format!("smb://{USER}@127.0.0.1:1");
    let list = [&silent, &refused, &alive, "smb://host/share", &alive].join("\n");
    let list = write(folder.path().join("hosts"), list);
    let run = signed_in(
        PASSWORD,
        &[
            "doctor",
            "--format",
            "json",
            // The shortest timeout that works on a busy machine.
            "--timeout",
            "6",
            "--hosts",
            list.to_str().unwrap(),
        ],
    );
    assert_eq!(run.code, Some(3));
    let report = run.json();
    let machines = report["machines"].as_array().unwrap();
    assert_eq!(machines.len(), 1, "a host that is listed twice is read once: {report}");
    let problems = report["problems"].as_array().unwrap();
    assert_eq!(problems.len(), 3, "{problems:?}");
    let all = report["problems"].to_string();
    for expected in ["no response within", "refused", "no share or path"] {
        assert!(all.contains(expected), "{expected} in {all}");
    }
}
