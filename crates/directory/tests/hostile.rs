//! Servers that are broken, or worse.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use directory::protocol::ber::{ENUMERATED, INTEGER, SEQUENCE, SET, Writer};
use directory::{Connection, Error, Options, Search, SignIn, Target};

/// Connects to a server that answers with this function, which is called with each request.
fn open(
    serve: impl Fn(usize, &mut TcpStream) + Send + 'static,
    options: &Options,
) -> Result<Connection, Error> {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let target =
        Target::parse(&format!("ldap://127.0.0.1:{}", listener.local_addr().unwrap().port())).unwrap();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = [0; 4096];
        let mut number = 0;
        while stream.read(&mut request).is_ok_and(|length| length > 0) {
            serve(number, &mut stream);
            number += 1;
        }
    });
    Connection::open(&target, options, &SignIn::Anonymous)
}

fn plain() -> Options {
    Options { plaintext: true, timeout: Duration::from_millis(500), ..Options::default() }
}

/// A server that answers every request with these bytes.
fn says(bytes: Vec<u8>) -> Error {
    let answer = move |_, stream: &mut TcpStream| {
        let _ = stream.write_all(&bytes);
    };
    open(answer, &plain()).unwrap_err()
}

fn message(id: i64, tag: u8, write: impl FnOnce(&mut Writer)) -> Vec<u8> {
    let mut message = Writer::default();
    message.within(SEQUENCE, |message| {
        message.number(INTEGER, id);
        message.within(tag, write);
    });
    message.into_bytes()
}

fn outcome(id: i64, tag: u8, code: i64) -> Vec<u8> {
    message(id, tag, |outcome| {
        outcome.number(ENUMERATED, code);
        outcome.octets("");
        outcome.octets("as the server says");
    })
}

fn entry(id: i64) -> Vec<u8> {
    message(id, 0x64, |entry| {
        entry.octets("");
        entry.within(SEQUENCE, |list| {
            for (name, value) in [
                ("dnsHostName", "dc1.rds.test"),
                ("defaultNamingContext", "DC=rds,DC=test"),
                ("configurationNamingContext", "CN=Configuration,DC=rds,DC=test"),
                ("rootDomainNamingContext", "DC=rds,DC=test"),
            ] {
                list.within(SEQUENCE, |attribute| {
                    attribute.octets(name);
                    attribute.within(SET, |set| set.octets(value));
                });
            }
        });
    })
}

#[test]
fn what_is_no_directory_is_told_so() {
    assert!(matches!(says(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()), Error::Malformed(_)));
    assert!(matches!(says(vec![0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF]), Error::TooLong(_)));
    assert!(matches!(says(vec![0x30, 0x80, 0, 0]), Error::Malformed(_)), "an indefinite length");
    assert!(
        matches!(says(vec![0x30, 0x05, 2, 1, 1, 0x64, 0x03]), Error::Malformed(_)),
        "an entry that ends early"
    );
    assert!(matches!(says(outcome(9, 0x65, 0)), Error::Unexpected(_)), "an answer to another request");
    assert!(matches!(says(outcome(1, 0x61, 0)), Error::Unexpected(_)), "an answer of another kind");
    assert!(matches!(says(outcome(0, 0x78, 52)), Error::Lost(why) if why.contains("as the server says")));
    assert!(matches!(says(outcome(1, 0x65, 0)), Error::Root(_)), "a root that is not there");
    assert!(matches!(says(outcome(1, 0x65, 1)), Error::Rejected(_)));
    assert!(matches!(says(Vec::new()), Error::TimedOut { .. }), "silence");
}

#[test]
fn depth_costs_nothing() {
    let mut nested: Vec<u8> = Vec::new();
    for _ in 0..200_000 {
        let length = u32::try_from(nested.len()).unwrap();
        nested.extend(length.to_be_bytes().iter().rev());
        nested.extend([0x84, 0x30]);
    }
    nested.reverse();
    assert!(matches!(says(nested), Error::Malformed(_)));
}

#[test]
fn an_answer_without_end_ends_with_the_time() {
    let serve = |number: usize, stream: &mut TcpStream| {
        if number == 0 {
            let _ = stream.write_all(&[entry(1), outcome(1, 0x65, 0)].concat());
            return;
        }
        // More and more of it, until nobody listens.
        let block = entry(2).repeat(100);
        while stream.write_all(&block).is_ok() {}
    };
    let mut connection = open(serve, &plain()).unwrap();
    assert_eq!(connection.root().host, "dc1.rds.test");
    connection.allow(Duration::from_millis(300));
    let last = connection.search(&Search::new("DC=rds,DC=test")).unwrap().last();
    assert!(matches!(last, Some(Err(Error::OutOfTime))), "{last:?}");
}

#[test]
fn nothing_is_believed_that_was_said_before_tls() {
    // The answer to StartTLS with more behind it, which a man in the middle would like to be taken for what TLS protects.
    let serve = |number: usize, stream: &mut TcpStream| {
        let answer = match number {
            0 => [entry(1), outcome(1, 0x65, 0)].concat(),
            _ => [outcome(2, 0x78, 0), entry(3)].concat(),
        };
        let _ = stream.write_all(&answer);
    };
    let options = Options { trust: directory::Trust::File("/dev/null".into()), plaintext: false, ..plain() };
    let error = open(serve, &options).unwrap_err();
    assert!(matches!(error, Error::Tls(_)), "no authorities, so that nothing is asked: {error}");
    let folder = std::env::temp_dir().join(format!("rdscal-ca-{}", std::process::id()));
    std::fs::write(&folder, AUTHORITY).unwrap();
    let options = Options { trust: directory::Trust::File(folder.clone()), ..options };
    let error = open(serve, &options).unwrap_err();
    let _ = std::fs::remove_file(folder);
    assert!(matches!(error, Error::Unexpected(why) if why.contains("before TLS")), "{error}");
    // And one that has none.
    let serve = |number: usize, stream: &mut TcpStream| {
        let answer =
            if number == 0 { [entry(1), outcome(1, 0x65, 0)].concat() } else { outcome(2, 0x78, 52) };
        let _ = stream.write_all(&answer);
    };
    let error =
        open(serve, &Options { trust: directory::Trust::System, plaintext: false, ..plain() }).unwrap_err();
    assert!(matches!(error, Error::NoTls(_) | Error::Tls(_)), "{error}");
}

/// A certificate that nobody has the key of.
const AUTHORITY: &str = "\
-----BEGIN CERTIFICATE-----\n\
MIIBjDCCATGgAwIBAgIUdbIs2gLn5AQKM8MEEfkcmeohKjUwCgYIKoZIzj0EAwIw\n\
GjEYMBYGA1UEAwwPbWFkZSBmb3IgYSB0ZXN0MCAXDTI2MTEyNjA0MDA1MVoYDzIx\n\
MjYxMTAyMDQwMDUxWjAaMRgwFgYDVQQDDA9tYWRlIGZvciBhIHRlc3QwWTATBgcq\n\
hkjOPQIBBggqhkjOPQMBBwNCAAQHDEd/iTyzvLj8mtyyxCm44426ikzzQMkf2mT5\n\
FMd69ypJFj7pt8FFqKLgSLgXTRLfy/7a36OSNzGEPAJK2DcYo1MwUTAdBgNVHQ4E\n\
FgQUWfaNp+BP4gjSV2yf4Mpmks/UUGAwHwYDVR0jBBgwFoAUWfaNp+BP4gjSV2yf\n\
4Mpmks/UUGAwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNJADBGAiEAxzJk\n\
vpz8FKAkYDzTSTIZVyR3tdAaHztfO1Mfl84pWPICIQCkEeZqPrgqtFMdeie0NhHU\n\
azNH+HfwXKk8M3NOzwJ8ug==\n\
-----END CERTIFICATE-----\n\
";
