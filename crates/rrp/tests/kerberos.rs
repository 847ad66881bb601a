//! Kerberos in a domain of the test's own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use rrp::Client;
use rrp::smb::{self, ConnectError, Credentials, Kerberos, Target, Timeouts};
use rrp::winreg::{Access, Root};
use samba::{DOMAIN_ADMINISTRATOR, PASSWORD, REALM, Server};

/// Machines that test may be busy with other things.
const PATIENT: Timeouts = Timeouts {
    connect: Duration::from_secs(30),
    request: Duration::from_mins(1),
    machine: Duration::from_mins(10),
};

fn open(server: &Server, password: &str, cache: Option<PathBuf>) -> Result<Vec<String>, ConnectError> {
    let kerberos = Kerberos {
        realm: REALM.to_owned(),
        center: format!("127.0.0.1:{}", server.kdc_port().unwrap()),
        cache,
    };
    // A cache knows whose tickets it holds.
    let account = if kerberos.cache.is_some() { "" } else { DOMAIN_ADMINISTRATOR };
    let credentials = Credentials::new(account, password.to_owned().into()).with_kerberos(kerberos);
    let target = Target { port: server.port(), ..Target::host("127.0.0.1") };
    let mut client = Client::bind(smb::connect(&target, &credentials, PATIENT)?).unwrap();
    let root = client.open_root(Root::LocalMachine, Access::READ).unwrap();
    let mut names = Vec::new();
    while let Some(entry) = client.subkey_at(root, u32::try_from(names.len()).unwrap()).unwrap() {
        names.push(String::from_utf16(&entry.name).unwrap());
    }
    Ok(names)
}

/// A domain controller requires signing: a session whose keys were wrong would not get far.
#[test]
fn tickets_open_a_registry() {
    let Some(server) = Server::start_domain() else { return };
    let keys = ["SOFTWARE", "SYSTEM"];
    assert_eq!(open(&server, PASSWORD, None).as_deref(), Ok(keys.map(str::to_owned).as_slice()));
    assert_eq!(open(&server, "wrong", None), Err(ConnectError::WrongPassword));

    // With the tickets that kinit keeps, no password is needed. They must be forwardable and renewable, for such are asked for with
    // them.
    let configuration = server.folder().join("krb5.conf");
    let text = format!(
        "[libdefaults]\n default_realm = {REALM}\n dns_lookup_kdc = false\n rdns = false\n[realms]\n {REALM} = {{\n  kdc = 127.0.0.1:{}\n }}\n",
        server.kdc_port().unwrap()
    );
    fs::write(&configuration, text).unwrap();
    let cache = server.folder().join("tickets");
    let password = server.folder().join("password");
    fs::write(&password, format!("{PASSWORD}\n")).unwrap();
    let kinit = Command::new("kinit")
        .args(["-f", "-r", "1d", "-c"])
        .arg(&cache)
        .arg(DOMAIN_ADMINISTRATOR)
        .env("KRB5_CONFIG", &configuration)
        .stdin(fs::File::open(&password).unwrap())
        .output();
    match kinit {
        Ok(done) => {
            assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
            assert_eq!(open(&server, "", Some(cache)).as_deref(), Ok(keys.map(str::to_owned).as_slice()));
        }
        Err(error) => {
            assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "kinit: {error}");
            println!("skipped: no kinit: {error}");
        }
    }
    let none = open(&server, "", Some(server.folder().join("no such cache")));
    assert!(matches!(none, Err(ConnectError::Kerberos(_))), "{none:?}");
}
