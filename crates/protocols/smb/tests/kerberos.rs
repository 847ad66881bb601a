//! Kerberos in a domain that the test creates. The crate `gssapi` tests Kerberos itself.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;
use std::time::Duration;

use gssapi::{Account, Keytab, Realm, SignIn};
use msrpc::Client;
use msrpc::winreg::{Access, Root};
use samba::{DOMAIN_ADMINISTRATOR, PASSWORD, REALM, Server};
use smb::{ConnectError, Credentials, Target, Timeouts};

/// Long limits, because test machines may be busy.
const PATIENT: Timeouts = Timeouts {
    connect: Duration::from_secs(30),
    request: Duration::from_mins(1),
    machine: Duration::from_mins(10),
};

fn open(server: &Server, account: Account) -> Result<Vec<String>, ConnectError> {
    let kdc = format!("127.0.0.1:{}", server.kdc_port().unwrap());
    let sign_in = SignIn { realm: Realm::with_kdcs(REALM, &[kdc]).unwrap(), account };
    let credentials = Credentials::new("", String::new().into()).with_mechanism(Arc::new(sign_in));
    let target = Target { port: server.port(), ..Target::host("127.0.0.1") };
    let mut client = Client::bind(smb::connect(&target, &credentials, PATIENT)?).unwrap();
    let root = client.open_root(Root::LocalMachine, Access::READ).unwrap();
    let mut names = Vec::new();
    while let Some(entry) = client.subkey_at(root, u32::try_from(names.len()).unwrap()).unwrap() {
        names.push(String::from_utf16(&entry.name).unwrap());
    }
    Ok(names)
}

/// Reads a value over the connection.
#[track_caller]
fn assert_reads(opened: Result<Vec<String>, ConnectError>) {
    assert_eq!(opened.unwrap(), ["SOFTWARE", "SYSTEM"]);
}

/// A domain controller requires signing, so a session key that differs from the server's would fail.
#[test]
fn tickets_open_a_registry() {
    let Some(server) = Server::start_domain() else { return };
    let password = |name: &str, password: &str| {
        let account = Account::Password { name: name.to_owned(), password: password.to_owned().into() };
        open(&server, account)
    };
    assert_reads(password(DOMAIN_ADMINISTRATOR, PASSWORD));
    // The salt of the key uses the domain's spelling of the name, not the one that was typed.
    assert_reads(password("administrator", PASSWORD));
    assert_reads(password("administrator@rds.test", PASSWORD));
    // The lockout guard counts these errors.
    for error in [password(DOMAIN_ADMINISTRATOR, "wrong"), password("nobody", PASSWORD)] {
        let error = error.unwrap_err();
        assert_eq!(error, ConnectError::WrongPassword);
        assert!(error.is_rejection());
    }

    let keytab = Keytab::open(&server.export_keytab(DOMAIN_ADMINISTRATOR).unwrap()).unwrap();
    let by_keytab =
        |name: &str| open(&server, Account::Keytab { keytab: keytab.clone(), name: name.to_owned() });
    assert_reads(by_keytab(""));
    assert_reads(by_keytab("administrator@rds.test"));
    let other = by_keytab("krbtgt");
    assert!(
        matches!(&other, Err(ConnectError::Kerberos(why)) if why.cause.contains("no key for krbtgt@RDS.TEST, but for Administrator@")),
        "{other:?}"
    );

    if let Some(cache) = server.tickets(DOMAIN_ADMINISTRATOR) {
        assert_reads(open(&server, Account::Cache(Some(cache))));
    }
    let none = open(&server, Account::Cache(Some("FILE:/nonexistent/tickets".to_owned())));
    assert!(
        matches!(&none, Err(ConnectError::Kerberos(why)) if why.advice.as_ref().is_some_and(|advice| advice.contains("kinit"))),
        "{none:?}"
    );
}
