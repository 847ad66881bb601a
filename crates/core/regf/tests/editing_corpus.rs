//! Edits of real hives: nothing else changes, I/O is small, and every edit can be undone.
#![allow(clippy::unwrap_used, clippy::cast_possible_truncation)]

mod disks;
mod shared;

use std::collections::HashSet;

use disks::Disk;
use nt::FileTime;
use regf::edit::{Change, Editor, KeyOptions, Options, changes, check};
use regf::{FileImage, Hive};

const T: FileTime = FileTime(134_000_000_000_000_000);
const ALL: Options = Options { accept_dirty: true, accept_transactions: true, log_format: None };

/// The real `SYSTEM` hives, with their logs.
fn systems() -> Vec<(&'static str, Disk)> {
    ["win7", "win10-1709", "win10-dirty", "winxp", "nt4-server"]
        .into_iter()
        .filter_map(|name| {
            let mut disk = Disk::new(shared::hive(&format!("{name}/SYSTEM"))?);
            if name == "win10-dirty" {
                disk.files[1].0 = shared::hive("win10-dirty/SYSTEM.LOG1")?;
                disk.files[2].0 = shared::hive("win10-dirty/SYSTEM.LOG2")?;
            }
            Some((name, disk))
        })
        .collect()
}

/// All allocated cells, with their bytes.
fn cells(hive: &[u8]) -> Vec<(usize, &[u8])> {
    let word = |at: usize| i32::from_le_bytes(hive[at..at + 4].try_into().unwrap());
    let end = 4096 + word(40).unsigned_abs() as usize;
    let (mut bin, mut found) = (4096, Vec::new());
    while bin < end {
        let next = bin + word(bin + 8).unsigned_abs() as usize;
        let mut at = bin + 32;
        while at < next {
            let len = word(at).unsigned_abs() as usize;
            if word(at) < 0 {
                found.push((at, &hive[at..at + len]));
            }
            at += len;
        }
        bin = next;
    }
    found
}

#[test]
fn untouched_cells_stay_and_faults_do_not_come() {
    for (name, disk) in systems() {
        let mut after = disk.clone();
        let mut editor = disk.edit(ALL);
        let control = editor.find(r"ControlSet001\Control").unwrap().unwrap();
        editor.set_value(control, "Small", 4, &[4, 0, 0, 0], T).unwrap();
        editor.set_value(control, "Large", 3, &vec![0xA5; 50_000], T).unwrap();
        let key = editor.create_key(control, "Ключ", &KeyOptions::default(), T).unwrap();
        editor.set_value(key, &[], 1, b"x\0\0\0y\0", T).unwrap();
        let before = editor.original().unwrap().image().to_vec().unwrap();
        let faults = check(&editor.original().unwrap());
        assert_eq!(check(&editor.hive().unwrap()), faults, "{name}");
        let found = changes(&editor.original().unwrap(), &editor.hive().unwrap()).unwrap();
        let path = r"ControlSet001\Control".to_owned();
        assert_eq!(
            found,
            [
                Change::Touched(path.clone()),
                Change::ValueAdded(path.clone(), "Large".into()),
                Change::ValueAdded(path.clone(), "Small".into()),
                Change::KeyAdded(path + r"\Ключ"),
            ],
            "{name}"
        );
        let commit = editor.commit().unwrap();
        after.apply(&commit);
        let new: HashSet<_> = cells(after.hive()).into_iter().collect();
        let old = cells(&before);
        let changed = old.iter().filter(|cell| !new.contains(*cell)).count();
        // The key, its value list, its subkey list, and the reference count of its security item.
        assert!(changed <= 4, "{name}: {changed} of {} cells", old.len());
        // The tail of the file does not change either.
        let end = 4096 + Hive::open(after.hive()).unwrap().base_block().bins_size() as usize;
        if before.len() > end {
            assert!(before[end..] == after.hive()[end..before.len()], "{name}");
        }
    }
}

#[test]
fn one_value_costs_few_pages() {
    for (name, disk) in systems() {
        if name == "win10-dirty" {
            continue; // Its logs must be carried over first.
        }
        let (bytes, len) = (disk.hive().to_vec(), disk.hive().len() as u64);
        let mut editor = Editor::open(FileImage::new(bytes, len), &disk.logs(), ALL).unwrap();
        let key = editor.find(r"ControlSet001\Control").unwrap().unwrap();
        editor.set_value(key, "New", 4, &[4, 0, 0, 0], T).unwrap();
        let commit = editor.commit().unwrap();
        let read = editor.hive().unwrap().image().base().base().pages_touched() * 4096;
        let moved = read + commit.bytes_written();
        assert!(commit.bytes_written() < 100_000, "{name}: {}", commit.bytes_written());
        // A writer that rewrites the file would read and write all of it.
        assert!(moved * 20 < 2 * len, "{name}: {moved} of {len}");
    }
}

#[test]
fn what_was_done_can_be_undone() {
    for (name, disk) in systems() {
        let mut after = disk.clone();
        let mut editor = disk.edit(ALL);
        let services = editor.find(r"ControlSet001\Services").unwrap().unwrap();
        let hive = editor.hive().unwrap();
        let key = hive.key_at(services).unwrap();
        let time = key.last_write();
        let victim = key
            .subkeys()
            .map(|key| key.unwrap())
            .find(|key| key.value_count() > 3 && key.class_name().unwrap().is_none())
            .unwrap();
        let (cell, victim_time) = (victim.offset(), victim.last_write());
        let security = victim.security_bytes().unwrap().unwrap().to_vec();
        let second = victim.values().nth(1).unwrap().unwrap();
        let value: Vec<u16> = second.name().units().collect();
        let (kind, data) = (second.data_type().0, second.data().unwrap().into_owned());
        let other = "O:SYG:SYD:P(A;CI;KA;;;SY)".parse::<nt::security::SecurityDescriptor>().unwrap();
        assert!(editor.delete_value(cell, &value, T).unwrap());
        editor.set_security(cell, &other.to_bytes(), T).unwrap();
        editor.set_class(cell, "class", T).unwrap();
        for number in 0..1500 {
            let name = format!("New{number}");
            editor.create_key(services, &name, &KeyOptions::default(), T).unwrap();
        }
        let commit = editor.commit().unwrap();
        after.apply(&commit);

        let original = editor.original().unwrap();
        let mut back = after.edit(ALL);
        for number in 0..1500 {
            let key = back.subkey(services, &format!("New{number}")).unwrap().unwrap();
            back.delete_key(key, T).unwrap();
        }
        back.set_class(cell, &[], T).unwrap();
        back.set_security(cell, &security, T).unwrap();
        back.insert_value(cell, 1, &value, kind, &data, T).unwrap();
        back.set_last_write(cell, victim_time).unwrap();
        back.set_last_write(services, time).unwrap();
        assert_eq!(changes(&original, &back.hive().unwrap()).unwrap(), [], "{name}");
        assert!(check(&back.hive().unwrap()).len() <= check(&original).len(), "{name}");
    }
}
