//! Edits compared with a simple model of a registry, and the rules that every edit must preserve.
#![allow(clippy::unwrap_used, clippy::cast_possible_truncation)]

mod disks;

use std::collections::BTreeMap;

use disks::Disk;
use nt::FileTime;
use nt::security::SecurityDescriptor;
use proptest::prelude::*;
use regf::build::{NewKey, NewValue, build};
use regf::disk::ListKind;
use regf::edit::{Change, EditError, Editor, Invalid, KeyOptions, Options, Refusal, changes, check};
use regf::{CellOffset, Hive, Image, Key};

const T: FileTime = FileTime(134_000_000_000_000_000);

fn units(text: &str) -> Vec<u16> {
    text.encode_utf16().collect()
}

fn descriptor(number: usize) -> Vec<u8> {
    let sddl =
        ["O:BAG:SYD:P(A;CI;KA;;;BA)", "O:SYG:SYD:(A;CI;KR;;;BU)", "O:BAG:BAD:(A;;KA;;;SY)(A;;KR;;;WD)"];
    sddl[number % 3].parse::<SecurityDescriptor>().unwrap().to_bytes()
}

fn new_hive() -> Vec<u8> {
    let root = NewKey { security: descriptor(0), ..NewKey::new("ROOT") };
    build(&root, "test").unwrap()
}

/// The same hive with another minor version; it contains no lists yet whose kind depends on the version.
fn with_minor(mut hive: Vec<u8>, minor: u32) -> Vec<u8> {
    let mut block = regf::BaseBlock::new(&hive).unwrap();
    block.set_u32(24, minor);
    block.update_checksum();
    hive[..512].copy_from_slice(block.sector());
    hive
}

fn assert_sound<I: Image>(hive: &Hive<I>) {
    let faults = check(hive);
    assert!(faults.is_empty(), "{faults:?}");
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Model {
    name: Vec<u16>,
    class: Vec<u16>,
    security: usize,
    time: u64,
    values: Vec<(Vec<u16>, u32, Vec<u8>)>,
    keys: BTreeMap<Vec<u16>, Model>,
}

fn upper(name: &[u16]) -> Vec<u16> {
    name.iter().map(|&unit| nt::upcase(unit)).collect()
}

impl Model {
    fn at(&mut self, path: &[Vec<u16>]) -> &mut Self {
        path.iter().fold(self, |model, name| model.keys.get_mut(name).unwrap())
    }

    /// All paths, with upper-cased names.
    fn paths(&self) -> Vec<Vec<Vec<u16>>> {
        let mut all = vec![Vec::new()];
        for (name, key) in &self.keys {
            for path in key.paths() {
                all.push([vec![name.clone()], path].concat());
            }
        }
        all
    }
}

fn read<I: Image>(key: Key<'_, I>) -> Model {
    let security = key.security_bytes().unwrap().unwrap();
    Model {
        name: key.name().units().collect(),
        class: key.class_name().unwrap().map(|class| class.units().collect()).unwrap_or_default(),
        security: (0..3).find(|&number| descriptor(number) == security).unwrap(),
        time: key.last_write().0,
        values: key
            .values()
            .map(|value| {
                let value = value.unwrap();
                (value.name().units().collect(), value.data_type().0, value.data().unwrap().into_owned())
            })
            .collect(),
        keys: key.subkeys().map(|key| read(key.unwrap())).map(|model| (upper(&model.name), model)).collect(),
    }
}

#[derive(Clone, Debug)]
enum Op {
    Create(usize, String, Option<usize>, String),
    Delete(usize),
    Set(usize, String, u32, usize, u8),
    Insert(usize, usize, String, usize),
    Unset(usize, String),
    Security(usize, usize),
    Class(usize, String),
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof!["[a-dA-D_]{1,2}", "[a-zA-Z0-9 _-]{1,30}", "[äöÜßЖж日ŉ€]{1,6}",]
}

fn data_len() -> impl Strategy<Value = usize> {
    prop_oneof![0_usize..10, 0_usize..300, 4000_usize..4100, 16_340_usize..16_350, 30_000_usize..50_000]
}

fn op() -> impl Strategy<Value = Op> {
    let key = 0_usize..1000;
    prop_oneof![
        4 => (key.clone(), name(), proptest::option::of(0_usize..3), prop_oneof![Just(String::new()), name()])
            .prop_map(|(key, name, security, class)| Op::Create(key, name, security, class)),
        1 => key.clone().prop_map(Op::Delete),
        6 => (key.clone(), prop_oneof![Just(String::new()), name()], any::<u32>(), data_len(), any::<u8>())
            .prop_map(|(key, name, kind, len, byte)| Op::Set(key, name, kind, len, byte)),
        1 => (key.clone(), 0_usize..4, name(), data_len()).prop_map(|(k, p, n, l)| Op::Insert(k, p, n, l)),
        2 => (key.clone(), prop_oneof![Just(String::new()), name()]).prop_map(|(k, n)| Op::Unset(k, n)),
        1 => (key.clone(), 0_usize..3).prop_map(|(key, security)| Op::Security(key, security)),
        1 => (key, prop_oneof![Just(String::new()), name()]).prop_map(|(key, class)| Op::Class(key, class)),
    ]
}

fn key_at<I: Image>(editor: &Editor<I>, path: &[Vec<u16>]) -> CellOffset {
    path.iter().fold(editor.root(), |key, name| editor.subkey(key, name).unwrap().unwrap())
}

/// Applies an edit to the hive and to the model.
fn run<I: Image>(editor: &mut Editor<I>, model: &mut Model, op: &Op, tick: u64) {
    let time = FileTime(T.0 + tick);
    let paths = model.paths();
    let pick = |number: usize| paths[number % paths.len()].clone();
    match op {
        Op::Create(key, name, security, class) => {
            let (path, name, class) = (pick(*key), units(name), units(class));
            let cell = key_at(editor, &path);
            let bytes = security.map(descriptor);
            let options = KeyOptions { security: bytes.as_deref(), class: &class };
            let made = editor.create_key(cell, &name, &options, time);
            let above = model.at(&path);
            if above.keys.contains_key(&upper(&name)) {
                assert!(matches!(made, Err(EditError::Exists { .. })), "{made:?}");
                return;
            }
            made.unwrap();
            above.time = time.0;
            let security = security.unwrap_or(above.security);
            let new = Model { class, security, time: time.0, name: name.clone(), ..Model::default() };
            above.keys.insert(upper(&name), new);
        }
        Op::Delete(key) => {
            let mut path = pick(*key);
            let cell = key_at(editor, &path);
            let Some(name) = path.pop() else {
                assert!(matches!(editor.delete_tree(cell, time), Err(EditError::NotDeletable)));
                return;
            };
            let above = model.at(&path);
            if above.keys[&name].keys.is_empty() {
                editor.delete_key(cell, time).unwrap();
            } else {
                assert!(matches!(editor.delete_key(cell, time), Err(EditError::HasSubkeys { .. })));
                editor.delete_tree(cell, time).unwrap();
            }
            above.time = time.0;
            above.keys.remove(&name);
        }
        Op::Set(key, name, kind, len, byte) => {
            let (path, name) = (pick(*key), units(name));
            let data: Vec<u8> = (0..*len).map(|index| (index as u8).wrapping_mul(31) ^ byte).collect();
            editor.set_value(key_at(editor, &path), &name, *kind, &data, time).unwrap();
            let key = model.at(&path);
            key.time = time.0;
            match key.values.iter_mut().find(|value| upper(&value.0) == upper(&name)) {
                Some(value) => (value.1, value.2) = (*kind, data),
                None => key.values.push((name, *kind, data)),
            }
        }
        Op::Insert(key, place, name, len) => {
            let (path, name, data) = (pick(*key), units(name), vec![7; *len]);
            let cell = key_at(editor, &path);
            let done = editor.insert_value(cell, *place, &name, 3, &data, time);
            let key = model.at(&path);
            if key.values.iter().any(|value| upper(&value.0) == upper(&name)) {
                assert!(matches!(done, Err(EditError::Invalid(Invalid::ValueExists(_)))), "{done:?}");
                return;
            }
            done.unwrap();
            key.time = time.0;
            key.values.insert((*place).min(key.values.len()), (name, 3, data));
        }
        Op::Unset(key, name) => {
            let (path, name) = (pick(*key), units(name));
            let done = editor.delete_value(key_at(editor, &path), &name, time).unwrap();
            let key = model.at(&path);
            let before = key.values.len();
            key.values.retain(|value| upper(&value.0) != upper(&name));
            assert_eq!(done, key.values.len() < before);
            if done {
                key.time = time.0;
            }
        }
        Op::Security(key, security) => {
            let path = pick(*key);
            editor.set_security(key_at(editor, &path), &descriptor(*security), time).unwrap();
            let key = model.at(&path);
            (key.security, key.time) = (*security, time.0);
        }
        Op::Class(key, class) => {
            let (path, class) = (pick(*key), units(class));
            editor.set_class(key_at(editor, &path), &class, time).unwrap();
            let key = model.at(&path);
            (key.class, key.time) = (class, time.0);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Random edits in several commits are read back as in the model. The hive satisfies all rules after each
    /// commit, and after each edit in between.
    #[test]
    fn edits_are_those_of_the_model(
        minor in 3_u32..=6,
        commits in prop::collection::vec(prop::collection::vec(op(), 1..25), 1..4),
    ) {
        let mut disk = Disk::new(with_minor(new_hive(), minor));
        let mut model = read(Hive::open(disk.hive()).unwrap().root().unwrap());
        let mut tick = 0;
        for ops in commits {
            let mut editor = disk.edit(Options::default());
            for op in &ops {
                tick += 1;
                run(&mut editor, &mut model, op, tick);
                assert_sound(&editor.hive().unwrap());
            }
            prop_assert_eq!(&read(editor.hive().unwrap().root().unwrap()), &model);
            let commit = editor.commit().unwrap();
            disk.apply(&commit);
            let hive = Hive::open(disk.hive()).unwrap();
            prop_assert!(!hive.is_dirty());
            assert_sound(&hive);
            prop_assert_eq!(&read(hive.root().unwrap()), &model);
        }
    }
}

#[test]
fn ten_thousand_values_and_subkeys_fit_under_one_key() {
    for minor in [3, 5] {
        let disk = Disk::new(with_minor(new_hive(), minor));
        let mut editor = disk.edit(Options::default());
        let many = editor.create_path("Many", T).unwrap();
        for number in 0..10_000_u32 {
            let name = units(&format!("{:05}", number.wrapping_mul(7919) % 10_000));
            editor.set_value(many, &name, 4, &number.to_le_bytes(), T).unwrap();
            editor.create_key(many, &name, &KeyOptions::default(), T).unwrap();
        }
        let hive = editor.hive().unwrap();
        assert_sound(&hive);
        let key = hive.find("Many").unwrap().unwrap();
        assert_eq!((key.subkey_count(), key.value_count()), (10_000, 10_000));
        let kind = if minor == 3 { ListKind::FastLeaf } else { ListKind::HashLeaf };
        assert!(key.list_elements().all(|element| element.unwrap().0 == kind));
        assert!(key.find("00042").unwrap().is_some());
        editor.delete_tree(many, T).unwrap();
        let hive = editor.hive().unwrap();
        assert_sound(&hive);
        assert_eq!(hive.root().unwrap().subkey_count(), 0);
    }
}

#[test]
fn freed_room_is_used_again() {
    let mut disk = Disk::new(new_hive());
    let mut sizes = Vec::new();
    for _ in 0..6 {
        let mut editor = disk.edit(Options::default());
        let key = editor.create_path(r"A\B", T).unwrap();
        editor.set_value(key, "v", 3, &vec![1; 40_000], T).unwrap();
        let top = editor.find("A").unwrap().unwrap();
        editor.delete_tree(top, T).unwrap();
        let commit = editor.commit().unwrap();
        disk.apply(&commit);
        sizes.push(disk.hive().len());
    }
    assert!(sizes[1..].iter().all(|size| *size == sizes[0]), "{sizes:?}");
}

/// The sizes of bins from a file offset on.
fn bins(hive: &[u8], mut at: usize) -> Vec<usize> {
    let word = |at: usize| u32::from_le_bytes(hive[at..at + 4].try_into().unwrap()) as usize;
    let end = 4096 + word(40);
    let mut sizes = Vec::new();
    while at < end {
        assert_eq!((&hive[at..at + 4], word(at + 4)), (&b"hbin"[..], at - 4096));
        sizes.push(word(at + 8));
        at += word(at + 8);
    }
    sizes
}

/// Bins have 4096 bytes for every cell that fits, and the minimum size for a larger cell; measured on real
/// hives.
#[test]
fn room_is_added_in_the_steps_that_windows_uses() {
    for step in [1, 256 << 10] {
        let mut hive = new_hive();
        let old_end = hive.len();
        hive.resize(old_end.next_multiple_of(step), 0);
        let mut disk = Disk::new(hive);
        let mut editor = disk.edit(Options::default());
        let root = editor.root();
        for number in 0..40 {
            editor.set_value(root, &format!("{number}"), 3, &[7; 1500], T).unwrap();
        }
        let small = editor.hive().unwrap().base_block().bins_size() as usize + 4096;
        editor.set_value(root, "large", 3, &[9; 16_000], T).unwrap();
        let commit = editor.commit().unwrap();
        drop(editor);
        disk.apply(&commit);
        let sizes = bins(disk.hive(), old_end);
        let before: usize =
            sizes.iter().scan(old_end, |at, size| (*at < small).then(|| (*at += size, *size).1)).sum();
        assert_eq!(before + old_end, small);
        assert!(sizes[..(small - old_end) / 4096].iter().all(|size| *size == 4096), "{sizes:?}");
        assert_eq!(sizes[(small - old_end) / 4096..], [16_384], "{sizes:?}");
        assert!(disk.hive().len().is_multiple_of(step), "{} bytes", disk.hive().len());
        if step == 1 {
            assert_eq!(disk.hive().len(), old_end + sizes.iter().sum::<usize>());
        }
    }
}

/// Freed neighbors are joined, regardless of the order in which they were freed, and reused before the hive
/// grows.
#[test]
fn freed_neighbors_are_joined_and_used() {
    for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2], [0, 2, 1]] {
        let disk = Disk::new(new_hive());
        let mut editor = disk.edit(Options::default());
        let root = editor.root();
        // One bin of 4096 bytes: three adjacent cells, and no free space.
        let base = editor.create_path("Base", T).unwrap();
        for name in ["a", "b", "c", "rest"] {
            editor.set_value(root, name, 3, &[1; 900], T).unwrap();
        }
        let size = editor.hive().unwrap().base_block().bins_size();
        for place in order {
            assert!(editor.delete_value(root, ["a", "b", "c"][place], T).unwrap());
            assert_sound(&editor.hive().unwrap());
        }
        editor.set_value(base, "joined", 3, &[2; 2700], T).unwrap();
        assert_sound(&editor.hive().unwrap());
        assert_eq!(editor.hive().unwrap().base_block().bins_size(), size, "{order:?}");
    }
}

#[test]
fn only_what_was_asked_changes() {
    let mut disk = Disk::new(new_hive());
    let mut editor = disk.edit(Options::default());
    let key = editor.create_path(r"A\B\C", FileTime(1)).unwrap();
    editor.set_value(key, "x", 1, b"x\0", FileTime(1)).unwrap();
    editor.set_value(key, "y", 1, b"y\0", FileTime(1)).unwrap();
    let commit = editor.commit().unwrap();
    drop(editor);
    disk.apply(&commit);
    let mut editor = disk.edit(Options::default());
    let key = editor.find(r"a\b\c").unwrap().unwrap();
    editor.set_value(key, "X", 4, &[1, 0, 0, 0], T).unwrap();
    editor.delete_value(key, "Y", T).unwrap();
    editor.create_path(r"A\New", T).unwrap();
    let (old, new) = (editor.original().unwrap(), editor.hive().unwrap());
    let found = changes(&old, &new).unwrap();
    let c = || r"A\B\C".to_owned();
    assert_eq!(
        found,
        [
            Change::Touched("A".into()),
            Change::KeyAdded(r"A\New".into()),
            Change::Touched(c()),
            Change::ValueChanged(c(), "x".into()),
            Change::ValueRemoved(c(), "y".into()),
        ]
    );
    assert!(changes(&old, &old).unwrap().is_empty());
}

#[test]
fn what_cannot_be_stored_is_refused_and_changes_nothing() {
    let disk = Disk::new(with_minor(new_hive(), 3));
    let mut editor = disk.edit(Options::default());
    let root = editor.root();
    let plain = KeyOptions::default();
    for name in ["", r"a\b", &"x".repeat(256)] {
        let made = editor.create_key(root, name, &plain, T);
        assert!(matches!(made, Err(EditError::Invalid(Invalid::KeyName(_)))), "{made:?}");
    }
    let made = editor.set_value(root, &vec![65; 16_384], 1, b"", T);
    assert!(matches!(made, Err(EditError::Invalid(Invalid::ValueName(16_384)))));
    let made = editor.set_value(root, &[65], 1, &vec![0; (1 << 20) + 1], T);
    assert!(matches!(made, Err(EditError::Invalid(Invalid::Data { .. }))));
    assert!(matches!(
        editor.set_security(root, b"no descriptor", T),
        Err(EditError::Invalid(Invalid::Security(_)))
    ));
    assert!(editor.commit().unwrap().steps().is_empty());
    editor.set_value(root, &vec![65; 16_383], 1, &vec![7; 1 << 20], T).unwrap();
    editor.create_key(root, &[65; 255], &plain, T).unwrap();
    let mut key = root;
    for _ in 0..512 {
        key = editor.create_key(key, "d", &plain, T).unwrap();
    }
    assert!(matches!(editor.create_key(key, "d", &plain, T), Err(EditError::Invalid(Invalid::Depth))));
    assert_sound(&editor.hive().unwrap());
}

#[test]
fn hives_that_must_not_be_edited_are_refused() {
    let refusal = |change: &dyn Fn(&mut regf::BaseBlock)| {
        let mut hive = new_hive();
        let mut block = regf::BaseBlock::new(&hive).unwrap();
        change(&mut block);
        block.update_checksum();
        hive[..512].copy_from_slice(block.sector());
        match Editor::open(hive, &[&[], &[], &[]], Options::default()) {
            Err(EditError::Refused(refusal)) => refusal,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(refusal(&|block| block.set_u32(24, 2)), Refusal::Version { major: 1, minor: 2 });
    assert_eq!(refusal(&|block| block.set_u32(24, 7)), Refusal::Version { major: 1, minor: 7 });
    assert_eq!(refusal(&|block| block.set_u32(144, 1)), Refusal::Transactions);
    assert!(matches!(refusal(&|block| block.set_u32(40, 8192)), Refusal::Truncated { .. }));
    assert!(matches!(refusal(&|block| block.set_u32(4, 9)), Refusal::Dirty(_)));
    assert_eq!(refusal(&|block| (block.set_u32(4, !0), block.set_u32(8, !0)).0), Refusal::Sequence);
}

#[test]
fn a_dirty_hive_without_logs_is_edited_only_when_asked() {
    let mut hive = new_hive();
    let mut block = regf::BaseBlock::new(&hive).unwrap();
    block.set_u32(4, 9);
    block.update_checksum();
    hive[..512].copy_from_slice(block.sector());
    let mut disk = Disk::new(hive);
    let mut editor = disk.edit(Options { accept_dirty: true, ..Options::default() });
    editor.create_path("New", T).unwrap();
    let commit = editor.commit().unwrap();
    drop(editor);
    disk.apply(&commit);
    let hive = Hive::open(disk.hive()).unwrap();
    assert!(!hive.is_dirty() && hive.find("New").unwrap().is_some());
    assert!(hive.base_block().primary_sequence() > 9);
}

#[test]
fn values_of_builders_and_editors_are_stored_alike() {
    let tree = NewKey {
        name: units("ROOT"),
        security: descriptor(0),
        values: [0, 1, 4, 5, 16_344, 16_345, 40_000]
            .iter()
            .map(|&len| NewValue { name: units(&format!("v{len}")), kind: 3, data: vec![9; len] })
            .collect(),
        ..NewKey::default()
    };
    let built = build(&tree, "test").unwrap();
    let built = Hive::open(built).unwrap();
    let disk = Disk::new(new_hive());
    let mut editor = disk.edit(Options::default());
    let root = editor.root();
    for value in &tree.values {
        editor.set_value(root, &value.name, value.kind, &value.data, FileTime::ZERO).unwrap();
    }
    assert_eq!(disks::dump(&editor.hive().unwrap()), disks::dump(&built));
    let resident = |hive: &Hive<_>| -> Vec<bool> {
        hive.root().unwrap().values().map(|value| value.unwrap().record().is_resident()).collect()
    };
    assert_eq!(resident(&built), [true, true, true, false, false, false, false]);
}
