//! Recorded exchanges with a real server, replayed to the client without a network.
//!
//! `tests/recorded/samba-4.17.txt` was recorded from Samba 4.17.12 (Debian 12) by the test
//! `the_recorded_tour_is_what_a_server_says` of `smb/tests/samba.rs` with `RDSCAL_RECORD=1`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use msrpc::{Client, Error};
use support::{Answering, Replay, tour};

const SAMBA: &str = include_str!("recorded/samba-4.17.txt");
const TOLD: &str = include_str!("recorded/samba-4.17.told.txt");

#[test]
fn a_recorded_exchange_reads_as_it_did() {
    let mut replay = Replay::new(SAMBA);
    let mut client = Client::bind(&mut replay).unwrap();
    assert_eq!(tour(&mut client), TOLD);
    drop(client);
    assert!(replay.is_over());
}

/// The recorded responses, each with one byte changed or truncated: errors, never a panic, and never more
/// requests than before.
#[test]
fn a_damaged_exchange_is_an_error() {
    let messages: Vec<&str> = SAMBA.lines().collect();
    let answers: Vec<Vec<u8>> = messages
        .iter()
        .filter_map(|line| line.strip_prefix("< "))
        .map(|line| hex::decode(line).unwrap())
        .collect();
    let mut broken = 0;
    for damaged in 0..answers.len() {
        for change in 0..answers[damaged].len().min(160) {
            let mut answers = answers.clone();
            if change % 8 == 7 {
                answers[damaged].truncate(change);
            } else {
                answers[damaged][change] ^= 0x81;
            }
            let mut asked = 0;
            let mut answers = answers.into_iter();
            let pipe = Answering(|_: &[u8]| {
                asked += 1;
                answers.next().unwrap_or_default()
            });
            // The assertions of the tour do not hold here; only termination matters.
            let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                Client::bind(pipe).map(|mut client| quiet_tour(&mut client))
            }));
            let ended = ended.unwrap_or_else(|_| panic!("answer {damaged}, byte {change}"));
            broken += usize::from(ended.is_err());
            assert!(asked < 200, "answer {damaged}, byte {change}: {asked} questions");
        }
    }
    assert!(broken > 20, "a bind with a damaged answer fails");
}

/// Calls every method once, and ignores the results.
fn quiet_tour<P: msrpc::Pipe>(client: &mut Client<P>) {
    use msrpc::winreg::{Access, Handle, OpenOptions, Root, SecurityInformation};
    let key = client.open_root(Root::LocalMachine, Access::READ).unwrap_or(Handle::NULL);
    let _ = client.open_key(key, &[65], OpenOptions::default(), Access::READ);
    let _ = client.info(key);
    let _ = client.value_at(key, 0, 0);
    let _ = client.value_head_at(key, 0);
    let _ = client.subkey_at(key, 0);
    let _ = client.security(key, SecurityInformation::READABLE, 0);
    let _ = client.version(key);
    let _ = client.close_key(key);
}

#[test]
fn a_pipe_that_breaks_stays_broken() {
    use msrpc::winreg::{Access, Root};
    let mut answers = SAMBA.lines().filter_map(|line| line.strip_prefix("< ")).take(2);
    let mut asked = 0;
    let pipe = Answering(|_: &[u8]| {
        asked += 1;
        answers.next().map(|line| hex::decode(line).unwrap()).unwrap_or_default()
    });
    let mut client = Client::bind(pipe).unwrap();
    assert!(client.open_root(Root::LocalMachine, Access::READ).is_ok());
    let first = client.open_root(Root::LocalMachine, Access::READ).unwrap_err();
    assert!(matches!(first, Error::Malformed(_)), "{first}");
    let second = client.open_root(Root::LocalMachine, Access::READ).unwrap_err();
    assert_eq!(second, Error::Broken(Box::new(first)));
    drop(client);
    assert_eq!(asked, 3, "nothing is asked on a broken pipe");
}
