//! Many machines: how fast they are judged, and whether the memory for it grows with their number.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use crate::harness as run;

/// The memory for all machines may be 1.5 times that for a tenth of them.
const FLAT: (u64, u64) = (3, 2);

/// Judges a tenth of the machines, then all of them. Returns false if memory grows with their number.
pub(crate) fn judge(doctor: &Path, corpus: &Path, machines: u32) -> Result<bool> {
    println!("\n{machines} machines, SYSTEM and SOFTWARE each");
    let pair = corpus.join("hives/nt4-server");
    let folder = run::target().join("bench/fleet");
    let (few, many) = (folder.join("few"), folder.join("many"));
    let bytes = lay_out(&pair, &folder, &few, (machines / 10).max(1))? / u64::from((machines / 10).max(1));
    lay_out(&pair, &folder, &many, machines)?;

    // The first run warms the page cache.
    watched(doctor, &few)?;
    let (_, small) = watched(doctor, &few)?;
    let (time, large) = watched(doctor, &many)?;
    let rate = f64::from(machines) / time.as_secs_f64();
    println!(
        "  {:.2} s: {rate:.0} machines a second, {:.0} MB of hives a second",
        time.as_secs_f64(),
        rate * megabytes(bytes)
    );
    let (Some(small), Some(large)) = (small, large) else {
        println!("  memory: not measured, this system has no /proc");
        return Ok(true);
    };
    let flat = large <= small * FLAT.0 / FLAT.1;
    println!(
        "  peak memory {:.1} MB for a tenth of them, {:.1} MB for all; flat: {}",
        megabytes(small),
        megabytes(large),
        if flat { "yes" } else { "NO" }
    );
    Ok(flat)
}

/// Creates folders like mounted volumes in which all hives are hard links to one pair. Returns their total
/// size in bytes.
fn lay_out(pair: &Path, folder: &Path, into: &Path, machines: u32) -> Result<u64> {
    if into.exists() {
        fs::remove_dir_all(into)?;
    }
    fs::create_dir_all(folder)?;
    let mut bytes = 0;
    for hive in ["SYSTEM", "SOFTWARE"] {
        // A copy is made here first: hard links cannot cross file systems.
        let copy = folder.join(hive);
        fs::copy(pair.join(hive), &copy).with_context(|| pair.join(hive).display().to_string())?;
        bytes += fs::metadata(&copy)?.len() * u64::from(machines);
        for machine in 0..machines {
            let config = into.join(format!("host{machine:04}/Windows/System32/config"));
            fs::create_dir_all(&config)?;
            fs::hard_link(&copy, config.join(hive))?;
        }
    }
    Ok(bytes)
}

/// Runs the doctor on a folder; returns its duration, and its peak memory in bytes where the system reports
/// it.
fn watched(doctor: &Path, folder: &Path) -> Result<(Duration, Option<u64>)> {
    let start = Instant::now();
    let mut child = Command::new(doctor)
        .args(["doctor", "--format", "json"])
        .arg(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let mut peak = None;
    let status = loop {
        peak = run::peak_memory(&child).max(peak);
        if let Some(status) = child.try_wait()? {
            break status;
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    ensure!(matches!(status.code(), Some(0 | 1)), "rdscal doctor {}: {status}", folder.display());
    Ok((start.elapsed(), peak))
}

pub(crate) fn megabytes(bytes: u64) -> f64 {
    f64::from(u32::try_from(bytes >> 10).unwrap_or(u32::MAX)) / 1024.0
}
