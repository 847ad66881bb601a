//! Event log files.

use std::fs;
use std::io::Read as _;
use std::path::Path;

use super::{first_line, folder as cases};
use crate::support::{HOST, folder, machine, rdscal, write, write_hives};

const NAME: &str = "Microsoft-Windows-TerminalServices-RemoteConnectionManager%4Operational.evtx";

/// The offset of the first chunk, and in it that of the first event.
const CHUNK: usize = 4096;
const FIRST_EVENT: usize = CHUNK + 512;
/// The offset of the number in all events but the first, which contains the template.
const NUMBER: usize = 118;

/// The log of `event-logs`, with these numbers in the events that follow the first.
fn log(numbers: &[u16]) -> Vec<u8> {
    let archive = fs::File::open(cases().join("event-logs/remote-connection-manager.zip")).unwrap();
    let mut bytes = Vec::new();
    zip::ZipArchive::new(archive).unwrap().by_index(0).unwrap().read_to_end(&mut bytes).unwrap();
    let size = |bytes: &[u8], at: usize| {
        usize::try_from(u32::from_le_bytes(bytes[at + 4..at + 8].try_into().unwrap())).unwrap()
    };
    let mut at = FIRST_EVENT + size(&bytes, FIRST_EVENT);
    for number in numbers {
        assert_eq!(bytes[at + NUMBER..at + NUMBER + 2], 261_u16.to_le_bytes());
        bytes[at + NUMBER..at + NUMBER + 2].copy_from_slice(&number.to_le_bytes());
        at += size(&bytes, at);
    }
    bytes
}

fn doctor(path: &Path) -> crate::support::Run {
    rdscal(["doctor".as_ref(), path.as_os_str(), "--width=200".as_ref()])
}

#[test]
fn a_log_alone_is_a_machine_whose_events_are_judged() {
    let folder = folder();
    let path = write(folder.path().join(NAME), log(&[50282, 50282, 50283, 1011]));
    let run = doctor(&path);
    assert!(first_line(&run).starts_with("DESKTOP-1N4R894: ERROR - "), "{}", run.stdout);
    for expected in [
        "no license server was specified for the host (event 1130, 2 times, last on 2018-08-06)",
        "the host could not contact a license server (event 1131, once, on 2018-08-06)",
        "clients were refused because they had no valid license (event 1011, once, on 2018-08-06)",
    ] {
        assert!(run.stdout.contains(expected), "{expected}\n{}", run.stdout);
    }
    assert_eq!(run.code, Some(1));
}

#[test]
fn a_log_in_an_archive_is_read() {
    let run = doctor(&cases().join("event-logs/remote-connection-manager.zip"));
    assert!(run.stdout.contains("DESKTOP-1N4R894"), "{}{}", run.stdout, run.stderr);
    assert_ne!(run.code, Some(2));
}

#[test]
fn logs_belong_to_the_registry_beside_them() {
    for (hives, logs) in [
        ("", ""),
        ("Windows/System32/config", "Windows/System32/winevt/Logs"),
        ("C/Windows/System32/config", "C/Windows/System32/winevt/Logs"),
        ("registry", "events"),
    ] {
        let folder = folder();
        let host = machine(&HOST.replace("\"HOST\"", "\"DESKTOP-1N4R894\""));
        write_hives(folder.path().join(hives), "", &host);
        write(folder.path().join(logs).join(NAME), log(&[50285]));
        let run = doctor(folder.path());
        let expected =
            "the host's certificate from the license server was not valid (event 1133, once, on 2018-08-06)";
        assert!(run.stdout.contains(expected), "{hives}: {}{}", run.stdout, run.stderr);
        assert_eq!(run.stdout.matches("DESKTOP-1N4R894: ").count(), 1, "{hives}: {}", run.stdout);
    }
}

#[test]
fn the_log_of_another_machine_is_not_used() {
    let folder = folder();
    write_hives(folder.path(), "", &machine(HOST));
    write(folder.path().join(NAME), log(&[50285]));
    let run = doctor(folder.path());
    assert!(!run.stdout.contains("event 1133"), "{}", run.stdout);
    assert!(run.stdout.contains("the event log was written by DESKTOP-1N4R894"), "{}", run.stdout);
}

#[test]
fn a_bad_log_is_a_clear_error() {
    let folder = folder();
    let good = log(&[]);
    for (name, bytes, expected) in [
        ("header.evtx", good[..CHUNK].to_vec(), "is an event log without events"),
        ("short.evtx", good[..64].to_vec(), "cannot be read as an event log"),
        ("magic.evtx", b"ElfFile\0".to_vec(), "cannot be read as an event log"),
    ] {
        let run = doctor(&write(folder.path().join(name), bytes));
        assert!(
            run.stderr.contains(expected) || run.stdout.contains(expected),
            "{name}: {}{}",
            run.stdout,
            run.stderr
        );
        assert_eq!(run.code, Some(3), "{name}: {}{}", run.stdout, run.stderr);
    }
}
