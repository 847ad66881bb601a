//! `race HIVE [ROUNDS]`: times the readers against each other, in one process, in alternating rounds.
//!
//! Prints for each of the two tasks the least and the median time of each reader, and how many times ours is faster
//! than it by both. The bars of the project are printed beside the ratios that they are for; the exit code is 1 when
//! one is missed.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use bench::{LICENSING_VALUES, READERS, Reader, Totals};

fn main() -> Result<()> {
    let mut arguments = std::env::args_os().skip(1);
    let hive = arguments.next().context("usage: race HIVE [ROUNDS]")?;
    let rounds = arguments.next().map_or(Ok(21), |it| it.to_string_lossy().parse())?;
    let hive = Path::new(&hive);

    let (_, pages) = bench::readers::ours::look_up_and_count_pages(hive, &LICENSING_VALUES)?;
    let met = race(
        "open and look up ten licensing values",
        rounds,
        |reader| (reader.look_up)(hive, &LICENSING_VALUES),
        &[
            // The bar is against the fastest reader that loads the hive.
            ("nt-hive 0.3", 20.0),
        ],
    )?;
    println!("  pages of 4 KiB read: {pages} of {}", std::fs::metadata(hive)?.len().div_ceil(4096));
    let walked = race(
        "walk every key, value and its data",
        rounds,
        |reader| (reader.walk)(hive),
        &[("nt-hive 0.3", 1.5), ("winreg-core 0.2", 3.0)],
    )?;
    if !(met && walked) {
        std::process::exit(1);
    }
    Ok(())
}

/// Times one task of all readers and prints the table. False when a bar is missed.
fn race(
    title: &str,
    rounds: usize,
    task: impl Fn(&Reader) -> Result<Totals>,
    bars: &[(&str, f64)],
) -> Result<bool> {
    ensure!(rounds > 0, "at least one round");
    let mut times = vec![Vec::with_capacity(rounds); READERS.len()];
    let mut totals = vec![Totals::default(); READERS.len()];
    // The first round warms the page cache and is not counted.
    for round in 0..=rounds {
        // Each round begins with another reader, so that none always has the same one before it.
        for turn in 0..READERS.len() {
            let at = (round + turn) % READERS.len();
            let start = Instant::now();
            totals[at] = task(&READERS[at]).with_context(|| READERS[at].name)?;
            if round > 0 {
                times[at].push(start.elapsed());
            }
        }
    }

    println!("{title}: {rounds} rounds in one process, alternating");
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
            // The median decides; the least time is shown since it is the steadier of the two on a busy machine.
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

fn least_and_median(times: &mut [Duration]) -> (Duration, Duration) {
    times.sort_unstable();
    (times[0], times[times.len() / 2])
}

fn shown(time: Duration) -> String {
    format!("{:.3} ms", time.as_secs_f64() * 1e3)
}
