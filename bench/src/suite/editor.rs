//! The cost of edits: I/O for one value, compared with hivex; time for thousands of values and subkeys under
//! one key.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail, ensure};

use crate::harness as run;

const KEY: &str = r"ControlSet001\Control\Terminal Server\RCM\Licensing Core";
/// The maximum number of bytes written for one value.
const MOST_WRITTEN: u64 = 100_000;
/// The minimum ratio of the I/O of hivex to that of regf.
const LESS: u64 = 20;

/// Runs `edits` of the bench workspace. Returns false if a limit is exceeded.
pub(crate) fn race(hive: &Path, rounds: u32) -> Result<bool> {
    let edits = run::target().join("release/edits");
    let one = one_value(&edits, hive)?;
    println!("\nthousands of values and of subkeys under one key, each in one session with its commit");
    let status = Command::new(&edits)
        .arg("many")
        .arg(hive)
        .arg(rounds.min(5).to_string())
        .status()
        .with_context(|| edits.display().to_string())?;
    match status.code() {
        Some(0) => Ok(one),
        Some(1) => Ok(false),
        _ => bail!("edits many broke: {status}"),
    }
}

/// Bytes that ended child processes have read and written.
#[derive(Clone, Copy)]
struct Moved {
    read: u64,
    written: u64,
}

impl Moved {
    /// The I/O of this process and its ended children from `/proc`; `None` without `/proc`.
    fn now() -> Option<Self> {
        let text = fs::read_to_string("/proc/self/io").ok()?;
        let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok());
        Some(Self { read: field("rchar:")?, written: field("wchar:")? })
    }

    fn all(self) -> u64 {
        self.read + self.written
    }
}

/// Runs a program with a script and returns its I/O.
fn moved(command: &mut Command, script: &str) -> Result<Option<Moved>> {
    let program = command.get_program().display().to_string();
    let before = Moved::now();
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .with_context(|| program.clone())?;
    child.stdin.take().context("no pipe")?.write_all(script.as_bytes())?;
    let status = child.wait()?;
    ensure!(status.success(), "{program}: {status}");
    let after = Moved::now();
    Ok(before.zip(after).map(|(before, after)| Moved {
        read: after.read - before.read,
        written: after.written - before.written,
    }))
}

/// Sets one DWORD with whole programs in copies of the hive, flushed to the disk.
fn one_value(edits: &Path, hive: &Path) -> Result<bool> {
    println!("\nas whole processes: one DWORD set in {}", hive.display());
    let folder = run::target().join("bench/edit");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let copy = |name: &str| -> Result<_> {
        let path = folder.join(name);
        fs::copy(hive, &path).with_context(|| hive.display().to_string())?;
        Ok(path)
    };
    let ours = copy("ours")?;
    let Some(ours) = moved(Command::new(edits).arg("one").arg(&ours).args([KEY, "LicensingMode"]), "")?
    else {
        println!("  not measured: this system has no /proc/self/io");
        return Ok(true);
    };
    let few = ours.written < MOST_WRITTEN;
    let shown = |name: &str, moved: Moved| {
        println!("  {name:<16} {:>10} bytes read {:>10} bytes written", moved.read, moved.written);
    };
    shown("regf (ours)", ours);
    println!("  bar {MOST_WRITTEN} bytes written: {}", if few { "reached" } else { "MISSED" });
    if !run::answers("hivexsh", &["-f", "/dev/null", &hive.to_string_lossy()]) {
        println!("  not run: hivexsh is not there, or cannot read the hive (Debian: libhivex-bin)");
        return Ok(few);
    }
    let script = format!("cd \\{KEY}\nsetval 1\nLicensingMode\ndword:4\ncommit\nexit\n");
    let theirs =
        moved(Command::new("hivexsh").arg("-w").arg(copy("hivex")?), &script)?.context("no /proc")?;
    shown("hivexsh", theirs);
    // If hivex did not write the hive, the ratio is meaningless.
    ensure!(theirs.written > fs::metadata(hive)?.len() / 2, "hivexsh did not write the hive");
    let less = theirs.all() / ours.all();
    let reached = less >= LESS;
    println!("  ours moves {less} times less; bar {LESS}: {}", if reached { "reached" } else { "MISSED" });
    Ok(few && reached)
}
