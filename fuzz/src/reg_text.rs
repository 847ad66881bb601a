//! Any bytes as a `.reg` file: no panic or hang, no byte is lost, and parsed data can be written and read
//! again.
//!
//! The first byte selects the options, the rest is the file. Seeds: the `reg` folder of the corpus. They need
//! no option byte, because `W`, `R` and the byte order marks select suitable options.

use regtext::CodePage;
use regtext::reg::{Document, Op, Options, Version, Writer};

/// Runs the parser and the writer.
pub fn target(bytes: &[u8]) {
    let choice = bytes.first().copied().unwrap_or_default();
    let pages = [1252, 1251, 932, 936, 950, 1255, 54936, 65001];
    let options = Options {
        code_page: CodePage::for_number(pages[usize::from(choice) % pages.len()]).unwrap_or_default(),
        no_utf8_guess: choice & 8 != 0,
        assume: [None, Some(Version::V5), Some(Version::Regedit4), Some(Version::Regedit3)]
            [usize::from(choice >> 4 & 3)],
    };
    // Unchanged, and after a valid header.
    check(bytes, &options);
    check(&[b"REGEDIT4\n[K]\n", bytes].concat(), &options);
    check(&[b"Windows Registry Editor Version 5.00\n[K]\n", bytes].concat(), &options);
    let wide =
        "\u{FEFF}Windows Registry Editor Version 5.00\n[K]\n".encode_utf16().flat_map(u16::to_le_bytes);
    check(&wide.chain(bytes.iter().copied()).collect::<Vec<u8>>(), &options);
}

fn check(bytes: &[u8], options: &Options) {
    let document = Document::parse(bytes, options);
    assert_eq!(document.to_bytes(), bytes);
    for problem in document.problems() {
        assert!(problem.item < document.items().len().max(1), "{problem}");
    }
    for item in document.items() {
        let _ = document.item_text(item);
    }

    let mut writer = Writer::new();
    let mut written = Vec::new();
    for section in document.sections() {
        let opened =
            if section.delete { writer.delete_key(&section.path) } else { writer.key(&section.path) };
        // A path or name with a line break or NUL cannot be expressed.
        if opened.is_err() {
            continue;
        }
        for entry in &section.entries {
            let result = match &entry.op {
                Op::Delete => writer.delete_value(&entry.name),
                Op::Set(value) => writer.set(&entry.name, value.ty, &value.data),
            };
            if result.is_ok() {
                written.push((section, entry));
            }
        }
    }
    let again = writer.into_document();
    assert_eq!(again.problems(), []);
    let mut read =
        again.sections().iter().flat_map(|section| section.entries.iter().map(move |entry| (section, entry)));
    for (section, entry) in written {
        let (new_section, new_entry) = read.next().expect("as many entries as were written");
        assert_eq!((&new_section.path, &new_entry.name), (&section.path, &entry.name));
        match (&new_entry.op, &entry.op) {
            (Op::Set(new), Op::Set(old)) => {
                assert_eq!((new.ty, new.as_written()), (old.ty, old.data.as_slice()))
            }
            (new, old) => assert_eq!(new, old),
        }
    }
    assert!(read.next().is_none());
}
