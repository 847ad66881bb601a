//! `fix --apply` on a full disk: the hive is always the old or the new one, and the next run continues.
//!
//! A limit on file sizes simulates the full disk: a write that would make a file longer fails.

#![cfg(unix)]

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::kills::mode;
use crate::support::{HOST, folder, machine, rdscal_in, write_hives};

const FIX: [&str; 5] = ["fix", "set-mode", "host", "per-device", "--apply"];
const MORE: [&str; 4] = ["--profile", "host", "--journal", "state"];

/// Runs the program with a file size limit of `blocks` times 512 bytes.
fn limited(folder: &Path, blocks: u64) -> (Option<i32>, String) {
    let mut command = Command::new("sh");
    // By default, SIGXFSZ ends a program that exceeds the limit.
    command.args(["-c", "trap '' XFSZ && ulimit -f \"$0\" && exec \"$@\""]);
    command.arg(blocks.to_string()).arg(env!("CARGO_BIN_EXE_rdscal")).args(FIX).args(MORE);
    let output = command.current_dir(folder).stdin(Stdio::null()).output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

fn copied(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten() {
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copied(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// The messages at each limit, until everything fits. The next run must succeed after each of them.
fn told(prepared: &Path, from: u64) -> Vec<String> {
    let mut told = Vec::new();
    for blocks in from.. {
        let folder = folder();
        copied(prepared, folder.path());
        let system = folder.path().join("host/SYSTEM");
        let (code, stderr) = limited(folder.path(), blocks);
        if code == Some(0) {
            assert_eq!(mode(&system), 2);
            break;
        }
        assert_eq!(code, Some(1), "{blocks}: {stderr}");
        let found = mode(&system);
        assert!(found == 4 || found == 2, "{blocks}: {found}");
        assert!(found == 2 || !stderr.contains("The change was made and verified"), "{blocks}: {stderr}");
        assert!(found == 4 || !stderr.contains("Nothing was changed"), "{blocks}: {stderr}");
        told.push(stderr);
        let next = rdscal_in(folder.path(), [&FIX[..], &MORE].concat());
        assert_eq!(next.code, Some(0), "{blocks}: {next:?}");
        assert_eq!(mode(&system), 2, "{blocks}");
        let verified = rdscal_in(folder.path(), ["journal", "verify", "--journal", "state"]);
        assert_eq!(verified.code, Some(0), "{blocks}: {verified:?}");
    }
    told
}

#[test]
fn a_full_disk_leaves_the_old_or_the_new_state() {
    let folder = folder();
    write_hives(folder.path().join("host"), "", &machine(HOST));
    let told = told(folder.path(), 0);
    assert!(told[0].contains("cannot be"), "{}", told[0]);
    let says_what_is = ["Nothing was changed", "Run the command again", "completes the entry"];
    assert!(told.iter().all(|told| says_what_is.iter().any(|part| told.contains(part))), "{told:#?}");
}

/// The journal is the longest file, so only its last line does not fit.
#[test]
fn where_only_the_end_of_the_journal_does_not_fit_that_is_said() {
    let folder = folder();
    write_hives(folder.path().join("host"), "", &machine(HOST));
    let journal = folder.path().join("state/journal.jsonl");
    while fs::metadata(&journal).map_or(0, |metadata| metadata.len()) < 40_000 {
        for arguments in [&FIX[..], &["undo", "--apply"]] {
            let more = if arguments[0] == "undo" { &MORE[2..] } else { &MORE };
            let run = rdscal_in(folder.path(), [arguments, more].concat());
            assert_eq!(run.code, Some(0), "{run:?}");
        }
    }
    // The limit is a multiple of 512 bytes. Each further repair moves the last line, until a limit falls into
    // it.
    for _ in 0..24 {
        let length = fs::metadata(&journal).unwrap().len();
        let told = told(folder.path(), length / 512);
        assert!(told[0].contains("Nothing was changed"), "{}", told[0]);
        let last = told.last().unwrap();
        if last.contains("The change was made and verified") {
            assert!(last.contains("completes the entry"), "{last}");
            return;
        }
        for arguments in [&FIX[..], &["undo", "--apply"]] {
            let more = if arguments[0] == "undo" { &MORE[2..] } else { &MORE };
            let run = rdscal_in(folder.path(), [arguments, more].concat());
            assert_eq!(run.code, Some(0), "{run:?}");
        }
    }
    panic!("no limit fell into the last line of the journal");
}
