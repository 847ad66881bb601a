//! What regedit applies and what it skips, rule by rule.
//!
//! The rules come from the conformance tests of Wine's regedit and reg, which Wine also runs on Windows; the
//! cases are our own.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::fmt::Write as _;

use regtext::reg::{Document, ItemKind, Op, Options, Version, What};
use regtext::{CodePage, Encoding, LineEnding};

fn parse(bytes: &[u8]) -> Document {
    let document = Document::parse(bytes, &Options::default());
    assert_eq!(document.to_bytes(), bytes);
    document
}

/// The operations of a document, one per line: `name = type:data`, with data as quoted text if it is text.
fn applied(document: &Document) -> String {
    let mut out = String::new();
    for section in document.sections() {
        let _ = writeln!(out, "[{}{}]", if section.delete { "-" } else { "" }, section.path);
        for entry in &section.entries {
            let name = if entry.is_default() { "@".to_owned() } else { entry.name.to_string() };
            match &entry.op {
                Op::Delete => writeln!(out, "{name} deleted"),
                Op::Set(value) => writeln!(out, "{name} = {:x}:{}", value.ty, data(value.ty, &value.data)),
            }
            .unwrap();
        }
    }
    out
}

fn data(ty: u32, bytes: &[u8]) -> String {
    if matches!(ty, 1 | 2 | 7) && bytes.len().is_multiple_of(2) {
        let units = bytes.chunks(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
        return char::decode_utf16(units)
            .map(|unit| unit.unwrap())
            .collect::<String>()
            .escape_debug()
            .to_string();
    }
    bytes.iter().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// The operations under the one key of a file that consists of `body`, in both formats if their results must
/// agree.
fn check(rule: &str, body: &str, expected: &[&str]) {
    for header in ["REGEDIT4", "Windows Registry Editor Version 5.00"] {
        check_in(header, rule, body, expected);
    }
}

fn check_in(header: &str, rule: &str, body: &str, expected: &[&str]) {
    let mut wanted = "[HKEY_CURRENT_USER\\K]\n".to_owned();
    for line in expected {
        wanted += line;
        wanted += "\n";
    }
    for ending in ["\n", "\r\n", "\r"] {
        let text = format!("{header}\n\n[HKEY_CURRENT_USER\\K]\n{body}").replace('\n', ending);
        assert_eq!(applied(&parse(text.as_bytes())), wanted, "{rule} ({header}, {ending:?})");
        let wide: Vec<u8> =
            std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        assert_eq!(applied(&parse(&wide)), wanted, "{rule} ({header}, {ending:?}, UTF-16)");
    }
}

fn whats(document: &Document) -> Vec<(usize, usize, What)> {
    document.problems().iter().map(|problem| (problem.line, problem.column, problem.what)).collect()
}

#[test]
fn headers_are_exact() {
    let valid = [
        ("REGEDIT4", Version::Regedit4),
        ("  \t REGEDIT4\n", Version::Regedit4),
        ("REGEDIT4\n", Version::Regedit4),
        ("Windows Registry Editor Version 5.00\r\n", Version::V5),
        ("\tWindows Registry Editor Version 5.00", Version::V5),
        ("REGEDIT\n", Version::Regedit3),
        // As `echo REGEDIT4 >file` writes it.
        ("REGEDIT4 \n", Version::Regedit4),
        ("Windows Registry Editor Version 5.00 \t\r\n", Version::V5),
    ];
    for (text, version) in valid {
        let document = parse(text.as_bytes());
        assert_eq!(document.version(), Some(version), "{text:?}");
        assert_eq!(regtext::looks_like_reg(text.as_bytes()), Some(version), "{text:?}");
        assert_eq!(document.items()[0].kind, ItemKind::Header);
        assert_eq!(document.problems(), []);
    }
    let invalid = [
        "",
        "\n",
        "\nREGEDIT4\n",
        "REGEDIT3\n",
        "REGEDIT5\n",
        "regedit4\n",
        "Regedit4\n",
        "REGEDIT 4\n",
        "REGEDIT4FOO\n",
        "REGEDIT4 FOO\n",
        "Windows Registry Editor Version 4.00\n",
        "Windows Registry Editor Version 5\n",
        "Windows Registry Editor version 5.00\n",
        "WINDOWS REGISTRY EDITOR VERSION 5.00\n",
        ";REGEDIT4\n",
    ];
    for header in invalid {
        let document = parse(format!("{header}[HKEY_CURRENT_USER\\K]\n\"a\"=\"b\"\n").as_bytes());
        assert_eq!(document.version(), None, "{header:?}");
        assert_eq!(document.sections(), [], "{header:?}");
        assert_eq!(whats(&document), [(1, 1, What::NoHeader)], "{header:?}");
    }
    assert_eq!(whats(&parse(b"")), [(1, 1, What::NoHeader)]);
}

#[test]
fn a_file_that_ends_within_data_is_noticed() {
    let head = "Windows Registry Editor Version 5.00\r\n\r\n[HKEY_CURRENT_USER\\K]\r\n";
    for (line, is_cut) in [
        ("\"a\"=hex:01,02,\\\r\n", true),
        ("\"a\"=hex:01,02,\\", true),
        ("\"a\"=hex:01,02,", true),
        ("\"a\"=hex:01,0", true),
        ("\"a\"=hex:01,\\\r\n  0", true),
        ("\"a\"=dword:0000", true),
        ("\"a\"=hex:01,02", false),
        ("\"a\"=hex:01,02\r\n", false),
        ("\"a\"=hex:01,02,\r\n", false),
        ("\"a\"=dword:00000005", false),
        ("\"a\"=dword:5", false),
        ("\"a\"=\"b\"", false),
        ("\"a\"=-", false),
    ] {
        let document = parse(format!("{head}{line}").as_bytes());
        let ends: Vec<_> = document.problems().iter().map(|problem| problem.what).collect();
        assert_eq!(ends == [What::EndsInData], is_cut, "{line:?}: {ends:?}");
        assert_eq!(document.sections()[0].entries.len(), 1, "{line:?}");
    }
    // regedit ends each line of a UTF-16 file.
    let wide: Vec<u8> =
        format!("\u{feff}{head}\"a\"=hex:01,02").encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(parse(&wide).problems()[0].what, What::EndsInData);
}

#[test]
fn a_fragment_is_read_when_told_what_it_is() {
    let options = Options { assume: Some(Version::V5), ..Options::default() };
    let text = b"[HKEY_CURRENT_USER\\K]\r\n\"a\"=hex(2):41,00,00,00\r\n";
    let document = Document::parse(text, &options);
    assert_eq!(document.version(), None);
    assert_eq!(applied(&document), "[HKEY_CURRENT_USER\\K]\na = 2:A\\0\n");
    assert_eq!(whats(&document), [(1, 1, What::NoHeader)]);
    assert_eq!(document.to_bytes(), text);
    assert_eq!(applied(&Document::parse(b"", &options)), "");
}

#[test]
fn lines_and_blanks() {
    check("blank lines are free", "\n\n\"a\"=\"1\"\n\n\n\"b\"=\"2\"\n\n", &["a = 1:1\\0", "b = 1:2\\0"]);
    check("the last line needs no ending", "\"a\"=\"1\"", &["a = 1:1\\0"]);
    check(
        "blanks around everything",
        " \t\"a\" \t=\t \"1\" \t\n\t@\t=\tdword:\t 8\t\n",
        &["a = 1:1\\0", "@ = 4:08000000"],
    );
    check("blanks in quotes are kept", "\" \ta \"=\"\t 1 \"\n", &[" \ta  = 1:\\t 1 \\0"]);
}

#[test]
fn names() {
    check("two ways to write the default value", "@=\"1\"\n\"\"=\"2\"\n", &["@ = 1:1\\0", "@ = 1:2\\0"]);
    check("escapes", r#""\\a\"b"="1""#, &[r#"\a"b = 1:1\0"#]);
    check("equals sign, slash, quote, semicolon", "\"a=b/c'd;e\"=\"1\"", &["a=b/c'd;e = 1:1\\0"]);
    check("no closing quote", "\"a=\"1\"\n\"b\"=\"2\"", &["b = 1:2\\0"]);
    check("no opening quote", "a\"=\"1\"\n\"b\"=\"2\"", &["b = 1:2\\0"]);
    check("no quotes", "a=\"1\"\n\"b\"=\"2\"", &["b = 1:2\\0"]);
    check("a name is not continued", "\"a\\\nb\"=\"1\"\n\"c\"=\"2\"\n\"d\n\\e\"=\"3\"\n", &["c = 1:2\\0"]);
}

#[test]
fn strings() {
    check("empty", "\"a\"=\"\"", &["a = 1:\\0"]);
    check("escapes", r#""a"="C:\\x \"y\"""#, &[r#"a = 1:C:\\x \"y\"\0"#]);
    check("an escaped backslash before 0 is no NUL", r#""a"="\\0\\0b""#, &[r"a = 1:\\0\\0b\0"]);
    check("a NUL escape kills the value", "\"a\"=\"x\\0y\"\n\"b\"=\"\\0\"\n\"c\"=\"1\"", &["c = 1:1\\0"]);
    check("other escapes as well", "\"a\"=\"C:\\Program Files\"\n\"c\"=\"1\"", &["c = 1:1\\0"]);
    check("quote inside", "\"a\"=\"x\"y\"\n\"b\"=\"x\"\"y\"\n\"c\"=\"1\"", &["c = 1:1\\0"]);
    check("no closing quote", "\"a\"=\"x\n\"b\"=\"1\"", &["b = 1:1\\0"]);
    check("no closing quote at the end", "\"a\"=\"x\n", &[]);
    check("no opening quote", "\"a\"=x\"\n\"b\"=\"1\"", &["b = 1:1\\0"]);
    check("no quotes", "\"a\"=x\n\"b\"=\"1\"", &["b = 1:1\\0"]);
    check("escaped quotes", "\"a\"=\\\"x\\\"\n\"b\"=\\\"x\"\n\"c\"=\\\"\n\"d\"=\n", &[]);
    check("not continued by a backslash", "\"a\"=\"x \\\ny\"\n\"b\"=\"1\"", &["b = 1:1\\0"]);
}

#[test]
fn a_string_may_span_lines_if_its_quote_ends_a_value() {
    let text = "REGEDIT4\n[HKEY_CURRENT_USER\\K]\n\"a\"=\"one\r\ntwo\n\rfour\" ; comment\n\"b\"=\"1\"\n";
    let document = parse(text.as_bytes());
    assert_eq!(applied(&document), "[HKEY_CURRENT_USER\\K]\na = 1:one\\r\\ntwo\\n\\rfour\\0\nb = 1:1\\0\n");
    assert_eq!(document.sections()[0].entries[1].line, 7);
    assert_eq!(document.item_text(&document.items()[2]), "\"a\"=\"one\r\ntwo\n\rfour\" ; comment\n");
    let document = parse(b"REGEDIT4\n[K]\n\"a\"=\"x\n[L]\n\"b\"=\"1\"");
    assert_eq!(applied(&document), "[K]\n[L]\nb = 1:1\\0\n");
    assert_eq!(whats(&document), [(3, 7, What::UnclosedString)]);
}

#[test]
fn comments() {
    check("own line", ";\"a\"=\"1\"\n \t;\"b\"=\"1\"\n;x\\\n\"c\"=\"1\"", &["c = 1:1\\0"]);
    check(
        "after a string",
        "\"a\"=\"1\";x\n\"b\"=\"2\" \t;x\n\"c\"=\"3;x\"",
        &["a = 1:1\\0", "b = 1:2\\0", "c = 1:3;x\\0"],
    );
    check("after a dword", "\"a\"=dword:12;34\n\"b\"=dword:12 ;34", &["a = 4:12000000", "b = 4:12000000"]);
    check("after hex", "\"a\"=hex:12;34\n\"b\"=hex:12,;34\n\"c\"=hex:;", &["a = 3:12", "b = 3:12", "c = 3:"]);
    check("before the data", "\"a\"=;\"1\"\n\"b\"=;dword:1", &[]);
    check("a hash line is ignored", "#\"a\"=\"1\"\n \t#\"b\"=\"1\"\n#x\\\n\"c\"=\"1\"", &["c = 1:1\\0"]);
    check(
        "a hash after a value kills it",
        "\"a\"=\"1\"#x\n\"b\"=\"1\" #x\n\"c\"=dword:1#x\n\"d\"=dword:1 #x",
        &[],
    );
    check("a hash before it too", "\"a\"=#\"1\"\n\"b\"=#dword:1", &[]);
    check("a hash in quotes is text", "\"a\"=\"#1\"\n\"#b\"=\"1 #2\"", &["a = 1:#1\\0", "#b = 1:1 #2\\0"]);
}

#[test]
fn dwords() {
    check(
        "one to eight digits",
        "\"a\"=dword:1\n\"b\"=dword:89abCDEF\n\"c\"=dword: \t00000008",
        &["a = 4:01000000", "b = 4:efcdab89", "c = 4:08000000"],
    );
    for bad in ["", "hello", "123456789", "000000001", "0x1", "12 34", "12345678 9", "1,", "-1", "1\\\n2"] {
        check("bad dword", &format!("\"a\"=dword:{bad}\n\"b\"=\"1\""), &["b = 1:1\\0"]);
    }
    check("the keyword is case-sensitive", "\"a\"=DWORD:1\n\"b\"=Hex:1", &[]);
}

#[test]
fn deletions() {
    check(
        "value",
        "\"a\"=-\n\"b\"= \t- \t\n\"c\"=- ;x\n@=-",
        &["a deleted", "b deleted", "c deleted", "@ deleted"],
    );
    check("nothing may follow", "\"a\"=-\"1\"\n\"b\"=- #x\n\"c\"=--", &[]);
}

#[test]
fn hex_types() {
    check(
        "any 32-bit number",
        "\"a\"=hex(0):01\n\"b\"=hex(10):01\n\"c\"=hex(7fff):01\n\"d\"=hex(FFFFFFFF):01\n\"e\"=hex(B):01\n\"f\"=hex:01",
        &["a = 0:01", "b = 10:01", "c = 7fff:01", "d = ffffffff:01", "e = b:01", "f = 3:01"],
    );
    for bad in ["100000000", "0x2", "0X2", "x2", "", " 2", "2 ", "-1"] {
        check("bad type", &format!("\"a\"=hex({bad}):01,00\n\"b\"=\"1\""), &["b = 1:1\\0"]);
    }
    check("bad punctuation", "\"a\"=hex(2:01\n\"b\"=hex(2)01\n\"c\"=hex\n\"d\"=hex(", &[]);
    check(
        "empty data of any type",
        "\"a\"=hex(1):\n\"b\"=hex(2):\n\"c\"=hex(4):\n\"d\"=hex(7):\n\"e\"=hex(abcd):\n\"f\"=hex:\n\"g\"=hex(0):",
        &["a = 1:", "b = 2:", "c = 4:", "d = 7:", "e = abcd:", "f = 3:", "g = 0:"],
    );
    check(
        "numbers of any length",
        "\"a\"=hex(4):01,02\n\"b\"=hex(5):01,02,03,04,05\n\"c\"=hex(b):01,02",
        &["a = 4:0102", "b = 5:0102030405", "c = b:0102"],
    );
    check("hex(1) is never changed", "\"a\"=hex(1):41,00\n\"b\"=hex(1):41", &["a = 1:A", "b = 1:41"]);
}

#[test]
fn hex_bytes() {
    check("any case, one digit, blanks after a comma", "\"a\"=hex:1,aB, \t02", &["a = 3:01ab02"]);
    check("trailing comma", "\"a\"=hex:01,02,\n\"b\"=hex:01,02, \n", &["a = 3:0102", "b = 3:0102"]);
    for bad in [
        "100",
        "01,1a4",
        "01,,02",
        ",01",
        "01 02",
        "01 ,02",
        "zz",
        "01,zz",
        "0x1",
        "01/",
        "01,/",
        "-1",
        "ffffffffff",
    ] {
        check("bad byte", &format!("\"a\"=hex:{bad}\n\"b\"=\"1\""), &["b = 1:1\\0"]);
    }
}

#[test]
fn continuation() {
    check(
        "comma, backslash",
        "\"a\"=hex:01,\\\n  02,\\\n\t03\n\"b\"=hex:\\\n  04",
        &["a = 3:010203", "b = 3:04"],
    );
    check(
        "blanks and comments after the backslash",
        "\"a\"=hex:01, \t\\ \t\n02,\\;x\n03,\\ ;x\n04",
        &["a = 3:01020304"],
    );
    check(
        "blank lines and comments between",
        "\"a\"=hex:01,\\\n\n \t\n;x\n  ;y\\\n02,\\\n\n\n03\n",
        &["a = 3:010203"],
    );
    check(
        "without backslash the value ends",
        "\"a\"=hex:01,\n02\n\"b\"=hex:01,;x\n02",
        &["a = 3:01", "b = 3:01"],
    );
    check("a later line as well", "\"a\"=hex:01,\\\n02,;\\\n03\n", &["a = 3:0102"]);
    check(
        "no comma",
        "\"a\"=hex:01\\\n02\n\"b\"=hex:01\\\n,02\n\"c\"=hex:01 \\ ;x\n02\n\"d\"=\"1\"",
        &["d = 1:1\\0"],
    );
    check("no comma on a later line", "\"a\"=hex:01,\\\n02\\\n\"b\"=\"1\"", &["b = 1:1\\0"]);
    check("a byte split over lines", "\"a\"=hex:01,0\\\n2\n\"b\"=hex:01,0\\\n  2", &[]);
    check("no comma spares the next line", "\"a\"=hex:01\\\n\"b\"=\"1\"", &["b = 1:1\\0"]);
    check("a line that is no data is lost", "\"a\"=hex:01,\\\n\"b\"=\"1\"\n\"c\"=\"2\"", &["c = 1:2\\0"]);
    check(
        "also after comments and blank lines",
        "\"a\"=hex:01,\\\n;x\n\n\"b\"=\"1\"\n\"c\"=\"2\"",
        &["c = 1:2\\0"],
    );
    check("a hash line is no comment here", "\"a\"=hex:01,\\\n  #x\n\"b\"=\"1\"", &["b = 1:1\\0"]);
    check("hash after the backslash", "\"a\"=hex:01,\\\n02,\\#x\n03\n\"b\"=\"1\"", &["b = 1:1\\0"]);
    check(
        "the default value is lost like any other",
        "\"a\"=hex:01,\\\n@=\"1\"\n\"b\"=\"2\"",
        &["b = 1:2\\0"],
    );
    check("a line may not start with a comma", "\"a\"=hex:01,\\\n,02\n\"b\"=\"2\"", &["b = 1:2\\0"]);
    check(
        "nor be a backslash alone",
        "\"a\"=hex:01,\\\n\\\n02\n\"b\"=hex:01,\\\n  \\\n  02\n\"c\"=\"2\"",
        &["c = 1:2\\0"],
    );
    check("doubled backslash", "\"a\"=hex:01,\\\\\n02\n\"b\"=\"2\"", &["b = 1:2\\0"]);
    check(
        "backslash inside",
        "\"a\"=hex:01\\,02\n\"b\"=hex:01,\\02\n\"c\"=hex:01,\\ 02\n\"d\"=hex:\\01\n\"e\"=hex:,\\\n01",
        &[],
    );
    check("end of the file after comma and backslash", "\"a\"=hex:01,\\", &["a = 3:01"]);
    check("blank lines at the end", "\"a\"=hex:01,\\\n\n;x\n", &["a = 3:01"]);
    check("end of the file, no comma", "\"a\"=hex:01\\", &[]);
}

#[test]
fn a_key_line_can_be_lost_to_a_continuation() {
    let document = parse(b"REGEDIT4\n[K]\n\"a\"=hex:01,\\\n[L]\n\"b\"=\"1\"\n");
    assert_eq!(applied(&document), "[K]\nb = 1:1\\0\n");
    assert_eq!(whats(&document), [(4, 1, What::BadContinuation)]);
    assert_eq!(document.item_text(&document.items()[2]), "\"a\"=hex:01,\\\n[L]\n");
    assert_eq!(document.problems()[0].item, 2);
    let document = parse(b"REGEDIT4\n[K]\n\"a\"=hex:01\\\n[L]\n\"b\"=\"1\"\n");
    assert_eq!(applied(&document), "[K]\n[L]\nb = 1:1\\0\n");
    assert_eq!(whats(&document), [(3, 11, What::NoCommaBeforeBackslash)]);
}

#[test]
fn text_data_ends_with_a_nul() {
    let four = |rule, body, expected: &[&str]| check_in("REGEDIT4", rule, body, expected);
    let five = |rule, body, expected: &[&str]| {
        check_in("Windows Registry Editor Version 5.00", rule, body, expected);
    };
    four(
        "8-bit",
        "\"a\"=hex(2):41\n\"b\"=hex(2):41,\n\"c\"=hex(2):41,00",
        &["a = 2:A\\0", "b = 2:A\\0", "c = 2:A\\0"],
    );
    four(
        "8-bit lists",
        "\"a\"=hex(7):41\n\"b\"=hex(7):41,00\n\"c\"=hex(7):41,00,42,00,00",
        &["a = 7:A\\0", "b = 7:A\\0", "c = 7:A\\0B\\0\\0"],
    );
    four("cut short", "\"a\"=hex(7):41,\\\n42,\n43,00", &["a = 7:AB\\0"]);
    four("end of file", "\"a\"=hex(2):41,\\", &["a = 2:A\\0"]);
    five("UTF-16", "\"a\"=hex(2):41,00\n\"b\"=hex(2):41,00,00,00", &["a = 2:A\\0", "b = 2:A\\0"]);
    five(
        "UTF-16 lists",
        "\"a\"=hex(7):41,00\n\"b\"=hex(7):41,00,00,00,00,00",
        &["a = 7:A\\0", "b = 7:A\\0\\0"],
    );
    five("odd length stays", "\"a\"=hex(2):41,00,42\n\"b\"=hex(7):41", &["a = 2:410042", "b = 7:41"]);

    let document =
        parse(b"Windows Registry Editor Version 5.00\n[K]\n\"a\"=hex(2):41,00\n\"b\"=hex(2):00,00\n");
    let entries = &document.sections()[0].entries;
    let (Op::Set(added), Op::Set(whole)) = (&entries[0].op, &entries[1].op) else { panic!("{entries:?}") };
    assert_eq!((added.data.as_slice(), added.as_written()), (&[0x41, 0, 0, 0][..], &[0x41, 0][..]));
    assert_eq!(whole.as_written(), [0, 0]);
}

#[test]
fn eight_bit_text_is_in_the_code_page_given() {
    // "Лиц" in windows-1251, as name, as string, as hex(2).
    let text = b"REGEDIT4\n[K\\\xCB]\n\"\xCB\xE8\xF6\"=\"\xCB\"\n\"x\"=hex(2):cb,e8\n";
    let options = Options { code_page: CodePage::for_number(1251).unwrap(), ..Options::default() };
    let document = Document::parse(text, &options);
    assert_eq!(applied(&document), "[K\\Л]\nЛиц = 1:Л\\0\nx = 2:Ли\\0\n");
    assert_eq!(document.encoding(), Encoding::Ansi(CodePage::for_label("windows-1251").unwrap()));
    assert_eq!(document.to_bytes(), text);
    assert_eq!(applied(&parse(text)), "[K\\Ë]\nËèö = 1:Ë\\0\nx = 2:Ëè\\0\n");
    // The trail byte of a Shift_JIS character can have the value of a backslash.
    let text = b"REGEDIT4\n[K]\n\"\x95\x5C\"=\"\x95\x5C\"\n\"x\"=hex(7):95,5c,00\n";
    let options = Options { code_page: CodePage::for_number(932).unwrap(), ..Options::default() };
    assert_eq!(applied(&Document::parse(text, &options)), "[K]\n表 = 1:表\\0\nx = 7:表\\0\n");
    // UTF-16 text of the old format still has 8-bit data in hex(2).
    let text = "\u{FEFF}REGEDIT4\n[K]\n\"Ж\"=hex(2):cb\n";
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(applied(&parse(&wide)), "[K]\nЖ = 2:Ë\\0\n");
}

#[test]
fn bytes_without_meaning_are_reported() {
    let options = Options { code_page: CodePage::for_number(1255).unwrap(), ..Options::default() };
    let document = Document::parse(b"REGEDIT4\n[K]\n\"a\"=\"x\xD9y\"\n\"b\"=hex(2):d9\n", &options);
    assert_eq!(applied(&document), "[K]\na = 1:x\u{FFFD}y\\0\nb = 2:\u{FFFD}\\0\n");
    assert_eq!(whats(&document), [(3, 7, What::Undecodable), (4, 1, What::Undecodable)]);
    assert_eq!(document.problems()[1].item, 3);

    let mut wide: Vec<u8> = "REGEDIT4\n[K]\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    wide.push(b'x');
    let document = parse(&wide);
    assert_eq!(whats(&document), [(3, 1, What::Undecodable), (3, 1, What::UnknownLine)]);
}

#[test]
fn encodings() {
    let text = "Windows Registry Editor Version 5.00\r\n\r\n[HKEY_CURRENT_USER\\Ключ]\r\n\"名\"=\"😀\"\r\n";
    let expected = "[HKEY_CURRENT_USER\\Ключ]\n名 = 1:😀\\0\n";
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let with = |bom: &[u8], rest: &[u8]| [bom, rest].concat();
    let cases = [
        (with(b"\xFF\xFE", &little), Encoding::Utf16Le { bom: true }),
        (little, Encoding::Utf16Le { bom: false }),
        (with(b"\xFE\xFF", &big), Encoding::Utf16Be { bom: true }),
        (big, Encoding::Utf16Be { bom: false }),
        (with(b"\xEF\xBB\xBF", text.as_bytes()), Encoding::Utf8 { bom: true }),
        (text.as_bytes().to_vec(), Encoding::Utf8 { bom: false }),
    ];
    for (bytes, encoding) in cases {
        let document = parse(&bytes);
        assert_eq!(document.encoding(), encoding);
        assert_eq!(document.line_ending(), Some(LineEnding::CrLf));
        assert_eq!(applied(&document), expected, "{encoding:?}");
        assert_eq!(document.problems(), [], "{encoding:?}");
        assert_eq!(regtext::looks_like_reg(&bytes), Some(Version::V5), "{encoding:?}");
        assert_eq!(document.item_text(&document.items()[0]), "Windows Registry Editor Version 5.00\r\n");
    }
    // 8-bit: valid UTF-8 is read as such unless the options say otherwise, other text in the code page.
    let options = Options { no_utf8_guess: true, ..Options::default() };
    let document = Document::parse("Windows Registry Editor Version 5.00\n[é]\n".as_bytes(), &options);
    assert_eq!(applied(&document), "[Ã©]\n");
    assert_eq!(applied(&parse(b"Windows Registry Editor Version 5.00\n[\xE9]\n")), "[é]\n");
    // The old format always uses the code page.
    assert_eq!(applied(&parse("REGEDIT4\n[é]\n".as_bytes())), "[Ã©]\n");
}

#[test]
fn a_file_of_a_byte_order_mark_is_kept() {
    for bytes in [&b"\xFF\xFE"[..], b"\xFE\xFF", b"\xEF\xBB\xBF", b"\xFF\xFEx"] {
        assert!(whats(&parse(bytes)).contains(&(1, 1, What::NoHeader)));
    }
}

#[test]
fn keys() {
    let keys = |body: &str| applied(&parse(format!("REGEDIT4\n{body}").as_bytes()));
    assert_eq!(keys("[HKEY_X\\a\"b/c]\n \t[hkey_y]\n"), "[HKEY_X\\a\"b/c]\n[hkey_y]\n");
    assert_eq!(keys("[K\\a ]\n[K\\a\t]\n[K\\a\\]\n[K\\a\\\\]"), "[K\\a ]\n[K\\a\t]\n[K\\a\\]\n[K\\a\\\\]\n");
    assert_eq!(keys("[K\\a]b]\n[K\\c] comment\n"), "[K\\a]b]\n[K\\c]\n");
    assert_eq!(keys("[-K\\a]\n[--]\n"), "[-K\\a]\n[--]\n");
    for bad in ["K]", "[K", "[ K]", "[\tK]", "[ -K]", "[- K]", "[-\tK]", "[]", "[-]", "[K\\\nL]", "[K\n\\L]"]
    {
        assert_eq!(keys(bad), "", "{bad:?}");
    }
}

#[test]
fn values_belong_to_the_key_before_them() {
    let document = parse(
        b"REGEDIT4\n\"a\"=\"1\"\n[K]\n\"b\"=\"1\"\n[-L]\n\"c\"=hex:01,\\\n02\n[M\n\"d\"=\"1\"\n[N]\n\"e\"=\"1\"\nx\n#y\n",
    );
    assert_eq!(applied(&document), "[K]\nb = 1:1\\0\n[-L]\n[N]\ne = 1:1\\0\n");
    assert_eq!(
        whats(&document),
        [
            (2, 1, What::ValueWithoutKey),
            (6, 1, What::ValueUnderDeletedKey),
            (8, 2, What::UnclosedKey),
            (9, 1, What::ValueUnderBadKey),
            (12, 1, What::UnknownLine),
            (13, 1, What::HashLine),
        ]
    );
    assert_eq!(document.sections()[2].line, 10);
    assert_eq!(
        document.problems()[1].to_string(),
        "line 6, column 1: value under a key that is deleted; expected a valid [key] line before the value"
    );
}

#[test]
fn problems_say_where() {
    let cases = [
        ("\"a=1", 5, What::UnclosedName),
        ("\"a\"", 4, What::NoEquals),
        ("\"a\" x", 5, What::NoEquals),
        ("\"a\\x\"=", 3, What::BadEscape),
        ("\"a\"=\"x\\y\"", 7, What::BadEscape),
        ("\"a\"=\"x", 7, What::UnclosedString),
        ("\"a\"=\"x\" y", 9, What::TextAfterValue),
        ("\"a\"=x", 5, What::UnknownData),
        ("\"a\"=", 5, What::UnknownData),
        ("\"a\"=dword:x", 11, What::BadDword),
        ("\"a\"=hex(x):", 9, What::BadHexType),
        ("\"a\"=hex:01,100", 12, What::BadByte),
        ("\"a\"=hex:01,,02", 12, What::EmptyByte),
        ("\"a\"=hex:01,\\x", 13, What::TextAfterBackslash),
        ("[ K]", 2, What::BlankBeforeKey),
        ("[-]", 3, What::EmptyKey),
        ("x", 1, What::UnknownLine),
    ];
    for (line, column, what) in cases {
        let document = parse(format!("REGEDIT4\n[K]\n{line}\n").as_bytes());
        assert_eq!(whats(&document), [(3, column, what)], "{line}");
        assert_eq!(document.items()[document.problems()[0].item].kind, ItemKind::Ignored, "{line}");
    }
}

#[test]
fn every_piece_of_layout_is_an_item() {
    let document = parse(b"REGEDIT4\r\n\r\n; note\r\n[K]\n\"a\"=hex:01,\\\r\n  02\r\njunk\r\n \t");
    let kinds: Vec<ItemKind> = document.items().iter().map(|item| item.kind).collect();
    assert_eq!(
        kinds,
        [
            ItemKind::Header,
            ItemKind::Blank,
            ItemKind::Comment,
            ItemKind::Key { section: 0 },
            ItemKind::Value { section: 0, entry: 0 },
            ItemKind::Ignored,
            ItemKind::Blank,
        ]
    );
    let lines: Vec<usize> = document.items().iter().map(|item| item.line).collect();
    assert_eq!(lines, [1, 2, 3, 4, 5, 7, 8]);
    assert_eq!(document.item_text(&document.items()[2]), "; note\r\n");
}

#[test]
fn names_keep_what_is_no_character() {
    let mut units: Vec<u16> = "\u{FEFF}Windows Registry Editor Version 5.00\r\n[K\\".encode_utf16().collect();
    units.extend([0xD800, 0x5D, 0x0A, 0x22, 0xDC00, 0x01, 0x00, 0x22, 0x3D, 0x22, 0xD800, 0x22]);
    let bytes: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
    let document = parse(&bytes);
    assert_eq!(document.problems(), []);
    let section = &document.sections()[0];
    assert_eq!(section.path.units(), [0x4B, 0x5C, 0xD800]);
    assert_eq!(section.entries[0].name.units(), [0xDC00, 0x01, 0x00]);
    let Op::Set(value) = &section.entries[0].op else { panic!("deleted") };
    assert_eq!(value.data, [0x00, 0xD8, 0, 0]);
}

#[test]
fn windows_3_files() {
    let text = "REGEDIT\r\nHKEY_CLASSES_ROOT\\k = v0\r\nHKEY_CLASSES_ROOT\\k =v1\r\nHKEY_CLASSES_ROOT\\k =  v2 \r\n\
                HKEY_CLASSES_ROOT\\k v3\r\nHKEY_CLASSES_ROOT\\k  v4\r\nHKEY_CLASSES_ROOT\\k\r\nHKEY_CLASSES_ROOT\\k  \r\n\
                [K]\r\n\r\nHKEY_CLASSES_ROOT\\k = no newline";
    let document = parse(text.as_bytes());
    let values: Vec<String> = document
        .sections()
        .iter()
        .map(|section| {
            assert_eq!(section.path, "HKEY_CLASSES_ROOT\\k");
            let Op::Set(value) = &section.entries[0].op else { panic!("deleted") };
            data(1, &value.data)
        })
        .collect();
    assert_eq!(values, ["v0\\0", "v1\\0", " v2 \\0", "v3\\0", "v4\\0", "\\0", "\\0", "no newline\\0"]);
    assert_eq!(whats(&document), [(9, 1, What::UnknownLine)]);
    assert_eq!(document.items()[1].kind, ItemKind::KeyAndValue { section: 0 });
}
