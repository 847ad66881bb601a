//! Edits: the requested change is made, and every other byte is unchanged.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::*;
use regtext::pol::{PolicyFile, Record};
use regtext::reg::{Document, EditError, ItemKind, Op, Options};
use regtext::{CodePage, Text};

fn document(text: &str) -> Document {
    Document::parse(text.as_bytes(), &Options::default())
}

fn text(document: &Document) -> String {
    String::from_utf8(document.to_bytes()).unwrap()
}

const FILE: &str = "REGEDIT4\r\n\r\n; a\r\n[HKEY_LOCAL_MACHINE\\A]\r\n\"x\"=dword:1\r\n\"y\"=hex:01,\\ ; one\r\n; two\r\n  \
                    02 ; three\r\n; between\r\n\r\n[HKEY_LOCAL_MACHINE\\B]\r\n\"x\"=\"q\\\"\" ; four\r\n";

#[test]
fn a_value_is_changed_where_it_stands() {
    let changed = document(FILE).with_value(0, &"Y".into(), 3, &[9]).unwrap();
    assert_eq!(
        text(&changed),
        FILE.replace(
            "\"y\"=hex:01,\\ ; one\r\n; two\r\n  02 ; three\r\n",
            "; one\r\n; two\r\n\"y\"=hex:09 ; three\r\n"
        )
    );
    let changed = document(FILE).with_value(1, &"x".into(), 4, &[1, 0, 0, 0]).unwrap();
    assert_eq!(text(&changed), FILE.replace("\"q\\\"\"", "dword:00000001"));
}

#[test]
fn a_new_value_and_a_new_key_stand_after_what_they_belong_to() {
    let changed = document(FILE).with_value(0, &"z".into(), 1, b"s\0\0\0").unwrap();
    assert_eq!(text(&changed), FILE.replace("; three\r\n", "; three\r\n\"z\"=\"s\"\r\n"));
    let changed = document(FILE).with_section(Some(0), &"HKEY_LOCAL_MACHINE\\A\\C".into()).unwrap();
    assert_eq!(text(&changed), FILE.replace("; three\r\n", "; three\r\n\r\n[HKEY_LOCAL_MACHINE\\A\\C]\r\n"));
    assert_eq!(changed.sections()[1].path, "HKEY_LOCAL_MACHINE\\A\\C");
    let at_the_end = document(FILE.trim_end()).with_section(None, &"HKEY_LOCAL_MACHINE\\D".into()).unwrap();
    assert_eq!(text(&at_the_end), format!("{FILE}\r\n[HKEY_LOCAL_MACHINE\\D]\r\n"));
    let valued = at_the_end.with_value(2, &"".into(), 4, &[0; 4]).unwrap();
    assert_eq!(text(&valued), format!("{FILE}\r\n[HKEY_LOCAL_MACHINE\\D]\r\n@=dword:00000000\r\n"));
}

#[test]
fn what_is_taken_out_leaves_comments() {
    let changed = document(FILE).without_values(&[(0, 1)]).unwrap();
    assert_eq!(text(&changed), FILE.replace("\"y\"=hex:01,\\ ; one\r\n; two\r\n  02 ; three\r\n", ""));
    let changed = document(FILE).without_sections(&[0]).unwrap();
    assert_eq!(
        text(&changed),
        "REGEDIT4\r\n\r\n; a\r\n; between\r\n\r\n[HKEY_LOCAL_MACHINE\\B]\r\n\"x\"=\"q\\\"\" ; four\r\n"
    );
}

#[test]
fn the_encoding_and_the_line_ends_stay() {
    let cyrillic = CodePage::for_number(1251).unwrap();
    let options = Options { code_page: cyrillic, ..Options::default() };
    let document = Document::parse(b"REGEDIT4\n[K]\n\"\xCB\"=dword:2\n", &options);
    let changed = document.with_value(0, &"Л".into(), 1, &Text::from("и").to_utf16le_nul()).unwrap();
    assert_eq!(changed.to_bytes(), b"REGEDIT4\n[K]\n\"\xCB\"=\"\xE8\"\n");
    // Text that the 8-bit encoding lacks is written in hexadecimal, or rejected.
    let changed = document.with_value(0, &"b".into(), 1, &Text::from("名").to_utf16le_nul()).unwrap();
    assert_eq!(changed.to_bytes(), b"REGEDIT4\n[K]\n\"\xCB\"=dword:2\n\"b\"=hex(1):0d,54,00,00\n");
    let list = Text::from("и\0\0").to_utf16le();
    let changed = document.with_value(0, &"b".into(), 7, &list).unwrap();
    assert_eq!(changed.to_bytes(), b"REGEDIT4\n[K]\n\"\xCB\"=dword:2\n\"b\"=hex(7):e8,00,00\n");
    for (name, data) in [("名", "x"), ("b", "名")] {
        let data = Text::from(data).to_utf16le_nul();
        let error = document.with_value(0, &name.into(), 7, &data).unwrap_err();
        assert!(matches!(error, EditError::Encoding { .. }), "{error}");
    }
    for wide in [u16::to_le_bytes, u16::to_be_bytes] {
        let bytes = |text: &str| text.encode_utf16().flat_map(wide).collect::<Vec<u8>>();
        let old = "\u{FEFF}Windows Registry Editor Version 5.00\r[K]\r\"a\"=\"1\"";
        let document = Document::parse(&bytes(old), &Options::default());
        let changed = document.with_value(0, &"b".into(), 4, &[7, 0, 0, 0]).unwrap();
        assert_eq!(changed.to_bytes(), bytes(&format!("{old}\r\"b\"=dword:00000007\r")));
    }
}

#[test]
fn what_would_change_its_meaning_is_refused() {
    // The first value continues at the end of the file.
    let open = document("REGEDIT4\n[K]\n\"a\"=hex:01,\\\n");
    assert_eq!(open.with_value(0, &"b".into(), 4, &[0; 4]).unwrap_err(), EditError::NotKept);
    // After a deletion, the ignored value there would belong to the new key.
    let deleted = document("REGEDIT4\n[-K]\n\"a\"=dword:1\n");
    assert_eq!(
        deleted.with_value(0, &"b".into(), 4, &[0; 4]).unwrap_err(),
        EditError::NoSection { section: 0 }
    );
    assert_eq!(
        deleted.with_section(Some(0), &"K\\a".into()).unwrap_err(),
        EditError::NoSection { section: 0 }
    );
    for text in ["", "[K]\n", "REGEDIT\nHKEY_CLASSES_ROOT\\x = y\n"] {
        assert_eq!(document(text).with_section(None, &"K".into()).unwrap_err(), EditError::Version);
    }
    assert!(matches!(document("REGEDIT4\n").with_section(None, &"-K".into()), Err(EditError::Write(_))));
}

#[test]
fn a_key_is_forgotten_with_those_below() {
    let mut policy = PolicyFile::new();
    for key in ["A", "A\\b", "AB", "a\\B\\c", "B\\A"] {
        policy.push(Record::new(key, "v", 4, &[1, 0, 0, 0]).unwrap());
    }
    assert!(policy.forget_key(&"a".into()));
    let keys: Vec<_> = policy.records().iter().map(|record| record.key().to_string()).collect();
    assert_eq!(keys, ["AB", "B\\A"]);
    assert!(!policy.forget_key(&"a".into()));
}

/// Valid and invalid lines in any combination.
fn body() -> impl Strategy<Value = String> {
    let line = prop::sample::select(vec![
        "[HKEY_LOCAL_MACHINE\\A]",
        "[HKEY_LOCAL_MACHINE\\a\\B]",
        "[-HKEY_LOCAL_MACHINE\\C]",
        "[broken",
        "\"a\"=dword:1",
        "  \"A\" = \"x\" ; why",
        "\"b\"=hex:01,\\",
        "  02,03 ; more",
        "; a comment",
        "@=\"default\"",
        "\"c\"=-",
        "\"open\"=\"begins",
        "ends\"",
        "junk",
        "",
    ]);
    let ending = prop::sample::select(vec!["\r\n", "\n", "\r"]);
    (prop::collection::vec((line, ending), 0..14), any::<bool>()).prop_map(|(lines, cut)| {
        let mut text = String::new();
        for (line, ending) in &lines {
            text.push_str(line);
            text.push_str(ending);
        }
        if cut { text.trim_end().to_owned() } else { text }
    })
}

fn file() -> impl Strategy<Value = Vec<u8>> {
    (body(), 0..4_u8).prop_map(|(body, shape)| {
        let five = format!("Windows Registry Editor Version 5.00\r\n{body}");
        match shape {
            0 => format!("REGEDIT4\r\n{body}").into_bytes(),
            1 => five.into_bytes(),
            2 => format!("\u{FEFF}{five}").into_bytes(),
            _ => format!("\u{FEFF}{five}").encode_utf16().flat_map(u16::to_le_bytes).collect(),
        }
    })
}

/// The items of a file without line endings, except those of one kind.
fn pieces(document: &Document, without: impl Fn(&ItemKind) -> bool) -> Vec<String> {
    let items = document.items().iter().filter(|item| !without(&item.kind));
    let texts =
        items.map(|item| document.item_text(item).to_string().trim_end_matches(['\r', '\n']).to_owned());
    texts.filter(|text| !text.is_empty()).collect()
}

proptest! {
    #[test]
    fn only_what_was_asked_is_changed(
        bytes in file(),
        section in 0..4_usize,
        name in prop::sample::select(vec!["a", "b", "c", "new", ""]),
        (ty, data) in (prop::sample::select(vec![1_u32, 3, 4, 7]), prop::collection::vec(any::<u8>(), 0..60)),
    ) {
        let document = Document::parse(&bytes, &Options::default());
        let name = Text::from(name);
        let known = document.sections().get(section).and_then(|found| {
            found.entries.iter().rposition(|entry| entry.name.eq_ignore_case(&name))
        });
        match document.with_value(section, &name, ty, &data) {
            Err(EditError::NoSection { .. }) => {
                prop_assert!(document.sections().get(section).is_none_or(|found| found.delete));
            }
            // 8-bit text cannot represent every list; a value that continues at the end of the file would
            // include what follows.
            Err(error) => prop_assert!(matches!(error, EditError::Encoding { .. } | EditError::NotKept), "{error}"),
            Ok(changed) => {
                let entry = known.unwrap_or(document.sections()[section].entries.len());
                let is_it = |kind: &ItemKind| *kind == ItemKind::Value { section, entry };
                let mut new = pieces(&changed, is_it);
                let old = pieces(&document, is_it);
                // Comments between the lines of the old data.
                new.retain(|piece| old.contains(piece));
                prop_assert_eq!(new, old);
                let Op::Set(value) = &changed.sections()[section].entries[entry].op else { panic!() };
                prop_assert_eq!((value.ty, value.as_written()), (ty, &data[..]));
                // A second time, nothing changes.
                let again = changed.with_value(section, &name, ty, &data).unwrap();
                prop_assert_eq!(again.to_bytes(), changed.to_bytes());
                // After removal, everything else is as before.
                if known.is_none() {
                    let back = changed.without_values(&[(section, entry)]).unwrap().to_bytes();
                    prop_assert!(back == bytes || back.starts_with(&bytes));
                }
            }
        }
    }

    #[test]
    fn no_file_makes_a_change_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        start in prop::sample::select(vec!["", "REGEDIT4\r\n[K]\r\n\"a\"=", "REGEDIT4\n[K]\n@=hex:0,\\\n"]),
        section in 0..3_usize,
    ) {
        let bytes = [start.as_bytes(), &bytes].concat();
        let document = Document::parse(&bytes, &Options::default());
        for changed in [
            document.with_value(section, &"a".into(), 1, b"x\0\0\0"),
            document.without_values(&[(section, 0), (9, 9)]),
            document.with_section(Some(section), &"HKEY_LOCAL_MACHINE\\New".into()),
            document.without_sections(&[section, 9]),
        ] {
            let Ok(changed) = changed else { continue };
            prop_assert_eq!(changed.encoding(), document.encoding());
        }
    }

    #[test]
    fn a_section_that_comes_and_goes_leaves_no_trace(bytes in file(), after in prop::option::of(0..4_usize)) {
        let document = Document::parse(&bytes, &Options::default());
        let Ok(changed) = document.with_section(after, &"HKEY_LOCAL_MACHINE\\New".into()) else { return Ok(()) };
        let index = after.map_or(document.sections().len(), |after| after + 1);
        prop_assert_eq!(&changed.sections()[index].path, &Text::from("HKEY_LOCAL_MACHINE\\New"));
        let back = changed.without_sections(&[index]).unwrap();
        prop_assert_eq!(pieces(&back, |_| false), pieces(&document, |_| false));
    }

    #[test]
    fn a_policy_keeps_its_other_instructions(
        keys in prop::collection::vec((prop::sample::select(vec!["A", "A\\B", "C"]), "[a-c]"), 0..8),
    ) {
        let mut policy = PolicyFile::new();
        for (key, value) in &keys {
            policy.push(Record::new(*key, value.as_str(), 4, &[0; 4]).unwrap());
        }
        let before = policy.clone();
        policy.set("C", "new", 1, b"x\0\0\0").unwrap();
        prop_assert!(policy.forget(&"c".into(), &"NEW".into()));
        prop_assert_eq!(policy.to_bytes(), before.to_bytes());
        policy.forget_key(&"a".into());
        prop_assert!(policy.records().iter().all(|record| record.key() == "C"));
        prop_assert_eq!(
            policy.records().len(),
            before.records().iter().filter(|record| record.key() == "C").count()
        );
    }
}
