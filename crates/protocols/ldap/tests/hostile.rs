//! Defective and malicious servers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use diagnostic::{Code, Message};
use ldap::protocol::asn1::{ENUMERATED, INTEGER, SEQUENCE, SET, Writer};
use ldap::{Connection, Error, Options, Search, SignIn, Target};

/// Connects to a server that answers with this function, which is called with each request.
fn open(
    serve: impl Fn(usize, &mut TcpStream) + Send + 'static,
    options: &Options,
) -> Result<Connection, Error> {
    open_as(serve, options, &SignIn::Anonymous)
}

fn open_as(
    serve: impl Fn(usize, &mut TcpStream) + Send + 'static,
    options: &Options,
    sign_in: &SignIn,
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
    Connection::open(&target, options, sign_in)
}

fn plain() -> Options {
    Options { plaintext: true, timeout: Duration::from_millis(500), ..Options::default() }
}

/// The error for a server that answers every request with these bytes.
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
        // An endless response, until the client closes the connection.
        let block = entry(2).repeat(100);
        while stream.write_all(&block).is_ok() {}
    };
    let mut connection = open(serve, &plain()).unwrap();
    assert_eq!(connection.root().host, "dc1.rds.test");
    connection.allow(Duration::from_millis(300));
    let last = connection.search(&Search::new("DC=rds,DC=test")).unwrap().last();
    assert!(matches!(last, Some(Err(Error::TimeLimit))), "{last:?}");
}

#[test]
fn nothing_is_believed_that_was_said_before_tls() {
    // The response to StartTLS with more data after it. A man in the middle could inject this data as if TLS
    // protected it.
    let serve = |number: usize, stream: &mut TcpStream| {
        let answer = match number {
            0 => [entry(1), outcome(1, 0x65, 0)].concat(),
            _ => [outcome(2, 0x78, 0), entry(3)].concat(),
        };
        let _ = stream.write_all(&answer);
    };
    let options = Options { trust: ldap::Trust::File("/dev/null".into()), plaintext: false, ..plain() };
    let error = open(serve, &options).unwrap_err();
    assert!(matches!(error, Error::Tls(_)), "no authorities, so that nothing is asked: {error}");
    let folder = std::env::temp_dir().join(format!("rdscal-ca-{}", std::process::id()));
    std::fs::write(&folder, AUTHORITY).unwrap();
    let options = Options { trust: ldap::Trust::File(folder.clone()), ..options };
    let error = open(serve, &options).unwrap_err();
    let _ = std::fs::remove_file(folder);
    assert!(matches!(error, Error::Unexpected(why) if why.contains("before TLS")), "{error}");
    // A server that does not support StartTLS.
    let serve = |number: usize, stream: &mut TcpStream| {
        let answer =
            if number == 0 { [entry(1), outcome(1, 0x65, 0)].concat() } else { outcome(2, 0x78, 52) };
        let _ = stream.write_all(&answer);
    };
    let error =
        open(serve, &Options { trust: ldap::Trust::System, plaintext: false, ..plain() }).unwrap_err();
    assert!(matches!(error, Error::NoTls(_) | Error::Tls(_)), "{error}");
}

/// A certificate whose private key does not exist.
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

/// A mechanism without a secret: a sealed message begins with a byte that counts.
struct Counting;

impl ldap::Mechanism for Counting {
    fn begin(&self, peer: &ldap::Peer<'_>) -> Result<Box<dyn ldap::Handshake>, Message> {
        assert_eq!(peer.protection, ldap::Protection::Sealed);
        assert_eq!(peer.host, "127.0.0.1", "a name that lies nowhere is not believed");
        Ok(Box::new(Counting))
    }
}

impl ldap::Handshake for Counting {
    fn step(&mut self, token: &[u8]) -> Result<Option<Vec<u8>>, Message> {
        match token {
            b"" => Ok(Some(b"hello".to_vec())),
            b"more" => Ok(Some(b"again".to_vec())),
            b"done" => Ok(None),
            other => Err(refused(format!("no answer: {other:?}"))),
        }
    }

    fn finish(self: Box<Self>) -> Result<Option<Box<dyn ldap::Seal>>, Message> {
        Ok(Some(Box::new(Counter(0))))
    }
}

fn refused(cause: impl Into<String>) -> Message {
    Message::new(Code::NotProtected, cause)
}

struct Counter(u8);

impl ldap::Seal for Counter {
    fn wrap(&mut self, message: &[u8]) -> Result<Vec<u8>, Message> {
        Ok([b"x", message].concat())
    }

    fn unwrap(&mut self, block: &[u8]) -> Result<Vec<u8>, Message> {
        match block.split_first() {
            Some((number, message)) if *number == self.0 => {
                self.0 += 1;
                Ok(message.to_vec())
            }
            _ => Err(refused("not the one that is due")),
        }
    }
}

/// A bind response with a token.
fn bind(id: i64, code: i64, token: &[u8]) -> Vec<u8> {
    message(id, 0x61, |outcome| {
        outcome.number(ENUMERATED, code);
        outcome.octets("");
        outcome.octets("");
        outcome.element(0x87, token);
    })
}

fn block(number: u8, content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len() + 1).unwrap();
    [&length.to_be_bytes(), &[number][..], content].concat()
}

/// Signs in at a server that accepts, and that sends these bytes as the next response.
fn sealed(answer: Vec<u8>, close: bool) -> Result<Connection, Error> {
    let serve = move |number: usize, stream: &mut TcpStream| {
        let bytes = match number {
            0 => [entry(1), outcome(1, 0x65, 0)].concat(),
            1 => bind(2, 14, b"more"),
            2 => bind(3, 0, b"done"),
            _ => answer.clone(),
        };
        let _ = stream.write_all(&bytes);
        if close && number > 2 {
            let _ = stream.shutdown(std::net::Shutdown::Both);
        }
    };
    open_as(serve, &plain(), &SignIn::by(Counting))
}

#[test]
fn blocks_that_are_not_sealed_as_agreed() {
    let good = [entry(4), outcome(4, 0x65, 0)].concat();
    // One message in several blocks, and several messages in one block.
    let (front, back) = good.split_at(7);
    sealed([block(0, front), block(1, back)].concat(), false).unwrap();
    let connection = sealed(block(0, &good), false).unwrap();
    assert_eq!(connection.root().host, "dc1.rds.test");

    let fails = |answer: Vec<u8>, close| sealed(answer, close).unwrap_err();
    assert!(
        matches!(fails(good.clone(), false), Error::Sealing(_)),
        "in the clear: its head would be a length"
    );
    assert!(matches!(fails(vec![0xFF; 8], false), Error::Sealing(why) if why.cause.contains("4294967295")));
    assert!(matches!(fails(vec![0; 4], false), Error::Sealing(_)), "a block without anything");
    assert!(matches!(fails(block(0, b""), false), Error::Sealing(_)), "a message without anything");
    assert!(matches!(fails(block(1, &good), false), Error::Sealing(_)), "one was left out");
    let repeated = [block(0, front), block(0, back)].concat();
    assert!(matches!(fails(repeated, false), Error::Sealing(why) if why.cause.contains("due")));
    // A truncated block: the client waits for the rest, or the connection ends.
    let cut = block(0, &good)[..20].to_vec();
    assert!(matches!(fails(cut.clone(), false), Error::TimedOut { .. }));
    assert!(matches!(fails(cut, true), Error::Lost(_)));
}

/// The id of a request; the first one reads the root DSE.
fn id(number: usize) -> i64 {
    i64::try_from(number).unwrap() + 1
}

#[test]
fn sign_ins_that_do_not_end_well() {
    let rounds = |answers: fn(usize) -> Vec<u8>| {
        let serve = move |number: usize, stream: &mut TcpStream| {
            let bytes = if number == 0 { [entry(1), outcome(1, 0x65, 0)].concat() } else { answers(number) };
            let _ = stream.write_all(&bytes);
        };
        open_as(serve, &plain(), &SignIn::by(Counting)).unwrap_err()
    };
    let error = rounds(|number| bind(id(number), 14, b"more"));
    assert!(matches!(error, Error::Unexpected(why) if why.contains("too many rounds")), "{error}");
    let error = rounds(|number| bind(id(number), 0, b"more"));
    assert!(
        matches!(error, Error::Unexpected(why) if why.contains("before the sign-in was complete")),
        "{error}"
    );
    let error = rounds(|number| bind(id(number), 49, b""));
    assert!(matches!(error, Error::SignIn(_)), "{error}");
    let error = rounds(|number| bind(id(number), 14, b"whatever"));
    assert!(matches!(error, Error::Handshake(_)), "{error}");
    // More data after the success response. A man in the middle could inject this data as if it were sealed.
    let error = rounds(|number| [bind(id(number), 0, b"done"), block(0, b"x")].concat());
    assert!(matches!(error, Error::Unexpected(why) if why.contains("before the protection")), "{error}");
}
