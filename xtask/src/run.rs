//! Folders, and running other programs with a log for each.

use std::ffi::OsStr;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock};

use anyhow::{Context as _, Result};

/// The root of the workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new(".")).to_owned()
}

/// The target directory of all workspaces: the one that Cargo uses for this one, whether it is set by
/// `CARGO_TARGET_DIR` or in Cargo's configuration.
pub(crate) fn target() -> &'static Path {
    static TARGET: OnceLock<PathBuf> = OnceLock::new();
    TARGET.get_or_init(|| {
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.args(["metadata", "--format-version", "1", "--no-deps", "--offline"]);
        let output = command.current_dir(root()).stderr(Stdio::null()).output().ok();
        let metadata =
            output.and_then(|output| serde_json::from_slice::<serde_json::Value>(&output.stdout).ok());
        let folder = metadata.as_ref().and_then(|metadata| metadata["target_directory"].as_str());
        folder.map_or_else(|| root().join("target"), PathBuf::from)
    })
}

/// The folder of the logs: `xtask` in the target directory.
pub(crate) fn log_folder() -> PathBuf {
    target().join("xtask")
}

/// A program that has ended.
pub(crate) struct Done {
    /// Whether its exit code is 0.
    pub(crate) ok: bool,
    /// Its exit code; `None` if a signal ended it.
    pub(crate) code: Option<i32>,
    /// The file with its output.
    pub(crate) log: PathBuf,
}

impl Done {
    /// The text that it printed.
    pub(crate) fn output(&self) -> String {
        std::fs::read(&self.log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
    }

    /// The last lines of its output.
    pub(crate) fn tail(&self, lines: usize) -> String {
        let output = self.output();
        let all: Vec<_> = output.lines().collect();
        all[all.len().saturating_sub(lines)..].join("\n")
    }

    /// The first line that begins with `error`, otherwise the last line.
    pub(crate) fn complaint(&self) -> String {
        let output = self.output();
        let first = output.lines().find(|line| line.starts_with("error"));
        first.map_or_else(|| self.last_line(), |line| line.trim().to_owned())
    }

    /// The last line that is not empty.
    pub(crate) fn last_line(&self) -> String {
        self.output().lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default().trim().to_owned()
    }
}

/// The log of the program that was started last.
static CURRENT: Mutex<PathBuf> = Mutex::new(PathBuf::new());

/// The last line of the log of the program that was started last.
pub(crate) fn current_line() -> String {
    let log = CURRENT.lock().map(|path| path.clone()).unwrap_or_default();
    Done { ok: true, code: None, log }.last_line()
}

/// Runs a program to its end, in the root of the workspace, with its output in `xtask/NAME.log` of the target
/// directory.
///
/// # Errors
/// If it cannot be started.
pub(crate) fn logged(name: &str, command: &mut Command) -> Result<Done> {
    logged_in(&root(), name, command)
}

/// [`logged`] in another folder.
///
/// # Errors
/// If it cannot be started.
pub(crate) fn logged_in(folder: &Path, name: &str, command: &mut Command) -> Result<Done> {
    std::fs::create_dir_all(log_folder())?;
    let log = log_folder().join(format!("{name}.log"));
    let file = File::create(&log)?;
    if let Ok(mut current) = CURRENT.lock() {
        current.clone_from(&log);
    }
    let status = command
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(file.try_clone()?)
        .stderr(file)
        .status()
        .with_context(|| format!("{} could not be started", command.get_program().display()))?;
    Ok(Done { ok: status.success(), code: status.code(), log })
}

/// Whether every check runs. Builds then omit settings that only speed up everyday work.
pub(crate) static IS_TEST: AtomicBool = AtomicBool::new(false);

/// The Cargo that runs this program, with these arguments. All workspaces share one target directory.
pub(crate) fn cargo<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(arguments: I) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).env("CARGO_TARGET_DIR", target());
    if IS_TEST.load(Ordering::Relaxed) {
        // This halves the disk space. A panic still reports its place.
        command.env("CARGO_INCREMENTAL", "0").env("CARGO_PROFILE_DEV_DEBUG", "false");
    }
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

/// A path relative to the root of the workspace, if it is below it.
pub(crate) fn below_root(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}
