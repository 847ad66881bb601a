//! Walks over whole trees.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use regf::walk::{Step, Trail, Visitor, walk};
use regf::{Error, FileImage, Hive, Image, Problem, Structure, Value};

mod builder;

use builder::{Options, build, data_at, key, sample};

/// The visited keys and values, as lines.
#[derive(Default)]
struct Log {
    lines: Vec<String>,
    damage: Vec<(String, Error)>,
    left: usize,
    skip: Option<&'static str>,
    stop: Option<&'static str>,
}

impl<'h, I: Image> Visitor<'h, I> for Log {
    fn key(&mut self, trail: &Trail<'h, I>) -> Step {
        let path = trail.path();
        assert_eq!(trail.depth(), path.split('\\').filter(|name| !name.is_empty()).count());
        let step = match Some(path.as_str()) {
            path if path == self.skip => Step::Skip,
            path if path == self.stop => Step::Stop,
            _ => Step::Continue,
        };
        self.lines.push(path);
        step
    }

    fn value(&mut self, trail: &Trail<'h, I>, value: &Value<'h, I>, data: regf::Result<&[u8]>) -> Step {
        match data {
            Ok(data) => self.lines.push(format!("{}:{}={}", trail.path(), value.name(), data.len())),
            Err(error) => self.damage.push((format!("{}:{}", trail.path(), value.name()), error)),
        }
        Step::Continue
    }

    fn damage(&mut self, trail: &Trail<'h, I>, error: Error) {
        self.damage.push((trail.path(), error));
    }

    fn leave(&mut self, _: &Trail<'h, I>) {
        self.left += 1;
    }
}

fn walked<I: Image>(image: I) -> Log {
    let hive = Hive::open(image).unwrap();
    let mut log = Log::default();
    assert!(hive.walk(&mut log).unwrap());
    log
}

#[test]
fn everything_is_met_once_and_in_order() {
    for minor in 1..=6 {
        for leaf_len in [500, 7] {
            let bytes = build(&sample(), Options { minor, leaf_len, ..Options::default() });
            let log = walked(&bytes[..]);
            assert!(log.damage.is_empty(), "{:?}", log.damage);
            let keys = log.lines.iter().filter(|line| !line.contains('=')).count();
            assert_eq!(keys, 47);
            assert_eq!(log.left, keys);
            assert_eq!(log.lines[..6], ["", ":=8", ":Count=4", ":Empty=0", ":Odd=5", "Many"]);
            assert!(log.lines.contains(&"Software:Big=40000".to_owned()));
            assert_eq!(log.lines.last().unwrap(), "Software\\Ключ:имя=4");
            let from_file = walked(FileImage::new(bytes.clone(), bytes.len() as u64));
            assert_eq!(from_file.lines, log.lines);
            assert!(from_file.damage.is_empty());
        }
    }
}

#[test]
fn a_visitor_can_leave_out_and_end() {
    let bytes = build(&sample(), Options::default());
    let hive = Hive::open(&bytes[..]).unwrap();
    let mut log = Log { skip: Some("Many"), ..Log::default() };
    assert!(hive.walk(&mut log).unwrap());
    assert!(!log.lines.iter().any(|line| line.starts_with("Many\\")));
    assert!(log.lines.iter().any(|line| line == "Software"));
    let mut log = Log { stop: Some("Many\\Key03"), ..Log::default() };
    assert!(!hive.walk(&mut log).unwrap());
    assert_eq!(log.lines.last().unwrap(), "Many\\Key03");
    let mut log = Log::default();
    assert!(walk(hive.find("Software\\ÄÖ").unwrap().unwrap(), &mut log));
    assert_eq!(log.lines, ["", "deep", "deep\\deeper"]);
}

#[test]
fn a_loop_of_keys_is_reported_and_not_followed() {
    let bytes = build(&sample(), Options::default());
    let hive = Hive::open(&bytes[..]).unwrap();
    let outer = hive.find("Software\\ÄÖ").unwrap().unwrap();
    let inner = hive.find("Software\\ÄÖ\\deep").unwrap().unwrap();
    let mut looped = bytes.clone();
    let list = data_at(inner.node().subkey_list());
    looped[list + 4..list + 8].copy_from_slice(&outer.offset().0.to_le_bytes());
    let log = walked(&looped[..]);
    assert_eq!(log.damage.len(), 1);
    assert_eq!(log.damage[0].0, "Software\\ÄÖ\\deep");
    assert!(matches!(log.damage[0].1.problem(), Problem::MetBefore));
    assert_eq!(log.damage[0].1.offset(), outer.offset().file_offset());
}

#[test]
fn a_value_with_two_owners_is_shown_to_both_but_not_for_ever() {
    let bytes = build(&sample(), Options::default());
    let hive = Hive::open(&bytes[..]).unwrap();
    let value = |path: &str| hive.find(path).unwrap().unwrap().value("n").unwrap().unwrap().offset();
    let second = hive.find("Many\\Key01").unwrap().unwrap();
    let mut shared = bytes.clone();
    let list = data_at(second.node().value_list());
    shared[list..list + 4].copy_from_slice(&value("Many\\Key00").0.to_le_bytes());
    let log = walked(&shared[..]);
    assert!(log.damage.is_empty());
    assert_eq!(log.lines.iter().filter(|line| line.ends_with(":n=4")).count(), 40);

    // A list that refers to one large value a thousand times.
    let mut root = key("ROOT").value("large", 3, &vec![1; 10_000]);
    for i in 0..1000 {
        root = root.value(&format!("{i}"), 4, &[0; 4]);
    }
    let mut bytes = build(&root, Options::default());
    let list = data_at(Hive::open(&bytes[..]).unwrap().root().unwrap().node().value_list());
    let large: [u8; 4] = bytes[list..list + 4].try_into().unwrap();
    for element in bytes[list..list + 4004].as_chunks_mut::<4>().0 {
        *element = large;
    }
    let log = walked(&bytes[..]);
    assert!(log.lines.len() < 30, "{}", log.lines.len());
    assert!(log.damage.iter().all(|(_, error)| matches!(error.problem(), Problem::Overlapping)));
    assert!(!log.damage.is_empty());
}

#[test]
fn a_cell_that_reaches_into_the_next_bin_is_refused() {
    // One bin is divided into two afterwards, so the cell at the new boundary is in both.
    let bytes = build(&sample(), Options::default());
    let mut cut = bytes.clone();
    let size = u32::try_from(bytes.len() - 4096).unwrap();
    assert!(size > 8192);
    cut[4096 + 8..4096 + 12].copy_from_slice(&4096_u32.to_le_bytes());
    cut[8192..8196].copy_from_slice(b"hbin");
    cut[8196..8200].copy_from_slice(&4096_u32.to_le_bytes());
    cut[8200..8204].copy_from_slice(&(size - 4096).to_le_bytes());
    let log = walked(&cut[..]);
    assert!(log.damage.iter().any(|(_, error)| matches!(error.problem(), Problem::CrossesBin)));
    assert!(log.lines.len() > 40);
}

#[test]
fn a_broken_chain_of_bins_is_told_and_the_rest_read() {
    let mut bytes = build(&sample(), Options::default());
    bytes[4096] = b'x';
    let log = walked(&bytes[..]);
    assert_eq!(log.damage.len(), 1);
    assert_eq!(log.damage[0].1.structure(), Structure::Bin);
    assert_eq!(log.damage[0].1.offset(), 4096);
    assert!(log.lines.len() > 80);
}

#[test]
fn depth_has_an_end() {
    let mut spec = key("bottom");
    for i in 0..600 {
        spec = key(&format!("{i}")).subkey(spec);
    }
    let bytes = build(&spec, Options::default());
    let log = walked(&bytes[..]);
    assert_eq!(log.lines.len(), 513, "the root and 512 levels");
    assert!(matches!(log.damage[0].1.problem(), Problem::TooDeep));
}
