//! Thousands of damaged hives and logs: reading any of them ends without a panic, and its errors have
//! offsets.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use regf::deleted::{Recovered, deleted};
use regf::disk::base_block_at;
use regf::log::recover;
use regf::walk::{Step, Trail, Visitor};
use regf::{BaseBlock, Error, FileImage, Hive, Image, Value};

mod builder;

use builder::{KeySpec, Options, build, difference, key, new_log, old_log};

/// SplitMix64: small, and the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % (end as u64).max(1)).unwrap()
    }
}

/// Damages bytes by a typical corruption or forgery.
fn mutate(bytes: &mut Vec<u8>, random: &mut Random) {
    const EXTREME: [u32; 8] = [0, 1, 0x20, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFF8, 0xFFFF_FFFE, u32::MAX];
    for _ in 0..=random.below(8) {
        if bytes.len() < 8 {
            return;
        }
        let at = random.below(bytes.len() - 4);
        match random.below(10) {
            0..=2 => bytes[at] ^= 1 << random.below(8),
            3..=4 => bytes[at] = random.next().to_le_bytes()[0],
            5..=6 => {
                let at = at & !3;
                bytes[at..at + 4].copy_from_slice(&EXTREME[random.below(EXTREME.len())].to_le_bytes());
            }
            7 => {
                // An offset of another possible cell.
                let at = at & !3;
                let target = u32::try_from(random.below(bytes.len()) & !7).unwrap();
                bytes[at..at + 4].copy_from_slice(&target.to_le_bytes());
            }
            8 => {
                let (from, len) = (random.below(bytes.len() - 4), random.below(64).min(bytes.len() - at - 4));
                let len = len.min(bytes.len() - from);
                bytes.copy_within(from..from + len, at);
            }
            _ => {
                if random.below(4) == 0 {
                    bytes.truncate(at);
                }
            }
        }
    }
}

/// Corrects the checksum of the base block, so that damage to the other fields takes effect.
fn fix_checksum(bytes: &mut [u8]) {
    if let Some(mut block) = BaseBlock::new(bytes) {
        block.update_checksum();
        bytes[..block.sector().len()].copy_from_slice(block.sector());
    }
}

fn tree() -> KeySpec {
    let mut many = key("Many");
    for i in 0..12 {
        many = many.subkey(key(&format!("Key{i:02}")).value("n", 4, &[i, 0, 0, 0]));
    }
    key("ROOT")
        .value("", 1, b"d\0e\0f\0\0\0")
        .value("Big", 3, &vec![5; 17_000])
        .subkey(key("Software").class("class").subkey(key("Ключ").value("имя", 1, b"x\0\0\0")))
        .subkey(many)
}

/// Counts results, whose number is limited for any hive.
#[derive(Default)]
struct Count {
    met: u64,
    bytes: u64,
}

impl<'h, I: Image> Visitor<'h, I> for Count {
    fn key(&mut self, trail: &Trail<'h, I>) -> Step {
        self.met += 1;
        if let Some(key) = trail.key() {
            let _ = (key.path(), key.class_name(), key.security_bytes(), key.layer_semantics());
        }
        Step::Continue
    }

    fn value(&mut self, _: &Trail<'h, I>, _: &Value<'h, I>, data: regf::Result<&[u8]>) -> Step {
        self.met += 1;
        self.bytes += data.map_or(0, |data| data.len() as u64);
        Step::Continue
    }

    fn damage(&mut self, _: &Trail<'h, I>, error: Error) {
        self.met += 1;
        assert!(!error.to_string().is_empty());
    }
}

/// Reads everything in a hive.
fn exercise<I: Image>(image: I) {
    let size = image.size();
    let Ok(hive) = Hive::open(image) else { return };
    let mut count = Count::default();
    let _ = hive.walk(&mut count);
    assert!(count.met <= size, "{} met in {size} bytes", count.met);
    assert!(count.bytes <= 4 * size, "{} bytes of data in {size}", count.bytes);
    for path in ["Many\\Key07", "Software\\ключ", "Absent\\x", ""] {
        if let Ok(Some(key)) = hive.find(path) {
            let _ = (key.value(""), key.value("имя"), key.subkeys().count(), key.values().count());
        }
    }
    for found in deleted(&hive) {
        match found {
            Recovered::Key(key) => assert!(!key.name().is_empty()),
            Recovered::Value(value) => {
                let _ = value.data();
            }
        }
    }
}

#[test]
fn damaged_hives_are_read_as_far_as_they_go() {
    let mut random = Random(1);
    for minor in 1..=6 {
        for leaf_len in [500, 3] {
            let sound = build(&tree(), Options { minor, leaf_len, ..Options::default() });
            for round in 0..250 {
                let mut bytes = sound.clone();
                mutate(&mut bytes, &mut random);
                if round % 2 == 0 {
                    fix_checksum(&mut bytes);
                }
                if round % 5 == 0 {
                    exercise(FileImage::new(bytes.clone(), bytes.len() as u64));
                }
                exercise(&bytes[..]);
            }
        }
    }
}

#[test]
fn hives_cut_off_anywhere_are_read_as_far_as_they_go() {
    let sound = build(&tree(), Options { leaf_len: 3, ..Options::default() });
    for len in (0..sound.len()).step_by(61) {
        exercise(&sound[..len]);
    }
}

#[test]
fn damaged_logs_are_applied_as_far_as_they_go() {
    let mut random = Random(2);
    let options = Options { minor: 3, sequence: (11, 10), ..Options::default() };
    let old = build(&tree(), options);
    let mut spec = tree();
    spec.values[0].data = b"n\0e\0w\0\0\0".to_vec();
    spec.subkeys[1].subkeys[3].time += 5;
    let new = build(&spec, options);
    let size = BaseBlock::new(&old).unwrap().bins_size();
    let pages = difference(&old, &new, 4096);
    let logs = [
        new_log(&old, 10, size, &[pages.clone(), pages.clone(), pages]),
        old_log(&old, 11, &difference(&old, &new, 512)),
    ];
    for round in 0..1500 {
        let (mut hive, mut log) = (old.clone(), logs[round % 2].clone());
        mutate(&mut log, &mut random);
        fix_checksum(&mut log);
        if round % 3 == 0 {
            mutate(&mut hive, &mut random);
        }
        if let Some(byte) = hive.get_mut(base_block_at::CHECKSUM).filter(|_| round % 7 == 0) {
            *byte ^= 1;
        }
        let (hive_len, log_len) = (hive.len() as u64, log.len() as u64);
        let recovery = recover(hive, &[&log, &logs[(round + 1) % 2]]).unwrap();
        let written: u64 = recovery.report.applied.iter().map(|applied| applied.bytes).sum();
        assert!(written <= log_len + logs[(round + 1) % 2].len() as u64);
        // A log may declare a long hive, but its pages cost no more than their size.
        assert!(recovery.image.changed_pages().count() as u64 <= (hive_len + written) / 512 + 8);
        if recovery.image.size() < 1 << 20 {
            exercise(recovery.image);
        }
    }
}
