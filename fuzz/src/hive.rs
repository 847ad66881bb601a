//! Hives, alone and with their logs.

use regf::deleted::{Recovered, deleted};
use regf::disk::{BaseBlock, SECTOR};
use regf::hash::marvin32;
use regf::log::{entry_at, recover};
use regf::walk::{Step, Trail, Visitor};
use regf::{Error, FileImage, Hive, Image, Value};

/// Walks a hive, searches it for deleted records, and looks up values.
pub fn walk(data: &[u8]) {
    exercise(data);
    let mut fixed = data.to_vec();
    fix_base_block(&mut fixed);
    if fixed != data {
        exercise(&fixed[..]);
    }
    exercise(FileImage::new(fixed.clone(), fixed.len() as u64));
}

/// A hive with two logs. Bit 0 of the first byte says whether checksums and hashes are corrected first. The
/// lengths of the logs follow in units of 512 bytes, one byte each, then the logs and the hive.
pub fn recovery(data: &[u8]) {
    let Some((&[flags, first, second, _], rest)) = data.split_first_chunk() else { return };
    let (first, rest) = rest.split_at(rest.len().min(usize::from(first) * SECTOR));
    let (second, hive) = rest.split_at(rest.len().min(usize::from(second) * SECTOR));
    let mut logs = [first.to_vec(), second.to_vec()];
    if flags & 1 != 0 {
        logs.iter_mut().for_each(|log| fix_log(log));
    }
    let logs: Vec<&[u8]> = logs.iter().map(Vec::as_slice).collect();
    let recovery = recover(hive, &logs).expect("bytes in memory can be read");
    let written: u64 = recovery.report.applied.iter().map(|applied| applied.bytes).sum();
    assert!(written <= data.len() as u64, "no more is written than the logs hold");
    // A forged log may declare an offset far beyond the hive. That alone costs nothing; reading everything
    // would.
    if recovery.image.size() < 1 << 22 {
        exercise(recovery.image);
    }
}

/// Corrects the checksum of a base block.
fn fix_base_block(bytes: &mut [u8]) {
    if let Some(mut block) = BaseBlock::new(bytes) {
        block.update_checksum();
        bytes[..SECTOR].copy_from_slice(block.sector());
    }
}

/// Corrects the checksum and all hashes of a log, so that other damage takes effect.
fn fix_log(log: &mut [u8]) {
    fix_base_block(log);
    let mut at = SECTOR;
    while let Some(head) = log.get(at..at + entry_at::PAGES) {
        let size = u32::from_le_bytes(head[entry_at::SIZE..][..4].try_into().expect("four bytes")) as usize;
        let Some(entry) =
            log.get_mut(at..at.saturating_add(size)).filter(|entry| entry.len() >= entry_at::PAGES)
        else {
            return;
        };
        let hash = marvin32(&entry[entry_at::PAGES..]);
        entry[entry_at::HASH_1..entry_at::HASH_2].copy_from_slice(&hash.to_le_bytes());
        let hash = marvin32(&entry[..entry_at::HASH_2]);
        entry[entry_at::HASH_2..entry_at::PAGES].copy_from_slice(&hash.to_le_bytes());
        at += size;
    }
}

#[derive(Default)]
struct Count {
    met: u64,
    bytes: u64,
}

impl<'h, I: Image> Visitor<'h, I> for Count {
    fn key(&mut self, trail: &Trail<'h, I>) -> Step {
        self.met += 1;
        if let Some(key) = trail.key() {
            let _ = (key.class_name(), key.security_bytes(), key.name().to_text());
            if self.met < 1000 {
                let _ = key.path();
            }
        }
        Step::Continue
    }

    fn value(&mut self, _: &Trail<'h, I>, _: &Value<'h, I>, data: regf::Result<&[u8]>) -> Step {
        self.met += 1;
        self.bytes += data.map_or(0, |data| data.len() as u64);
        Step::Continue
    }

    fn damage(&mut self, _: &Trail<'h, I>, _: Error) {
        self.met += 1;
    }
}

fn exercise<I: Image>(image: I) {
    let size = image.size();
    let Ok(hive) = Hive::open(image) else { return };
    let mut count = Count::default();
    let _ = hive.walk(&mut count);
    assert!(count.met <= size + 16, "{} met in {size} bytes", count.met);
    assert!(count.bytes <= 4 * size, "{} bytes of data in {size}", count.bytes);
    for path in ["Many\\Key07", "Software\\ключ", "Software\\ÄÖ\\deep", ""] {
        if let Ok(Some(key)) = hive.find(path) {
            let _ = (key.value(""), key.value("имя"), key.subkeys().count(), key.values().count());
        }
    }
    let mut records = 0;
    for found in deleted(&hive) {
        records += 1;
        if let Recovered::Value(value) = found {
            if records < 1000 {
                let _ = value.data();
            }
        }
    }
    assert!(records <= size / 4, "{records} records in {size} bytes");
}
