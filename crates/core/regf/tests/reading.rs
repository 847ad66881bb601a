//! Reading small hives that were built for the tests.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::borrow::Cow;

use regf::disk::{ListKind, base_block_at};
use regf::walk::{Step, Trail, Visitor};
use regf::{BaseBlock, Dirty, Error, FileImage, Hive, Image, Problem, Structure, Value};

mod builder;

use builder::{Options, build, data_at, key, sample};

fn versions() -> impl Iterator<Item = Options> {
    [1, 2, 3, 4, 5, 6]
        .into_iter()
        .flat_map(|minor| [500, 7, 1].map(|leaf_len| Options { minor, leaf_len, ..Options::default() }))
}

#[test]
fn every_version_and_list_is_read() {
    for options in versions() {
        let bytes = build(&sample(), options);
        let hive = Hive::open(&bytes[..]).unwrap();
        assert_eq!(hive.dirty(), None);
        let root = hive.root().unwrap();
        assert!(root.is_root());
        assert_eq!(root.path().unwrap(), "");
        assert_eq!(root.last_write(), builder::time());
        let names: Vec<String> = root.subkeys().map(|key| key.unwrap().name().to_string()).collect();
        assert_eq!(names, ["Many", "Software"]);

        let many = root.subkey("MANY").unwrap().unwrap();
        assert_eq!(many.subkey_count(), 40);
        let subkeys: Vec<_> = many.subkeys().collect::<Result<_, _>>().unwrap();
        assert_eq!(subkeys.len(), 40);
        for (index, subkey) in subkeys.iter().enumerate() {
            assert_eq!(subkey.path().unwrap(), format!("Many\\Key{index:02}"));
            let found = many.subkey(&format!("kEY{index:02}")).unwrap().unwrap();
            assert_eq!(found.offset(), subkey.offset());
            let value = found.value("N").unwrap().unwrap();
            assert_eq!(value.data().unwrap(), [u8::try_from(index).unwrap(), 0, 0, 0].as_slice());
        }
        for absent in ["", "Key", "Key40", "Key001", "A", "Z", "ключ", "Ke\u{DF}"] {
            assert!(many.subkey(absent).unwrap().is_none(), "{absent}");
        }
    }
}

#[test]
fn values_come_out_as_stored() {
    for options in versions() {
        let bytes = build(&sample(), options);
        let hive = Hive::open(&bytes[..]).unwrap();
        let root = hive.root().unwrap();
        let found: Vec<(String, u32, Vec<u8>)> = root
            .values()
            .map(|value| {
                let value = value.unwrap();
                (value.name().to_string(), value.data_type().0, value.data().unwrap().into_owned())
            })
            .collect();
        let expected: Vec<(String, u32, Vec<u8>)> =
            sample().values.into_iter().map(|spec| (spec.name, spec.kind, spec.data)).collect();
        assert_eq!(found, expected);

        let software = hive.find("\\software\\").unwrap().unwrap();
        assert_eq!(software.class_name().unwrap().unwrap().to_string(), "class");
        let big = software.value("big").unwrap().unwrap().data().unwrap();
        assert_eq!(big.len(), 40_000);
        assert!(big.iter().enumerate().all(|(i, &byte)| usize::from(byte) == i % 256));
        assert_eq!(matches!(big, Cow::Owned(_)), options.minor > 3, "only segments are copied");
        assert_eq!(software.value("gRÖßE").unwrap().unwrap().data_len(), 16_344);
        let wide = hive.find("Software\\кЛЮЧ").unwrap().unwrap();
        assert_eq!(wide.value("ИМЯ").unwrap().unwrap().data().unwrap(), b"x\0\0\0".as_slice());
        assert!(hive.find("Software\\äö\\Deep\\deeper").unwrap().is_some());
        assert!(hive.find("Software\\äö\\Deep\\none\\x").unwrap().is_none());
        assert_eq!(root.security_bytes().unwrap().unwrap().len(), 20);
    }
}

#[test]
fn a_file_read_page_by_page_gives_the_same() {
    let bytes = build(&sample(), Options::default());
    let file = FileImage::new(bytes.clone(), bytes.len() as u64);
    let hive = Hive::open(&file).unwrap();
    let value = hive.find("Many\\Key39").unwrap().unwrap().value("n").unwrap().unwrap();
    assert_eq!(value.data().unwrap(), [39, 0, 0, 0].as_slice());
    assert!(file.pages_touched() <= 6, "{}", file.pages_touched());
    let software = hive.find("Software").unwrap().unwrap();
    let plain = Hive::open(&bytes[..]).unwrap();
    let expected = plain.find("Software").unwrap().unwrap();
    for name in ["Big", "Größe"] {
        let data = |key: regf::Key<'_, _>| key.value(name).unwrap().unwrap().data().unwrap().into_owned();
        let expected = expected.value(name).unwrap().unwrap().data().unwrap().into_owned();
        assert_eq!(data(software), expected);
    }
}

#[test]
fn dirt_is_seen() {
    let mut bytes = build(&sample(), Options { sequence: (8, 7), ..Options::default() });
    let dirty = Hive::open(&bytes[..]).unwrap().dirty();
    assert_eq!(dirty, Some(Dirty::Sequence { primary: 8, secondary: 7 }));
    bytes[base_block_at::BINS_SIZE] ^= 1;
    let hive = Hive::open(&bytes[..]).unwrap();
    assert!(matches!(hive.dirty(), Some(Dirty::Checksum { .. })));
    assert!(hive.find("Many\\Key07").unwrap().is_some(), "a wrong checksum does not stop reading");
    // Even if the root's offset was damaged too.
    bytes[base_block_at::ROOT..][..4].copy_from_slice(&[0xAA; 4]);
    let hive = Hive::open(&bytes[..]).unwrap();
    assert!(hive.find("Many\\Key07").unwrap().is_some());
    assert_eq!(hive.root().unwrap().path().unwrap(), "");
}

#[test]
fn a_sparse_file_of_four_gibibytes_costs_little() {
    let mut file = tempfile::tempfile().unwrap();
    let mut bytes = build(&sample(), Options::default());
    let mut block = BaseBlock::new(&bytes).unwrap();
    block.set_u32(base_block_at::BINS_SIZE, 0xFFFF_E000);
    block.update_checksum();
    bytes[..512].copy_from_slice(block.sector());
    std::io::Write::write_all(&mut file, &bytes).unwrap();
    file.set_len(4 << 30).unwrap();
    let image = FileImage::from_file(file).unwrap();
    let hive = Hive::open(&image).unwrap();
    assert!(hive.find("Many\\Key07").unwrap().is_some());
    let mut seen = 0;
    hive.walk(&mut Counter(&mut seen)).unwrap();
    assert_eq!(seen, 47);
    assert_eq!(regf::deleted::deleted(&hive).count(), 0);
    assert!(image.pages_touched() < 2000, "{} pages", image.pages_touched());
}

struct Counter<'c>(&'c mut usize);

impl<'h, I: Image> Visitor<'h, I> for Counter<'_> {
    fn key(&mut self, _: &Trail<'h, I>) -> Step {
        *self.0 += 1;
        Step::Continue
    }

    fn value(&mut self, _: &Trail<'h, I>, _: &Value<'h, I>, data: regf::Result<&[u8]>) -> Step {
        assert!(data.is_ok());
        Step::Continue
    }

    fn damage(&mut self, _: &Trail<'h, I>, error: Error) {
        assert_eq!(error.structure(), Structure::Bin, "{error}");
    }
}

/// Hives over files can be sent to threads and shared between them.
#[test]
fn a_hive_can_be_shared_between_threads() {
    fn shared<T: Send + Sync>(value: T) -> T {
        value
    }
    let bytes = build(&sample(), Options::default());
    let hive = shared(Hive::open(FileImage::new(bytes.clone(), bytes.len() as u64)).unwrap());
    std::thread::scope(|scope| {
        for index in 0..4 {
            let hive = &hive;
            scope.spawn(move || {
                let key = hive.find(&format!("Many\\Key0{index}")).unwrap().unwrap();
                assert_eq!(key.value("n").unwrap().unwrap().data().unwrap(), [index, 0, 0, 0].as_slice());
            });
        }
    });
}

#[test]
fn what_is_no_hive_is_refused() {
    let bytes = build(&sample(), Options::default());
    let refused = |bytes: &[u8]| Hive::open(bytes).map(|_| ()).unwrap_err();
    assert!(matches!(refused(b"").problem(), Problem::TooShort { needed: 512, found: 0 }));
    assert!(matches!(refused(&bytes[..511]).problem(), Problem::TooShort { .. }));
    assert!(matches!(refused(&[b' '; 4096]).problem(), Problem::Signature { expected: "regf", .. }));
    let mut block = BaseBlock::new(&bytes).unwrap();
    block.set_u32(base_block_at::FILE_TYPE, 6);
    block.update_checksum();
    assert!(matches!(refused(block.sector()).problem(), Problem::IsLog));
}

#[test]
fn a_hive_cut_off_is_read_as_far_as_it_goes() {
    let bytes = build(&sample(), Options::default());
    let hive = Hive::open(&bytes[..512]).unwrap();
    assert!(hive.is_truncated());
    assert!(matches!(hive.root().unwrap_err().problem(), Problem::Beyond { .. }));
    let hive = Hive::open(&bytes[..8192]).unwrap();
    assert!(hive.is_truncated());
    assert!(hive.root().is_ok());
}

#[test]
fn damage_stays_local_and_says_where() {
    let bytes = build(&sample(), Options { leaf_len: 10, ..Options::default() });
    let hive = Hive::open(&bytes[..]).unwrap();
    let victim = hive.find("Many\\Key05").unwrap().unwrap();
    let mut damaged = bytes.clone();
    damaged[data_at(victim.offset())] = b'x';
    let hive = Hive::open(&damaged[..]).unwrap();
    let many = hive.find("Many").unwrap().unwrap();
    let results: Vec<_> = many.subkeys().collect();
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 39);
    let error = results.into_iter().find_map(Result::err).unwrap();
    assert_eq!(error.offset(), victim.offset().file_offset());
    assert_eq!(error.structure(), Structure::KeyNode);
    assert!(many.subkey("Key06").unwrap().is_some());
    assert!(many.subkey("Key05").is_err(), "unknown, not absent");
    assert!(many.subkey("Key99").unwrap().is_none(), "the damaged key's hash is another one");
}

#[test]
fn a_damaged_leaf_loses_only_its_own_keys() {
    let bytes = build(&sample(), Options { leaf_len: 10, ..Options::default() });
    let hive = Hive::open(&bytes[..]).unwrap();
    let many = hive.find("Many").unwrap().unwrap();
    let root_list = data_at(many.node().subkey_list());
    let mut damaged = bytes.clone();
    damaged[root_list + 4 + 4] ^= 0xFF;
    let hive = Hive::open(&damaged[..]).unwrap();
    let many = hive.find("Many").unwrap().unwrap();
    let (good, bad): (Vec<_>, Vec<_>) = many.subkeys().partition(Result::is_ok);
    assert_eq!((good.len(), bad.len()), (30, 1));
    assert!(many.subkey("Key35").unwrap().is_some());
    assert!(many.subkey("Key15").is_err());
}

#[test]
fn wrong_hashes_beyond_ascii_do_not_hide_a_key() {
    let bytes = build(&sample(), Options::default());
    let hive = Hive::open(&bytes[..]).unwrap();
    let software = hive.find("Software").unwrap().unwrap();
    let list = data_at(software.node().subkey_list());
    let mut other = bytes.clone();
    for element in 0..2 {
        other[list + 4 + 8 * element + 4] ^= 1;
    }
    let hive = Hive::open(&other[..]).unwrap();
    assert!(hive.find("Software\\ключ").unwrap().is_some());
}

#[test]
fn lists_cannot_be_followed_for_ever() {
    // An index root that refers to one leaf, or itself, 65535 times.
    let mut spec = key("ROOT");
    for i in 0..2000 {
        spec = spec.subkey(key(&format!("{i:04}")));
    }
    let bytes = build(&spec, Options { leaf_len: 1, ..Options::default() });
    let hive = Hive::open(&bytes[..]).unwrap();
    let list = hive.root().unwrap().node().subkey_list();
    let at = data_at(list);
    for target in [u32::from_le_bytes(bytes[at + 4..at + 8].try_into().unwrap()), list.0] {
        let mut looped = bytes.clone();
        for element in looped[at + 4..at + 4 + 8000].as_chunks_mut::<4>().0 {
            *element = target.to_le_bytes();
        }
        let hive = Hive::open(&looped[..]).unwrap();
        let root = hive.root().unwrap();
        assert!(root.subkeys().count() <= 2001);
        assert!(root.subkey("0001").is_err() || target != list.0);
    }
    let leaf = ListKind::of_signature([bytes[at], bytes[at + 1]]);
    assert_eq!(leaf, Some(ListKind::IndexRoot));
}

#[test]
fn parents_in_a_loop_have_no_path() {
    let bytes = build(&sample(), Options::default());
    let hive = Hive::open(&bytes[..]).unwrap();
    let key = hive.find("Software\\ÄÖ\\deep").unwrap().unwrap();
    let mut looped = bytes.clone();
    let at = data_at(key.offset()) + 16;
    looped[at..at + 4].copy_from_slice(&key.offset().0.to_le_bytes());
    let hive = Hive::open(&looped[..]).unwrap();
    let key = hive.find("Software\\ÄÖ\\deep").unwrap().unwrap();
    assert!(matches!(key.path().unwrap_err().problem(), Problem::TooDeep));
}

#[test]
fn claims_larger_than_the_hive_are_errors() {
    let bytes = build(&sample(), Options::default());
    let hive = Hive::open(&bytes[..]).unwrap();
    let software = hive.find("Software").unwrap().unwrap();
    let big = software.value("Big").unwrap().unwrap();
    let mut damaged = bytes.clone();
    let at = data_at(big.offset()) + 4;
    damaged[at..at + 4].copy_from_slice(&0x7FFF_FFFF_u32.to_le_bytes());
    let node = data_at(software.offset()) + 36;
    damaged[node..node + 4].copy_from_slice(&u32::MAX.to_le_bytes());
    let hive = Hive::open(&damaged[..]).unwrap();
    let software = hive.find("Software").unwrap().unwrap();
    assert!(software.value("Big").unwrap().unwrap().data().is_err());
    let errors: Vec<_> = software.values().filter_map(Result::err).collect();
    assert!(errors.iter().any(|e| matches!(e.problem(), Problem::Count { claimed: 0xFFFF_FFFF, .. })));
    assert!(software.values().count() < 10);
}
