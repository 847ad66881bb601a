//! Kerberos in a domain of the test's own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use kerberos::{Cache, Centers, Client as Account, Keytab, Network, Proof, Store, code};
use msrpc::Client;
use msrpc::winreg::{Access, Root};
use samba::{DOMAIN_ADMINISTRATOR, PASSWORD, REALM, Server};
use smb::{ConnectError, Credentials, Kerberos, Source, Target, Timeouts};

/// Machines that test may be busy with other things.
const PATIENT: Timeouts = Timeouts {
    connect: Duration::from_secs(30),
    request: Duration::from_mins(1),
    machine: Duration::from_mins(10),
};

fn open(server: &Server, account: &str, password: &str, source: Source) -> Result<Vec<String>, ConnectError> {
    let kerberos = Kerberos {
        realm: REALM.to_owned(),
        centers: Centers::at(&format!("127.0.0.1:{}", server.kdc_port().unwrap())),
        source,
        store: Store::default(),
    };
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

/// Runs a program of MIT's; `None` where there is none here.
fn run(server: &Server, program: &str, arguments: &[&str], input: &str) -> Option<()> {
    let configuration = server.folder().join("krb5.conf");
    let text = format!(
        "[libdefaults]\n default_realm = {REALM}\n dns_lookup_kdc = false\n rdns = false\n[realms]\n {REALM} = {{\n  kdc = 127.0.0.1:{}\n }}\n",
        server.kdc_port().unwrap()
    );
    fs::write(&configuration, text).unwrap();
    let typed = server.folder().join("typed");
    fs::write(&typed, input).unwrap();
    let done = Command::new(program)
        .args(arguments)
        .env("KRB5_CONFIG", &configuration)
        .stdin(fs::File::open(&typed).unwrap())
        .output();
    match done {
        Ok(done) => {
            assert!(done.status.success(), "{program}: {}", String::from_utf8_lossy(&done.stderr));
            Some(())
        }
        Err(error) => {
            assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "{program}: {error}");
            println!("skipped: no {program}: {error}");
            None
        }
    }
}

/// What there is to read.
#[track_caller]
fn assert_reads(opened: Result<Vec<String>, ConnectError>) {
    assert_eq!(opened.unwrap(), ["SOFTWARE", "SYSTEM"]);
}

/// A domain controller requires signing: a session whose keys were wrong would not get far.
#[test]
fn tickets_open_a_registry() {
    let Some(server) = Server::start_domain() else { return };
    by_password(&server);
    by_cache(&server);
    by_keytab(&server);
    by_a_clock_that_is_wrong(&server);
}

fn by_password(server: &Server) {
    let open = |account: &str, password: &str| open(server, account, password, Source::Password);
    assert_reads(open(DOMAIN_ADMINISTRATOR, PASSWORD));
    // The salt of the key is written as the domain has the name, not as it was typed.
    assert_reads(open("administrator", PASSWORD));
    assert_reads(open("administrator@rds.test", PASSWORD));
    assert_eq!(open(DOMAIN_ADMINISTRATOR, "wrong"), Err(ConnectError::WrongPassword));
    assert_eq!(open("nobody", PASSWORD), Err(ConnectError::WrongPassword));
}

/// With the tickets that kinit keeps, no password is needed. A cache knows whose tickets it holds.
fn by_cache(server: &Server) {
    let path = server.folder().join("tickets");
    let arguments = ["-c", path.to_str().unwrap(), DOMAIN_ADMINISTRATOR];
    if run(server, "kinit", &arguments, &format!("{PASSWORD}\n")).is_none() {
        return;
    }
    let cache = || Source::Cache(Arc::new(Cache::load(&path).unwrap()));
    assert_reads(open(server, "", "", cache()));
    // And with the ticket for the host alone, of which the key distribution center is not asked.
    if run(server, "kvno", &["-c", path.to_str().unwrap(), "cifs/127.0.0.1"], "").is_some() {
        let account = Account::new("", REALM, Proof::Cache(Arc::new(Cache::load(&path).unwrap())));
        let mut nobody = Network::new(&Centers::at("127.0.0.1:1"), Duration::from_secs(1));
        account.ticket("cifs", "127.0.0.1", &mut nobody).unwrap();
    }
    let account = Account::new("", REALM, Proof::Cache(Arc::new(Cache::load(&path).unwrap())))
        .by_clock(|| SystemTime::now() + Duration::from_hours(24));
    let late = account.ticket("cifs", "127.0.0.1", &mut center(server));
    assert!(matches!(late, Err(kerberos::Error::NoTicket { .. })), "{late:?}");
}

fn center(server: &Server) -> Network {
    Network::new(&Centers::at(&format!("127.0.0.1:{}", server.kdc_port().unwrap())), PATIENT.request)
}

fn by_keytab(server: &Server) {
    let keytab = |path: &Path| Source::Keytab(Arc::new(Keytab::load(path).unwrap()));
    // As Samba writes it: the newest keys of the account, of every kind.
    let exported = server.export_keytab(DOMAIN_ADMINISTRATOR).unwrap();
    assert_reads(open(server, "", "", keytab(&exported)));
    assert_reads(open(server, "administrator@rds.test", "", keytab(&exported)));
    let other = open(server, "krbtgt", "", keytab(&exported));
    assert!(
        matches!(&other, Err(ConnectError::Kerberos(why)) if why.contains("no key for krbtgt@RDS.TEST, but for Administrator@")),
        "{other:?}"
    );

    // As MIT's ktutil writes it, of a password; once with a wrong one.
    let made = |name: &str, password: &str, enctype: &str| -> Option<PathBuf> {
        let path = server.folder().join(name);
        let salt = format!("{REALM}{DOMAIN_ADMINISTRATOR}");
        let typed = format!(
            "addent -password -p {DOMAIN_ADMINISTRATOR}@{REALM} -k 1 -e {enctype} -s {salt}\n{password}\nwkt {}\nquit\n",
            path.display()
        );
        run(server, "ktutil", &[], &typed)?;
        Some(path)
    };
    for enctype in ["aes256-cts", "aes128-cts", "rc4-hmac"] {
        let Some(path) = made(enctype, PASSWORD, enctype) else { return };
        println!("{enctype}");
        assert_reads(open(server, "", "", keytab(&path)));
    }
    let Some(path) = made("wrong", "another", "aes256-cts") else { return };
    assert_eq!(open(server, "", "", keytab(&path)), Err(ConnectError::WrongPassword));
}

fn by_a_clock_that_is_wrong(server: &Server) {
    let account = Account::new(DOMAIN_ADMINISTRATOR, REALM, Proof::Password(PASSWORD.to_owned().into()))
        .by_clock(|| SystemTime::now() + Duration::from_hours(1));
    let error = account.ticket("cifs", "127.0.0.1", &mut center(server)).unwrap_err();
    assert_eq!(error.code(), Some(code::SKEW), "{error}");
}
