//! Tests against a Samba domain controller.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use gssapi::{Account, Keytab, Realm};
use ldap::{
    Connection, Error, Options, Scope, Search, SignIn, SignInProblem, Target, TlsFailure, Trust, filter,
};
use samba::{DOMAIN_ADMINISTRATOR, DOMAIN_NAME, PASSWORD, REALM, Server};

fn options(server: &Server) -> Options {
    Options { trust: Trust::File(server.authority()), timeout: Duration::from_mins(1), ..Options::default() }
}

fn administrator(password: &str) -> SignIn {
    SignIn::Password { account: format!("RDS\\{DOMAIN_ADMINISTRATOR}"), password: password.to_owned().into() }
}

fn open(target: &str, options: &Options, sign_in: &SignIn) -> Result<Connection, Error> {
    Connection::open(&Target::parse(target).unwrap(), options, sign_in)
}

/// One controller for all tests, because it takes seconds to start and two cannot run at once.
#[test]
fn a_domain() {
    let Some(server) = Server::start_domain() else { return };
    by_name(&server);
    protection(&server);
    pages(&server);
    parts(&server);
    tickets(&server);
}

fn protection(server: &Server) {
    let options = options(server);
    let reads = |target: &str| {
        let mut connection = open(target, &options, &administrator(PASSWORD)).unwrap();
        assert_eq!(connection.root().host, samba::DOMAIN_CONTROLLER);
        assert_eq!(connection.root().domain, DOMAIN_NAME);
        let entry = connection.read(DOMAIN_NAME, &["objectSid", "dc"]).unwrap().unwrap();
        assert_eq!(entry.text("dc"), Some("rds"));
        assert_eq!(entry.bytes("objectSid").unwrap()[..2], [1, 4], "binary values come as they are");
        assert_eq!(connection.read(&format!("CN=Nobody,{DOMAIN_NAME}"), &["dc"]).unwrap(), None);
    };
    reads("ldap://127.0.0.1");
    reads("ldaps://127.0.0.1");

    let fails =
        |target: &str, options: &Options, sign_in: &SignIn| open(target, options, sign_in).unwrap_err();
    let system = Options { trust: Trust::System, ..options.clone() };
    let empty = Options { trust: Trust::File(server.folder().join("import.reg")), ..options.clone() };
    let plain = Options { plaintext: true, ..options.clone() };
    for target in ["ldap://127.0.0.1", "ldaps://127.0.0.1"] {
        let error = fails(target, &options, &administrator("wrong"));
        assert!(matches!(&error, Error::SignIn(SignInProblem::WrongPassword)), "{error}");
        let error = fails(target, &system, &administrator(PASSWORD));
        assert!(
            matches!(error, Error::Tls(TlsFailure::UnknownIssuer | TlsFailure::NoAuthorities)),
            "{target}: {error}"
        );
        let error = fails(target, &empty, &administrator(PASSWORD));
        assert!(matches!(error, Error::Tls(TlsFailure::BadAuthorities { .. })), "{error}");
    }
    // Its certificate is not valid for this name.
    let error = fails("ldaps://localhost", &options, &administrator(PASSWORD));
    assert!(matches!(&error, Error::Tls(TlsFailure::OtherName(name)) if name == "localhost"), "{error}");
    let error = fails("ldap://127.0.0.1", &plain, &administrator(PASSWORD));
    assert!(matches!(error, Error::Unprotected), "{error}");
    // The client must not fall back to an anonymous bind.
    let error = fails("ldap://127.0.0.1", &options, &administrator(""));
    assert!(matches!(error, Error::SignIn(_)), "{error}");
    // An anonymous bind may read the root DSE, and nothing else.
    let mut nobody = open("ldap://127.0.0.1", &plain, &SignIn::Anonymous).unwrap();
    assert!(matches!(nobody.read(DOMAIN_NAME, &["dc"]), Err(Error::Rejected(_))));
}

/// Finds the controllers of the domain by its own DNS server; no other one knows the name.
fn by_name(server: &Server) {
    let nameserver = format!("127.0.0.1:{}", server.dns_port().unwrap()).parse().unwrap();
    let options = Options { nameserver, ..options(server) };
    server.dns_records("dc1.rds.test 127.0.0.1").unwrap();
    let reads = |target: &str| {
        let connection = open(target, &options, &administrator(PASSWORD)).unwrap();
        assert_eq!(connection.root().host, samba::DOMAIN_CONTROLLER, "{target}");
    };
    reads("rds.test");
    reads("RDS.test");
    reads(samba::DOMAIN_CONTROLLER);
    reads("ldaps://dc1.rds.test");
    let error = open("ldap://nobody.rds.test", &options, &administrator(PASSWORD)).unwrap_err();
    assert!(matches!(error, Error::NameNotFound(_)), "{error}");

    // Controllers that do not respond and hosts outside the domain, all of which would come first.
    let old = "_ldap._tcp.dc._msdcs.rds.test";
    let mut records = format!("dead.rds.test 127.0.0.77\n{old} 0 100 389 dead.rds.test\n");
    writeln!(records, "{old} 0 100 389 localhost.elsewhere.test").unwrap();
    // Enough records that the response does not fit in a datagram.
    for number in 0..40 {
        writeln!(records, "{old} 200 100 389 one-with-a-long-name-and-no-address-{number}.rds.test").unwrap();
    }
    server.dns_records(&records).unwrap();
    for _ in 0..4 {
        reads("rds.test");
    }
    // The KDCs, too: one at the default port, where nothing listens, and the one that exists.
    let port = server.kdc_port().unwrap();
    server.dns_records(&format!("_kerberos._tcp.rds.test 0 100 {port} dc1.rds.test\n")).unwrap();
    let kdcs = |realm: &str| {
        let by = Instant::now() + Duration::from_secs(5);
        locate::services(locate::KDCS, realm, 88, &options.nameserver, 4, by)
    };
    let found: Vec<_> = kdcs(REALM).unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(found.len(), 2, "{found:?}");
    let found = by(Realm::with_kdcs(REALM, &found).unwrap(), password(PASSWORD));
    let sealed = Options { plaintext: true, ..options.clone() };
    assert_eq!(open("rds.test", &sealed, &found).unwrap().root().host, samba::DOMAIN_CONTROLLER);
    assert!(kdcs("other.test").is_err());
    // Certificates of located controllers are still verified.
    let other = Options { trust: Trust::System, ..options.clone() };
    let error = open("rds.test", &other, &administrator(PASSWORD)).unwrap_err();
    assert!(matches!(error, Error::Tls(_)), "{error}");
}

const MANY: usize = 1100;

fn pages(server: &Server) {
    let mut ldif = String::new();
    for number in 0..MANY {
        writeln!(ldif, "dn: CN=C{number},CN=Users,{DOMAIN_NAME}\nobjectClass: contact\n").unwrap();
    }
    server.ldif(&ldif).unwrap();
    let mut connection = open("ldap://127.0.0.1", &options(server), &administrator(PASSWORD)).unwrap();
    let contacts = Search::new(DOMAIN_NAME).filter("(objectClass=contact)").attributes(&["cn"]);
    let mut names = std::collections::BTreeSet::new();
    let mut entries = connection.search(&contacts).unwrap();
    while let Some(entry) = entries.next_entry().unwrap() {
        assert!(names.insert(entry.text("cn").unwrap().to_owned()), "{entry:?} came twice");
    }
    assert_eq!(names.len(), MANY);
    // Partitions below the domain are separate, and returned as referrals.
    let referrals: Vec<_> = entries.referrals().iter().map(|url| url.to_lowercase()).collect();
    assert!(referrals.iter().any(|url| url.contains("cn=configuration,dc=rds,dc=test")), "{referrals:?}");

    // An abandoned search must not be confused with the next response.
    drop(connection.search(&contacts).unwrap());
    assert!(matches!(connection.read(DOMAIN_NAME, &["dc"]), Err(Error::Unexpected(_))));
}

fn parts(server: &Server) {
    let mut ldif = format!("dn: CN=Everyone of them,CN=Users,{DOMAIN_NAME}\nobjectClass: group\n");
    for number in 0..MANY {
        writeln!(ldif, "member: CN=C{number},CN=Users,{DOMAIN_NAME}").unwrap();
    }
    server.ldif(&ldif).unwrap();
    let mut connection = open("ldap://127.0.0.1", &options(server), &administrator(PASSWORD)).unwrap();
    let group = format!("CN=Everyone of them,CN=Users,{DOMAIN_NAME}");
    assert_eq!(connection.values(&group, "member").unwrap().len(), MANY);
    assert_eq!(connection.values(&group, "cn").unwrap(), [b"Everyone of them"]);

    // A value with every special character of a filter is found.
    server.ldif(&format!("dn: CN=a\\*(b)\\\\c,CN=Users,{DOMAIN_NAME}\nobjectClass: contact\n")).unwrap();
    let odd =
        Search::new(DOMAIN_NAME).filter(format!("(cn={})", filter::escape(r"a*(b)\c"))).attributes(&["cn"]);
    assert_eq!(connection.first(&odd.scope(Scope::Tree)).unwrap().unwrap().text("cn"), Some(r"a*(b)\c"));
}

fn by(realm: Realm, account: Account) -> SignIn {
    gssapi::SignIn { realm, account }.to_directory(Duration::from_mins(1))
}

fn password(password: &str) -> Account {
    Account::Password { name: DOMAIN_ADMINISTRATOR.to_owned(), password: password.to_owned().into() }
}

fn realm(server: &Server, name: &str) -> Realm {
    Realm::with_kdcs(name, &[format!("127.0.0.1:{}", server.kdc_port().unwrap())]).unwrap()
}

/// Without TLS the ticket's key encrypts the connection; with TLS the ticket is bound to the channel.
fn tickets(server: &Server) {
    let tls = options(server);
    // No certificate is checked.
    let sealed = Options { plaintext: true, trust: Trust::File("/dev/null".into()), ..tls.clone() };
    let with_password = || by(realm(server, REALM), password(PASSWORD));
    let exported = server.export_keytab(DOMAIN_ADMINISTRATOR).unwrap();
    let keytab = || {
        let keytab = Keytab::open(&exported).unwrap();
        by(realm(server, REALM), Account::Keytab { keytab, name: String::new() })
    };
    let contacts = Search::new(DOMAIN_NAME).filter("(objectClass=contact)").attributes(&["cn"]);
    for (target, options, sign_in) in [
        ("ldap://127.0.0.1", &sealed, with_password()),
        ("ldap://localhost", &sealed, keytab()),
        ("ldap://127.0.0.1", &tls, with_password()),
        ("ldaps://127.0.0.1", &tls, keytab()),
    ] {
        let mut connection =
            open(target, options, &sign_in).unwrap_or_else(|error| panic!("{target}: {error}"));
        assert_eq!(connection.root().host, samba::DOMAIN_CONTROLLER);
        // Several pages, each in several blocks or TLS records.
        let mut entries = connection.search(&contacts).unwrap();
        let mut count = 0;
        while entries.next_entry().unwrap().is_some() {
            count += 1;
        }
        assert!(count >= MANY, "{target}: {count}");
        let group = format!("CN=Everyone of them,CN=Users,{DOMAIN_NAME}");
        assert_eq!(connection.values(&group, "member").unwrap().len(), MANY);
    }
    let fails = |sign_in: &SignIn| open("ldap://127.0.0.1", &sealed, sign_in).unwrap_err();
    let error = fails(&by(realm(server, REALM), password("wrong")));
    assert!(
        matches!(&error, Error::Handshake(why) if why.code == diagnostic::Code::WrongPassword
            && why.advice.as_deref().is_some_and(|advice| advice.contains("Check the account and its password"))),
        "{error}"
    );
    // The server's own principal name differs from the requested one, and its realm from that of the account.
    let error = fails(&by(realm(server, "OTHER.TEST"), password(PASSWORD)));
    assert!(matches!(error, Error::Handshake(_)), "{error}");
}
