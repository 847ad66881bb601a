//! Folders, and running other programs.

use std::ffi::OsStr;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result};

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new(".")).to_owned()
}

/// The target directory: the one this program was built into.
pub(crate) fn target() -> PathBuf {
    let program = std::env::current_exe().unwrap_or_default();
    program.parent().and_then(Path::parent).unwrap_or(Path::new("target")).to_owned()
}

/// The folder of public hives: `corpus` in `RDSCAL_SHARED`, or in `shared` beside the repository.
pub(crate) fn corpus() -> Option<PathBuf> {
    let shared = std::env::var_os("RDSCAL_SHARED").map_or_else(|| root().join("../shared"), PathBuf::from);
    shared.join("corpus").canonicalize().ok()
}

/// A program that has ended.
pub(crate) struct Done {
    /// Whether its exit code is 0.
    pub(crate) ok: bool,
    log: PathBuf,
}

impl Done {
    /// The last lines of its output.
    pub(crate) fn tail(&self, lines: usize) -> String {
        let output = std::fs::read(&self.log).unwrap_or_default();
        let output = String::from_utf8_lossy(&output);
        let all: Vec<_> = output.lines().collect();
        all[all.len().saturating_sub(lines)..].join("\n")
    }
}

/// Runs a program in the root of the repository, with its output in `xtask/NAME.log` of the target directory.
pub(crate) fn logged(name: &str, command: &mut Command) -> Result<Done> {
    let folder = target().join("xtask");
    std::fs::create_dir_all(&folder)?;
    let log = folder.join(format!("{name}.log"));
    let file = File::create(&log)?;
    let status = command
        .current_dir(root())
        .stdin(Stdio::null())
        .stdout(file.try_clone()?)
        .stderr(file)
        .status()
        .with_context(|| format!("{} could not be started", command.get_program().display()))?;
    Ok(Done { ok: status.success(), log })
}

/// Cargo with these arguments, and the target directory of this program.
pub(crate) fn cargo<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(arguments: I) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).env("CARGO_TARGET_DIR", target());
    command
}

/// Whether a program with these arguments ends with exit code 0.
pub(crate) fn answers(program: impl AsRef<OsStr>, arguments: &[&str]) -> bool {
    Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// The standard output of a program, if its exit code is 0.
pub(crate) fn printed(program: impl AsRef<OsStr>, arguments: &[&str]) -> Option<String> {
    let output =
        Command::new(program).args(arguments).stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The peak memory of a running program in bytes, from `/proc`.
pub(crate) fn peak_memory(child: &Child) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}
