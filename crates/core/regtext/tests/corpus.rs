//! Files of the corpus: nothing is lost, and damage is located.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::path::{Path, PathBuf};

use regtext::pol::{Action, PolicyFile, State};
use regtext::reg::{Document, Op, Options, Version};
use regtext::{Encoding, looks_like_pol, looks_like_reg};

/// The folder with the corpus. If it does not exist, the test reports that and passes; in CI it fails.
fn corpus() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..");
    let shared = std::env::var_os("RDSCAL_SHARED").map_or_else(|| root.join("../shared"), PathBuf::from);
    let corpus = shared.join("corpus");
    if corpus.is_dir() {
        return Some(corpus);
    }
    assert!(std::env::var("CI").as_deref() != Ok("true"), "no corpus at {}", corpus.display());
    eprintln!("not run: no corpus at {}", corpus.display());
    None
}

/// The files with this extension in a folder and below it, with their names, sorted by name.
fn files(folder: &Path, extension: &str) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|own| own.eq_ignore_ascii_case(extension)) {
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                found.push((name, std::fs::read(path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn exports_are_read_whole_and_printed_unchanged() {
    let Some(corpus) = corpus() else { return };
    let files = files(&corpus.join("reg"), "reg");
    assert!(files.len() >= 16, "{} files", files.len());
    let (mut keys, mut values) = (0, 0);
    for (name, bytes) in &files {
        let document = Document::parse(bytes, &Options::default());
        assert_eq!(document.to_bytes(), *bytes, "{name}");
        assert_eq!(looks_like_reg(bytes), Some(Version::V5), "{name}");
        assert_eq!(document.problems(), [], "{name}");
        let text: String = document.items().iter().map(|item| document.item_text(item).to_string()).collect();
        let brackets = text.lines().filter(|line| line.starts_with('[')).count();
        let equals = text.lines().filter(|line| line.starts_with(['"', '@'])).count();
        let entries: usize = document.sections().iter().map(|section| section.entries.len()).sum();
        assert_eq!((document.sections().len(), entries), (brackets, equals), "{name}");
        keys += brackets;
        values += equals;
    }
    assert!(keys >= 50 && values >= 70, "{keys} keys, {values} values");
}

#[test]
fn every_type_has_its_data() {
    let Some(corpus) = corpus() else { return };
    let bytes = std::fs::read(corpus.join("reg/cfreds-nr-01-1_possible-data-types.reg")).unwrap();
    let document = Document::parse(&bytes, &Options::default());
    let [section] = document.sections() else { panic!("{:?}", document.sections()) };
    assert_eq!(section.path, r"HKEY_LOCAL_MACHINE\ROOT\0x01_TYPE1_DATA-TYPES");
    for (number, entry) in (0_u32..).zip(&section.entries) {
        let Op::Set(value) = &entry.op else { panic!("{entry:?}") };
        assert_eq!(value.ty, number, "{:?}", entry.name);
        assert!(entry.name.to_string().starts_with(&format!("VALUE 0x{number:02X} (")), "{:?}", entry.name);
    }
    assert_eq!(section.entries.len(), 12);
    let data = |index: usize| match &section.entries[index].op {
        Op::Set(value) => value.clone(),
        Op::Delete => panic!("deleted"),
    };
    assert_eq!(data(0).data, b"none");
    assert_eq!(data(1).data.len(), "UTF-16LE NULL-terminated string\0".len() * 2);
    assert_eq!(data(3).data, b"binary data");
    assert_eq!(data(5).data, [0, 0, 0, 4]);
    // Three strings, the last with one NUL instead of two: the list is complete.
    assert_eq!((data(7).data.len(), data(7).terminator_added), (3 * "REG_MULTI_SZ_1\0".len() * 2, false));
    assert_eq!(data(11).data, [8, 0, 0, 0, 0, 0, 0, 0]);
}

#[test]
fn names_of_other_scripts_are_read_from_utf_16() {
    let Some(corpus) = corpus() else { return };
    let bytes = std::fs::read(corpus.join("reg/cfreds-nr-07-1_non-ascii-characters.reg")).unwrap();
    let document = Document::parse(&bytes, &Options::default());
    assert_eq!(document.encoding(), Encoding::Utf16Le { bom: true });
    let names: Vec<String> = document
        .sections()
        .iter()
        .flat_map(|section| &section.entries)
        .map(|entry| entry.name.to_string())
        .collect();
    for name in ["안녕하세요", "Здравствуйте", "您好", "こんにちは"] {
        assert!(names.contains(&name.to_owned()), "{name} not in {names:?}");
    }
}

/// The invalid files written by hand in adsys, with the offset of the damage.
const DAMAGED: [(&str, usize); 9] = [
    ("adsys-empty_data.pol", 0x5C),
    ("adsys-invalid_header__header_too_short.pol", 4),
    ("adsys-key_is_not_utf16.pol", 0x3C),
    ("adsys-missing_field.pol", 0x60),
    ("adsys-null_character_in_data.pol", 0x5C),
    ("adsys-one_element__multitext_value.pol", 0x68),
    ("adsys-section_not_closed.pol", 0x5C),
    ("adsys-semicolon_in_data.pol", 0x68),
    ("adsys-value_is_not_utf16.pol", 0x52),
];

#[test]
fn policies_are_printed_unchanged_and_damage_is_located() {
    let Some(corpus) = corpus() else { return };
    let files = [files(&corpus.join("pol"), "pol"), files(&corpus.join("gpo-backup"), "pol")].concat();
    assert!(files.len() >= 20, "{} files", files.len());
    let mut damaged = Vec::new();
    let mut commands = 0;
    for (name, bytes) in &files {
        assert!(looks_like_pol(bytes), "{name}");
        match PolicyFile::parse(bytes) {
            Ok(policy) => {
                assert_eq!(policy.to_bytes(), *bytes, "{name}");
                assert!(!policy.records().is_empty(), "{name}");
                let sets = |action: &Action| matches!(action, Action::Set);
                commands += policy.records().iter().filter(|record| !sets(&record.action())).count();
            }
            Err(error) => {
                damaged.push((name.as_str(), error.offset));
            }
        }
    }
    assert_eq!(damaged, DAMAGED);
    assert!(commands > 0);
}

#[test]
fn the_terminal_services_policies_of_a_baseline_are_found() {
    let Some(corpus) = corpus() else { return };
    let bytes = std::fs::read(corpus.join("pol/stig-Windows_Server_2019_MS.pol")).unwrap();
    let policy = PolicyFile::parse(&bytes).unwrap();
    let outcome = policy.outcome(&r"Software\Policies\Microsoft\Windows NT\Terminal Services".into());
    assert!(outcome.key_created && !outcome.others_deleted);
    let decided: Vec<(String, State<'_>)> =
        outcome.values.iter().map(|value| (value.name.to_string(), value.state)).collect();
    let one = State::Set { ty: 4, data: &[1, 0, 0, 0] };
    let expected = [
        ("DisablePasswordSaving", one),
        ("fDisableCdm", one),
        ("fPromptForPassword", one),
        ("fEncryptRPCTraffic", one),
        ("MinEncryptionLevel", State::Set { ty: 4, data: &[3, 0, 0, 0] }),
    ];
    assert_eq!(decided, expected.map(|(name, state)| (name.to_owned(), state)));
}
