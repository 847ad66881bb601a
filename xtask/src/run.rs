//! Running other programs, their output in a log each.

use std::ffi::OsStr;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result};

/// Where the logs lie: `target/xtask`.
pub(crate) fn log_folder() -> PathBuf {
    crate::root().join("target/xtask")
}

/// A program that was run, or was not there.
pub(crate) struct Done {
    /// It ran and ended with exit code 0.
    pub(crate) ok: bool,
    /// Its exit code; none when it was ended by a signal.
    pub(crate) code: Option<i32>,
    /// All that it printed.
    pub(crate) log: PathBuf,
}

impl Done {
    /// What it printed.
    pub(crate) fn output(&self) -> String {
        std::fs::read(&self.log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
    }

    /// The last lines of what it printed.
    pub(crate) fn tail(&self, lines: usize) -> String {
        let output = self.output();
        let all: Vec<_> = output.lines().collect();
        all[all.len().saturating_sub(lines)..].join("\n")
    }

    /// What it complains of first, for a note: the first line that says error, else the last line.
    pub(crate) fn complaint(&self) -> String {
        let output = self.output();
        let first = output.lines().find(|line| line.starts_with("error"));
        first.map_or_else(|| self.last_line(), |line| line.trim().to_owned())
    }

    /// The last line that is not empty, for a note.
    pub(crate) fn last_line(&self) -> String {
        self.output().lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default().trim().to_owned()
    }
}

/// Runs a program to its end, in the root of the workspace, with its output in `target/xtask/NAME.log`.
///
/// # Errors
/// When it cannot be started.
pub(crate) fn logged(name: &str, command: &mut Command) -> Result<Done> {
    std::fs::create_dir_all(log_folder())?;
    let log = log_folder().join(format!("{name}.log"));
    let file = File::create(&log)?;
    let status = command
        .current_dir(crate::root())
        .stdin(Stdio::null())
        .stdout(file.try_clone()?)
        .stderr(file)
        .status()
        .with_context(|| format!("{} could not be started", command.get_program().display()))?;
    Ok(Done { ok: status.success(), code: status.code(), log })
}

/// The cargo that runs this, with these arguments.
pub(crate) fn cargo<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(arguments: I) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments);
    command
}

/// Whether a program answers to this call without complaint.
pub(crate) fn answers(program: impl AsRef<OsStr>, arguments: &[&str]) -> bool {
    Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// What a program prints on its standard output, if it ends well.
pub(crate) fn printed(program: impl AsRef<OsStr>, arguments: &[&str]) -> Option<String> {
    let output =
        Command::new(program).args(arguments).stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// A path below the root, as it is typed.
pub(crate) fn below_root(path: &Path) -> String {
    path.strip_prefix(crate::root()).unwrap_or(path).display().to_string()
}

/// The most memory that a running program held so far, from `/proc`.
pub(crate) fn peak_memory(child: &Child) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}
