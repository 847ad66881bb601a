//! Recovery of deleted records from hives built for the tests.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use nt::FileTime;
use regf::deleted::{Confidence, DataState, Origin, Recovered, deleted};
use regf::{CellOffset, Hive};

mod builder;

use builder::{KeySpec, Options, build, data_at, key};

fn tree() -> KeySpec {
    key("ROOT")
        .subkey(
            key("Gone")
                .value("Text", 1, b"some text\0")
                .value("Number", 4, &[1, 2, 3, 4])
                .subkey(key("Below").value("", 3, &[7; 40])),
        )
        .subkey(key("Stays").value("first", 3, &[1; 8]).value("last", 3, &[2; 8]))
}

/// Marks a cell as free.
fn free(bytes: &mut [u8], cell: CellOffset) {
    let at = data_at(cell) - 4;
    let size = i32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
    assert!(size < 0);
    bytes[at..at + 4].copy_from_slice(&(-size).to_le_bytes());
}

/// Deletes the key `Gone` with its subtree, as far as this is possible without an editor.
fn without_gone(options: Options) -> Vec<u8> {
    let mut bytes = build(&tree(), options);
    let mut cells = Vec::new();
    let root_list = {
        let hive = Hive::open(&bytes[..]).unwrap();
        for path in ["Gone", "Gone\\Below"] {
            let key = hive.find(path).unwrap().unwrap();
            cells.extend([key.offset(), key.node().value_list()]);
            for value in key.values() {
                let value = value.unwrap();
                cells.push(value.offset());
                if !value.record().is_resident() {
                    cells.push(value.record().data_offset());
                }
            }
        }
        cells.push(hive.find("Gone").unwrap().unwrap().node().subkey_list());
        data_at(hive.root().unwrap().node().subkey_list())
    };
    for cell in cells {
        free(&mut bytes, cell);
    }
    // "Gone" is the first of the two elements.
    let element = if options.minor < 3 { 4 } else { 8 };
    bytes.copy_within(root_list + 4 + element..root_list + 4 + 2 * element, root_list + 4);
    bytes[root_list + 2] = 1;
    let root = u32::from_le_bytes(bytes[36..40].try_into().unwrap());
    bytes[data_at(CellOffset(root)) + 20] = 1;
    bytes
}

/// The results in a form that outlives the hive.
struct FoundKey {
    path: String,
    is_full: bool,
    origin: Origin,
    confidence: Confidence,
    last_write: FileTime,
}

type FoundValue = (String, DataState, Vec<u8>);

fn found(bytes: &[u8]) -> (Vec<FoundKey>, Vec<FoundValue>) {
    let hive = Hive::open(bytes).unwrap();
    let (mut keys, mut values) = (Vec::new(), Vec::new());
    for found in deleted(&hive) {
        match found {
            Recovered::Key(key) => keys.push(FoundKey {
                path: key.path.as_str().to_owned(),
                is_full: key.path.is_full(),
                origin: key.origin,
                confidence: key.confidence,
                last_write: key.last_write(),
            }),
            Recovered::Value(value) => {
                let owner = value.owner.as_ref().map_or("?", |owner| owner.path.as_str());
                let name = format!("{owner}:{}", value.name());
                values.push((name, value.data_state, value.data().unwrap().into_owned()));
            }
        }
    }
    (keys, values)
}

#[test]
fn a_deleted_tree_is_found_with_its_paths_and_data() {
    for minor in 3..=6 {
        let bytes = without_gone(Options { minor, ..Options::default() });
        let hive = Hive::open(&bytes[..]).unwrap();
        assert!(hive.find("Gone").unwrap().is_none());
        let (keys, values) = found(&bytes);
        let mut paths: Vec<_> = keys.iter().map(|key| key.path.clone()).collect();
        paths.sort();
        assert_eq!(paths, ["Gone", "Gone\\Below"]);
        for key in &keys {
            assert_eq!((key.origin, key.confidence), (Origin::Free, Confidence::High));
            assert!(key.is_full);
            assert_eq!(key.last_write, builder::time());
        }
        let mut values = values;
        values.sort_by(|a, b| a.0.cmp(&b.0));
        assert_eq!(
            values,
            [
                ("Gone:Number".to_owned(), DataState::InRecord, vec![1, 2, 3, 4]),
                ("Gone:Text".to_owned(), DataState::Unowned, b"some text\0".to_vec()),
                ("Gone\\Below:".to_owned(), DataState::Unowned, vec![7; 40]),
            ]
        );
    }
}

#[test]
fn an_intact_hive_holds_nothing_deleted() {
    for minor in 1..=6 {
        let bytes = build(&builder::sample(), Options { minor, ..Options::default() });
        let hive = Hive::open(&bytes[..]).unwrap();
        assert_eq!(deleted(&hive).count(), 0);
    }
}

#[test]
fn a_deleted_value_is_led_back_to_its_key_by_the_rest_of_the_list() {
    // Three values leave room for a fourth offset in the list's cell, so removing one leaves its offset in
    // the slack.
    let spec = key("ROOT").value("a", 3, &[1; 8]).value("b", 3, &[2; 8]).value("c", 3, &[3; 8]);
    let mut bytes = build(&spec, Options::default());
    let (root, last, data) = {
        let hive = Hive::open(&bytes[..]).unwrap();
        let root = hive.root().unwrap();
        let value = root.value("c").unwrap().unwrap();
        (root.offset(), value.offset(), value.record().data_offset())
    };
    free(&mut bytes, last);
    free(&mut bytes, data);
    bytes[data_at(root) + 36] = 2;
    let (keys, values) = found(&bytes);
    assert!(keys.is_empty());
    assert_eq!(values, [(":c".to_owned(), DataState::Unowned, vec![3; 8])]);
}

#[test]
fn data_that_belongs_to_something_else_now_is_marked() {
    let mut bytes = without_gone(Options::default());
    // The deleted value "Text" now refers to the data of an existing one.
    let (text, living) = {
        let hive = Hive::open(&bytes[..]).unwrap();
        let living = hive.find("Stays").unwrap().unwrap().value("first").unwrap().unwrap();
        let text = deleted(&hive).find_map(|found| match found {
            Recovered::Value(value) if value.name().matches("Text") => Some(value.offset()),
            _ => None,
        });
        (text.unwrap(), living.record().data_offset())
    };
    let at = data_at(text) + 8;
    bytes[at..at + 4].copy_from_slice(&living.0.to_le_bytes());
    let (_, values) = found(&bytes);
    let text = values.iter().find(|value| value.0 == "Gone:Text").unwrap();
    assert_eq!(text.1, DataState::Reused);
    bytes[at..at + 4].copy_from_slice(&0x7FFF_FFF8_u32.to_le_bytes());
    let hive = Hive::open(&bytes[..]).unwrap();
    let names: Vec<String> = deleted(&hive)
        .filter_map(|found| match found {
            Recovered::Value(value) => Some(value.name().to_string()),
            Recovered::Key(_) => None,
        })
        .collect();
    assert!(!names.contains(&"Text".to_owned()), "no cell can lie there, so it is no value");
}

#[test]
fn a_key_cut_off_by_damage_is_found_as_unreferenced() {
    let mut bytes = build(&tree(), Options::default());
    let list = {
        let hive = Hive::open(&bytes[..]).unwrap();
        data_at(hive.find("Gone").unwrap().unwrap().node().subkey_list())
    };
    bytes[list] = b'x';
    let (keys, values) = found(&bytes);
    assert_eq!(keys.len(), 1);
    assert_eq!((keys[0].origin, keys[0].path.as_str()), (Origin::Unreferenced, "Gone\\Below"));
    assert_eq!(values.len(), 1);
}

#[test]
fn what_lies_behind_the_hive_is_searched_too() {
    let mut bytes = build(&key("ROOT"), Options::default());
    bytes.extend_from_slice(&[0; 100]);
    bytes.extend_from_slice(b"vk\x05\0\x04\0\0\x80\x01\0\0\0\x04\0\0\0\x01\0\0\0Thing");
    bytes.resize(bytes.len().next_multiple_of(4096), 0);
    let hive = Hive::open(&bytes[..]).unwrap();
    let found: Vec<_> = deleted(&hive).collect();
    let [Recovered::Value(value)] = &found[..] else { panic!("{found:?}") };
    assert_eq!((value.origin, value.name().to_string().as_str()), (Origin::Tail, "Thing"));
    assert_eq!(value.data().unwrap(), [1, 0, 0, 0].as_slice());
}

#[test]
fn parents_in_a_loop_end() {
    let mut bytes = without_gone(Options::default());
    let hive = Hive::open(&bytes[..]).unwrap();
    let keys: Vec<CellOffset> = deleted(&hive)
        .filter_map(|found| match found {
            Recovered::Key(key) => Some(key.offset()),
            Recovered::Value(_) => None,
        })
        .collect();
    drop(hive);
    let at = data_at(keys[0]) + 16;
    bytes[at..at + 4].copy_from_slice(&keys[1].0.to_le_bytes());
    let (keys, _) = found(&bytes);
    assert_eq!(keys.len(), 2);
    assert!(keys.iter().all(|key| !key.is_full));
}

/// Forged so that a naive search would repeat each step for each of thousands of records.
#[test]
fn forged_hives_do_not_keep_the_search_busy() {
    // Values whose data is in thousands of leaked cells, and keys that share one large index root.
    let mut root = key("ROOT");
    for i in 0..3000 {
        root = root.subkey(key(&format!("{i:04}")).value("value", 3, &[0; 8]));
    }
    let mut bytes = build(&root, Options { leaf_len: 1, ..Options::default() });
    let (list, cells) = {
        let hive = Hive::open(&bytes[..]).unwrap();
        let root = hive.root().unwrap();
        let cells: Vec<_> = root
            .subkeys()
            .map(|key| {
                let key = key.unwrap();
                (key.offset(), key.value("value").unwrap().unwrap().offset())
            })
            .collect();
        (root.node().subkey_list(), cells)
    };
    for &(key, value) in &cells {
        let node = data_at(key);
        bytes[node + 20] = 1;
        bytes[node + 28..node + 32].copy_from_slice(&list.0.to_le_bytes());
        bytes[node + 36..node + 44].fill(0);
        let record = data_at(value);
        bytes[record + 4..record + 8].copy_from_slice(&16_000_u32.to_le_bytes());
    }
    let hive = Hive::open(&bytes[..]).unwrap();
    let values = deleted(&hive).filter(|found| matches!(found, Recovered::Value(_))).count();
    assert_eq!(values, 3000);
}
