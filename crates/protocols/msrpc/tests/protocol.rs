//! Properties of the protocol: what is written is read again, and no server makes a client do more than it
//! requested.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::cell::Cell;

use msrpc::ndr::{Terminated, Writer};
use msrpc::rpc::{self, Answer, Assembler, FRAGMENT, FaultStatus, Flags, HEADER_LEN, Header, PduType};
use msrpc::winreg::{self, Access, ErrorCode, Handle, KeyInfo, Room, Root, SecurityInformation};
use msrpc::{Client, Error};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use support::Answering;

/// A response PDU.
fn response(call: u32, flags: Flags, stub: &[u8]) -> Vec<u8> {
    let length = u16::try_from(HEADER_LEN + 8 + stub.len()).unwrap();
    let mut pdu = Header { kind: PduType::Response, flags, length, call }.to_bytes().to_vec();
    pdu.extend([0; 8]);
    pdu.extend(stub);
    pdu
}

/// A whole response in fragments with this number of stub bytes each.
fn responses(call: u32, stub: &[u8], part: usize) -> Vec<Vec<u8>> {
    let parts: Vec<&[u8]> = if stub.is_empty() { vec![stub] } else { stub.chunks(part).collect() };
    let last = parts.len() - 1;
    let flags = |index| {
        let first = if index == 0 { Flags::FIRST } else { Flags(0) };
        if index == last { first.and(Flags::LAST) } else { first }
    };
    parts.iter().enumerate().map(|(index, part)| response(call, flags(index), part)).collect()
}

fn bind_ack(call: u32) -> Vec<u8> {
    let mut body = Vec::new();
    body.extend(FRAGMENT.to_le_bytes());
    body.extend(FRAGMENT.to_le_bytes());
    body.extend(7u32.to_le_bytes());
    body.extend(13u16.to_le_bytes());
    body.extend(b"\\PIPE\\winreg\0");
    body.resize(body.len().next_multiple_of(4), 0);
    body.extend([1, 0, 0, 0, 0, 0, 0, 0]);
    body.extend(hex::decode("045d888aeb1cc9119fe808002b10486002000000").unwrap());
    let length = u16::try_from(HEADER_LEN + body.len()).unwrap();
    let mut pdu = Header { kind: PduType::BindAck, flags: Flags::WHOLE, length, call }.to_bytes().to_vec();
    pdu.extend(body);
    pdu
}

/// A server that accepts a bind, and answers every call with this stub.
fn server<'a>(mut stub: impl FnMut(u16) -> Vec<u8> + 'a) -> Answering<impl FnMut(&[u8]) -> Vec<u8> + 'a> {
    let mut rest = Vec::new();
    Answering(move |question: &[u8]| {
        if !question.is_empty() {
            let header = Header::read(question).unwrap();
            if header.kind == PduType::Bind {
                return bind_ack(header.call);
            }
            if !header.flags.has(Flags::LAST) {
                return Vec::new();
            }
            let operation = u16::from_le_bytes([question[22], question[23]]);
            rest = responses(header.call, &stub(operation), 4000);
            rest.reverse();
        }
        rest.pop().unwrap_or_default()
    })
}

fn string(out: &mut Writer, units: &[u16]) {
    out.unicode_string(Terminated::new(units).unwrap());
}

/// A response to `BaseRegEnumValue`.
fn enum_value_answer(name: &[u16], kind: u32, data: Option<&[u8]>, length: u32, code: u32) -> Vec<u8> {
    let mut out = Writer::new();
    string(&mut out, name);
    out.pointed_u32(kind);
    match data {
        None => out.null(),
        Some(data) => {
            out.pointer();
            let length = u32::try_from(data.len()).unwrap();
            out.varying_head(length, length);
            out.bytes(data);
        }
    }
    out.pointed_u32(length);
    out.pointed_u32(data.map_or(0, |data| u32::try_from(data.len()).unwrap()));
    out.u32(code);
    out.into_bytes()
}

/// Names as the registry stores them: without a final NUL, with unpaired surrogates, spaces and all other
/// units.
fn name() -> impl Strategy<Value = Vec<u16>> {
    vec(any::<u16>(), 0..40).prop_map(|mut name| {
        while name.last() == Some(&0) {
            name.pop();
        }
        name
    })
}

proptest! {
    #[test]
    fn fragments_carry_a_call_whole(stub in vec(any::<u8>(), 0..20_000), largest in 1432u16..=4280, call: u32) {
        let mut carried = Vec::new();
        let pdus: Vec<_> = rpc::fragments(call, 17, &stub, largest).collect();
        for (index, pdu) in pdus.iter().enumerate() {
            let header = Header::read(pdu).unwrap();
            prop_assert_eq!(usize::from(header.length), pdu.len());
            prop_assert!(pdu.len() <= usize::from(largest));
            prop_assert_eq!(header.flags.has(Flags::FIRST), index == 0);
            prop_assert_eq!(header.flags.has(Flags::LAST), index + 1 == pdus.len());
            prop_assert_eq!(&pdu[16..24], [&u32::try_from(stub.len() - carried.len()).unwrap().to_le_bytes()[..], &[0, 0, 17, 0]].concat());
            prop_assert!(index + 1 == pdus.len() || (pdu.len() - 24) % 8 == 0);
            carried.extend_from_slice(&pdu[24..]);
        }
        prop_assert_eq!(carried, stub);
    }

    #[test]
    fn answers_are_put_together_however_they_come(
        stub in vec(any::<u8>(), 0..20_000), part in 1usize..=4256, cut in 1usize..5000,
    ) {
        let mut assembler = Assembler::new(3, stub.len());
        let bytes = responses(3, &stub, part).concat();
        let mut answer = None;
        for piece in bytes.chunks(cut) {
            prop_assert!(answer.is_none());
            answer = assembler.push(piece).unwrap();
        }
        prop_assert_eq!(answer, Some(Answer::Stub(stub)));
    }

    #[test]
    fn values_come_as_they_were_sent(name in name(), kind: u32, data in option::of(vec(any::<u8>(), 0..300))) {
        let length = data.as_ref().map_or(77, |data| u32::try_from(data.len()).unwrap());
        let stub = enum_value_answer(&name, kind, data.as_deref(), length, 0);
        let entry = winreg::read_enum_value(&stub).unwrap().unwrap();
        prop_assert_eq!(entry.name, name);
        prop_assert_eq!((entry.value.kind, entry.value.length), (kind, length));
        prop_assert_eq!(entry.value.data, data.unwrap_or_default());
    }

    #[test]
    fn subkeys_come_as_they_were_sent(name in name(), class in option::of(name()), time in option::of(any::<u64>())) {
        prop_assume!(!name.is_empty());
        let mut out = Writer::new();
        string(&mut out, &name);
        out.align(4);
        match &class {
            None => out.null(),
            Some(class) => { out.pointer(); string(&mut out, class); }
        }
        match time {
            None => out.null(),
            Some(time) => {
                out.pointer();
                out.u32(u32::try_from(time & 0xffff_ffff).unwrap());
                out.u32(u32::try_from(time >> 32).unwrap());
            }
        }
        out.u32(0);
        let entry = winreg::read_enum_key(&out.into_bytes()).unwrap().unwrap();
        prop_assert_eq!((entry.name, entry.class, entry.last_write), (name, class.unwrap_or_default(), time));
    }

    #[test]
    fn numbers_of_a_key_come_as_they_were_sent(class in name(), numbers: [u32; 7], time: u64) {
        let mut out = Writer::new();
        string(&mut out, &class);
        for number in numbers {
            out.u32(number);
        }
        out.u32(u32::try_from(time & 0xffff_ffff).unwrap());
        out.u32(u32::try_from(time >> 32).unwrap());
        out.u32(0);
        let info = winreg::read_query_info_key(&out.into_bytes()).unwrap().unwrap();
        let [subkeys, longest_subkey, _, values, longest_value_name, longest_data, security] = numbers;
        let expected = KeyInfo {
            class, subkeys, longest_subkey, values, longest_value_name, longest_data, security, last_write: time,
        };
        prop_assert_eq!(info, expected);
    }

    /// For every response, reading ends with a value or an error, and no value is larger than the response.
    #[test]
    fn no_answer_breaks_a_reader(stub in vec(any::<u8>(), 0..400)) {
        let _ = winreg::read_handle(&stub);
        let _ = winreg::read_create_key(&stub);
        let _ = winreg::read_close_key(&stub);
        let _ = winreg::read_status(&stub);
        let _ = winreg::read_version(&stub);
        let _ = rpc::read_bind_answer(&stub, 1);
        if let Ok(Ok(info)) = winreg::read_query_info_key(&stub) {
            prop_assert!(info.class.len() <= stub.len());
        }
        if let Ok(Ok(entry)) = winreg::read_enum_key(&stub) {
            prop_assert!(entry.name.len() <= stub.len());
        }
        if let Ok(Ok(entry)) = winreg::read_enum_value(&stub) {
            prop_assert!(entry.value.data.len() <= stub.len());
        }
        if let Ok(Ok(value)) = winreg::read_query_value(&stub) {
            prop_assert!(value.data.len() <= stub.len());
        }
        if let Ok(Ok(descriptor)) = winreg::read_get_key_security(&stub) {
            prop_assert!(descriptor.len() <= stub.len());
        }
    }

    #[test]
    fn no_bytes_break_the_assembler(bytes in vec(any::<u8>(), 0..300), head in any::<bool>()) {
        let mut bytes = bytes;
        if head && bytes.len() >= 16 {
            bytes[..8].copy_from_slice(&[5, 0, 2, 3, 0x10, 0, 0, 0]);
        }
        let _ = Assembler::new(1, 1000).push(&bytes);
    }
}

#[test]
fn fragments_that_break_the_rules_are_refused() {
    let push = |pdus: &[Vec<u8>]| {
        let mut assembler = Assembler::new(3, 100);
        pdus.iter().map(|pdu| assembler.push(pdu)).find(|pushed| !matches!(pushed, Ok(None)))
    };
    let refused = |pdus: &[Vec<u8>], why: &str| {
        let error = push(pdus).expect("ends").expect_err("is refused");
        assert_eq!(error.what, why);
    };
    let changed = |at: usize, to: u8| {
        let mut pdu = response(3, Flags::WHOLE, &[1]);
        pdu[at] = to;
        [pdu]
    };
    refused(&[response(3, Flags(0), &[1])], "fragments out of order");
    refused(&[response(3, Flags::FIRST, &[1]), response(3, Flags::FIRST, &[1])], "fragments out of order");
    refused(&[response(3, Flags::FIRST, &[])], "an empty fragment");
    refused(&[response(4, Flags::WHOLE, &[1])], "a response to another call");
    refused(&[response(3, Flags::WHOLE, &[1; 101])], "a response larger than requested");
    refused(
        &[response(3, Flags::FIRST, &[1; 60]), response(3, Flags(0), &[1; 60])],
        "a response larger than requested",
    );
    refused(
        &[[response(3, Flags::WHOLE, &[1]), response(3, Flags::WHOLE, &[1])].concat()],
        "more than one response to a call",
    );
    refused(&changed(0, 4), "not a PDU of DCE/RPC 5");
    refused(&changed(2, 12), "neither a response nor a fault");
    refused(&changed(4, 0), "data that is not little-endian");
    refused(&changed(9, 0x20), "a fragment larger than negotiated");
    refused(&changed(8, 15), "a fragment shorter than its header");
    refused(&changed(10, 1), "unexpected authentication data");

    let mut fault =
        Header { kind: PduType::Fault, flags: Flags::WHOLE, length: 32, call: 3 }.to_bytes().to_vec();
    fault.extend([0; 8]);
    fault.extend(0x1c01_0002u32.to_le_bytes());
    fault.extend([0; 4]);
    assert_eq!(push(&[fault]), Some(Ok(Some(Answer::Fault(FaultStatus::NO_SUCH_OPERATION)))));
}

#[test]
fn a_server_that_wants_ever_more_room_is_left() {
    let asked = Cell::new(0);
    // The server always requires one byte more than offered.
    let needed = Cell::new(4096);
    let pipe = server(|_| {
        asked.set(asked.get() + 1);
        needed.set(needed.get() + 1);
        enum_value_answer(&[65], 3, None, needed.get(), ErrorCode::MORE_DATA.0)
    });
    let mut client = Client::bind(pipe).unwrap();
    let error = client.value_at(Handle::NULL, 0, 0).unwrap_err();
    assert!(matches!(error, Error::KeptChanging | Error::TooLarge { .. }), "{error}");
    assert!(asked.get() <= 6, "{} questions", asked.get());

    // A server that never returns a size.
    let asked = Cell::new(0);
    let pipe = server(|_| {
        asked.set(asked.get() + 1);
        enum_value_answer(&[], 3, None, 0, ErrorCode::MORE_DATA.0)
    });
    let mut client = Client::bind(pipe).unwrap();
    assert!(client.value(Handle::NULL, &[65], 0).is_err());
    assert!(asked.get() <= 6, "{} questions", asked.get());

    // The same for names, whose size is limited.
    let asked = Cell::new(0);
    let pipe = server(|_| {
        asked.set(asked.get() + 1);
        let mut out = Writer::new();
        out.no_unicode_string();
        out.null();
        out.null();
        out.u32(ErrorCode::MORE_DATA.0);
        out.into_bytes()
    });
    let mut client = Client::bind(pipe).unwrap();
    assert_eq!(client.subkey_at(Handle::NULL, 0).unwrap_err().returned(), Some(ErrorCode::MORE_DATA));
    assert_eq!(asked.get(), 2);
}

#[test]
fn a_server_that_sends_more_than_was_asked_for_is_left() {
    let data = vec![7; 1 << 20];
    let pipe = server(|_| enum_value_answer(&[65], 3, Some(&data), 1 << 20, 0));
    let mut client = Client::bind(pipe).unwrap().with_max_data(1 << 16);
    let error = client.value_at(Handle::NULL, 0, 0).unwrap_err();
    assert!(matches!(error, Error::Malformed(_)), "{error}");
    let received = client.traffic().received;
    assert!(received < 1 << 19, "{received} bytes were taken");
}

#[test]
fn a_value_that_came_in_part_is_none() {
    let stub = enum_value_answer(&[65], 3, Some(&[1, 2, 3]), 4, 0);
    assert!(winreg::read_enum_value(&stub).is_err());
    // A count that exceeds the data causes no allocation.
    let mut stub = enum_value_answer(&[65], 3, Some(&[1, 2, 3]), 3, 0);
    let at = stub.windows(4).position(|bytes| bytes == [3, 0, 0, 0]).unwrap();
    stub[at..at + 4].copy_from_slice(&u32::MAX.to_le_bytes());
    let _ = winreg::read_enum_value(&stub);
}

#[test]
fn success_without_what_was_asked_for_is_no_success() {
    assert!(winreg::read_handle(&[0; 24]).is_err());
    assert!(winreg::read_create_key(&[0; 28]).is_err());
    let denied = [vec![0; 20], 5u32.to_le_bytes().to_vec()].concat();
    assert_eq!(winreg::read_handle(&denied), Ok(Err(ErrorCode::ACCESS_DENIED)));
}

#[test]
fn what_is_too_long_for_the_protocol_is_not_sent() {
    let asked = Cell::new(0);
    let pipe = server(|_| {
        asked.set(asked.get() + 1);
        Vec::new()
    });
    let mut client = Client::bind(pipe).unwrap();
    let long = vec![65; 0x7fff];
    assert_eq!(client.delete_value(Handle::NULL, &long), Err(Error::NameTooLong(0x7fff)));
    let huge = vec![0; (64 << 20) + 1];
    assert!(matches!(client.set_value(Handle::NULL, &[65], 3, &huge), Err(Error::TooLarge { .. })));
    let huge = vec![0; 1 << 20];
    let set = client.set_security(Handle::NULL, SecurityInformation::DACL, &huge);
    assert!(matches!(set, Err(Error::TooLarge { .. })));
    assert_eq!(asked.get(), 0);
}

#[test]
fn a_secret_is_asked_for_without_its_data() {
    // The request contains no data buffer: the pointer after that of the type is null.
    let with = winreg::enum_value(&Handle::NULL, 0, Room::Bytes(64));
    let without = winreg::enum_value(&Handle::NULL, 0, Room::NoData);
    assert_eq!(with.len() - without.len(), 12, "room, offset and count of the array are gone");
}

#[test]
fn a_bind_that_is_refused_says_why() {
    let refuse = |at: usize, to: u8| {
        let pipe = Answering(move |question: &[u8]| {
            let mut ack = bind_ack(Header::read(question).unwrap().call);
            ack[at] = to;
            ack
        });
        Client::bind(pipe).map(drop).unwrap_err()
    };
    let at = bind_ack(1).len() - 24;
    assert!(matches!(refuse(at, 2), Error::BindRejected(_)));
    assert!(matches!(refuse(at + 4, 0xff), Error::Malformed(_)), "another transfer syntax");
    assert!(matches!(refuse(at - 4, 2), Error::Malformed(_)), "two results");
    assert!(matches!(refuse(19, 0), Error::Malformed(_)), "tiny fragments");
    let mut client = Client::bind(server(|_| [vec![1; 20], vec![0; 4]].concat())).unwrap();
    assert!(client.open_root(Root::Users, Access::READ).is_ok());
}
