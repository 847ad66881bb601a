//! The `Registry.pol` format, rule by rule (MS-GPREG 2.2.1 and 3.2.5.1).

#![allow(clippy::unwrap_used, clippy::panic)]

use regtext::Text;
use regtext::pol::{Action, Found, ParseError, PolicyFile, Record, RecordError, State};

const KEY: &str = r"Software\Policies\Example";

/// A file from parts: text is UTF-16LE, numbers are little-endian u32.
enum Piece<'a> {
    T(&'a str),
    N(u32),
    B(&'a [u8]),
}
use Piece::{B, N, T};

fn file(pieces: &[Piece<'_>]) -> Vec<u8> {
    let mut bytes = b"PReg\x01\0\0\0".to_vec();
    for piece in pieces {
        match piece {
            T(text) => bytes.extend(Text::from(*text).to_utf16le()),
            N(number) => bytes.extend(number.to_le_bytes()),
            B(raw) => bytes.extend(*raw),
        }
    }
    bytes
}

fn record(key: &str, value: &str, ty: u32, data: &[u8]) -> Record {
    Record::new(key, value, ty, data).unwrap()
}

fn command(value: &str) -> Record {
    record(KEY, value, 1, b" \0\0\0")
}

fn list(value: &str, names: &str) -> Record {
    record(KEY, value, 1, &Text::from(names).to_utf16le_nul())
}

fn policy(records: &[Record]) -> PolicyFile {
    let mut policy = PolicyFile::new();
    for record in records {
        policy.push(record.clone());
    }
    policy
}

fn values(policy: &PolicyFile) -> Vec<String> {
    policy.records().iter().map(|record| record.value().to_string()).collect()
}

#[test]
fn an_instruction_is_read_and_written_byte_for_byte() {
    let bytes = file(&[T("[Key\\Sub\0;Name\0;"), N(4), T(";"), N(4), T(";"), N(2), T("]")]);
    let policy = PolicyFile::parse(&bytes).unwrap();
    assert_eq!(policy.records(), [record("Key\\Sub", "Name", 4, &[2, 0, 0, 0])]);
    assert_eq!(policy.to_bytes(), bytes);
}

#[test]
fn the_empty_file_is_valid() {
    assert_eq!(PolicyFile::parse(b"PReg\x01\0\0\0").unwrap(), PolicyFile::new());
    assert_eq!(PolicyFile::new().to_bytes(), b"PReg\x01\0\0\0");
}

#[test]
fn the_size_alone_ends_the_data() {
    let data = Text::from("a;b]\0[;\0").to_utf16le();
    let bytes = file(&[T("[K;]\0;V;[\0;"), N(1), T(";"), N(16), T(";"), B(&data), T("]")]);
    let policy = PolicyFile::parse(&bytes).unwrap();
    assert_eq!(policy.records(), [record("K;]", "V;[", 1, &data)]);
    assert_eq!(policy.to_bytes(), bytes);
}

#[test]
fn what_real_files_have_against_the_specification_is_kept() {
    let long = vec![0x5D; 70_000];
    let bytes = file(&[
        // A key that is only created, as written by Samba, the NSA and Microsoft.
        T("[K\0;\0;"),
        N(0),
        T(";"),
        N(0),
        T(";]"),
        // No key; unknown type; data of odd length.
        T("[\0;V\0;"),
        N(0x99),
        T(";"),
        N(3),
        T(";"),
        B(&[1, 2, 3]),
        T("]"),
        // Lone surrogates, control characters, more data than allowed.
        T("["),
        B(&[0x00, 0xD8]),
        T("\n\0;"),
        B(&[0x00, 0xDC]),
        T("\0;"),
        N(3),
        T(";"),
        N(70_000),
        T(";"),
        B(&long),
        T("]"),
    ]);
    let policy = PolicyFile::parse(&bytes).unwrap();
    assert_eq!(policy.records()[0].action(), Action::CreateKey);
    assert_eq!((policy.records()[1].ty(), policy.records()[1].data()), (0x99, &[1, 2, 3][..]));
    assert_eq!(policy.records()[2].key().units(), [0xD800, 0x0A]);
    assert_eq!(policy.to_bytes(), bytes);
}

#[test]
fn damage_is_located() {
    let good = [T("[K\0;V\0;"), N(4), T(";"), N(4), T(";"), N(2), T("]")];
    let whole = file(&good);
    let second = whole.len();
    let error = |bytes: &[u8]| {
        let (policy, error) = PolicyFile::parse_tolerant(bytes);
        let error = error.unwrap();
        assert_eq!(PolicyFile::parse(bytes), Err(error));
        assert_eq!(error.record, (error.offset >= 8 && bytes.len() > 8).then_some(policy.records().len()));
        (error.offset, error.expected, error.found)
    };
    assert_eq!(error(b""), (0, "the signature PReg", Found::End));
    assert_eq!(error(b"PRe"), (3, "the signature PReg", Found::End));
    assert_eq!(error(b"regf\x01\0\0\0"), (0, "the signature PReg", Found::Bytes(*b"regf")));
    assert_eq!(error(b"PReg\x02\0\0\0"), (4, "version 1", Found::Number(2)));
    assert_eq!(error(b"PReg\x01\0"), (6, "version 1", Found::End));

    // Wherever the file is cut, the instructions before are complete, and the error is at the end or at the
    // size that is too large.
    let twice = [&whole[..], &whole[8..]].concat();
    for len in second + 1..twice.len() {
        let (policy, found) = PolicyFile::parse_tolerant(&twice[..len]);
        assert_eq!(policy.records().len(), 1, "{len}");
        let found = found.unwrap();
        assert_eq!(found.record, Some(1));
        let at_size = found.offset == second + 20 && found.found == Found::Number(4);
        assert!(at_size || (found.offset == len && found.found == Found::End), "{len}: {found}");
    }

    let with = |at: usize, byte: u8| {
        let mut bytes = twice.clone();
        bytes[at] = byte;
        error(&bytes)
    };
    assert_eq!(with(second, b'('), (second, "[ at the start of an instruction", Found::Unit(0x28)));
    assert_eq!(with(second + 6, b','), (second + 6, "; after the key", Found::Unit(0x2C)));
    assert_eq!(with(second + 12, 0), (second + 12, "; after the value name", Found::Unit(0)));
    assert_eq!(with(second + 18, b','), (second + 18, "; after the type", Found::Unit(0x2C)));
    assert_eq!(with(second + 23, 1), (second + 20, "a size within the file", Found::Number(0x0100_0004)));
    let size_too_small = (second + 28, "] after as many bytes of data as the size says", Found::Unit(0));
    assert_eq!(with(second + 20, 2), size_too_small);
}

#[test]
fn an_error_reads_as_a_sentence() {
    let error = ParseError {
        offset: 0x60,
        record: Some(0),
        expected: "; after the size",
        found: Found::Unit(u16::from(b'B')),
    };
    assert_eq!(error.to_string(), "offset 0x60: 'B', expected ; after the size");
}

#[test]
fn names_that_start_with_two_asterisks_are_commands() {
    let name = || Text::from("Name");
    let cases = [
        (command("Name"), Action::Set),
        (command(""), Action::Set),
        (command("**Comment:x"), Action::Set),
        (command("**del"), Action::Set),
        (command("*del.Name"), Action::Set),
        (command("**del.Name"), Action::DeleteValue(name())),
        (command("**DEL.Name"), Action::DeleteValue(name())),
        (command("**del."), Action::DeleteValue(Text::new())),
        (command("**delvals."), Action::DeleteAllValues),
        (command("**DelVals. "), Action::DeleteAllValues),
        (command("**delvals"), Action::DeleteAllValues),
        (command("**delvals.x"), Action::Set),
        (command("**soft.Name"), Action::SetIfAbsent(name())),
        (list("**DeleteValues", "a;b c;;"), Action::DeleteValues(vec!["a".into(), "b c".into()])),
        (list("**DeleteKeys", "NoRun;NoFind"), Action::DeleteKeys(vec!["NoRun".into(), "NoFind".into()])),
        (list("**deletekeys", ""), Action::DeleteKeys(vec![])),
        (record(KEY, "**SecureKey", 4, &[1, 0, 0, 0]), Action::SecureKey(true)),
        (record(KEY, "**securekey", 4, &[2, 0, 0, 0]), Action::SecureKey(false)),
        (record(KEY, "", 0, &[]), Action::CreateKey),
        (record(KEY, "", 0, &[1]), Action::Set),
    ];
    for (record, action) in cases {
        assert_eq!(record.action(), action, "{record:?}");
    }
    // A list ends at its NUL, or at the end of the data.
    let unended = record(KEY, "**deletevalues", 1, &Text::from("a;b\0c").to_utf16le());
    assert_eq!(unended.action(), Action::DeleteValues(vec!["a".into(), "b".into()]));
}

#[test]
fn instructions_are_carried_out_in_order() {
    let set = |name: &str, byte: u8| record(KEY, name, 3, &[byte]);
    let policy = policy(&[
        set("a", 1),
        set("b", 1),
        record(r"Software\Policies\Other", "c", 3, &[9]),
        set("A", 2),
        command("**del.b"),
        record(KEY, "**soft.a", 3, &[3]),
        record(KEY, "**soft.b", 3, &[4]),
        record(KEY, "**soft.new", 3, &[5]),
        list("**deletevalues", "gone;lost"),
        set("lost", 6),
    ]);
    let outcome = policy.outcome(&"SOFTWARE\\policies\\example".into());
    let ty = 3;
    assert!(outcome.key_created && !outcome.key_deleted && !outcome.others_deleted);
    assert_eq!(outcome.get(&"a".into()), Some(State::Set { ty, data: &[2] }));
    assert_eq!(outcome.get(&"B".into()), Some(State::Set { ty, data: &[4] }));
    assert_eq!(outcome.get(&"new".into()), Some(State::SetIfAbsent { ty, data: &[5] }));
    assert_eq!(outcome.get(&"gone".into()), Some(State::Deleted));
    assert_eq!(outcome.get(&"lost".into()), Some(State::Set { ty, data: &[6] }));
    assert_eq!(outcome.get(&"c".into()), None);
    let decided: Vec<(String, usize)> =
        outcome.values.iter().map(|value| (value.name.to_string(), value.record)).collect();
    assert_eq!(
        decided,
        [("A", 3), ("b", 6), ("new", 7), ("gone", 8), ("lost", 9)].map(|(n, i)| (n.to_owned(), i))
    );
}

#[test]
fn deleting_all_values_takes_those_before() {
    let policy = policy(&[
        record(KEY, "a", 3, &[1]),
        command("**delvals."),
        record(KEY, "b", 3, &[2]),
        record(KEY, "**soft.c", 3, &[3]),
        record(KEY, "**securekey", 4, &[1, 0, 0, 0]),
    ]);
    let outcome = policy.outcome(&KEY.into());
    assert!(outcome.others_deleted);
    assert_eq!(outcome.get(&"a".into()), Some(State::Deleted));
    assert_eq!(outcome.get(&"b".into()), Some(State::Set { ty: 3, data: &[2] }));
    // After **delvals. the value certainly does not exist.
    assert_eq!(outcome.get(&"c".into()), Some(State::Set { ty: 3, data: &[3] }));
    assert_eq!(outcome.secure, Some(true));
}

#[test]
fn deleting_a_key_takes_what_is_below() {
    let below = format!(r"{KEY}\sub\deep");
    let delete = list("**deletekeys", "x;SUB");
    let policy = policy(&[record(&below, "a", 3, &[1]), delete, record(&below, "b", 3, &[2])]);
    let outcome = policy.outcome(&below.as_str().into());
    assert!(outcome.key_deleted && outcome.key_created && outcome.others_deleted);
    assert_eq!(outcome.get(&"a".into()), Some(State::Deleted));
    assert_eq!(outcome.get(&"b".into()), Some(State::Set { ty: 3, data: &[2] }));
    // The key with the instruction is kept, and so is one whose name only has the same beginning.
    for other in [KEY.to_owned(), format!(r"{KEY}\subs"), format!(r"{KEY}\su"), format!("{KEY}sub")] {
        assert!(!policy.outcome(&other.as_str().into()).key_deleted, "{other}");
    }
    assert!(policy.outcome(&format!(r"{KEY}\Sub").as_str().into()).key_deleted);
}

#[test]
fn commands_do_not_create_the_key() {
    let deleting = policy(&[command("**del.a"), command("**delvals."), list("**deletekeys", "x")]);
    assert!(!deleting.outcome(&KEY.into()).key_created);
    assert!(policy(&[record(KEY, "", 0, &[])]).outcome(&KEY.into()).key_created);
}

#[test]
fn setting_drops_the_deletion_and_stays_in_place() {
    let other = record(r"Software\Policies\Other", "a", 3, &[9]);
    let mut policy = policy(&[command("**del.A"), other.clone(), record(KEY, "**soft.a", 3, &[1]), other]);
    policy.set(KEY.to_uppercase(), "a", 4, &[1, 0, 0, 0]).unwrap();
    assert_eq!(values(&policy), ["a", "a", "a"]);
    assert_eq!(policy.records()[0], record(&KEY.to_uppercase(), "a", 4, &[1, 0, 0, 0]));
    policy.delete(KEY, "a").unwrap();
    assert_eq!(policy.records()[0], command("**del.a"));
    assert_eq!(policy.records().len(), 3);
    assert!(policy.forget(&KEY.into(), &"A".into()));
    assert!(!policy.forget(&KEY.into(), &"A".into()));
    assert_eq!(policy.records().len(), 2);
}

#[test]
fn setting_heeds_what_would_delete_it_again() {
    for deletion in [command("**delvals."), list("**deletevalues", "b;A")] {
        let mut policy = policy(&[record(KEY, "a", 3, &[1]), deletion.clone(), record(KEY, "b", 3, &[1])]);
        policy.set(KEY, "a", 3, &[2]).unwrap();
        assert_eq!(values(&policy), [&deletion.value().to_string()[..], "a", "b"]);
        assert_eq!(policy.outcome(&KEY.into()).get(&"a".into()), Some(State::Set { ty: 3, data: &[2] }));
    }
    let below = format!(r"{KEY}\sub");
    let mut policy = policy(&[record(&below, "a", 3, &[1]), list("**deletekeys", "sub")]);
    policy.set(below.as_str(), "a", 3, &[2]).unwrap();
    assert_eq!(values(&policy), ["**deletekeys", "a"]);
}

#[test]
fn a_new_value_joins_its_key() {
    let mut policy = policy(&[record(KEY, "a", 3, &[1]), record("Z", "z", 3, &[1])]);
    policy.set(KEY, "b", 3, &[2]).unwrap();
    policy.set("New", "n", 3, &[3]).unwrap();
    assert_eq!(values(&policy), ["a", "b", "z", "n"]);
    assert_eq!(policy.keys(), [&Text::from(KEY), &Text::from("Z"), &Text::from("New")]);
}

#[test]
fn what_cannot_be_written_is_refused() {
    let nul = |text: &str| Some(RecordError::Nul { text: text.into() });
    assert_eq!(Record::new("K\0", "v", 1, &[]).err(), nul("K\0"));
    assert_eq!(Record::new("K", "v\0", 1, &[]).err(), nul("v\0"));
    assert_eq!(Record::new("K", "v", 1, &vec![0; 65_536]).err(), Some(RecordError::TooLong { len: 65_536 }));
    assert!(Record::new("K", "v", 1, &vec![0; 65_535]).is_ok());
    let mut policy = PolicyFile::new();
    for (name, ty) in [("**del.x", 1), ("", 0)] {
        assert_eq!(policy.set(KEY, name, ty, &[]), Err(RecordError::Command { name: name.into() }));
    }
    assert_eq!(policy, PolicyFile::new());
}
