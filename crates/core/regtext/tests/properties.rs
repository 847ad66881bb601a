//! Properties for any input: no panic, no loss, and written data is read back unchanged.

#![allow(clippy::unwrap_used, clippy::panic)]

use proptest::prelude::*;
use regtext::lgpo;
use regtext::pol::{PolicyFile, Record};
use regtext::reg::{Document, ItemKind, Op, Options, Version, Writer};
use regtext::{CodePage, Text};

/// Valid lines, nearly valid lines, and parts of values.
fn reg_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("REGEDIT4\n".to_owned()),
        Just("Windows Registry Editor Version 5.00\r\n".to_owned()),
        Just("REGEDIT\n".to_owned()),
        Just("HKEY_CLASSES_ROOT\\x = y\n".to_owned()),
        "\\[-?[A-Z\\]\\\\ ]{0,6}\\]?(\r\n|\n|\r)",
        "[\"@#;]?[a-z\\\\\"]{0,3}\"?=?(dword:|hex:|hex\\([0-9a-f]{0,9}\\):|\")?",
        "([0-9a-f]{0,3},?){0,5}\\\\?(;x)?",
        "[ \t\"\\\\\r\n,;#=@-]{0,3}",
        "\\PC{0,3}",
    ];
    prop::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat())
}

fn options() -> impl Strategy<Value = Options> {
    let page = prop::sample::select(vec![1252_u16, 1251, 932, 936, 950, 1255, 65001]);
    let version =
        prop::option::of(prop::sample::select(vec![Version::Regedit3, Version::Regedit4, Version::V5]));
    (page, any::<bool>(), version).prop_map(|(page, no_utf8_guess, assume)| Options {
        code_page: CodePage::for_number(page).unwrap(),
        no_utf8_guess,
        assume,
    })
}

/// The properties of the document for any bytes.
fn check_document(bytes: &[u8], options: &Options) {
    let document = Document::parse(bytes, options);
    assert_eq!(document.to_bytes(), bytes);
    let mut end = 0;
    for item in document.items() {
        assert_eq!(item.span.start, end);
        assert!(item.span.end > end);
        end = item.span.end;
        match item.kind {
            ItemKind::Key { section } => assert_eq!(document.sections()[section].line, item.line),
            ItemKind::Value { section, entry } => {
                assert_eq!(document.sections()[section].entries[entry].line, item.line);
            }
            ItemKind::KeyAndValue { section } => assert_eq!(document.sections()[section].entries.len(), 1),
            _ => {}
        }
    }
    assert_eq!(end, bytes.len());
    for problem in document.problems() {
        assert!(problem.item < document.items().len().max(1), "{problem}");
        assert!(problem.line >= 1 && problem.column >= 1);
    }
    // Each skipped line has a problem, unless the file as a whole is skipped.
    if document.version().or(options.assume).is_some() {
        for (index, item) in document.items().iter().enumerate() {
            let explained = document.problems().iter().any(|problem| problem.item == index);
            assert!(item.kind != ItemKind::Ignored || explained, "{item:?}");
        }
    }
}

fn name() -> impl Strategy<Value = Text> {
    let unit = prop_oneof![
        any::<u16>(),
        prop::sample::select(vec![0x22_u16, 0x5C, 0x5D, 0x3B, 0x40, 0x20, 0x09, 0x01, 0xD800, 0xDFFF]),
        0x20_u16..0x7F,
    ];
    prop::collection::vec(unit, 0..12).prop_map(|mut units| {
        units.retain(|unit| !matches!(unit, 0x00 | 0x0A | 0x0D));
        Text::from_units(units)
    })
}

fn key_path() -> impl Strategy<Value = Text> {
    name().prop_map(|name| "K".encode_utf16().chain(name.into_units()).collect())
}

fn ty() -> impl Strategy<Value = u32> {
    prop_oneof![0_u32..12, any::<u32>()]
}

fn data() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..120),
        "\\PC{0,20}".prop_map(|text| Text::from(text).to_utf16le_nul()),
        "[a-c\n\t\0\\\\\"]{0,8}".prop_map(|text| Text::from(text).to_utf16le()),
    ]
}

fn op() -> impl Strategy<Value = Option<(u32, Vec<u8>)>> {
    prop::option::weighted(0.9, (ty(), data()))
}

fn record() -> impl Strategy<Value = Record> {
    let plain = (name(), ty(), data());
    let command = (
        prop::sample::select(vec![
            "**del.a",
            "**delvals.",
            "**soft.a",
            "**deletevalues",
            "**deletekeys",
            "**securekey",
            "a",
        ]),
        ty(),
        "[aAbK;\\\\]{0,6}",
    )
        .prop_map(|(value, ty, list)| (Text::from(value), ty, Text::from(list).to_utf16le_nul()));
    let key = prop::sample::select(vec!["K", "k\\a", "K\\a\\b", "other"]);
    (key, prop_oneof![plain, command])
        .prop_map(|(key, (value, ty, data))| Record::new(key, value, ty, &data).unwrap())
}

proptest! {
    #[test]
    fn reg_of_any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..300), options in options()) {
        check_document(&bytes, &options);
    }

    #[test]
    fn reg_of_any_text(text in reg_text(), options in options()) {
        check_document(text.as_bytes(), &options);
        check_document(&text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>(), &options);
        let with_bom = format!("\u{FEFF}{text}");
        check_document(with_bom.as_bytes(), &options);
        check_document(&with_bom.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<u8>>(), &options);
    }

    #[test]
    fn reg_of_a_good_start(text in reg_text(), old in any::<bool>(), options in options()) {
        let version = if old { Version::Regedit4 } else { Version::V5 };
        let text = format!("{}\n[K]\n{text}", version.header());
        check_document(text.as_bytes(), &options);
        // The same text has the same meaning in every encoding that can represent it.
        let text: String = text.chars().filter(|&character| character.is_ascii() && character != '\0').collect();
        let eight_bit = Document::parse(text.as_bytes(), &options);
        let wide = Document::parse(&text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>(), &options);
        prop_assert_eq!(eight_bit.sections(), wide.sections());
        prop_assert_eq!(eight_bit.problems(), wide.problems());
    }

    #[test]
    fn what_is_written_is_read(
        keys in prop::collection::vec((key_path(), any::<bool>(), prop::collection::vec((name(), op()), 0..5)), 0..5),
        comment in "[\\PC\n\r]{0,10}",
    ) {
        let mut writer = Writer::new();
        for (path, delete, values) in &keys {
            if *delete {
                writer.delete_key(path).unwrap();
                continue;
            }
            writer.comment(&comment).key(path).unwrap();
            for (name, op) in values {
                match op {
                    Some((ty, data)) => writer.set(name, *ty, data).unwrap(),
                    None => writer.delete_value(name).unwrap(),
                };
            }
        }
        let document = writer.into_document();
        prop_assert_eq!(document.problems(), []);
        prop_assert_eq!(document.sections().len(), keys.len());
        for (section, (path, delete, values)) in document.sections().iter().zip(&keys) {
            prop_assert_eq!((&section.path, section.delete), (path, *delete));
            let expected = if *delete { &[][..] } else { values };
            prop_assert_eq!(section.entries.len(), expected.len());
            for (entry, (name, op)) in section.entries.iter().zip(expected) {
                prop_assert_eq!(&entry.name, name);
                match (&entry.op, op) {
                    (Op::Delete, None) => {}
                    (Op::Set(value), Some((ty, data))) => {
                        prop_assert_eq!((value.ty, value.as_written()), (*ty, data.as_slice()));
                        prop_assert!(!value.terminator_added || matches!(ty, 2 | 7));
                    }
                    (found, wanted) => panic!("{found:?} for {wanted:?}"),
                }
            }
        }
    }

    #[test]
    fn pol_of_any_bytes(body in prop::collection::vec(any::<u8>(), 0..100)) {
        let bytes = [b"PReg\x01\0\0\0", &body[..]].concat();
        let (policy, error) = PolicyFile::parse_tolerant(&bytes);
        // The start of the file is exactly as the writer would write it.
        let sound = policy.to_bytes();
        prop_assert!(bytes.starts_with(&sound));
        match error {
            None => prop_assert_eq!(sound.len(), bytes.len()),
            Some(error) => prop_assert!(error.offset >= sound.len() && error.offset <= bytes.len()),
        }
        let _ = PolicyFile::parse(&body);
    }

    #[test]
    fn pol_is_read_as_it_was_written(records in prop::collection::vec(record(), 0..10), damage in any::<(u16, u8)>()) {
        let mut policy = PolicyFile::new();
        for record in &records {
            policy.push(record.clone());
        }
        let bytes = policy.to_bytes();
        prop_assert_eq!(PolicyFile::parse(&bytes), Ok(policy.clone()));

        let mut damaged = bytes.clone();
        damaged[usize::from(damage.0) % bytes.len()] = damage.1;
        match PolicyFile::parse_tolerant(&damaged) {
            (read, None) => prop_assert_eq!(read.to_bytes(), damaged),
            (read, Some(error)) if error.offset >= 8 => prop_assert!(damaged.starts_with(&read.to_bytes())),
            (read, Some(_)) => prop_assert_eq!(read, PolicyFile::new()),
        }
    }

    #[test]
    fn a_value_that_was_set_is_set(records in prop::collection::vec(record(), 0..10), delete in any::<bool>()) {
        let mut policy = PolicyFile::new();
        for record in &records {
            policy.push(record.clone());
        }
        let others = |policy: &PolicyFile| {
            let outcome = policy.outcome(&"other".into());
            outcome.values.iter().map(|value| (value.name.clone(), format!("{:?}", value.state))).collect::<Vec<_>>()
        };
        let before = others(&policy);
        let key = Text::from("K\\A");
        let wanted = if delete {
            policy.delete(&key, "A").unwrap();
            regtext::pol::State::Deleted
        } else {
            policy.set(&key, "A", 3, &[7]).unwrap();
            regtext::pol::State::Set { ty: 3, data: &[7] }
        };
        prop_assert_eq!(policy.outcome(&key).get(&"a".into()), Some(wanted));
        prop_assert_eq!(others(&policy), before);
    }

    #[test]
    fn lgpo_of_any_text(text in "((Computer|User|K|a|DWORD:1|SZ:x|DELETE|MULTISZ:a\\\\0|;|\\PC)?\r?\n){0,20}") {
        let parsed = lgpo::parse(text.as_bytes(), CodePage::default());
        let printed = lgpo::print(&parsed.settings).unwrap();
        let mut again = lgpo::parse(&lgpo::to_bytes(&printed), CodePage::default()).settings;
        for (new, old) in again.iter_mut().zip(&parsed.settings) {
            new.line = old.line;
        }
        prop_assert_eq!(again, parsed.settings);
    }

    #[test]
    fn lgpo_prints_only_what_it_reads(records in prop::collection::vec(record(), 0..4)) {
        for record in records {
            let mut policy = PolicyFile::new();
            policy.push(record);
            let Ok(settings) = lgpo::from_policy(&policy, &lgpo::Scope::Computer) else { continue };
            let Ok(text) = lgpo::print(&settings) else { continue };
            let parsed = lgpo::parse(&lgpo::to_bytes(&text), CodePage::default());
            prop_assert_eq!(parsed.problems, []);
            let actions = |settings: &[lgpo::Setting]| -> Vec<_> {
                settings.iter().map(|setting| (setting.name.clone(), setting.action.clone())).collect()
            };
            prop_assert_eq!(actions(&parsed.settings), actions(&settings));
        }
    }
}
