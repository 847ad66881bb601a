//! Requests and responses of the endpoint mapper, recorded between this client and a Samba 4.17 domain
//! controller.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::net::Ipv4Addr;

use msrpc::epm::{self, Endpoint, Status};
use msrpc::rpc::{Interface, Syntax};

const SAMR: Interface = Syntax { uuid: 0x1234_5778_1234_abcd_ef00_0123_4567_89ac, version: 1 };
const LICENSING: Interface = Syntax { uuid: 0x3d26_7954_eeb7_11d1_b94e_00c0_4fa3_080d, version: 1 };

const SAMR_ASKED: &str = "0000020000000000000000000000000000000000040002004b0000004b000000050013000d785734123412cdabef000123\
    456789ac01000200000013000d045d888aeb1cc9119fe808002b10486002000200000001000b0200000001000702000087010009040000000000000000\
    00000000000000000000000000000000000008000000";
const SAMR_ANSWERED: &str = "000000000000000000000000000000000000000001000000080000000000000001000000030000004b0000004b00000005\
    0013000d785734123412cdabef000123456789ac01000200000013000d045d888aeb1cc9119fe808002b10486002000200000001000b02000000010007\
    0200c0020100090400000000000000000000";
/// The licensing interface, which Samba does not have.
const LICENSING_ASKED: &str = "0000020000000000000000000000000000000000040002004b0000004b000000050013000d5479263db7eed111b94e00\
    c04fa3080d01000200000013000d045d888aeb1cc9119fe808002b10486002000200000001000b02000000010007020000870100090400000000000000\
    0000000000000000000000000000000000000008000000";
const LICENSING_ANSWERED: &str =
    "000000000000000000000000000000000000000000000000080000000000000000000000d6a0c916";

fn bytes(hexadecimal: &str) -> Vec<u8> {
    hex::decode(hexadecimal).unwrap()
}

#[test]
fn questions_are_as_samba_understood_them() {
    assert_eq!(hex::encode(epm::map(SAMR)), SAMR_ASKED);
    assert_eq!(hex::encode(epm::map(LICENSING)), LICENSING_ASKED);
}

#[test]
fn answers_as_samba_gave_them() {
    let expected = vec![Endpoint::Tcp { port: 49154, address: Ipv4Addr::UNSPECIFIED }];
    assert_eq!(epm::read_map(&bytes(SAMR_ANSWERED)), Ok(Ok(expected)));
    assert_eq!(epm::read_map(&bytes(LICENSING_ANSWERED)), Ok(Err(Status::NOT_REGISTERED)));
}

/// The same tower with other last floors: a named pipe on a machine of this name, and a port with an address.
#[test]
fn endpoints_of_other_kinds() {
    let tower = |floors: &str, last: &str| {
        let tower = format!(
            "{floors}0013000d785734123412cdabef000123456789ac01000200000013000d045d888aeb1cc9119fe808002b10486002000200000001000b\
             02000000{last}"
        );
        let length = u32::try_from(tower.len() / 2).unwrap();
        let head = "00".repeat(20) + "0100000008000000000000000100000003000000";
        let lengths = hex::encode(length.to_le_bytes()).repeat(2);
        let pad = "00".repeat((4 - length as usize % 4) % 4);
        bytes(&format!("{head}{lengths}{tower}{pad}00000000"))
    };
    let pipe =
        tower("05", "01000f0c005c706970655c6c736173730001001105005c5c4443 00".replace(' ', "").as_str());
    assert_eq!(epm::read_map(&pipe), Ok(Ok(vec![Endpoint::Pipe(r"\pipe\lsass".to_owned())])));
    let address = tower("05", "0100070200c2000100090400c000020a");
    let expected = Endpoint::Tcp { port: 0xc200, address: Ipv4Addr::new(192, 0, 2, 10) };
    assert_eq!(epm::read_map(&address), Ok(Ok(vec![expected])));
    let http = tower("04", "01001f02000050");
    assert_eq!(epm::read_map(&http), Ok(Ok(vec![Endpoint::Other(0x1f)])));
}

#[test]
fn no_answer_is_too_short_to_be_refused() {
    let whole = bytes(SAMR_ANSWERED);
    for end in 0..whole.len() - 4 {
        assert!(epm::read_map(&whole[..end]).is_err(), "{end} bytes");
    }
    // More towers than requested, and a tower longer than the data.
    for (at, number) in [(20, 9u32), (32, 9), (32, u32::MAX), (40, u32::MAX), (44, 76)] {
        let mut broken = whole.clone();
        broken[at..at + 4].copy_from_slice(&number.to_le_bytes());
        assert!(epm::read_map(&broken).is_err(), "{number} at {at}");
    }
}
