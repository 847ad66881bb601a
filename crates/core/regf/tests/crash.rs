//! Power failures at any write of a commit: the recovered state is the old or the new one.
#![allow(clippy::unwrap_used, clippy::cast_possible_truncation)]

mod disks;

use disks::{Disk, dump};
use nt::FileTime;
use nt::security::SecurityDescriptor;
use regf::Hive;
use regf::build::{NewKey, build};
use regf::edit::{Commit, KeyOptions, Options, Step, Target, check};
use regf::log::Format;

const T: FileTime = FileTime(134_000_000_000_000_000);

fn hive() -> Vec<u8> {
    let security = "O:BAG:SYD:P(A;CI;KA;;;BA)".parse::<SecurityDescriptor>().unwrap().to_bytes();
    build(&NewKey { security, ..NewKey::new("ROOT") }, "test").unwrap()
}

/// Edits that depend on the number: a new key, values of all sizes, a deletion.
fn commit(disk: &Disk, number: u32, format: Option<Format>) -> Commit {
    let mut editor = disk.edit(Options { log_format: format, ..Options::default() });
    let key = editor.create_path(&format!(r"Keys\K{number}"), T).unwrap();
    editor.set_value(key, "small", 4, &number.to_le_bytes(), T).unwrap();
    editor
        .set_value(key, "large", 3, &vec![number as u8; 3000 + 9000 * number as usize % 40_000], T)
        .unwrap();
    let keys = editor.find("Keys").unwrap().unwrap();
    for index in 0..20 * number {
        let name = format!("S{}", index * 37 % 101);
        if editor.subkey(keys, &name).unwrap().is_none() {
            editor.create_key(keys, &name, &KeyOptions::default(), T).unwrap();
        }
    }
    if let Some(old) = editor.find(&format!(r"Keys\K{}", number.wrapping_sub(2))).unwrap() {
        editor.delete_tree(old, T).unwrap();
    }
    assert!(check(&editor.hive().unwrap()).is_empty());
    editor.commit().unwrap()
}

/// Checks a power failure at every step; returns the number of cases.
fn fail_everywhere(before: &Disk, commit: &Commit, old: &[String], new: &[String], seed: &mut u64) -> usize {
    let mut points = 0;
    let mut decided = false;
    let mut look = |disk: &Disk, what: &str| {
        points += 1;
        let hive = disk.recovered();
        let found = dump(&hive);
        assert!(found == old || found == new, "torn {what}");
        assert_eq!(check(&hive), [], "{what}");
        found == new
    };
    let mut disk = before.clone();
    for (number, step) in commit.steps().iter().enumerate() {
        if let Step::Write { target, bytes, .. } = step {
            let long = bytes.len();
            let mut cuts: Vec<usize> = (0..long).step_by((long / 24).max(4)).collect();
            cuts.extend((0..long.min(512)).step_by(if *target == Target::Hive && long == 512 {
                4
            } else {
                64
            }));
            cuts.extend([1, long / 2 + 1, long.saturating_sub(1)]);
            for cut in cuts {
                let mut torn = disk.clone();
                torn.step(step, cut);
                let new = look(&torn, &format!("at step {number}, byte {cut}"));
                assert!(new || !decided, "step {number}, byte {cut}: from the new state back to the old");
            }
        }
        disk.step(step, usize::MAX);
        let new = look(&disk, &format!("after step {number}"));
        assert!(new || !decided);
        decided = new;
    }
    assert!(decided && !Hive::open(disk.hive()).unwrap().is_dirty());
    // Writes between two flushes may reach the disk in any order or not at all.
    let mut disk = before.clone();
    let mut waiting: Vec<&Step> = Vec::new();
    for step in commit.steps() {
        if !matches!(step, Step::Flush { .. }) {
            waiting.push(step);
            continue;
        }
        for _ in 0..12 {
            let mut torn = disk.clone();
            for step in &waiting {
                *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                if *seed >> 63 == 0 {
                    torn.step(step, (*seed >> 33) as usize % 20_000);
                }
            }
            look(&torn, "among writes in disorder");
        }
        for step in waiting.drain(..) {
            disk.step(step, usize::MAX);
        }
    }
    points
}

fn run(format: Format) -> usize {
    let mut points = 0;
    let mut seed = 42;
    let mut disk = Disk::new(hive());
    for number in 0..6 {
        let old = dump(&disk.recovered());
        let commit = commit(&disk, number, Some(format));
        let mut after = disk.clone();
        after.apply(&commit);
        let new = dump(&Hive::open(after.hive()).unwrap());
        points += fail_everywhere(&disk, &commit, &old, &new, &mut seed);
        disk = after;
    }
    points
}

#[test]
fn a_commit_with_a_log_of_the_new_format_is_never_torn() {
    let points = run(Format::New);
    eprintln!("{points} points of failure");
    assert!(points > 1500, "{points}");
}

#[test]
fn a_commit_with_a_log_of_the_old_format_is_never_torn() {
    let points = run(Format::Old);
    eprintln!("{points} points of failure");
    assert!(points > 1500, "{points}");
}

/// An interrupted commit is recovered and followed by another one, which is interrupted too, repeatedly.
#[test]
fn a_hive_that_was_left_dirty_is_edited_without_loss() {
    for format in [Format::New, Format::Old] {
        let mut points = 0;
        let mut seed = 7;
        let mut disk = Disk::new(hive());
        for number in 0..5 {
            let old = dump(&disk.recovered());
            let commit = commit(&disk, number, Some(format));
            let mut after = disk.clone();
            after.apply(&commit);
            let new = dump(&Hive::open(after.hive()).unwrap());
            points += fail_everywhere(&disk, &commit, &old, &new, &mut seed);
            // The hive is marked as being written, so only the log has the new state: of the pages written
            // after the mark, only one half of each has reached the disk.
            let is_block = |step: &Step| matches!(step, Step::Write { target: Target::Hive, offset: 0, .. });
            let last = commit.steps().iter().rposition(is_block).unwrap();
            let mark = commit.steps()[..last].iter().rposition(is_block).unwrap();
            for (number, step) in commit.steps()[..last].iter().enumerate() {
                disk.step(step, if number > mark { 2048 } else { usize::MAX });
            }
            assert!(Hive::open(disk.hive()).unwrap().is_dirty());
            assert!(dump(&disk.recovered()) == new);
        }
        assert!(points > 1500, "{points}");
    }
}
