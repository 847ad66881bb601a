//! Many machines: how fast they are judged, what one session host costs, and whether the memory for it grows
//! with their number.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use crate::harness as run;

/// The memory for all machines may be 1.5 times that for a tenth of them.
const FLAT: (u64, u64) = (3, 2);

/// The sample whose instructions are counted: a session host with certificates, a grace record and a policy.
const SESSION_HOST: &str = "rdsh01-works";

/// Files of one machine.
type Hives = Vec<PathBuf>;

/// Judges a tenth of the machines, then all of them, beside an earlier program if there is one. Returns false
/// if memory grows with their number.
pub(crate) fn judge(
    doctor: &Path,
    earlier: Option<&Path>,
    corpus: &Path,
    machines: u32,
    rounds: u32,
) -> Result<bool> {
    let folder = run::target().join("bench/fleet");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    let models = models(corpus, &folder.join("models"))?;
    println!("\n{machines} machines like {} samples and public hives", models.len());
    let (few, many) = (folder.join("few"), folder.join("many"));
    let tenth = (machines / 10).max(1);
    lay_out(&models, &few, tenth)?;
    let bytes = lay_out(&models, &many, machines)?;

    // The first run warms the page cache.
    watched(doctor, &few)?;
    let (_, small) = watched(doctor, &few)?;
    let (mut ours, mut theirs, mut large) = (Duration::MAX, Duration::MAX, None);
    for _ in 0..rounds {
        let (time, peak) = watched(doctor, &many)?;
        (ours, large) = (ours.min(time), large.max(peak));
        if let Some(earlier) = earlier {
            theirs = theirs.min(watched(earlier, &many)?.0);
        }
    }
    let rate = |time: Duration| f64::from(machines) / time.as_secs_f64();
    println!(
        "  {:.2} s: {:.0} machines a second, {:.0} MB of hives a second",
        ours.as_secs_f64(),
        rate(ours),
        megabytes(bytes) / ours.as_secs_f64()
    );
    if earlier.is_some() {
        println!(
            "  earlier program: {:.2} s, {:.0} machines a second; ratio {:.1}",
            theirs.as_secs_f64(),
            rate(theirs),
            theirs.as_secs_f64() / ours.as_secs_f64()
        );
    }
    session_hosts(doctor, earlier, &folder, rounds)?;
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

/// What one full session host costs: in time, and in instructions if valgrind is installed.
fn session_hosts(doctor: &Path, earlier: Option<&Path>, folder: &Path, rounds: u32) -> Result<()> {
    let sample = hives(&run::root().join("samples").join(SESSION_HOST))?;
    let of = |count: u32| -> Result<PathBuf> {
        let into = folder.join(format!("hosts{count}"));
        lay_out(&copied(std::slice::from_ref(&sample), &folder.join("host"))?, &into, count)?;
        Ok(into)
    };
    let (one, eleven, many) = (of(1)?, of(11)?, of(1000)?);
    let mut counted = Vec::new();
    let mut timed = Vec::new();
    for program in std::iter::once(doctor).chain(earlier) {
        let mut best = Duration::MAX;
        for _ in 0..rounds {
            best = best.min(watched(program, &many)?.0);
        }
        timed.push(best.as_secs_f64());
        if let (Some(one), Some(eleven)) = (instructions(program, &one), instructions(program, &eleven)) {
            counted.push(eleven.saturating_sub(one) / 10);
        }
    }
    let shown = timed.iter().map(|time| format!("{:.0}", 1000.0 / time)).collect::<Vec<_>>().join(" to ");
    println!("  full session hosts a second: {shown}{}", ratio(timed.get(1), timed.first()));
    let millions: Vec<_> = counted.iter().map(|&count| megabytes(count) * 1.048_576).collect();
    if millions.is_empty() {
        println!("  instructions: not counted, valgrind is not installed");
    } else {
        let shown = millions.iter().map(|count| format!("{count:.2}")).collect::<Vec<_>>().join(" to ");
        println!("  million instructions for each: {shown}{}", ratio(millions.get(1), millions.first()));
    }
    Ok(())
}

fn ratio(more: Option<&f64>, less: Option<&f64>) -> String {
    match (more, less) {
        (Some(more), Some(less)) => format!(" (the earlier program); ratio {:.1}", more / less),
        _ => String::new(),
    }
}

/// The instructions of a run, counted by callgrind; `None` if it is not installed or fails.
fn instructions(program: &Path, folder: &Path) -> Option<u64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args(["doctor", "--format", "json"])
        .arg(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&output.stderr);
    text.lines().find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok())
}

/// The machines that the fleet consists of: every sample with hives, and every SYSTEM hive of the corpus,
/// with its SOFTWARE hive if there is one.
fn models(corpus: &Path, into: &Path) -> Result<Vec<Hives>> {
    let mut found = Vec::new();
    for parent in [run::root().join("samples"), corpus.join("hives")] {
        let mut folders: Vec<_> =
            fs::read_dir(&parent)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
        folders.sort();
        for folder in folders.into_iter().filter(|folder| folder.join("SYSTEM").is_file()) {
            found.push(hives(&folder)?);
        }
    }
    copied(&found, into)
}

/// The registry hives and their logs in a folder.
fn hives(folder: &Path) -> Result<Hives> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if ["SYSTEM", "SOFTWARE"].iter().any(|hive| name == *hive || name.starts_with(&format!("{hive}.LOG")))
        {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// Copies of the files: hard links cannot cross file systems.
fn copied(models: &[Hives], into: &Path) -> Result<Vec<Hives>> {
    let mut copies = Vec::new();
    for (number, files) in models.iter().enumerate() {
        let folder = into.join(number.to_string());
        fs::create_dir_all(&folder)?;
        let mut copied = Vec::new();
        for file in files {
            let copy = folder.join(file.file_name().unwrap_or_default());
            fs::copy(file, &copy).with_context(|| file.display().to_string())?;
            copied.push(copy);
        }
        copies.push(copied);
    }
    Ok(copies)
}

/// Creates folders like mounted volumes in which all hives are hard links to those of the models, which take
/// turns. Returns their total size in bytes.
fn lay_out(models: &[Hives], into: &Path, machines: u32) -> Result<u64> {
    let mut bytes = 0;
    for (machine, files) in (0..machines).zip(models.iter().cycle()) {
        let config = into.join(format!("host{machine:04}/Windows/System32/config"));
        fs::create_dir_all(&config)?;
        for file in files {
            bytes += fs::metadata(file)?.len();
            fs::hard_link(file, config.join(file.file_name().unwrap_or_default()))?;
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
    // A damaged hive of the corpus leads to code 3.
    ensure!(matches!(status.code(), Some(0 | 1 | 3)), "rdscal doctor {}: {status}", folder.display());
    Ok((start.elapsed(), peak))
}

pub(crate) fn megabytes(bytes: u64) -> f64 {
    f64::from(u32::try_from(bytes >> 10).unwrap_or(u32::MAX)) / 1024.0
}
