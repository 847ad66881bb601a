//! Reads the test machine; the system's own functions write the expected content before.
#![cfg(windows)]
// Tests write with the raw system functions, and fail by panicking.
#![allow(
    unsafe_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::panic,
    clippy::undocumented_unsafe_blocks
)]

mod scratch;

use scratch::{Scratch, wide};
use win32::token::{self, Privilege};
use win32::{Key, Reach, Root, domain, network, service, version};

fn open(scratch: &Scratch) -> Key {
    Key::open(Root::CurrentUser, &scratch.names(), Reach::Granted).unwrap().unwrap()
}

fn units(text: &str) -> Vec<u16> {
    text.encode_utf16().collect()
}

#[test]
fn values_come_as_they_are_stored() {
    let scratch = Scratch::new("values");
    let stored: [(&str, u32, &[u8]); 9] = [
        ("", 1, b"d\0\0\0"),
        ("text", 1, b"a\0\0\0"),
        ("odd", 1, b"a\0b"),
        ("none", 0, b""),
        ("number of eight", 4, &[4; 8]),
        (" blank", 3, &[0; 5]),
        ("Größe", 7, b"a\0\0\0\0\0"),
        ("type of its own", 100, b"x"),
        ("type beyond all", 0xffff_0012, b"yz"),
    ];
    for (name, kind, data) in stored {
        scratch.set(name, kind, data);
    }
    let key = open(&scratch);
    let mut listed = key.values().unwrap();
    listed.sort();
    let mut expected: Vec<_> = stored.iter().map(|(name, kind, _)| (units(name), *kind)).collect();
    expected.sort();
    assert_eq!(listed, expected);
    for (name, kind, data) in stored {
        let value = key.value(&units(name)).unwrap().unwrap();
        assert_eq!((value.kind, value.data.as_slice()), (kind, data), "{name}");
        assert_eq!(key.value_len(&units(name)).unwrap(), Some(u32::try_from(data.len()).unwrap()), "{name}");
    }
    assert_eq!(key.value(&units("not there")).unwrap(), None);
    assert_eq!(key.value_len(&units("not there")).unwrap(), None);
}

#[test]
fn large_values_are_whole_and_larger_ones_are_refused() {
    let scratch = Scratch::new("large");
    let large: Vec<u8> = (0..2_000_000u32).map(|n| n.to_le_bytes()[0]).collect();
    scratch.set("large", 3, &large);
    scratch.set("too large", 3, &vec![0; 17 << 20]);
    let key = open(&scratch);
    assert_eq!(key.value(&units("large")).unwrap().unwrap().data, large);
    assert_eq!(key.value_len(&units("too large")).unwrap(), Some(17 << 20));
    assert!(key.value(&units("too large")).unwrap_err().to_string().contains("too large"));
}

#[test]
fn names_with_a_nul_are_listed_and_opened() {
    let scratch = Scratch::new("nul");
    let name = [units("a"), vec![0], units("b")].concat();
    scratch.native_subkey(&name);
    let key = open(&scratch);
    assert_eq!(key.subkeys().unwrap(), std::slice::from_ref(&name));
    let below = key.subkey(&name).unwrap().unwrap();
    assert_eq!(below.values().unwrap(), []);
    // The Win32 functions would have opened this key.
    assert!(key.subkey(&units("a")).unwrap().is_none());
    assert!(key.subkey(&units("A\0B")).unwrap().is_some(), "without regard to case");
}

#[test]
fn what_is_not_there_is_absent_and_no_error() {
    let nowhere = [units("SOFTWARE"), units("rdscal-not-there"), units("below")];
    assert!(Key::open(Root::LocalMachine, &nowhere, Reach::Granted).unwrap().is_none());
    let scratch = Scratch::new("gone");
    let key = open(&scratch);
    scratch.subkey("below");
    let below = key.subkey(&units("below")).unwrap().unwrap();
    scratch.delete("below");
    // The key was deleted while the handle was open.
    assert!(below.subkey(&units("further")).unwrap().is_none());
    let endless = vec![u16::from(b'a'); 40_000];
    assert!(key.subkey(&endless).unwrap_err().to_string().contains("longer than any"));
}

#[test]
fn times_and_security_are_told() {
    let scratch = Scratch::new("told");
    let key = open(&scratch);
    let before = key.last_write().unwrap();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let written = before / 10_000_000 - 11_644_473_600;
    assert!(now.abs_diff(written) < 600, "{written} is not about {now}");
    scratch.set("a", 3, b"");
    assert!(key.last_write().unwrap() >= before);
    let security = key.security().unwrap();
    // A self-relative descriptor of revision 1 ([MS-DTYP] 2.4.6), and nothing after it.
    assert_eq!(security[0], 1);
    assert_ne!(security[3] & 0x80, 0, "SE_SELF_RELATIVE");
    assert!(security.len() < 512, "{} bytes", security.len());
}

#[test]
fn a_closed_key_is_denied_and_not_absent() {
    let scratch = Scratch::new("closed");
    scratch.subkey("secret");
    scratch.close("secret");
    let key = open(&scratch);
    assert_eq!(key.subkeys().unwrap(), [units("secret")]);
    let error = key.subkey(&units("secret")).unwrap_err();
    assert!(error.is_access_denied(), "{error}");
    assert_eq!(error.code(), Some(5));
    assert_eq!(error.to_string(), "access is denied (NtOpenKeyEx)");
}

#[test]
fn a_link_is_followed_and_tells_where_to() {
    let scratch = Scratch::new("link");
    scratch.subkey("target");
    let target = open(&scratch).subkey(&units("target")).unwrap().unwrap().path().unwrap();
    assert_eq!(target.last(), Some(&units("target")));
    let full: Vec<u16> = target.iter().flat_map(|name| [units("\\"), name.clone()].concat()).collect();
    let link = scratch.link("link", &full);
    let followed = open(&scratch).subkey(&units("link")).unwrap().unwrap();
    assert_eq!(followed.path().unwrap(), target);
    drop(link);
}

#[test]
fn the_32_bit_registry_lies_in_the_other_by_its_name() {
    let made = scratch::machine_key_32("SOFTWARE\\rdscal-views");
    let open = |names: &[&str]| {
        let names: Vec<_> = names.iter().map(|name| units(name)).collect();
        Key::open(Root::LocalMachine, &names, Reach::Granted).unwrap().is_some()
    };
    assert!(open(&["SOFTWARE", "WOW6432Node", "rdscal-views"]));
    assert!(!open(&["SOFTWARE", "rdscal-views"]));
    drop(made);
    assert!(!open(&["SOFTWARE", "WOW6432Node", "rdscal-views"]));
}

#[test]
fn the_machine_says_what_it_is() {
    let version = version::running().unwrap();
    assert!(version.major >= 6 && version.build > 0, "{version:?}");
    assert!((1..=3).contains(&version.product_type), "{version:?}");
    token::is_elevated().unwrap();
    token::enable(Privilege::Backup).unwrap();
    domain::join().unwrap();
    let error = domain::controller("no.such.domain.invalid").unwrap_err();
    assert!(error.to_string().contains("DsGetDcNameW"), "{error}");
    assert!(network::addresses().unwrap().iter().all(|address| !address.is_loopback()));
    // Every Windows has this service; none has the other one.
    let state = service::state("RpcSs").unwrap().unwrap();
    assert!(["running", "stopped"].contains(&state.word()), "{state:?}");
    assert_eq!(service::state("rdscal-no-such-service").unwrap(), None);
    assert_eq!(wide("a"), [u16::from(b'a'), 0]);
}
