//! `race HIVE [ROUNDS]`: times the readers against each other, in one process, in alternating rounds.
//!
//! Prints for each task the minimum and median time of each reader, and the ratios of both to those of regf.
//! The required ratios are printed beside the measured ones; the exit code is 1 if one is missed.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use bench::{LICENSING_VALUES, READERS, Reader, Totals};

fn main() -> Result<()> {
    let mut arguments = std::env::args_os().skip(1);
    let hive = arguments.next().context("usage: race HIVE [ROUNDS]")?;
    let rounds = arguments.next().map_or(Ok(21), |it| it.to_string_lossy().parse())?;
    let hive = Path::new(&hive);

    let met = race(
        "open the file and look up ten licensing values",
        rounds,
        // The requirement applies to the fastest reader that loads the hive.
        &[("nt-hive 0.3", 20.0)],
        |reader| {
            let start = Instant::now();
            let totals = (reader.look_up)(hive, &LICENSING_VALUES)?;
            Ok((start.elapsed(), totals))
        },
    )?;
    let (_, pages) = bench::readers::ours::look_up_and_count_pages(hive, &LICENSING_VALUES)?;
    println!("  pages of 4 KiB read: {pages} of {}", std::fs::metadata(hive)?.len().div_ceil(4096));

    let bytes = std::fs::read(hive)?;
    let walked = race(
        "walk every key, value and its data of a hive in memory",
        rounds,
        &[("nt-hive 0.3", 1.5), ("winreg-core 0.2", 3.0)],
        |reader| {
            let copy = bytes.clone();
            let start = Instant::now();
            let (totals, made) = (reader.walk)(copy)?;
            let time = start.elapsed();
            drop(made);
            Ok((time, totals))
        },
    )?;
    race("read the file and walk it", rounds, &[], |reader| {
        let start = Instant::now();
        let (totals, made) = (reader.walk)(std::fs::read(hive)?)?;
        let time = start.elapsed();
        drop(made);
        Ok((time, totals))
    })?;
    if !(met && walked) {
        std::process::exit(1);
    }
    Ok(())
}

/// Times one task of all readers and prints the table. Returns false if a required ratio is missed.
fn race(
    title: &str,
    rounds: usize,
    bars: &[(&str, f64)],
    task: impl Fn(&Reader) -> Result<(Duration, Totals)>,
) -> Result<bool> {
    ensure!(rounds > 0, "at least one round");
    let mut times = vec![Vec::with_capacity(rounds); READERS.len()];
    let mut totals = vec![Totals::default(); READERS.len()];
    let mut order: Vec<_> = (0..READERS.len()).collect();
    let mut seed = 1;
    // The first round warms the page cache and is not counted.
    for round in 0..=rounds {
        // The order changes in each round, so that the state of allocator and caches does not always affect
        // the same reader.
        shuffle(&mut order, &mut seed);
        for &at in &order {
            let (time, read) = task(&READERS[at]).with_context(|| READERS[at].name)?;
            totals[at] = read;
            if round > 0 {
                times[at].push(time);
            }
        }
    }

    println!("\n{title}: {rounds} rounds in one process, alternating");
    println!("  {:<18}{:>12}{:>12}{:>10}{:>10}   reads", "reader", "min", "median", "x min", "x median");
    let figures: Vec<_> = times.iter_mut().map(|times| least_and_median(times)).collect();
    let mut met = true;
    for ((reader, &(least, median)), totals_here) in READERS.iter().zip(&figures).zip(&totals) {
        let ratio = |theirs: Duration, ours: Duration| theirs.as_secs_f64() / ours.as_secs_f64();
        let (by_least, by_median) = (ratio(least, figures[0].0), ratio(median, figures[0].1));
        let same = if *totals_here == totals[0] { "the same" } else { "something else" };
        print!(
            "  {:<18}{:>12}{:>12}{by_least:>10.2}{by_median:>10.2}   {same}",
            reader.name,
            shown(least),
            shown(median)
        );
        if let Some((_, bar)) = bars.iter().find(|(name, _)| *name == reader.name) {
            // The median decides. It is unreliable under load: race on a quiet machine.
            let reached = by_median >= *bar;
            met &= reached;
            print!("   bar {bar}: {}", if reached { "reached" } else { "MISSED" });
        }
        println!();
    }
    let Totals { keys, values, bytes, .. } = totals[0];
    println!("  ours read {keys} keys, {values} values, {bytes} bytes of data");
    Ok(met)
}

/// A Fisher-Yates shuffle with Marsaglia's xorshift: the same orders in every run.
fn shuffle(order: &mut [usize], seed: &mut u32) {
    for at in (1..order.len()).rev() {
        *seed ^= *seed << 13;
        *seed ^= *seed >> 17;
        *seed ^= *seed << 5;
        order.swap(at, *seed as usize % (at + 1));
    }
}

fn least_and_median(times: &mut [Duration]) -> (Duration, Duration) {
    times.sort_unstable();
    (times[0], times[times.len() / 2])
}

fn shown(time: Duration) -> String {
    format!("{:.3} ms", time.as_secs_f64() * 1e3)
}
