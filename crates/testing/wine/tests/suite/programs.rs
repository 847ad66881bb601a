//! The programs under test, the Wine prefix they run in, and the result of a run.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result};
use wine::Prefix;

/// Limit of restarts after Wine failed to start a program.
const MAX_RESTARTS: u32 = 3;

/// `rdscal.exe`; beside it `examples/describe.exe`, which sets security descriptors.
pub(crate) fn windows() -> Result<PathBuf> {
    named_by("RDSCAL_WINDOWS_PROGRAM")
}

/// `rdscal` as built for Linux.
pub(crate) fn linux() -> Result<PathBuf> {
    named_by("RDSCAL_LINUX_PROGRAM")
}

fn named_by(variable: &str) -> Result<PathBuf> {
    let path = std::env::var_os(variable)
        .with_context(|| format!("{variable} is not set: run the tests by cargo xtask windows test"))?;
    std::fs::canonicalize(&path).with_context(|| path.display().to_string())
}

/// The folder for the prefix and files of the test of this name.
pub(crate) fn folder(test: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("wine").join(test)
}

/// A prefix with a fresh registry in the folder of this test.
pub(crate) fn prefix(test: &str) -> Result<Prefix> {
    let folder = folder(test);
    if let Some(parent) = folder.parent() {
        std::fs::create_dir_all(parent)?;
    }
    Prefix::template()?.copy(&folder)
}

/// The root of the workspace.
pub(crate) fn root() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    folder.ancestors().nth(3).unwrap_or(folder).to_owned()
}

/// The result of a program.
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

impl Run {
    /// Runs a program to its end, without input.
    ///
    /// Wine sometimes fails to start a program while its server cleans up after a killed one. It then exits
    /// with a failure and prints nothing (Wine 8.0). `rdscal` states the reason of every failure, so a silent
    /// failure is Wine's, and the program is started again.
    pub(crate) fn of(command: &mut Command) -> Result<Self> {
        let mut run = Self::once(command)?;
        for attempt in 1..=MAX_RESTARTS {
            if run.code == Some(0) || !run.stdout.is_empty() || !run.stderr.is_empty() {
                break;
            }
            eprintln!("Wine did not start the program (exit code {:?}); restart {attempt}", run.code);
            thread::sleep(Duration::from_millis(500));
            run = Self::once(command)?;
        }
        Ok(run)
    }

    fn once(command: &mut Command) -> Result<Self> {
        let output = command.stdin(Stdio::null()).output()?;
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        Ok(Self { code: output.status.code(), stdout: output.stdout, stderr })
    }

    /// Its standard output, with invalid UTF-8 replaced.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// Its standard output as JSON.
    pub(crate) fn json(&self) -> Result<serde_json::Value> {
        serde_json::from_slice(&self.stdout).with_context(|| format!("{:?}: {}", self.code, self.stderr))
    }

    /// Fails unless the exit code is 0.
    pub(crate) fn success(self, what: &str) -> Result<Self> {
        anyhow::ensure!(self.code == Some(0), "{what}: {:?}: {} {}", self.code, self.stderr, self.text());
        Ok(self)
    }
}
