//! Waits for changes in temporary keys of the test machine.
#![cfg(windows)]
// Tests write with the raw system functions, and fail by panicking.
#![allow(
    unsafe_code,
    unreachable_pub,
    dead_code,
    clippy::unwrap_used,
    clippy::panic,
    clippy::undocumented_unsafe_blocks
)]

mod scratch;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use scratch::Scratch;
use win32::Root;
use win32::watch::{Watch, Woken};

/// Longer than any notification takes.
const LONG: Duration = Duration::from_secs(20);
/// Short, for waits without a change.
const SHORT: Duration = Duration::from_millis(20);

/// Serializes the tests: all of them watch `HKCU\Software`, where each creates and deletes a key.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A temporary key below `HKCU`, and its path.
fn scratch(name: &str) -> (Scratch, String) {
    let path = format!("Software\\rdscal-test-{name}-{}", std::process::id());
    (Scratch::at(&path), path)
}

fn listen(path: &str) -> Watch {
    let names: Vec<String> = path.split('\\').map(ToOwned::to_owned).collect();
    let mut watch = Watch::new().unwrap();
    watch.add(Root::CurrentUser, &names, true).unwrap();
    watch
}

#[test]
fn values_keys_and_the_end_of_a_key_are_heard() {
    let _alone = alone();
    let (scratch, path) = scratch("heard");
    assert_eq!(listen(&path).wait(Some(SHORT)).unwrap(), Woken::Time, "nothing changed");
    let watch = listen(&path);
    scratch.set("value", 4, &[0; 4]);
    assert_eq!(watch.wait(Some(LONG)).unwrap(), Woken::Changed, "a value");
    let watch = listen(&path);
    scratch.subkey("below");
    assert_eq!(watch.wait(Some(LONG)).unwrap(), Woken::Changed, "a key below");
    let watch = listen(&format!("{path}\\below\\and further\\down"));
    scratch.set("value", 4, &[1; 4]);
    assert_eq!(watch.wait(Some(SHORT)).unwrap(), Woken::Time, "a value of a key above");
    scratch.delete("below");
    assert_eq!(watch.wait(Some(LONG)).unwrap(), Woken::Changed, "a key above is gone");
    scratch.subkey("below");
    let watch = listen(&format!("{path}\\below"));
    scratch.delete("below");
    assert_eq!(watch.wait(Some(LONG)).unwrap(), Woken::Changed, "the key itself is gone");
    let watch = listen(&format!("{path}\\below"));
    scratch.subkey("beside");
    assert_eq!(watch.wait(Some(LONG)).unwrap(), Woken::Changed, "a key beside it, as one above it hears");
}

/// A program that writes a setting for the first time creates several keys in a row, while each of them is
/// being opened by the watch.
#[test]
fn keys_that_are_created_while_they_are_looked_for_are_heard() {
    let _alone = alone();
    let (_scratch, path) = scratch("created");
    for round in 0..150 {
        let above = format!("{path}\\{round}");
        let end = format!("{above}\\a\\b\\c");
        let _there = Scratch::at(&above);
        let mut watch = listen(&end);
        let writer = std::thread::spawn({
            let path = format!("{above}\\a");
            move || {
                let keys = [Scratch::at(&path), Scratch::at(&format!("{path}\\b"))];
                keys[1].subkey("c");
                // The keys stay until the round ends.
                std::mem::forget(keys);
            }
        });
        loop {
            let ended = writer.is_finished();
            let woken = watch.wait(Some(SHORT)).unwrap();
            if woken == Woken::Time && ended {
                break;
            }
            watch = listen(&end);
        }
        writer.join().unwrap();
        let created = Scratch::at(&end);
        created.set("value", 4, &[0; 4]);
        assert_eq!(watch.wait(Some(LONG)).unwrap(), Woken::Changed, "round {round}: a value of the last key");
    }
}
