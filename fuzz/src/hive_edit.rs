//! Edits of a damaged hive: no panic or hang, and a valid hive stays valid, before and after its commit.
//!
//! The first byte is the number of bytes to change in a valid hive (at most 31), each as an offset of two
//! bytes and a value. The rest are edits of four bytes: operation, key, name, length.

use std::sync::LazyLock;

use nt::FileTime;
use nt::security::SecurityDescriptor;
use regf::build::{NewKey, NewValue, build};
use regf::edit::{Editor, KeyOptions, Options, Step, Target, changes, check};
use regf::{BaseBlock, Hive};

const PATHS: [&str; 4] = ["", "A", r"A\B", r"A\C"];

fn units(text: &str) -> Vec<u16> {
    text.encode_utf16().collect()
}

fn descriptor(number: u8) -> Vec<u8> {
    let sddl = if number & 1 == 0 { "O:BAG:SYD:P(A;CI;KA;;;BA)" } else { "O:SYG:SYD:(A;CI;KR;;;BU)" };
    sddl.parse::<SecurityDescriptor>().expect("a good descriptor").to_bytes()
}

static HIVE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let values = |lens: &[usize]| -> Vec<NewValue> {
        let value = |&len| NewValue { name: units(&format!("v{len}")), kind: 3, data: vec![9; len] };
        lens.iter().map(value).collect()
    };
    let key = |name: &str, lens: &[usize], security: Vec<u8>, subkeys: Vec<NewKey>| NewKey {
        name: units(name),
        values: values(lens),
        security,
        subkeys,
        ..NewKey::default()
    };
    let below = vec![key("B", &[3, 40], descriptor(1), vec![]), key("C", &[17_000], vec![], vec![])];
    let a = key("A", &[0, 4, 5], vec![], below);
    build(&key("ROOT", &[200], descriptor(0), vec![a]), "fuzz").expect("a good tree")
});

/// Runs the edits.
pub fn target(bytes: &[u8]) {
    let Some((&count, rest)) = bytes.split_first() else { return };
    let (damage, edits) = rest.split_at(rest.len().min(3 * usize::from(count % 32)));
    let mut hive = HIVE.clone();
    for change in damage.chunks_exact(3) {
        let at = usize::from(u16::from_le_bytes([change[0], change[1]])) % hive.len();
        hive[at] = change[2];
    }
    let Some(mut block) = BaseBlock::new(&hive) else { return };
    block.update_checksum();
    hive[..512].copy_from_slice(block.sector());
    let sound = Hive::open(&hive).is_ok_and(|hive| check(&hive).is_empty());
    let options = Options { accept_dirty: true, accept_transactions: true, log_format: None };
    let Ok(mut editor) = Editor::open(hive.as_slice(), &[&[], &[], &[]], options) else { return };
    for edit in edits.chunks_exact(4).take(64) {
        let time = FileTime(u64::from(edit[3]));
        let Ok(Some(key)) = editor.find(PATHS[usize::from(edit[1] % 4)]) else { continue };
        let name = units(&format!("v{}", edit[2] % 8 * 5));
        // An impossible edit is rejected; the check afterwards shows whether that left the hive valid.
        let _ = match edit[0] % 7 {
            0 => editor.create_key(key, &name, &KeyOptions::default(), time).map(|_| ()),
            1 => editor.set_value(
                key,
                &name,
                u32::from(edit[2]),
                &vec![edit[3]; usize::from(edit[3]) * 150],
                time,
            ),
            2 => editor.delete_value(key, &name, time).map(|_| ()),
            3 => editor.delete_tree(key, time),
            4 => editor.set_class(key, &name[..usize::from(edit[3]) % (name.len() + 1)], time),
            5 => editor.set_security(key, &descriptor(edit[3]), time),
            _ => editor.create_path(r"A\B\D\E", time).map(|_| ()),
        };
    }
    let Ok(commit) = editor.commit() else {
        assert!(!sound, "an edit of a sound hive stopped half-way");
        return;
    };
    let edited = editor.hive().expect("a hive that was edited can be read");
    if sound {
        assert_eq!(check(&edited), []);
    }
    let mut written = hive.clone();
    for step in commit.steps() {
        match step {
            Step::SetLen { target: Target::Hive, len } => {
                written.resize(usize::try_from(*len).expect("a small hive"), 0);
            }
            Step::Write { target: Target::Hive, offset, bytes } => {
                let at = usize::try_from(*offset).expect("a small hive");
                written.resize(written.len().max(at + bytes.len()), 0);
                written[at..at + bytes.len()].copy_from_slice(bytes);
            }
            _ => {}
        }
    }
    let written = Hive::open(written).expect("what was written is a hive");
    assert!(commit.steps().is_empty() || !written.is_dirty());
    if sound {
        assert_eq!(changes(&edited, &written).expect("a sound hive can be read"), []);
    }
}
