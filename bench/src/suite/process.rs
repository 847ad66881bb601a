//! Whole programs: the doctor on a hive, compared with hivexget for one key of it.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use crate::harness as run;

const KEY: &str = r"ControlSet001\Control\Terminal Server\RCM\Licensing Core";

/// Alternates the two and prints the ratio. Returns false if the doctor takes longer.
pub(crate) fn race(doctor: &Path, hive: &Path, rounds: u32) -> Result<bool> {
    println!(
        "\nas whole processes: rdscal doctor HIVE against hivexget HIVE KEY, {rounds} rounds, alternating"
    );
    if !run::answers("hivexget", &[&hive.to_string_lossy(), KEY]) {
        println!("  not run: hivexget is not there, or cannot read the hive (Debian: libhivex-bin)");
        return Ok(true);
    }
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    // The first round warms the page cache and is not counted.
    for round in 0..=rounds {
        // With findings the exit code is 1; any other code except 0 means that the doctor did not judge.
        let doctor = timed(Command::new(doctor).arg("doctor").arg(hive), &[0, 1])?;
        let hivexget = timed(Command::new("hivexget").arg(hive).arg(KEY), &[0])?;
        if round > 0 {
            ours.push(doctor);
            theirs.push(hivexget);
        }
    }
    let ((least, median), (their_least, their_median)) =
        (least_and_median(&mut ours), least_and_median(&mut theirs));
    let by = |theirs: Duration, ours: Duration| theirs.as_secs_f64() / ours.as_secs_f64();
    // The median decides. It is unreliable under load: race on a quiet machine.
    let met = by(their_median, median) > 1.0;
    println!("  rdscal doctor  min {:>8.2} ms  median {:>8.2} ms", milliseconds(least), milliseconds(median));
    println!(
        "  hivexget       min {:>8.2} ms  median {:>8.2} ms",
        milliseconds(their_least),
        milliseconds(their_median)
    );
    println!(
        "  ours is {:.2} times as fast by the least, {:.2} by the median; bar 1: {}",
        by(their_least, least),
        by(their_median, median),
        if met { "reached" } else { "MISSED" }
    );
    Ok(met)
}

fn timed(command: &mut Command, good: &[i32]) -> Result<Duration> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let start = Instant::now();
    let status = command.status().with_context(|| command.get_program().display().to_string())?;
    let time = start.elapsed();
    ensure!(
        status.code().is_some_and(|code| good.contains(&code)),
        "{}: {status}",
        command.get_program().display()
    );
    Ok(time)
}

fn least_and_median(times: &mut [Duration]) -> (Duration, Duration) {
    times.sort_unstable();
    (times[0], times[times.len() / 2])
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
