//! Two thousand damaged hives are judged without a panic, a hang or excessive memory.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use licensing::{Options, Report, judge};
use report::csv::Csv;
use report::html::Html;
use report::json::Json;
use report::sarif::Sarif;
use report::text::{Doctor, Show};
use report::whole;
use snapshot::FileTime;

use crate::support::{CLIENT, HOST, LOCKED_OUT, capture_all, corpus, folder, hives, in_time, machine, write};

const MUTANTS: usize = 2_000;

/// xorshift64*: the same mutants in every run. Source: S. Vigna, "An experimental exploration of Marsaglia's
/// xorshift generators, scrambled", 2014.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit.max(1) as u64).unwrap()
    }

    fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[3]
    }
}

/// Numbers that provoke overflow and off-by-one errors.
const EXTREMES: [u32; 12] = [
    0,
    1,
    4,
    0x20,
    0x7F,
    0xFFFF,
    0x7FFF_FFFF,
    0x8000_0000,
    0x8000_0001,
    0xFFFF_FFF8,
    0xFFFF_FFFE,
    0xFFFF_FFFF,
];

fn put(bytes: &mut [u8], at: usize, with: &[u8]) {
    let end = (at + with.len()).min(bytes.len());
    if at < end {
        bytes[at..end].copy_from_slice(&with[..end - at]);
    }
}

/// An offset within a record. Most bytes of a hive are in free cells or data, where damage has no effect.
fn in_record(hive: &[u8], random: &mut Random) -> usize {
    const SIGNATURES: [&[u8]; 8] = [b"nk", b"vk", b"sk", b"lh", b"lf", b"li", b"ri", b"hb"];
    for _ in 0..64 {
        let from = (4096 + random.below(hive.len().saturating_sub(4096))).min(hive.len());
        let window = &hive[from..hive.len().min(from + 512)];
        if let Some(at) = window.windows(2).position(|two| SIGNATURES.contains(&two)) {
            return (from + at).saturating_sub(4) + random.below(88);
        }
    }
    random.below(hive.len())
}

/// Corrects the checksum of the base block, so that the fields it protects are read.
fn fix_checksum(hive: &mut [u8]) {
    if hive.len() >= 512 {
        let sum =
            hive[..508].chunks(4).fold(0, |sum, word| sum ^ u32::from_le_bytes(word.try_into().unwrap()));
        hive[508..512].copy_from_slice(&sum.to_le_bytes());
    }
}

fn mutate(seed: &[u8], random: &mut Random) -> Vec<u8> {
    let mut hive = seed.to_vec();
    for _ in 0..=random.below(6) {
        match random.below(8) {
            0 => {
                let at = random.below(hive.len());
                hive[at] ^= 1 << random.below(8);
            }
            1 => {
                let at = in_record(&hive, random);
                put(&mut hive, at, &[random.byte()]);
            }
            2 | 3 => {
                let at = in_record(&hive, random);
                put(&mut hive, at, &EXTREMES[random.below(EXTREMES.len())].to_le_bytes());
            }
            4 => {
                // The offset of another cell.
                let (at, target) = (in_record(&hive, random), in_record(&hive, random));
                let target = u32::try_from(target.saturating_sub(4096) & !7).unwrap();
                put(&mut hive, at, &target.to_le_bytes());
            }
            5 => {
                let at = [4, 8, 20, 24, 28, 32, 36, 40, 44, 144][random.below(10)];
                put(&mut hive, at, &EXTREMES[random.below(EXTREMES.len())].to_le_bytes());
                fix_checksum(&mut hive);
            }
            6 => {
                let (from, to, len) = (in_record(&hive, random), in_record(&hive, random), random.below(80));
                let copied = hive[from.min(hive.len())..hive.len().min(from + len)].to_vec();
                put(&mut hive, to, &copied);
            }
            _ => hive.truncate(hive.len() - random.below(hive.len() / 4)),
        }
        if hive.len() < 64 {
            break;
        }
    }
    hive
}

/// Everything that `doctor` does between a path and a rendered report. True if anything could be read.
fn doctor(path: &Path, at: FileTime) -> bool {
    let (snapshots, problems) = capture_all(path);
    let options = Options::at(at);
    let machines: Vec<_> = snapshots.iter().map(|snapshot| judge(snapshot, &options)).collect();
    let problems = problems
        .into_iter()
        .map(|problem| licensing::judge::UnreadSource { message: problem.message(), source: problem.place })
        .collect();
    let report = Report::new(machines, problems, &options);
    let text = whole(Doctor { width: 80, details: true }, &report).unwrap();
    assert!(!text.is_empty(), "something is said of every source");
    assert!(!text.contains(|c: char| c.is_control() && !matches!(c, '\n' | '\u{1b}')), "{text:?}");
    assert_eq!(
        whole(Show { width: 80 }, &report).unwrap().is_empty(),
        report.machines.is_empty() && report.problems.is_empty()
    );
    for rendered in [whole(Json, &report), whole(Html, &report), whole(Sarif, &report), whole(Csv, &report)] {
        assert!(!rendered.unwrap().is_empty());
    }
    for snapshot in &snapshots {
        let json = snapshot.to_json().unwrap();
        assert_eq!(&snapshot::Snapshot::from_json(&json).unwrap(), snapshot);
    }
    !snapshots.is_empty()
}

/// Small hives with everything that rules read, and parts of real hives if the corpus exists.
fn seeds() -> Vec<Vec<u8>> {
    let mut seeds: Vec<Vec<u8>> = [HOST, LOCKED_OUT, CLIENT]
        .into_iter()
        .flat_map(|text| hives(&machine(text)))
        .map(|(_, bytes)| bytes)
        .collect();
    for path in ["hives/nt4-server/SOFTWARE", "hives/nt4-server/SYSTEM"] {
        seeds.extend(corpus(path).map(|path| fs::read(path).unwrap()));
    }
    seeds
}

#[test]
fn two_thousand_mutants() {
    let seeds = seeds();
    let at: FileTime = "2026-01-01".parse().unwrap();
    let (next, read) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let workers = thread::available_parallelism().map_or(1, Into::into);
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                let folder = folder();
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= MUTANTS {
                        break;
                    }
                    // The real hives are larger and few; every tenth mutant is made from one.
                    let small = 6.min(seeds.len());
                    let seed = if number % 10 == 0 {
                        seeds.len() - 1 - number / 10 % (seeds.len() - small).max(1)
                    } else {
                        number % small
                    };
                    let mut random = Random(
                        0x9E37_79B9_7F4A_7C15 ^ (number as u64 + 1).wrapping_mul(0xD134_2543_DE82_EF95),
                    );
                    let path =
                        write(folder.path().join(format!("{number}")), mutate(&seeds[seed], &mut random));
                    let again = path.clone();
                    let done = std::panic::catch_unwind(|| in_time(move || doctor(&again, at)));
                    match done {
                        Ok(anything) => read.fetch_add(usize::from(anything), Ordering::Relaxed),
                        Err(panic) => {
                            eprintln!("mutant {number} of seed {seed}");
                            std::panic::resume_unwind(panic);
                        }
                    };
                    fs::remove_file(path).unwrap();
                }
            });
        }
    });
    // If most mutants could not be read at all, only the header checks would be tested.
    let read = read.into_inner();
    assert!(read > MUTANTS / 3, "only {read} of {MUTANTS} could be read at all");
}
