//! Measures the cost of edits: `edits one HIVE KEY NAME` sets one DWORD of a hive on disk, so that the caller
//! can measure the I/O; `edits many HIVE [ROUNDS]` times setting 2,500 and 10,000 values, and subkeys, under
//! one key of a copy in memory.
//!
//! Four times the work may take up to eight times as long; the exit code is 1 if it takes longer.

use std::io::{Error, ErrorKind};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use nt::FileTime;
use regf::edit::{Editor, Files, HiveFiles, KeyOptions, Options, Storage, Target};

/// The hive of the corpus is dirty, and like every `SYSTEM` hive it has the flag for pending transactions.
const OPTIONS: Options = Options { accept_dirty: true, accept_transactions: true, log_format: None };
const T: FileTime = FileTime(134_000_000_000_000_000);
const NUMBERS: [u32; 2] = [2_500, 10_000];
/// The maximum ratio of the times for four times the work.
const BAR: f64 = 8.0;

fn main() -> Result<()> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["one", hive, key, name] => one(hive, key, name),
        ["many", hive] => many(hive, 5),
        ["many", hive, rounds] => many(hive, rounds.parse()?),
        _ => bail!("usage: edits one HIVE KEY NAME, or edits many HIVE [ROUNDS]"),
    }
}

fn one(hive: &str, key: &str, name: &str) -> Result<()> {
    let mut files = HiveFiles::open(hive)?;
    let mut editor = files.edit(OPTIONS)?;
    let key = editor.find(key)?.with_context(|| format!("there is no key {key}"))?;
    editor.set_value(key, name, 4, &[4, 0, 0, 0], T)?;
    editor.commit()?.apply(&mut files)?;
    Ok(())
}

/// An operation that is repeated.
#[derive(Clone, Copy)]
enum What {
    Values,
    Subkeys,
}

/// A sink that accepts every write at no cost.
struct Nowhere;

impl Files for Nowhere {
    fn storage(&mut self, _: Target) -> std::io::Result<&mut dyn Storage> {
        Ok(self)
    }
}

impl Storage for Nowhere {
    fn read_at(&self, _: u64, _: &mut [u8]) -> std::io::Result<usize> {
        Err(Error::from(ErrorKind::Unsupported))
    }

    fn write_at(&mut self, _: u64, _: &[u8]) -> std::io::Result<()> {
        Ok(())
    }

    fn set_len(&mut self, _: u64) -> std::io::Result<()> {
        Ok(())
    }

    fn sync(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// One session: open, this number of edits, and the commit.
fn session(hive: &[u8], what: What, number: u32) -> Result<(Duration, u64)> {
    let start = Instant::now();
    let mut editor = Editor::open(hive, &[&[], &[], &[]], OPTIONS)?;
    let key = editor.create_path("Many", T)?;
    for at in 0..number {
        // Neither ascending nor descending.
        let name = format!("n{:05}", u64::from(at) * 7919 % u64::from(number));
        match what {
            What::Values => editor.set_value(key, &name, 4, &at.to_le_bytes(), T)?,
            What::Subkeys => drop(editor.create_key(key, &name, &KeyOptions::default(), T)?),
        }
    }
    let commit = editor.commit()?;
    commit.apply(&mut Nowhere)?;
    let time = start.elapsed();
    let hive = editor.hive()?;
    let found = hive.find("Many")?.context("the key is gone")?;
    ensure!(found.value_count() + found.subkey_count() == number, "not all of them are there");
    Ok((time, commit.bytes_written()))
}

fn many(hive: &str, rounds: u32) -> Result<()> {
    ensure!(rounds > 0, "at least one round");
    let hive = std::fs::read(hive)?;
    let mut met = true;
    for (name, what) in [("values", What::Values), ("subkeys", What::Subkeys)] {
        let mut best = [(Duration::MAX, 0); NUMBERS.len()];
        for _ in 0..rounds {
            for (best, number) in best.iter_mut().zip(NUMBERS) {
                *best = session(&hive, what, number)?.min(*best);
            }
        }
        let [(few, _), (many, written)] = best;
        let ratio = many.as_secs_f64() / few.as_secs_f64();
        let reached = ratio <= BAR;
        met &= reached;
        println!(
            "  {name:<8} {:>6}: {:>8.2} ms  {:>6}: {:>8.2} ms, {written} bytes written; {ratio:.2} times as long; bar {BAR}: {}",
            NUMBERS[0],
            few.as_secs_f64() * 1e3,
            NUMBERS[1],
            many.as_secs_f64() * 1e3,
            if reached { "reached" } else { "MISSED" }
        );
    }
    if !met {
        std::process::exit(1);
    }
    Ok(())
}
