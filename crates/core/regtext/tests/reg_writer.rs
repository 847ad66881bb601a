//! The output of the writer: the form of a regedit 5.00 export, and data that is read back byte for byte.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use regtext::reg::{Document, Obstacle, Op, Options, WriteError, Writer};
use regtext::{Encoding, LineEnding, Text};

/// The lines under one key.
fn lines(write: impl FnOnce(&mut Writer) -> Result<(), WriteError>) -> Vec<String> {
    let mut writer = Writer::new();
    writer.key("K").unwrap();
    write(&mut writer).unwrap();
    let text = writer.text().to_string();
    let body =
        text.strip_prefix("Windows Registry Editor Version 5.00\r\n\r\n[K]\r\n").expect("header and key");
    body.strip_suffix("\r\n\r\n").expect("blank line at the end").split("\r\n").map(str::to_owned).collect()
}

fn line(ty: u32, data: &[u8]) -> String {
    lines(|writer| writer.set("v", ty, data).map(drop)).join("\n")
}

fn utf16(text: &str) -> Vec<u8> {
    Text::from(text).to_utf16le()
}

#[test]
fn the_notation_follows_type_and_data() {
    assert_eq!(line(4, &[0, 1, 0, 0]), "\"v\"=dword:00000100");
    assert_eq!(line(4, &[1, 2, 3]), "\"v\"=hex(4):01,02,03");
    assert_eq!(line(4, &[0x80, 0x70, 0x60, 0x50, 0x40]), "\"v\"=hex(4):80,70,60,50,40");
    assert_eq!(line(3, &[0x11, 0xab]), "\"v\"=hex:11,ab");
    assert_eq!(line(3, &[]), "\"v\"=hex:");
    assert_eq!(line(0, b"Value\0"), "\"v\"=hex(0):56,61,6c,75,65,00");
    assert_eq!(line(11, &[1, 0, 0, 0, 0, 0, 0, 0]), "\"v\"=hex(b):01,00,00,00,00,00,00,00");
    assert_eq!(line(0xabcd, &[]), "\"v\"=hex(abcd):");
    assert_eq!(line(0xffff_ffff, &[1]), "\"v\"=hex(ffffffff):01");
    assert_eq!(line(2, &utf16("%A%\0")), "\"v\"=hex(2):25,00,41,00,25,00,00,00");
    assert_eq!(line(7, &[]), "\"v\"=hex(7):");
}

#[test]
fn strings_are_quoted_only_if_nothing_is_lost() {
    assert_eq!(line(1, &utf16("\0")), "\"v\"=\"\"");
    assert_eq!(line(1, &utf16("C:\\x \"y\"\0")), r#""v"="C:\\x \"y\"""#);
    assert_eq!(line(1, &utf16("名 😀\0")), "\"v\"=\"名 😀\"");
    for data in [
        &utf16("")[..],
        &utf16("x"),
        &utf16("x\0\0"),
        &utf16("x\0y\0"),
        &utf16("x\ny\0"),
        &utf16("\t\0"),
        &[0],
    ] {
        let written = line(1, data);
        assert!(written.starts_with("\"v\"=hex(1):"), "{written}");
    }
}

#[test]
fn hexadecimal_data_is_wrapped_at_80_columns() {
    // The first line has as many bytes as in regedit: 17 after a name of 16 characters.
    let list = utf16("Line1\0Line2\0Line3\0\0");
    assert_eq!(
        lines(|writer| writer.set("Multiple strings", 7, &list).map(drop)),
        [
            "\"Multiple strings\"=hex(7):4c,00,69,00,6e,00,65,00,31,00,00,00,4c,00,69,00,6e,\\",
            "  00,65,00,32,00,00,00,4c,00,69,00,6e,00,65,00,33,00,00,00,00,00",
        ]
    );
    for name_len in 0..100 {
        let name = "n".repeat(name_len);
        let written = lines(|writer| writer.set(name.as_str(), 3, &[0; 200]).map(drop));
        for (index, line) in written.iter().enumerate() {
            let first_of_long_name = index == 0 && name_len > 69;
            assert!(line.len() <= 80 || first_of_long_name, "{line}");
            let middle = index > 0 && index + 1 < written.len();
            assert!(!middle || line.len() == 2 + 25 * 3 + 1, "{line}");
        }
    }
    // A byte that fits exactly is not followed by an empty line.
    assert_eq!(lines(|writer| writer.set("", 3, &[0; 49]).map(drop)).len(), 2);
}

#[test]
fn keys_are_set_apart_and_comments_stand_where_they_are_written() {
    let mut writer = Writer::default();
    writer.comment("one\r\ntwo\rthree\n");
    writer.key("K\\a").unwrap().delete_value("").unwrap().comment("inside").end_key();
    writer.comment("before b").delete_key("K\\b").unwrap().comment("at the end");
    assert_eq!(
        writer.text().to_string().replace("\r\n", "\n"),
        "Windows Registry Editor Version 5.00\n\n; one\n; two\n; three\n;\n[K\\a]\n@=-\n; inside\n\n\
         ; before b\n[-K\\b]\n\n; at the end\n"
    );
    let document = writer.into_document();
    assert_eq!(document.encoding(), Encoding::Utf16Le { bom: true });
    assert_eq!(document.line_ending(), Some(LineEnding::CrLf));
    assert_eq!(document.problems(), []);
    assert_eq!(document.sections()[0].entries[0].op, Op::Delete);
    assert!(document.sections()[1].delete);
}

#[test]
fn what_cannot_be_written_is_refused() {
    let mut writer = Writer::new();
    assert_eq!(writer.set("v", 4, &[]).err(), Some(WriteError::NoKey { name: "v".into() }));
    assert_eq!(writer.delete_value("v").err(), Some(WriteError::NoKey { name: "v".into() }));
    writer.delete_key("K").unwrap();
    assert_eq!(writer.set("v", 4, &[]).err(), Some(WriteError::NoKey { name: "v".into() }));
    writer.key("K").unwrap();
    let before = writer.text();
    for (name, unit) in [("a\nb", 0x0A), ("\r", 0x0D), ("a\0", 0)] {
        let found = Obstacle::Unit(unit);
        assert_eq!(writer.set(name, 4, &[]).err(), Some(WriteError::ValueName { name: name.into(), found }));
        assert_eq!(writer.key(name).err(), Some(WriteError::KeyPath { path: name.into(), found }));
    }
    for path in ["-K", " K", "\tK"] {
        let error = writer.delete_key(path).unwrap_err();
        assert_eq!(error, WriteError::KeyPath { path: path.into(), found: Obstacle::Start });
    }
    let error = writer.key("").unwrap_err();
    assert_eq!(error.to_string(), "key path \"\" cannot be written in a .reg file; expected no empty text");
    assert_eq!(writer.text(), before);
}

#[test]
fn the_nul_that_an_import_adds_is_told_apart() {
    let mut writer = Writer::new();
    writer.key("K").unwrap().set("a", 2, &[0x41, 0]).unwrap().set("b", 7, &[0x41]).unwrap();
    let document = Document::parse(&writer.into_bytes(), &Options::default());
    let values: Vec<_> = document.sections()[0].entries.iter().map(|entry| &entry.op).collect();
    let [Op::Set(even), Op::Set(odd)] = values[..] else { panic!("{values:?}") };
    assert_eq!((even.as_written(), even.data.len()), (&[0x41, 0][..], 4));
    assert_eq!((odd.as_written(), odd.data.len()), (&[0x41][..], 1));
}
