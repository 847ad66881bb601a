//! Built hives are read back equal: keys, classes, times, security, values, data.
#![allow(clippy::unwrap_used)]

use nt::FileTime;
use nt::security::SecurityDescriptor;
use proptest::prelude::*;
use regf::build::{BuildError, NewKey, NewValue, build};
use regf::disk::{BASE_BLOCK_LEN, ListKind, SubkeyList};
use regf::walk::{Step, Trail, Visitor, walk};
use regf::{CellOffset, Hive, Image, Key, ToUnits as _, Value};

fn descriptor(sddl: &str) -> Vec<u8> {
    sddl.parse::<SecurityDescriptor>().unwrap().to_bytes()
}

fn root(subkeys: Vec<NewKey>) -> NewKey {
    NewKey {
        name: "ROOT".to_units().into_owned(),
        last_write: FileTime(133_000_000_000_000_000),
        security: descriptor("O:BAG:SYD:P(A;CI;KA;;;BA)"),
        subkeys,
        ..NewKey::default()
    }
}

fn key(name: &str) -> NewKey {
    NewKey::new(name)
}

fn value(name: &str, kind: u32, data: impl Into<Vec<u8>>) -> NewValue {
    NewValue { name: name.to_units().into_owned(), kind, data: data.into() }
}

/// The tree as it is read back, subkeys in the order of names. A descriptor equal to that of the parent key
/// is omitted, as [`build`] expects it.
fn read<I: Image>(key: Key<'_, I>, inherited: &[u8]) -> NewKey {
    let security = key.security_bytes().unwrap().unwrap();
    NewKey {
        name: key.name().units().collect(),
        class: key.class_name().unwrap().map(|name| name.units().collect()).unwrap_or_default(),
        last_write: key.last_write(),
        security: if security == inherited { Vec::new() } else { security.to_vec() },
        values: key
            .values()
            .map(|value| {
                let value = value.unwrap();
                NewValue {
                    name: value.name().units().collect(),
                    kind: value.data_type().0,
                    data: value.data().unwrap().into_owned(),
                }
            })
            .collect(),
        subkeys: key.subkeys().map(|sub| read(sub.unwrap(), security)).collect(),
    }
}

/// The tree in the form that [`read`] returns.
fn expected(key: &NewKey, inherited: &[u8]) -> NewKey {
    let security = if key.security.is_empty() { inherited } else { &key.security };
    let mut subkeys: Vec<_> = key.subkeys.iter().map(|sub| expected(sub, security)).collect();
    subkeys.sort_by_key(|sub| sub.name.iter().map(|&unit| nt::upcase(unit)).collect::<Vec<_>>());
    NewKey {
        security: if security == inherited { Vec::new() } else { security.to_vec() },
        subkeys,
        ..key.clone()
    }
}

/// Counts the errors of [`walk`].
#[derive(Default)]
struct Damage(Vec<String>);

impl<'h, I: Image> Visitor<'h, I> for Damage {
    fn key(&mut self, _: &Trail<'h, I>) -> Step {
        Step::Continue
    }

    fn value(&mut self, _: &Trail<'h, I>, _: &Value<'h, I>, data: regf::Result<&[u8]>) -> Step {
        self.0.extend(data.err().map(|error| error.to_string()));
        Step::Continue
    }

    fn damage(&mut self, _: &Trail<'h, I>, error: regf::Error) {
        self.0.push(error.to_string());
    }
}

fn round_trip(tree: &NewKey) -> Vec<u8> {
    let bytes = build(tree, "TEST").unwrap();
    let hive = Hive::open(bytes.as_slice()).unwrap();
    assert_eq!(hive.dirty(), None);
    assert!(!hive.is_truncated());
    assert_eq!(format!("{:?}", read(hive.root().unwrap(), &[])), format!("{:?}", expected(tree, &[])));
    let mut damage = Damage::default();
    walk(hive.root().unwrap(), &mut damage);
    assert_eq!(damage.0, Vec::<String>::new());
    bytes
}

/// Every cell of the hive as (offset, size as stored), after a check that cells fill their bins exactly.
fn cells(bytes: &[u8]) -> Vec<(usize, i32)> {
    let word = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
    let mut cells = Vec::new();
    let mut bin = BASE_BLOCK_LEN;
    while bin < bytes.len() {
        assert_eq!(&bytes[bin..bin + 4], b"hbin");
        assert_eq!(word(bin + 4) as usize, bin - BASE_BLOCK_LEN);
        let end = bin + word(bin + 8) as usize;
        let mut at = bin + 32;
        while at < end {
            let size = word(at).cast_signed();
            assert!(size != 0 && size % 8 == 0, "cell of {size} bytes at {at:#x}");
            cells.push((at, size));
            at += size.unsigned_abs() as usize;
        }
        assert_eq!(at, end, "the last cell of a bin ends with it");
        bin = end;
    }
    cells
}

#[test]
fn the_smallest_hive_is_a_root() {
    let bytes = round_trip(&root(Vec::new()));
    assert_eq!(bytes.len(), 8192);
    assert_eq!(bytes[4096 + 32 + 4 + 2], 0x2C, "root, no delete, compressed name");
}

#[test]
fn values_of_every_length_that_the_format_treats_differently() {
    let lengths = [0, 1, 3, 4, 5, 8, 4095, 4096, 16_343, 16_344, 16_345, 16_352, 32_688, 32_689, 200_000];
    let mut tree = root(Vec::new());
    for length in lengths {
        let data: Vec<u8> = (0..length).map(|i| u8::try_from(i % 251).unwrap()).collect();
        tree.values.push(value(&format!("length {length}"), 3, data));
    }
    tree.values.push(value("", 0xFFFF_0012, *b"default"));
    let bytes = round_trip(&tree);
    let big = cells(&bytes).iter().filter(|&&(at, size)| size < 0 && &bytes[at + 4..at + 6] == b"db").count();
    assert_eq!(big, 5, "data of more than 16,344 bytes are cut into segments");
}

#[test]
fn an_empty_name_is_not_marked_as_compressed() {
    let mut tree = root(Vec::new());
    tree.values.push(value("", 1, *b"x\0"));
    tree.values.push(value("ä", 1, *b"x\0"));
    tree.values.push(value("Ж", 1, *b"x\0"));
    let bytes = round_trip(&tree);
    let hive = Hive::open(bytes.as_slice()).unwrap();
    let flags: Vec<_> =
        hive.root().unwrap().values().map(|value| value.unwrap().record().flags().0).collect();
    assert_eq!(flags, [0, 1, 0]);
}

#[test]
fn names_keep_case_blanks_and_characters_of_any_kind() {
    let names = ["a", " a", "a ", "A\0b", "Größe", "ÿ", "Ā", "ключ", "\u{1F511}", "x/y", "*"];
    let mut tree = root(names.iter().copied().map(key).collect());
    let unpaired = NewKey { name: vec![0xD800, 0x41], ..NewKey::default() };
    tree.subkeys.push(unpaired);
    tree.subkeys[0].class = "class of a".to_units().into_owned();
    tree.subkeys[1].class = "Klasse mit Ж".to_units().into_owned();
    tree.subkeys[2].last_write = FileTime(u64::MAX);
    let bytes = round_trip(&tree);
    let hive = Hive::open(bytes.as_slice()).unwrap();
    for name in names {
        assert!(hive.root().unwrap().subkey(name).unwrap().is_some(), "{name:?} is found by its name");
    }
}

#[test]
fn long_lists_are_split_and_stay_in_order() {
    for count in [506, 507, 508, 1014, 1015, 3000] {
        let mut subkeys: Vec<_> = (0..count).map(|i| key(&format!("Key {i}"))).collect();
        subkeys.reverse();
        let bytes = round_trip(&root(subkeys));
        let hive = Hive::open(bytes.as_slice()).unwrap();
        let top = hive.root().unwrap();
        assert_eq!(top.subkey_count() as usize, count);
        for i in [0, 1, count / 2, count - 1] {
            assert!(top.subkey(&format!("kEY {i}")).unwrap().is_some());
        }
        let list = top.node().subkey_list();
        let list = SubkeyList::parse(&bytes[usize::try_from(list.file_offset()).unwrap() + 4..]).unwrap();
        assert_eq!(list.kind() == ListKind::IndexRoot, count > 507);
    }
}

#[test]
fn equal_descriptors_share_one_counted_item() {
    let special = descriptor("O:S-1-5-20G:S-1-5-20D:P(A;;KA;;;S-1-5-20)");
    let mut grace = key("GracePeriod");
    grace.security.clone_from(&special);
    grace.subkeys.push(key("below"));
    let mut other = key("Secrets");
    other.security = special;
    let bytes = round_trip(&root(vec![grace, other, key("plain")]));
    let hive = Hive::open(bytes.as_slice()).unwrap();
    let top = hive.root().unwrap();
    let of = |path: &str| top.find(path).unwrap().unwrap().security().unwrap().unwrap();
    assert_eq!(of("plain").references(), 2);
    assert_eq!(of("GracePeriod").references(), 3);
    let items =
        cells(&bytes).iter().filter(|&&(at, size)| size < 0 && &bytes[at + 4..at + 6] == b"sk").count();
    assert_eq!(items, 2);
    // The items form a ring.
    let first = top.node().security();
    let second = of("plain").next();
    assert_ne!(first, second);
    assert_eq!(of("GracePeriod").next(), first);
    assert_eq!(of("plain").previous(), second);
}

#[test]
fn no_two_free_cells_lie_side_by_side() {
    let mut tree = root((0..200).map(|i| key(&format!("{i:0>60}"))).collect());
    tree.values = (0..40).map(|i| value(&format!("v{i}"), 3, vec![7; i * 331])).collect();
    let bytes = round_trip(&tree);
    for pair in cells(&bytes).windows(2) {
        let adjacent = pair[0].0 + pair[0].1.unsigned_abs() as usize == pair[1].0;
        assert!(!(adjacent && pair[0].1 > 0 && pair[1].1 > 0), "free cells at {:#x}", pair[0].0);
    }
}

#[test]
fn the_deepest_tree_is_built_and_a_deeper_one_refused() {
    let chain = |depth: usize| {
        let mut chain = key("bottom");
        for _ in 1..depth {
            chain = NewKey { subkeys: vec![chain], ..key("level") };
        }
        root(vec![chain])
    };
    let bytes = build(&chain(512), "DEEP").unwrap();
    let hive = Hive::open(bytes.as_slice()).unwrap();
    let path = [vec!["level"; 511], vec!["bottom"]].concat().join("\\");
    assert!(hive.find(&path).unwrap().is_some());
    assert_eq!(build(&chain(513), "DEEP"), Err(BuildError::Depth));
}

#[test]
fn what_no_hive_can_hold_is_refused() {
    let refused = |tree: &NewKey| build(tree, "").unwrap_err();
    assert!(matches!(refused(&root(vec![key("")])), BuildError::KeyName { .. }));
    assert!(matches!(refused(&root(vec![key(r"a\b")])), BuildError::KeyName { .. }));
    assert!(matches!(refused(&root(vec![key(&"x".repeat(256))])), BuildError::KeyName { .. }));
    assert!(build(&root(vec![key(&"x".repeat(255))]), "").is_ok());
    assert_eq!(refused(&root(vec![key("Größe"), key("GRÖßE")])), BuildError::Twice { name: "GRÖßE".into() });
    let mut twins = root(Vec::new());
    twins.values = vec![value("Mode", 4, [1]), value("mode", 4, [2])];
    assert!(matches!(refused(&twins), BuildError::Twice { .. }));
    let mut long = root(Vec::new());
    long.values.push(value(&"x".repeat(16_384), 4, [1]));
    assert_eq!(refused(&long), BuildError::ValueName { length: 16_384 });
    assert_eq!(refused(&key("no security")), BuildError::NoSecurity);
}

#[test]
fn the_file_name_is_cut_from_the_front() {
    let name = r"\SystemRoot\System32\Config\SYSTEM of the third machine";
    let bytes = build(&root(Vec::new()), name).unwrap();
    let stored: Vec<u16> = bytes[48..112].chunks_exact(2).map(|b| u16::from_le_bytes([b[0], b[1]])).collect();
    assert_eq!(stored[31], 0);
    assert!(name.ends_with(&String::from_utf16(&stored[..31]).unwrap()));
    assert_eq!(Hive::open(bytes.as_slice()).unwrap().base_block().root(), CellOffset(32));
}

fn any_name() -> impl Strategy<Value = Vec<u16>> {
    prop_oneof![
        "[a-zA-Z0-9 _.-]{1,12}".prop_map(|text| text.to_units().into_owned()),
        proptest::collection::vec(any::<u16>().prop_filter("backslash", |&u| u != 0x5C), 1..8),
    ]
}

fn any_value() -> impl Strategy<Value = NewValue> {
    let data = prop_oneof![
        8 => proptest::collection::vec(any::<u8>(), 0..40),
        1 => (0..40_000_usize).prop_map(|length| vec![0xA5; length]),
    ];
    (prop_oneof![Just(Vec::new()), any_name()], any::<u32>(), data).prop_map(|(name, kind, data)| NewValue {
        name,
        kind,
        data,
    })
}

fn any_key() -> impl Strategy<Value = NewKey> {
    let security = prop_oneof![
        4 => Just(Vec::new()),
        1 => Just(descriptor("O:SYG:SYD:(A;;KR;;;BU)")),
        1 => Just(descriptor("O:BAG:BAD:(A;;KA;;;BA)(A;;KA;;;SY)")),
    ];
    let leaf = (any_name(), any::<u64>(), security, proptest::collection::vec(any_value(), 0..4)).prop_map(
        |(name, time, security, values)| NewKey {
            name,
            last_write: FileTime(time),
            security,
            values,
            ..NewKey::default()
        },
    );
    leaf.prop_recursive(4, 64, 6, |inner| {
        (inner.clone(), proptest::collection::vec(inner, 0..6))
            .prop_map(|(key, subkeys)| NewKey { subkeys, ..key })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_is_built_reads_back_equal(subkeys in proptest::collection::vec(any_key(), 0..8)) {
        let tree = root(subkeys);
        match build(&tree, "TEST") {
            Ok(_) => { round_trip(&tree); }
            // Names that differ in case only are rare.
            Err(error) => prop_assert!(matches!(error, BuildError::Twice { .. }), "{error}"),
        }
    }
}
