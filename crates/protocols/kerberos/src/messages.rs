//! The messages ([RFC 4120] 5), to bytes and from bytes.
//!
//! Where a message repeats a field, or brings one that is not known, the reading goes on: what counts is covered by the checksum of the
//! part that is enciphered.

use asn1::{BIT_STRING, Defect, INTEGER, Malformed, OCTET_STRING, Reader, SEQUENCE, Writer};
use zeroize::Zeroizing;

use crate::crypto::{Enctype, Key};
use crate::error::Error;
use crate::name::{self, Principal};
use crate::time::{self, Stamp};

/// `GeneralString`
pub(crate) const GENERAL_STRING: u8 = 0x1B;
/// `GeneralizedTime`
const TIME: u8 = 0x18;

const AS_REQ: i64 = 10;
const AS_REP: i64 = 11;
const TGS_REQ: i64 = 12;
const TGS_REP: i64 = 13;
const AP_REQ: i64 = 14;
const KRB_ERROR: i64 = 30;
const VERSION: i64 = 5;

/// What a key enciphers ([RFC 4120] 7.5.1).
pub(crate) mod usage {
    pub(crate) const PROOF: u32 = 1;
    pub(crate) const AS_REP: u32 = 3;
    pub(crate) const TGS_CHECKSUM: u32 = 6;
    pub(crate) const TGS_AUTHENTICATOR: u32 = 7;
    pub(crate) const TGS_REP: u32 = 8;
    pub(crate) const AP_AUTHENTICATOR: u32 = 11;
    pub(crate) const AP_REP: u32 = 12;
}

/// `PA-TGS-REQ`
pub(crate) const PA_TGS_REQ: i64 = 1;
/// `PA-ENC-TIMESTAMP`
pub(crate) const PA_ENC_TIMESTAMP: i64 = 2;
/// `PA-ETYPE-INFO2`
const PA_ETYPE_INFO2: i64 = 19;
/// `PA-PAC-REQUEST` ([MS-KILE] 2.2.3)
pub(crate) const PA_PAC_REQUEST: i64 = 128;

/// The name of a message on the wire.
fn application(number: i64) -> u8 {
    0x60 | u8::try_from(number & 0x1F).unwrap_or_default()
}

fn tagged(writer: &mut Writer, number: u8, write: impl FnOnce(&mut Writer)) {
    writer.within(0xA0 | number, write);
}

fn number(writer: &mut Writer, tag: u8, number: i64) {
    tagged(writer, tag, |writer| writer.number(INTEGER, number));
}

fn flags(writer: &mut Writer, tag: u8, flags: u32) {
    let [a, b, c, d] = flags.to_be_bytes();
    tagged(writer, tag, |writer| writer.element(BIT_STRING, &[0, a, b, c, d]));
}

fn string(writer: &mut Writer, tag: u8, text: &str) {
    tagged(writer, tag, |writer| writer.element(GENERAL_STRING, text.as_bytes()));
}

fn moment(writer: &mut Writer, tag: u8, text: &str) {
    tagged(writer, tag, |writer| writer.element(TIME, text.as_bytes()));
}

/// `EncryptedData`
fn enciphered(writer: &mut Writer, tag: u8, enctype: Enctype, bytes: &[u8]) {
    tagged(writer, tag, |writer| {
        writer.within(SEQUENCE, |data| {
            number(data, 0, enctype as i64);
            tagged(data, 2, |writer| writer.octets(bytes));
        });
    });
}

/// `EncryptionKey`
fn key(writer: &mut Writer, tag: u8, key: &Key) {
    tagged(writer, tag, |writer| {
        writer.within(SEQUENCE, |pair| {
            number(pair, 0, key.enctype() as i64);
            tagged(pair, 1, |writer| writer.octets(key.bytes()));
        });
    });
}

/// Something that goes along with a request.
pub(crate) struct Along {
    pub(crate) kind: i64,
    pub(crate) value: Vec<u8>,
}

/// `name-canonicalize` ([RFC 6806] 11)
const CANONICALIZE: u32 = 0x0001_0000;
/// As long as the center allows.
const TILL: &str = "20370913024805Z";

/// A request to the center.
pub(crate) struct KdcRequest<'a> {
    /// Kind and parts of the account's name; none where a ticket says who it is.
    pub(crate) client: Option<(i64, &'a [String])>,
    pub(crate) realm: &'a str,
    pub(crate) service: &'a [String],
    pub(crate) nonce: u32,
    pub(crate) enctypes: &'a [Enctype],
}

impl KdcRequest<'_> {
    /// `KDC-REQ-BODY`
    pub(crate) fn body(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.within(SEQUENCE, |body| {
            flags(body, 0, CANONICALIZE);
            if let Some((kind, parts)) = self.client {
                tagged(body, 1, |writer| name::write(writer, kind, parts));
            }
            string(body, 2, self.realm);
            tagged(body, 3, |writer| name::write(writer, name::NT_SRV_INST, self.service));
            moment(body, 5, TILL);
            number(body, 7, self.nonce.into());
            tagged(body, 8, |writer| {
                writer.within(SEQUENCE, |list| {
                    self.enctypes.iter().for_each(|enctype| list.number(INTEGER, *enctype as i64));
                });
            });
        });
        writer.into_bytes()
    }

    /// The whole request.
    pub(crate) fn encode(&self, along: &[Along]) -> Vec<u8> {
        let kind = if self.client.is_some() { AS_REQ } else { TGS_REQ };
        let mut writer = Writer::default();
        writer.within(application(kind), |request| {
            request.within(SEQUENCE, |request| {
                number(request, 1, VERSION);
                number(request, 2, kind);
                if !along.is_empty() {
                    tagged(request, 3, |writer| {
                        writer.within(SEQUENCE, |list| {
                            for along in along {
                                list.within(SEQUENCE, |pair| {
                                    number(pair, 1, along.kind);
                                    tagged(pair, 2, |writer| writer.octets(&along.value));
                                });
                            }
                        });
                    });
                }
                tagged(request, 4, |writer| writer.raw(&self.body()));
            });
        });
        writer.into_bytes()
    }
}

/// `PA-ENC-TIMESTAMP`: the time, which only who knows the key can have enciphered.
pub(crate) fn proof(own: &Key, now: Stamp) -> Result<Along, Error> {
    let mut time = Writer::default();
    time.within(SEQUENCE, |writer| {
        moment(writer, 0, &now.text());
        number(writer, 1, now.micros.into());
    });
    let sealed = own.seal(usage::PROOF, &time.into_bytes())?;
    let mut value = Writer::default();
    value.within(SEQUENCE, |data| {
        number(data, 0, own.enctype() as i64);
        tagged(data, 2, |writer| writer.octets(&sealed));
    });
    Ok(Along { kind: PA_ENC_TIMESTAMP, value: value.into_bytes() })
}

/// `KERB-PA-PAC-REQUEST`: the ticket shall say what the account belongs to, which Windows decides by.
pub(crate) fn with_pac() -> Along {
    let mut value = Writer::default();
    value.within(SEQUENCE, |writer| tagged(writer, 0, |writer| writer.boolean(true)));
    Along { kind: PA_PAC_REQUEST, value: value.into_bytes() }
}

/// What shows a ticket to a service: who shows it, when, and what goes along.
pub(crate) struct Showing<'a> {
    pub(crate) client: &'a Principal,
    /// The ticket as it came.
    pub(crate) ticket: &'a [u8],
    /// Its key.
    pub(crate) key: &'a Key,
    /// The usage that its authenticator is enciphered for.
    pub(crate) usage: u32,
    pub(crate) now: Stamp,
    /// Kind and bytes of a checksum.
    pub(crate) checksum: (i64, &'a [u8]),
    pub(crate) subkey: Option<&'a Key>,
    pub(crate) sequence: Option<u32>,
    /// Whether the service shall prove that it has the ticket's key.
    pub(crate) mutual: bool,
}

/// `mutual-required`
const MUTUAL: u32 = 0x2000_0000;

impl Showing<'_> {
    /// `AP-REQ`
    pub(crate) fn encode(&self) -> Result<Vec<u8>, Error> {
        let authenticator = self.key.seal(self.usage, &self.authenticator())?;
        let mut writer = Writer::default();
        writer.within(application(AP_REQ), |request| {
            request.within(SEQUENCE, |request| {
                number(request, 0, VERSION);
                number(request, 1, AP_REQ);
                flags(request, 2, if self.mutual { MUTUAL } else { 0 });
                tagged(request, 3, |writer| writer.raw(self.ticket));
                enciphered(request, 4, self.key.enctype(), &authenticator);
            });
        });
        Ok(writer.into_bytes())
    }

    fn authenticator(&self) -> Zeroizing<Vec<u8>> {
        let mut writer = Writer::default();
        writer.within(application(2), |authenticator| {
            authenticator.within(SEQUENCE, |fields| {
                number(fields, 0, VERSION);
                string(fields, 1, &self.client.realm);
                tagged(fields, 2, |writer| name::write(writer, name::NT_PRINCIPAL, &self.client.parts));
                let (kind, sum) = self.checksum;
                tagged(fields, 3, |writer| {
                    writer.within(SEQUENCE, |checksum| {
                        number(checksum, 0, kind);
                        tagged(checksum, 1, |writer| writer.octets(sum));
                    });
                });
                number(fields, 4, self.now.micros.into());
                moment(fields, 5, &self.now.text());
                if let Some(subkey) = self.subkey {
                    key(fields, 6, subkey);
                }
                if let Some(sequence) = self.sequence {
                    number(fields, 7, sequence.into());
                }
            });
        });
        Zeroizing::new(writer.into_bytes())
    }
}

/// A message that ends too early or lacks a required field.
pub(crate) const INCOMPLETE: Malformed = Malformed { offset: 0, defect: Defect::Missing };
/// A number that does not fit its type.
const OUT_OF_RANGE: Malformed = Malformed { offset: 0, defect: Defect::Range };

/// The fields of a sequence with their numbers.
fn fields(mut sequence: Reader<'_>) -> impl Iterator<Item = Result<(u8, Reader<'_>), Malformed>> {
    let mut broken = false;
    std::iter::from_fn(move || {
        if broken || sequence.is_empty() {
            return None;
        }
        let field = sequence.element();
        broken = field.is_err();
        Some(field.map(|field| (field.tag ^ 0xA0, field.children())))
    })
}

/// The sequence in a message of this kind.
fn message<'a>(bytes: &'a [u8], kinds: &[i64]) -> Result<(i64, Reader<'a>), Error> {
    let mut reader = Reader::new(bytes);
    let tag = reader.peek().ok_or(INCOMPLETE)?;
    let kind = kinds.iter().copied().find(|kind| application(*kind) == tag);
    let kind = kind.ok_or(Error::Broken("its message is of another kind than the one that is due"))?;
    Ok((kind, reader.within(tag)?.within(SEQUENCE)?))
}

/// What is enciphered, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Enciphered {
    enctype: i64,
    bytes: Vec<u8>,
}

impl Enciphered {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        let (mut enctype, mut bytes) = (None, None);
        for field in fields(reader.within(SEQUENCE)?) {
            match field? {
                (0, mut reader) => enctype = Some(reader.number(INTEGER)?),
                (2, mut reader) => bytes = Some(reader.content(OCTET_STRING)?.to_vec()),
                _ => {}
            }
        }
        Ok(Self { enctype: enctype.ok_or(INCOMPLETE)?, bytes: bytes.ok_or(INCOMPLETE)? })
    }

    fn open(&self, key: &Key, usage: u32) -> Result<Zeroizing<Vec<u8>>, Error> {
        if self.enctype != key.enctype() as i64 {
            // Not the key that it was enciphered with.
            Enctype::of(self.enctype)?;
            return Err(Error::Integrity);
        }
        key.open(usage, &self.bytes)
    }
}

fn read_key(reader: &mut Reader<'_>) -> Result<Key, Error> {
    let mut pair = reader.within(SEQUENCE)?;
    let enctype = pair.within(0xA0)?.number(INTEGER)?;
    let bytes = pair.within(0xA1)?.content(OCTET_STRING)?;
    Key::new(Enctype::of(enctype)?, bytes)
}

/// A no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) code: i32,
    text: String,
    /// What else it says.
    data: Vec<u8>,
}

impl Refusal {
    /// `KRB-ERROR`
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, Error> {
        let (_, reader) = message(bytes, &[KRB_ERROR])?;
        let mut refusal = Self { code: 0, text: String::new(), data: Vec::new() };
        for field in fields(reader) {
            match field? {
                (6, mut reader) => {
                    refusal.code = i32::try_from(reader.number(INTEGER)?).map_err(|_| OUT_OF_RANGE)?;
                }
                (11, mut reader) => {
                    let text = String::from_utf8_lossy(reader.content(GENERAL_STRING)?).into_owned();
                    // For people, and of whatever a hostile server likes.
                    refusal.text = text.chars().filter(|c| !c.is_control()).take(200).collect();
                }
                (12, mut reader) => refusal.data = reader.content(OCTET_STRING)?.to_vec(),
                _ => {}
            }
        }
        Ok(refusal)
    }

    pub(crate) fn is(bytes: &[u8]) -> bool {
        bytes.first() == Some(&application(KRB_ERROR))
    }

    /// How the account's keys are made of its password, where the center says so.
    pub(crate) fn ways(&self) -> Vec<Way> {
        read_along(&mut Reader::new(&self.data)).unwrap_or_default()
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused { code: refusal.code, text: refusal.text }
    }
}

/// How a key is made of a password (`ETYPE-INFO2-ENTRY`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Way {
    pub(crate) enctype: Enctype,
    pub(crate) salt: Option<Vec<u8>>,
    pub(crate) rounds: Option<Vec<u8>>,
}

/// What comes along with an answer (`METHOD-DATA`), as far as it is about keys. What is not known is left out.
fn read_along(reader: &mut Reader<'_>) -> Result<Vec<Way>, Malformed> {
    let mut list = reader.within(SEQUENCE)?;
    let mut ways = Vec::new();
    while !list.is_empty() {
        let mut pair = list.within(SEQUENCE)?;
        let kind = pair.within(0xA1)?.number(INTEGER)?;
        let value = pair.within(0xA2)?.content(OCTET_STRING)?;
        if kind != PA_ETYPE_INFO2 {
            continue;
        }
        let mut entries = Reader::new(value).within(SEQUENCE)?;
        while !entries.is_empty() {
            let (mut enctype, mut salt, mut rounds) = (None, None, None);
            for field in fields(entries.within(SEQUENCE)?) {
                match field? {
                    (0, mut reader) => enctype = Enctype::of(reader.number(INTEGER)?).ok(),
                    (1, mut reader) => salt = Some(reader.content(GENERAL_STRING)?.to_vec()),
                    (2, mut reader) => rounds = Some(reader.content(OCTET_STRING)?.to_vec()),
                    _ => {}
                }
            }
            ways.extend(enctype.map(|enctype| Way { enctype, salt, rounds }));
        }
    }
    Ok(ways)
}

/// The center's yes.
#[derive(Clone, Debug)]
pub(crate) struct KdcAnswer {
    /// Whom it is for.
    pub(crate) client: Principal,
    /// As it came.
    pub(crate) ticket: Vec<u8>,
    pub(crate) ways: Vec<Way>,
    enciphered: Enciphered,
}

/// What the center tells whoever has the key.
#[derive(Clone, Debug)]
pub(crate) struct Granted {
    /// The key of the ticket.
    pub(crate) key: Key,
    pub(crate) nonce: i64,
    /// When it ends, in seconds since 1970.
    pub(crate) ends: u64,
    /// What it is for.
    pub(crate) service: Principal,
}

impl KdcAnswer {
    /// `AS-REP` where the account was named, otherwise `TGS-REP`; or the center's no.
    pub(crate) fn read(bytes: &[u8], by_name: bool) -> Result<Self, Error> {
        if Refusal::is(bytes) {
            return Err(Refusal::read(bytes)?.into());
        }
        let (_, reader) = message(bytes, &[if by_name { AS_REP } else { TGS_REP }])?;
        let (mut realm, mut parts, mut ticket, mut enciphered) = (None, None, None, None);
        let mut ways = Vec::new();
        for field in fields(reader) {
            match field? {
                (2, mut reader) => ways = read_along(&mut reader)?,
                (3, mut reader) => realm = Some(reader.text(GENERAL_STRING)?.to_owned()),
                (4, mut reader) => parts = Some(name::read(&mut reader)?),
                (5, mut reader) => {
                    let mut writer = Writer::default();
                    writer.element(application(1), reader.content(application(1))?);
                    ticket = Some(writer.into_bytes());
                }
                (6, mut reader) => enciphered = Some(Enciphered::read(&mut reader)?),
                _ => {}
            }
        }
        Ok(Self {
            client: Principal { realm: realm.ok_or(INCOMPLETE)?, parts: parts.ok_or(INCOMPLETE)? },
            ticket: ticket.ok_or(INCOMPLETE)?,
            enciphered: enciphered.ok_or(INCOMPLETE)?,
            ways,
        })
    }

    /// The kind of key that its secret part takes.
    pub(crate) fn enctype(&self) -> Result<Enctype, Error> {
        Enctype::of(self.enciphered.enctype)
    }

    /// `EncASRepPart` or `EncTGSRepPart`. Some centers exchange the names of the two.
    pub(crate) fn open(&self, key: &Key, usage: u32) -> Result<Granted, Error> {
        let bytes = self.enciphered.open(key, usage)?;
        let (_, reader) = message(&bytes, &[25, 26])?;
        let (mut key, mut nonce, mut ends, mut realm, mut parts) = (None, None, None, None, None);
        for field in fields(reader) {
            match field? {
                (0, mut reader) => key = Some(read_key(&mut reader)?),
                (2, mut reader) => nonce = Some(reader.number(INTEGER)?),
                (7, mut reader) => ends = time::parse(reader.text(TIME)?),
                (9, mut reader) => realm = Some(reader.text(GENERAL_STRING)?.to_owned()),
                (10, mut reader) => parts = Some(name::read(&mut reader)?),
                _ => {}
            }
        }
        Ok(Granted {
            key: key.ok_or(INCOMPLETE)?,
            nonce: nonce.ok_or(INCOMPLETE)?,
            ends: ends.ok_or(INCOMPLETE)?,
            service: Principal { realm: realm.ok_or(INCOMPLETE)?, parts: parts.ok_or(INCOMPLETE)? },
        })
    }
}

/// A service's proof that it has the key of the ticket.
#[derive(Clone, Debug)]
pub(crate) struct Proven {
    /// The time of the authenticator that it answers.
    pub(crate) time: String,
    pub(crate) micros: i64,
    pub(crate) subkey: Option<Key>,
    /// The number of its first message.
    pub(crate) sequence: Option<u32>,
}

impl Proven {
    /// `AP-REP`, or the service's no.
    pub(crate) fn read(bytes: &[u8], key: &Key) -> Result<Self, Error> {
        if Refusal::is(bytes) {
            return Err(Refusal::read(bytes)?.into());
        }
        let (_, reader) = message(bytes, &[15])?;
        let mut enciphered = None;
        for field in fields(reader) {
            if let (2, mut reader) = field? {
                enciphered = Some(Enciphered::read(&mut reader)?);
            }
        }
        let bytes = enciphered.ok_or(INCOMPLETE)?.open(key, usage::AP_REP)?;
        let (_, reader) = message(&bytes, &[27])?;
        let (mut time, mut micros, mut subkey, mut sequence) = (None, None, None, None);
        for field in fields(reader) {
            match field? {
                (0, mut reader) => time = Some(reader.text(TIME)?.to_owned()),
                (1, mut reader) => micros = Some(reader.number(INTEGER)?),
                (2, mut reader) => subkey = Some(read_key(&mut reader)?),
                // Some write it as a number with a sign.
                (3, mut reader) => {
                    let number = reader.number(INTEGER)?;
                    let signed = || i32::try_from(number).map(i32::cast_unsigned);
                    sequence = Some(u32::try_from(number).or_else(|_| signed()).map_err(|_| OUT_OF_RANGE)?);
                }
                _ => {}
            }
        }
        Ok(Self { time: time.ok_or(INCOMPLETE)?, micros: micros.ok_or(INCOMPLETE)?, subkey, sequence })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key_of_test() -> Key {
        Key::new(Enctype::Aes256, &[7; 32]).unwrap()
    }

    /// An answer of a center, as one sends it.
    pub(crate) fn answer() -> Vec<u8> {
        let parts = ["krbtgt".to_owned(), "RDS.TEST".to_owned()];
        let mut secret = Writer::default();
        secret.within(0x79, |writer| {
            writer.within(SEQUENCE, |writer| {
                key(writer, 0, &key_of_test());
                number(writer, 2, 77);
                moment(writer, 7, "20260301080000Z");
                string(writer, 9, "RDS.TEST");
                tagged(writer, 10, |writer| name::write(writer, 2, &parts));
            });
        });
        let secret = key_of_test().seal(usage::AS_REP, &secret.into_bytes()).unwrap();
        let mut writer = Writer::default();
        writer.within(0x6B, |writer| {
            writer.within(SEQUENCE, |writer| {
                number(writer, 0, 5);
                number(writer, 1, 11);
                string(writer, 3, "RDS.TEST");
                tagged(writer, 4, |writer| name::write(writer, 1, &["ann".to_owned()]));
                tagged(writer, 5, |writer| writer.element(0x61, b"a ticket"));
                enciphered(writer, 6, Enctype::Aes256, &secret);
            });
        });
        writer.into_bytes()
    }

    #[test]
    fn an_answer_is_read() {
        let read = KdcAnswer::read(&answer(), true).unwrap();
        assert_eq!(read.client.to_string(), "ann@RDS.TEST");
        assert_eq!(read.ticket, [&[0x61, 8], &b"a ticket"[..]].concat());
        let granted = read.open(&key_of_test(), usage::AS_REP).unwrap();
        assert_eq!((granted.nonce, granted.ends), (77, 1_772_352_000));
        assert_eq!(granted.service.to_string(), "krbtgt/RDS.TEST@RDS.TEST");
        // By another key.
        let other = Key::new(Enctype::Aes256, &[8; 32]).unwrap();
        assert_eq!(read.open(&other, usage::AS_REP).map(|_| ()), Err(Error::Integrity));
        let other = Key::new(Enctype::Aes128, &[7; 16]).unwrap();
        assert_eq!(read.open(&other, usage::AS_REP).map(|_| ()), Err(Error::Integrity));
        // An answer to another question.
        assert!(matches!(KdcAnswer::read(&answer(), false), Err(Error::Broken(_))));
    }

    proptest! {
        #[test]
        fn any_bytes_are_an_answer_or_none(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = KdcAnswer::read(&bytes, true);
            let _ = Refusal::read(&bytes).map(|refusal| refusal.ways());
            let _ = Proven::read(&bytes, &key_of_test());
            let _ = read_along(&mut Reader::new(&bytes));
        }

        #[test]
        fn a_damaged_answer_is_an_answer_or_none(at in any::<proptest::sample::Index>(), byte in any::<u8>(), cut in any::<proptest::sample::Index>()) {
            let mut bytes = answer();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            bytes.truncate(cut.index(bytes.len()).max(at));
            if let Ok(answer) = KdcAnswer::read(&bytes, true) {
                let _ = answer.open(&key_of_test(), usage::AS_REP);
            }
        }
    }
}
