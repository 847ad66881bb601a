//! Recovery from logs that were built for the tests.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use regf::disk::base_block_at;
use regf::log::{Format, Outcome, Report, Stop, recover};
use regf::{BaseBlock, FileImage, Hive, Image, Problem};

mod builder;

use builder::{Options, build, difference, key, log_header, new_log, old_log};

/// Versions of one hive that differ in a value; all have the same length.
fn version(number: u8, sequence: (u32, u32)) -> Vec<u8> {
    let mut root = key("ROOT").value("number", 4, &[number, 0, 0, 0]);
    for i in 0..200 {
        root = root.subkey(key(&format!("Key{i:03}")).value("v", 3, &[number; 30]));
    }
    build(&root, Options { minor: 3, sequence, ..Options::default() })
}

fn number<I: Image>(hive: &Hive<I>) -> u8 {
    let root = hive.root().unwrap();
    let number = root.value("number").unwrap().unwrap().data().unwrap()[0];
    for subkey in root.subkeys() {
        let value = subkey.unwrap().value("v").unwrap().unwrap();
        assert_eq!(value.data().unwrap(), vec![number; 30]);
    }
    number
}

fn steps(versions: &[Vec<u8>]) -> Vec<Vec<builder::Page>> {
    versions.windows(2).map(|pair| difference(&pair[0], &pair[1], 4096)).collect()
}

fn bins_size(hive: &[u8]) -> u32 {
    BaseBlock::new(hive).unwrap().bins_size()
}

/// The result of a recovery: the number, and the report. The image must be that of a clean hive.
fn recovered(hive: &[u8], logs: &[&[u8]]) -> (u8, Report) {
    let recovery = recover(hive, logs).unwrap();
    let report = recovery.report.clone();
    let from_file = recover(FileImage::new(hive.to_vec(), hive.len() as u64), logs).unwrap();
    assert_eq!(from_file.image.to_vec().unwrap(), recovery.image.to_vec().unwrap());
    let unchanged = recovery.image.is_unchanged();
    let hive = recovery.into_hive().unwrap();
    assert_eq!(hive.is_dirty(), report.outcome == Outcome::StillDirty);
    assert_eq!(unchanged, report.outcome != Outcome::Recovered);
    (number(&hive), report)
}

fn versions() -> Vec<Vec<u8>> {
    (0..6).map(|i| version(i, (11, 10))).collect()
}

#[test]
fn entries_of_both_logs_are_applied_in_order() {
    let versions = versions();
    let (hive, size) = (&versions[0], bins_size(&versions[0]));
    let steps = steps(&versions);
    let first = new_log(hive, 10, size, &steps[..2]);
    let second = new_log(hive, 12, size, &steps[2..]);
    for logs in [[&first[..], &second, b""], [b"", &second, &first]] {
        let (number, report) = recovered(hive, &logs);
        assert_eq!(number, 5);
        assert_eq!(report.outcome, Outcome::Recovered);
        let sequences: Vec<u32> = report.applied.iter().map(|applied| applied.sequence).collect();
        assert_eq!(sequences, [10, 11, 12, 13, 14]);
        assert!(report.broken_bins.is_empty());
        assert_eq!(report.logs.iter().filter(|log| log.is_empty).count(), 1);
    }
    let hive = recover(hive.clone(), &[&first, &second]).unwrap().into_hive().unwrap();
    assert_eq!(hive.base_block().primary_sequence(), 15, "above every number in the logs");
}

#[test]
fn a_gap_between_hive_and_log_is_allowed_but_none_between_entries() {
    let versions = versions();
    let (hive, size) = (&versions[0], bins_size(&versions[0]));
    let steps = steps(&versions);
    let late = new_log(hive, 500, size, &steps[..2]);
    assert_eq!(recovered(hive, &[&late]).0, 2);
    let later = new_log(hive, 503, size, &steps[2..]);
    let (number, report) = recovered(hive, &[&late, &later]);
    assert_eq!(number, 2);
    assert!(matches!(report.logs[1].stopped, Some(Stop::Gap { last: 501, found: 503 })));
}

#[test]
fn a_log_that_was_written_to_the_hive_already_is_left_out() {
    let versions = versions();
    let (hive, size) = (&versions[2], bins_size(&versions[2]));
    let steps = steps(&versions);
    let old = new_log(hive, 8, size, &steps[..2]);
    let new = new_log(hive, 10, size, &steps[2..]);
    let (number, report) = recovered(hive, &[&old, &new]);
    assert_eq!(number, 5);
    assert!(matches!(report.logs[0].stopped, Some(Stop::Older { entry: 8, hive: 10 })));
    assert_eq!(report.logs[1].applied, 3);
    let (number, report) = recovered(hive, &[&old]);
    assert_eq!((number, report.outcome), (2, Outcome::StillDirty));
}

#[test]
fn a_clean_hive_keeps_what_it_has() {
    let versions = versions();
    let size = bins_size(&versions[0]);
    let hive = version(0, (10, 10));
    let log = new_log(&hive, 10, size, &steps(&versions));
    let (number, report) = recovered(&hive, &[&log]);
    assert_eq!((number, report.outcome, report.dirty), (0, Outcome::Clean, None));
    assert_eq!(report.logs[0].sequences, Some((10, 14)));
}

#[test]
fn recovery_stops_at_the_first_damaged_entry() {
    let versions = versions();
    let (hive, size) = (&versions[0], bins_size(&versions[0]));
    let log = new_log(hive, 10, size, &steps(&versions));
    let entry = (log.len() - 512) / 5;
    // A byte in the pages, the header and the size of the third entry is damaged; then the log is truncated.
    for at in [2 * entry + 512 + 600, 2 * entry + 512 + 12, 2 * entry + 512 + 5] {
        let mut damaged = log.clone();
        damaged[at] ^= 1;
        let (number, report) = recovered(hive, &[&damaged]);
        assert_eq!(number, 2, "{at}");
        assert!(matches!(report.logs[0].stopped, Some(Stop::Damaged(_))), "{at}");
    }
    let (number, report) = recovered(hive, &[&log[..512 + 2 * entry + 700]]);
    assert_eq!(number, 2);
    let Some(Stop::Damaged(error)) = &report.logs[0].stopped else { panic!("{report:?}") };
    assert!(matches!(error.problem(), Problem::Beyond { .. }));
}

#[test]
fn remnants_of_earlier_use_behind_the_newest_entry_are_left_out() {
    let versions = versions();
    let (hive, size) = (&versions[0], bins_size(&versions[0]));
    let steps = steps(&versions);
    let mut log = new_log(hive, 10, size, &steps[..2]);
    let remnant = new_log(hive, 7, size, &steps[3..4]);
    log.extend_from_slice(&remnant[512..]);
    let (number, report) = recovered(hive, &[&log]);
    assert_eq!(number, 2);
    assert!(matches!(report.logs[0].stopped, Some(Stop::Gap { last: 11, found: 7 })));
}

#[test]
fn an_invalid_base_block_is_restored_from_the_newest_log_alone() {
    let versions = versions();
    let mut hive = versions[2].clone();
    let size = bins_size(&hive);
    let steps = steps(&versions);
    let first = new_log(&hive, 10, size, &steps[..2]);
    let second = new_log(&hive, 12, size, &steps[2..]);
    hive[base_block_at::ROOT + 1] ^= 0xFF;
    let (number, report) = recovered(&hive, &[&first, &second]);
    assert_eq!(number, 5);
    assert_eq!(report.base_block_from, Some(1));
    assert!(matches!(report.logs[0].stopped, Some(Stop::NotNewest)));
    // Even the signature may be missing.
    hive[..4].fill(0);
    assert_eq!(recovered(&hive, &[&first, &second]).0, 5);
}

#[test]
fn a_log_can_make_the_hive_longer() {
    let small = version(0, (11, 10));
    let mut root = key("ROOT").value("number", 4, &[9, 0, 0, 0]);
    for i in 0..400 {
        root = root.subkey(key(&format!("Key{i:03}")).value("v", 3, &[9; 30]));
    }
    let large = build(&root, Options { minor: 3, sequence: (11, 10), ..Options::default() });
    assert!(large.len() > small.len());
    let mut padded = small.clone();
    padded.resize(large.len(), 0);
    let mut root_moved = small.clone();
    root_moved[..512].copy_from_slice(log_header(&large, 0, 11).sector());
    let log = new_log(&large, 10, bins_size(&large), &[difference(&padded, &large, 4096)]);
    root_moved[base_block_at::CHECKSUM] ^= 1;
    let (number, report) = recovered(&root_moved, &[&log]);
    assert_eq!((number, report.outcome), (9, Outcome::Recovered));
}

#[test]
fn the_old_format_is_applied_as_a_whole() {
    let (old, new) = (version(1, (6, 5)), version(2, (6, 5)));
    let pages = difference(&old, &new, 512);
    let log = old_log(&old, 6, &pages);
    let (number, report) = recovered(&old, &[&log, b""]);
    assert_eq!(number, 2);
    assert_eq!(report.logs[0].format, Some(Format::Old));
    assert_eq!(report.applied[0].pages, pages.len());
    let (number, report) = recovered(&old, &[&log[..log.len() - 1]]);
    assert_eq!((number, report.outcome), (1, Outcome::StillDirty), "a page is missing");
    assert!(matches!(report.logs[0].stopped, Some(Stop::Damaged(_))));
}

#[test]
fn a_log_of_the_old_format_belongs_to_its_hive_by_time() {
    let (old, new) = (version(1, (6, 5)), version(2, (6, 5)));
    let pages = difference(&old, &new, 512);
    let mut foreign = old.clone();
    foreign[base_block_at::LAST_WRITTEN] ^= 1;
    let log = old_log(&foreign, 6, &pages);
    let (number, report) = recovered(&old, &[&log]);
    assert_eq!(number, 1);
    assert!(matches!(report.logs[0].stopped, Some(Stop::OtherTime { .. })));
    // A newer log, beside one that belongs to the hive, repeats and continues it.
    let third = version(3, (6, 5));
    let newer = old_log(&foreign, 7, &difference(&old, &third, 512));
    let own = old_log(&old, 6, &pages);
    let (number, report) = recovered(&old, &[&own, &newer]);
    assert_eq!(number, 3);
    assert!(matches!(report.logs[0].stopped, Some(Stop::NotNewest)));
    // If the base block is invalid, the time is that of the first bin.
    let mut invalid = old.clone();
    invalid[base_block_at::LAST_WRITTEN..][..20].fill(0xAA);
    let (number, report) = recovered(&invalid, &[&own]);
    assert_eq!((number, report.base_block_from), (2, Some(0)));
}

#[test]
fn foreign_files_and_broken_bins_are_told() {
    let versions = versions();
    let (hive, size) = (&versions[0], bins_size(&versions[0]));
    let (_, report) = recovered(hive, &[b"text", &[0; 600], hive]);
    assert_eq!(report.outcome, Outcome::StillDirty);
    assert!(report.logs.iter().all(|log| matches!(log.stopped, Some(Stop::Damaged(_)))));
    let mut bin = hive[4096..8192].to_vec();
    bin[4] = 1;
    let log = new_log(hive, 10, size, &[vec![(0, bin)]]);
    let recovery = recover(&hive[..], &[&log[..]]).unwrap();
    assert_eq!(recovery.report.broken_bins.len(), 1);
    assert_eq!(recovery.report.broken_bins[0].offset(), 4096);
}

#[test]
fn no_hive_is_made_from_a_log_alone() {
    let versions = versions();
    let log = new_log(&versions[0], 10, bins_size(&versions[0]), &steps(&versions));
    for hive in [&b""[..], b"text", &[0; 4096]] {
        let recovery = recover(hive, &[&log[..]]).unwrap();
        assert_eq!(recovery.report.outcome, Outcome::StillDirty);
        assert!(recovery.image.is_unchanged());
    }
}

#[test]
fn the_cost_is_that_of_the_log() {
    let versions = versions();
    let hive = &versions[0];
    let page = hive[8192..12288].to_vec();
    let log = new_log(hive, 10, bins_size(hive), &[vec![(4096, page)]]);
    let file = FileImage::new(hive.clone(), hive.len() as u64);
    let recovery = recover(file, &[&log[..]]).unwrap();
    assert!(recovery.image.base().pages_touched() <= 2);
    assert_eq!(recovery.image.changed_pages().count(), 2, "the page and the base block");
}
