//! KDCs that refuse, or do not answer at all.
#![cfg(unix)]
#![allow(clippy::unwrap_used)]

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::time::{Duration, Instant};

use diagnostic::{Code, Diagnostic as _, Retry};
use gssapi::{Account, Error, Failure, Protection, Realm, Service, cache_owner};

const REALM: &str = "RDS.TEST";
const SERVICE: Service<'_> =
    Service { class: "ldap", host: "dc1.rds.test", protection: Protection::SessionKey };

/// An element of DER.
fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u8::try_from(content.len()).unwrap();
    assert!(length < 128, "the short form is enough here");
    [&[tag, length], content].concat()
}

/// KRB-ERROR (RFC 4120, 5.9.1) with this error code.
fn refusal(code: u8) -> Vec<u8> {
    let number = |number: u8| der(0x02, &[number]);
    let text = |text: &str| der(0x1B, text.as_bytes());
    let service = [der(0xA0, &number(2)), der(0xA1, &der(0x30, &[text("krbtgt"), text(REALM)].concat()))];
    let fields = [
        der(0xA0, &number(5)),
        der(0xA1, &number(30)),
        der(0xA4, &der(0x18, b"20260101000000Z")),
        der(0xA5, &number(0)),
        der(0xA6, &number(code)),
        der(0xA9, &text(REALM)),
        der(0xAA, &der(0x30, &service.concat())),
    ];
    der(0x7E, &der(0x30, &fields.concat()))
}

/// What an account gets from a KDC that answers everything with this.
fn initiate(answer: Vec<u8>, within: Duration) -> Error {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let kdc = listener.local_addr().unwrap().to_string();
    // It ends together with the test.
    std::thread::spawn(move || {
        let mut silent = Vec::new();
        for mut stream in listener.incoming().flatten() {
            if answer.is_empty() {
                silent.push(stream);
                continue;
            }
            let mut length = [0; 4];
            stream.read_exact(&mut length).unwrap();
            let mut request = vec![0; u32::from_be_bytes(length) as usize];
            stream.read_exact(&mut request).unwrap();
            let length = u32::try_from(answer.len()).unwrap().to_be_bytes();
            stream.write_all(&[&length[..], &answer].concat()).unwrap();
        }
    });
    let realm = Realm::with_kdcs(REALM, &[kdc]).unwrap();
    let account = Account::Password { name: "ann".to_owned(), password: "Secret-7".to_owned().into() };
    let error = realm.initiate(&account, SERVICE, within).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("Secret-7"), "{error:?}");
    error
}

#[test]
fn each_refusal_has_its_code() {
    for (number, failure, code) in [
        (6, Failure::Rejected, Code::WrongPassword),
        (14, Failure::EncryptionType, Code::Kerberos),
        (18, Failure::Revoked, Code::AccountRestricted),
        (23, Failure::PasswordExpired, Code::AccountRestricted),
        (24, Failure::Rejected, Code::WrongPassword),
        (37, Failure::ClockSkew, Code::ClockSkew),
    ] {
        let error = initiate(refusal(number), Duration::from_mins(1));
        assert_eq!(error.failure(), Some(failure), "{number}: {error}");
        assert_eq!(error.code(), code, "{number}: {error}");
        assert!(error.to_string().contains("ann@RDS.TEST"), "{error}");
        assert!(error.advice().is_some(), "{error}");
    }
}

/// The lockout guard counts these errors, and no others.
#[test]
fn only_rejected_credentials_count_towards_a_lockout() {
    for (number, retry) in
        [(24, Retry::CredentialsRejected), (6, Retry::CredentialsRejected), (37, Retry::Permanent)]
    {
        assert_eq!(initiate(refusal(number), Duration::from_mins(1)).retry(), retry, "{number}");
    }
}

#[test]
fn a_silent_kdc_costs_the_time_limit() {
    let started = Instant::now();
    let error = initiate(Vec::new(), Duration::from_millis(500));
    assert_eq!(error.to_string(), "no KDC of realm RDS.TEST responded within 0 s");
    assert_eq!(error.retry(), Retry::NoResponse);
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
}

#[test]
fn nothing_listens_at_the_port() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let realm = Realm::with_kdcs(REALM, &[free]).unwrap();
    let account = Account::Password { name: "ann".to_owned(), password: "x".to_owned().into() };
    let error = realm.initiate(&account, SERVICE, Duration::from_mins(1)).unwrap_err();
    assert_eq!((error.failure(), error.code()), (Some(Failure::NoKdc), Code::NoDomainController), "{error}");
}

#[test]
fn a_realm_without_kdcs() {
    let realm = Realm::new("NOWHERE.INVALID").unwrap();
    let account = Account::Password { name: "ann".to_owned(), password: "x".to_owned().into() };
    let error = realm.initiate(&account, SERVICE, Duration::from_mins(1)).unwrap_err();
    assert_eq!(error.code(), Code::NoDomainController, "{error}");
    assert!(error.to_string().contains("NOWHERE.INVALID"), "{error}");
}

#[test]
fn there_is_no_such_cache() {
    let name = "FILE:/nonexistent/tickets";
    let error = cache_owner(Some(name)).unwrap_err();
    assert_eq!(error.failure(), Some(Failure::NoCredentials), "{error}");
    assert!(error.to_string().contains("/nonexistent/tickets"), "{error}");
    assert!(error.advice().unwrap().contains("kinit"));
    let realm = Realm::new(REALM).unwrap();
    let account = Account::Cache(Some(name.to_owned()));
    let error = realm.initiate(&account, SERVICE, Duration::from_mins(1)).unwrap_err();
    assert_eq!(error.failure(), Some(Failure::NoCredentials), "{error}");
}
