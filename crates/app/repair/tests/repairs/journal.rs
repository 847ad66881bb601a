use std::fs;

use repair::journal::End;
use repair::{Arguments, Identity, Journal, JournalError, Location};

use crate::machine::Host;

fn used() -> Host {
    let host = Host::new();
    let plan = host.plan("set-mode", &Arguments::default().with("mode", "per-user"));
    host.apply(&plan).unwrap();
    host.undo(1).unwrap();
    host
}

#[test]
fn it_knows_what_stands() {
    let host = used();
    let records = host.journal().records();
    assert_eq!(records.len(), 2);
    assert_eq!(records[0].undone_by, Some(2));
    assert_eq!(records[1].undone_by, None);
    assert!(matches!(records[0].end, Some(End::Done { .. })));
    host.undo(2).unwrap();
    // The undo of the undo: the first repair is in effect again.
    let records = host.journal().records();
    assert_eq!(records[0].undone_by, None);
    assert_eq!(records[1].undone_by, Some(3));
    assert_eq!(repair::undo::latest(&host.journal()).unwrap().begin.id, 1);
}

#[test]
fn any_line_that_was_changed_or_taken_out_shows() {
    let host = used();
    let path = host.journal().path();
    let whole = fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = whole.lines().collect();
    assert_eq!(lines.len(), 4);
    for line in 0..3 {
        // Every line but the last, whose change only a recorded head can detect.
        let mut changed = lines.clone();
        let other = lines[line].replacen("rdscal 0", "rdscal 9", 1);
        assert_ne!(other, lines[line]);
        changed[line] = &other;
        let mut removed = lines.clone();
        removed.remove(line);
        for tampered in [changed, removed] {
            fs::write(&path, tampered.join("\n") + "\n").unwrap();
            let error = Journal::read(&host.state()).unwrap_err();
            assert!(matches!(error, JournalError::Broken { .. }), "{error}");
            assert!(error.to_string().contains("was modified"), "{error}");
            // A broken journal permits no further changes.
            assert!(matches!(Journal::open(&host.state()), Err(JournalError::Broken { .. })));
        }
    }
    fs::write(&path, &whole).unwrap();
    assert_eq!(Journal::read(&host.state()).unwrap().lines().len(), 4);
}

#[test]
fn a_line_that_was_never_finished_does_not_count() {
    let host = used();
    let path = host.journal().path();
    let whole = fs::read(&path).unwrap();
    let head = host.journal().head().to_owned();
    for cut in [1, 20, 300] {
        let mut torn = whole.clone();
        torn.extend_from_slice(&whole[..cut]);
        fs::write(&path, &torn).unwrap();
        let journal = Journal::read(&host.state()).unwrap();
        assert!(journal.is_torn());
        assert_eq!(journal.head(), head);
        drop(host.journal());
        assert_eq!(fs::read(&path).unwrap(), whole);
    }
}

#[test]
fn two_runs_do_not_write_at_once() {
    let host = used();
    let held = host.journal();
    assert!(matches!(Journal::open(&host.state()), Err(JournalError::InUse(_))));
    drop(held);
    host.journal();
}

#[cfg(unix)]
#[test]
fn only_its_owner_can_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let host = used();
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&host.journal().path()), 0o600);
    assert_eq!(mode(&host.state().join("backups/0001-set-mode/before.json")), 0o600);
    assert_eq!(mode(&host.state()), 0o700);
}

/// The address may meanwhile belong to another machine.
#[test]
fn a_repair_belongs_to_the_machine_that_answers_there() {
    let host = used();
    let mut begin = host.journal().record(1).unwrap().begin;
    let there = |host: &str| Location::Remote { host: host.to_owned(), port: 445 };
    begin.location = there("rdsh07.corp.example");
    let known = begin.plan.machine.clone();
    let named = |name: Option<&str>| Identity { name: name.map(str::to_owned), ..known.clone() };
    assert!(begin.is_of(&there("RDSH07.corp.example"), &known));
    assert!(begin.is_of(&there("rdsh07.corp.example"), &named(None)));
    assert!(!begin.is_of(&there("rdsh07.corp.example"), &named(Some("ANOTHER"))));
    assert!(!begin.is_of(&there("rdsh08.corp.example"), &known));
    assert!(!begin.is_of(&host.location(), &known));
}
