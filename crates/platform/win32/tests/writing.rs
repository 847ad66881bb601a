//! Writes temporary keys of the test machine, and reads them back with the reading functions of the crate.
#![cfg(windows)]
// Tests close keys with the raw system functions, and fail by panicking.
#![allow(
    unsafe_code,
    unreachable_pub,
    dead_code,
    clippy::unwrap_used,
    clippy::panic,
    clippy::undocumented_unsafe_blocks
)]

mod scratch;

use std::time::Duration;

use scratch::Scratch;
use win32::token::{self, Privilege};
use win32::write::{self, FolderError, Parts, Refused, Rights, Transaction, With};
use win32::{Key, Reach, Root, session};

const ALL: Rights = Rights::SET_VALUE.and(Rights::CREATE_SUBKEY).and(Rights::DELETE);

fn units(text: &str) -> Vec<u16> {
    text.encode_utf16().collect()
}

fn read(scratch: &Scratch, below: &[&str]) -> Option<Key> {
    let names = [scratch.names(), below.iter().map(|name| units(name)).collect()].concat();
    Key::open(Root::CurrentUser, &names, Reach::Granted).unwrap()
}

fn open(scratch: &Scratch, below: &[&str], rights: Rights) -> Result<Option<write::Key>, win32::Error> {
    let names = [scratch.names(), below.iter().map(|name| units(name)).collect()].concat();
    write::Key::open(Root::CurrentUser, &names, rights, With::Grant)
}

#[test]
fn values_are_stored_as_they_are_given() {
    let scratch = Scratch::new("written");
    let key = open(&scratch, &[], Rights::SET_VALUE).unwrap().unwrap();
    let large: Vec<u8> = (0..300_000u32).map(|n| n.to_le_bytes()[0]).collect();
    let given: [(&str, u32, &[u8]); 7] = [
        ("", 1, b"d\0\0\0"),
        (" odd ", 1, b"a\0b"),
        ("none", 0, b""),
        ("a\0b", 4, &[4; 8]),
        ("Größe", 7, b"a\0\0\0\0\0"),
        ("type beyond all", 0xffff_0012, b"yz"),
        ("large", 3, &large),
    ];
    for (name, kind, data) in given {
        key.set_value(&units(name), kind, data).unwrap();
    }
    open(&scratch, &[], Rights::FLUSH).unwrap().unwrap().flush().unwrap();
    let seen = read(&scratch, &[]).unwrap();
    assert_eq!(seen.values().unwrap().len(), given.len());
    for (name, kind, data) in given {
        let value = seen.value(&units(name)).unwrap().unwrap();
        assert_eq!((value.kind, value.data.as_slice()), (kind, data), "{name}");
    }
    assert!(key.delete_value(&units("a\0b")).unwrap());
    assert!(!key.delete_value(&units("a\0b")).unwrap());
    assert_eq!(seen.value(&units("a\0b")).unwrap(), None);
}

#[test]
fn keys_come_with_their_class_and_go() {
    let scratch = Scratch::new("keys");
    let top = open(&scratch, &[], ALL).unwrap().unwrap();
    top.create_subkey(&units("a"), &units("A class"), With::Grant).unwrap();
    assert_eq!(read(&scratch, &["a"]).unwrap().class().unwrap(), units("A class"));
    assert_eq!(read(&scratch, &[]).unwrap().class().unwrap(), Vec::<u16>::new());
    let again = top.create_subkey(&units("A"), &[], With::Grant).unwrap_err();
    assert!(again.to_string().contains("there already"), "{again}");
    open(&scratch, &["a"], ALL).unwrap().unwrap().create_subkey(&units("b"), &[], With::Grant).unwrap();
    // A key with subkeys is not deleted.
    open(&scratch, &["a"], Rights::DELETE).unwrap().unwrap().delete().unwrap_err();
    for path in [&["a", "b"][..], &["a"]] {
        open(&scratch, path, Rights::DELETE).unwrap().unwrap().delete().unwrap();
        assert!(read(&scratch, path).is_none());
        assert!(open(&scratch, path, ALL).unwrap().is_none());
    }
}

/// `O:BAG:BAD:P(A;;0x20019;;;WD)`: read access for everyone.
const READ_ONLY: &str = "01000490140000002400000000000000340000000102000000000005200000002002000001020000000000052000000020020000\
                         02001c00010000000000140019000200010100000000000100000000";

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(pair).collect()
}

#[test]
fn descriptors_are_set_as_they_are_given() {
    let scratch = Scratch::new("descriptors");
    scratch.subkey("guarded");
    let before = read(&scratch, &["guarded"]).unwrap().security().unwrap();
    let rights = Rights::SET_DACL.and(Rights::SET_OWNER);
    let all = Parts { owner: true, group: true, dacl: true };
    let set = |descriptor: &[u8]| {
        open(&scratch, &["guarded"], rights).unwrap().unwrap().set_security(descriptor, all)
    };
    set(&bytes(READ_ONLY)).unwrap();
    let found = read(&scratch, &["guarded"]).unwrap().security().unwrap();
    assert_eq!(found, bytes(READ_ONLY));
    let refused = open(&scratch, &["guarded"], Rights::SET_VALUE).unwrap_err();
    assert!(refused.is_access_denied(), "{refused}");
    set(&before).unwrap();
    assert_eq!(read(&scratch, &["guarded"]).unwrap().security().unwrap(), before);
    open(&scratch, &["guarded"], Rights::SET_VALUE).unwrap().unwrap();
}

#[test]
fn what_is_no_descriptor_never_reaches_the_system() {
    let scratch = Scratch::new("forged");
    let key = open(&scratch, &[], Rights::SET_DACL).unwrap().unwrap();
    let whole = bytes(READ_ONLY);
    let parts = Parts { dacl: true, ..Parts::default() };
    for length in 0..whole.len() {
        let error = key.set_security(&whole[..length], parts).unwrap_err();
        assert!(error.to_string().contains("no security descriptor"), "{length}: {error}");
    }
    // Parts beyond the end, and lists longer than the descriptor.
    for (at, byte) in [(4, 0xf0), (8, 0xf0), (16, 0xf0), (54, 0xff), (21, 0xff)] {
        let mut forged = whole.clone();
        forged[at] = byte;
        assert!(key.set_security(&forged, parts).is_err(), "{at}");
    }
}

#[test]
fn privileges_are_held_and_let_go() {
    for privilege in [Privilege::Restore, Privilege::TakeOwnership] {
        // Whether the account holds it depends on the machine.
        let held = token::hold(privilege).unwrap();
        assert!(held.as_ref().is_none_or(|held| held.privilege() == privilege));
    }
}

#[test]
fn services_that_are_not_there_are_said_to_be() {
    let name = "rdscal-no-such-service";
    let limit = Duration::from_secs(1);
    assert_eq!(write::stop(name, limit), Err(Refused::Absent));
    assert_eq!(write::start(name, limit), Err(Refused::Absent));
    assert_eq!(write::active_dependents(name), Err(Refused::Absent));
    assert_eq!(write::active_dependents("RpcSs").map(|names| names.contains(&"RpcSs".to_owned())), Ok(false));
}

#[test]
fn sessions_have_somebody_in_them() {
    assert!(session::signed_in().unwrap().iter().all(|session| !session.user.is_empty()));
}

#[test]
fn a_private_folder_is_made_once_and_trusted() {
    let folder = std::env::temp_dir().join(format!("rdscal-private-{}", std::process::id())).join("below");
    assert!(write::trusted_folder(&folder, &["file"]).is_ok(), "what is not there was made by nobody");
    write::private_folder(&folder).unwrap();
    write::private_folder(&folder).unwrap();
    write::close_folder(&folder).unwrap();
    std::fs::write(folder.join("file"), "text").unwrap();
    write::trusted_folder(&folder, &["file", "other"]).unwrap();
    // A folder in place of a file: another account has been here.
    std::fs::create_dir(folder.join("other")).unwrap();
    assert!(matches!(write::trusted_folder(&folder, &["other"]), Err(FolderError::Foreign)));
    std::fs::remove_dir_all(folder.parent().unwrap()).unwrap();
}

/// The test of transactions leaves nothing behind. If transactions work, they behave as specified; those of
/// Wine do not work, and the test detects that.
#[test]
fn transactions_work_or_are_found_not_to() {
    let works = Transaction::are_to_be_had();
    assert_eq!(Transaction::are_to_be_had(), works, "the same answer twice");
    let software = Key::open(Root::LocalMachine, &[units("SOFTWARE")], Reach::Granted).unwrap().unwrap();
    let left: Vec<_> = software.subkeys().unwrap();
    assert!(!left.iter().any(|name| name.starts_with(&units("rdscal-trial"))), "nothing stays");
    let scratch = Scratch::new("transaction");
    let begun = Transaction::begin();
    let inside = begun.and_then(|transaction| {
        let key = write::Key::open_in(
            Some(&transaction),
            Root::CurrentUser,
            &scratch.names(),
            Rights::SET_VALUE,
            With::Grant,
        )?;
        key.unwrap().set_value(&units("held"), 4, &[1, 0, 0, 0])?;
        transaction.roll_back()
    });
    assert_eq!(works, inside.is_ok(), "{inside:?}");
    assert!(read(&scratch, &[]).unwrap().value(&units("held")).unwrap().is_none());
}
