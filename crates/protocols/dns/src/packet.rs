//! Queries and answers of DNS (RFC 1035, section 4), as far as it takes to find services and addresses.
//!
//! Read by this crate itself: an answer is a flat list, and `simple-dns` (0.13.0), the obvious choice, follows compressed names that
//! point at themselves without end. Here a pointer must lead backwards, and further back each time.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A type of record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum Kind {
    /// An IPv4 address: RFC 1035, 3.4.1
    A = 1,
    /// An IPv6 address: RFC 3596
    Aaaa = 28,
    /// A service: RFC 2782
    Srv = 33,
}

const INTERNET: u16 = 1;
/// More records than this no answer has that is of any use here.
const MOST_RECORDS: usize = 512;
/// RFC 1035, 2.3.4
const LONGEST_NAME: usize = 255;
const LONGEST_LABEL: usize = 63;

/// A query for the records of one name, which asks the server to ask others; `None` for what cannot be a name.
pub fn query(id: u16, name: &str, kind: Kind) -> Option<Vec<u8>> {
    let mut packet = Vec::with_capacity(64);
    // Recursion desired; one question, and nothing else.
    for word in [id, 0x0100, 1, 0, 0, 0] {
        packet.extend_from_slice(&word.to_be_bytes());
    }
    for label in name.trim_end_matches('.').split('.') {
        let length = u8::try_from(label.len()).ok().filter(|&n| n > 0 && usize::from(n) <= LONGEST_LABEL)?;
        packet.push(length);
        packet.extend_from_slice(label.as_bytes());
    }
    packet.push(0);
    if packet.len() - HEADER > LONGEST_NAME {
        return None;
    }
    packet.extend_from_slice(&(kind as u16).to_be_bytes());
    packet.extend_from_slice(&INTERNET.to_be_bytes());
    Some(packet)
}

const HEADER: usize = 12;

/// A record of an answer, of one of the types that are of use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Whose it is, in lower case, without the last dot.
    pub name: String,
    /// What it says.
    pub data: Data,
}

/// What a record says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Data {
    /// A host has this address.
    Address(IpAddr),
    /// A service listens there (RFC 2782).
    Service {
        /// Lower ones are tried first.
        priority: u16,
        /// Of those alike in priority, higher ones rather first.
        weight: u16,
        /// The port.
        port: u16,
        /// The host, in lower case, without the last dot.
        host: String,
    },
}

/// What a server answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// All records, those that it added unasked included.
    Records(Vec<Record>),
    /// There is no such name.
    NoSuchName,
    /// The answer was too long for a datagram: it is asked for again over TCP.
    CutOff,
    /// The server cannot or does not want to; its code (RFC 1035, 4.1.1).
    Refused(u8),
}

/// The answer to this query; `None` where it is none, or answers something else.
pub fn answer(query: &[u8], packet: &[u8]) -> Option<Answer> {
    let flags = word(packet, 2)?;
    let is_answer = flags & 0x8000 != 0 && flags & 0x7800 == 0;
    if !is_answer || packet.get(..2)? != query.get(..2)? {
        return None;
    }
    let code = (flags & 0x000f) as u8;
    let question = query.get(HEADER..)?;
    let behind = HEADER + question.len();
    // Some servers leave the question out where they refuse it.
    let asked = word(packet, 4)?;
    let echoes = asked == 1 && packet.get(HEADER..behind)?.eq_ignore_ascii_case(question);
    if !(echoes || asked == 0 && code != 0) {
        return None;
    }
    if flags & 0x0200 != 0 {
        return Some(Answer::CutOff);
    }
    match code {
        0 => {}
        3 => return Some(Answer::NoSuchName),
        code => return Some(Answer::Refused(code)),
    }
    let count: usize = [6, 8, 10].into_iter().filter_map(|at| word(packet, at)).map(usize::from).sum();
    if count > MOST_RECORDS {
        return None;
    }
    let mut at = behind;
    let mut records = Vec::new();
    for _ in 0..count {
        let (owner, next) = name(packet, at)?;
        let (kind, class) = (word(packet, next)?, word(packet, next + 2)?);
        let start = next + 10;
        at = start + usize::from(word(packet, next + 8)?);
        let data = packet.get(start..at)?;
        if class == INTERNET
            && let Some(data) = read(packet, start, kind, data)
        {
            records.push(Record { name: owner, data });
        }
    }
    Some(Answer::Records(records))
}

fn read(packet: &[u8], start: usize, kind: u16, data: &[u8]) -> Option<Data> {
    if kind == Kind::A as u16 {
        return Some(Data::Address(Ipv4Addr::from(<[u8; 4]>::try_from(data).ok()?).into()));
    }
    if kind == Kind::Aaaa as u16 {
        return Some(Data::Address(Ipv6Addr::from(<[u8; 16]>::try_from(data).ok()?).into()));
    }
    if kind != Kind::Srv as u16 {
        return None;
    }
    let (host, end) = name(packet, start + 6)?;
    (end == start + data.len()).then_some(Data::Service {
        priority: word(data, 0)?,
        weight: word(data, 2)?,
        port: word(data, 4)?,
        host,
    })
}

fn word(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?))
}

/// A name, in lower case, and where what follows it begins. Names with other characters than hosts and services have are none.
fn name(packet: &[u8], start: usize) -> Option<(String, usize)> {
    let mut text = String::new();
    let mut at = start;
    let mut end = None;
    // Where the part that is being read began: a pointer must lead before it, so that there is an end.
    let mut part = start;
    loop {
        let length = usize::from(*packet.get(at)?);
        if length & 0xc0 == 0xc0 {
            let target = usize::from(word(packet, at)? & 0x3fff);
            end.get_or_insert(at + 2);
            if target >= part {
                return None;
            }
            (at, part) = (target, target);
            continue;
        }
        if length > LONGEST_LABEL {
            return None;
        }
        let label = packet.get(at + 1..at + 1 + length)?;
        at += 1 + length;
        if length == 0 {
            return Some((text, end.unwrap_or(at)));
        }
        if !text.is_empty() {
            text.push('.');
        }
        for &byte in label {
            if !(byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')) {
                return None;
            }
            text.push(char::from(byte.to_ascii_lowercase()));
        }
        if text.len() > LONGEST_NAME {
            return None;
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NAME: &str = "_ldap._tcp.corp.example";

    /// An answer to [`NAME`] with one record: its owner is this, its data that.
    fn with(owner: &[u8], kind: u16, data: &[u8]) -> (Vec<u8>, Vec<u8>) {
        let query = query(7, NAME, Kind::Srv).unwrap();
        let mut packet = query.clone();
        packet[2..4].copy_from_slice(&[0x81, 0x80]);
        packet[7] = 1;
        packet.extend_from_slice(owner);
        packet.extend_from_slice(&kind.to_be_bytes());
        packet.extend_from_slice(&[0, 1, 0, 0, 0, 9]);
        packet.extend_from_slice(&u16::try_from(data.len()).unwrap().to_be_bytes());
        packet.extend_from_slice(data);
        (query, packet)
    }

    #[test]
    fn a_service_with_compressed_names() {
        // The owner is the question's name, and `corp.example` of the host the end of it.
        let host = [&[0, 5, 0, 9, 1, 133, 3][..], b"DC1", &[0xc0, 23]].concat();
        let (query, packet) = with(&[0xc0, 12], 33, &host);
        let host = "dc1.corp.example".to_owned();
        let data = Data::Service { priority: 5, weight: 9, port: 389, host };
        let expected = Answer::Records(vec![Record { name: NAME.to_owned(), data }]);
        assert_eq!(answer(&query, &packet), Some(expected));
        for length in 0..packet.len() {
            assert_eq!(answer(&query, &packet[..length]), None, "cut off at {length}");
        }
    }

    #[test]
    fn names_that_point_in_circles_are_none() {
        let own = u8::try_from(query(7, NAME, Kind::Srv).unwrap().len()).unwrap();
        for owner in
            [vec![0xc0, own], vec![0xc0, own + 2], vec![1, b'a', 0xc0, own], vec![0xff, 0xff], vec![0x80]]
        {
            let (query, packet) = with(&owner, 1, &[10, 0, 0, 1]);
            assert_eq!(answer(&query, &packet), None, "{owner:x?}");
        }
    }

    #[test]
    fn what_answers_something_else_is_no_answer() {
        let (query, packet) = with(&[0xc0, 12], 1, &[10, 0, 0, 1]);
        assert!(matches!(answer(&query, &packet), Some(Answer::Records(_))));
        // Another number, a query, another question, more records than there are.
        for (at, byte) in [(0, 9), (1, 9), (2, 0x01), (14, b'x'), (7, 2), (6, 0xff)] {
            let mut other = packet.clone();
            other[at] = byte;
            assert_eq!(answer(&query, &other), None, "byte {at}");
        }
        let rows = [
            (0x83, 0x80, Answer::CutOff),
            (0x81, 0x83, Answer::NoSuchName),
            (0x81, 0x85, Answer::Refused(5)),
        ];
        for (high, low, expected) in rows {
            let mut other = packet.clone();
            other[2..4].copy_from_slice(&[high, low]);
            assert_eq!(answer(&query, &other), Some(expected));
        }
    }

    #[test]
    fn names_that_cannot_be_asked_for() {
        let long = "a".repeat(64);
        let many = "abcdefg.".repeat(40);
        for name in ["", "a..b", &long, &many] {
            assert_eq!(query(1, name, Kind::A), None, "{name}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_to_an_end(change in prop::collection::vec((0usize..90, any::<u8>()), 0..12)) {
            let (query, mut packet) = with(&[0xc0, 12], 33, &[0, 0, 0, 0, 1, 133, 1, b'a', 0xc0, 23]);
            for (at, byte) in change {
                if let Some(place) = packet.get_mut(at) {
                    *place = byte;
                }
            }
            let _ = answer(&query, &packet);
        }
    }
}
