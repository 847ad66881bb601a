//! The checks by Cargo.

use anyhow::{Context as _, Result};

use super::outcome::Outcome;
use super::skipped;
use super::tools::Tools;
use crate::{run, shared};

/// The workspaces: the distributed crates, and the two that must stay apart from them.
const WORKSPACES: [&str; 3] = ["Cargo.toml", "bench/Cargo.toml", "fuzz/Cargo.toml"];

/// The workspaces that exist.
pub(super) fn workspaces() -> impl Iterator<Item = &'static str> {
    WORKSPACES.into_iter().filter(|manifest| run::root().join(manifest).is_file())
}

/// Every file is formatted as rustfmt.toml says.
pub(super) fn format(_: &Tools) -> Result<Outcome> {
    for manifest in workspaces() {
        let done =
            run::logged("format", &mut run::cargo(["fmt", "--all", "--check", "--manifest-path", manifest]))?;
        if !done.ok {
            return Ok(Outcome::failed(format!("{manifest}: run cargo fmt"), Some(&done)));
        }
    }
    Ok(Outcome::passed(""))
}

/// No warning of rustc or clippy in any target of any crate.
pub(super) fn clippy(_: &Tools) -> Result<Outcome> {
    let arguments =
        ["clippy", "--workspace", "--all-targets", "--all-features", "--locked", "--", "-D", "warnings"];
    let done = run::logged("clippy", &mut run::cargo(arguments))?;
    Ok(Outcome::of(&done, ""))
}

/// All unit and integration tests.
pub(super) fn tests(tools: &Tools) -> Result<Outcome> {
    let mut command = if tools.nextest {
        run::cargo(["nextest", "run", "--profile", "xtask", "--workspace", "--all-features", "--locked"])
    } else {
        // One line for each test and what it printed, passed or not.
        let mut command = run::cargo([
            "test",
            "--workspace",
            "--all-targets",
            "--all-features",
            "--locked",
            "--no-fail-fast",
        ]);
        command.args(["--", "--show-output"]);
        command
    };
    if let Some(folder) = shared::folder() {
        command.env("RDSCAL_SHARED", folder);
    }
    if let Some(python) = &tools.python {
        // For tests that compare with other readers.
        command.env("RDSCAL_PEERS_PYTHON", python);
    }
    let done = run::logged("tests", &mut command)?;
    let output = done.output();
    let (note, mut skipped) = if tools.nextest {
        let junit = run::target().join("nextest/xtask/junit.xml");
        (summary(&done), skipped::in_junit(&std::fs::read_to_string(junit).unwrap_or_default()))
    } else {
        let runs = output.lines().filter(|line| line.starts_with("test result:"));
        let passed: usize = runs
            .filter_map(|line| line.split_once(" passed")?.0.rsplit(' ').next()?.parse::<usize>().ok())
            .sum();
        (format!("{passed} tests passed, by cargo test"), skipped::in_output(&output))
    };
    if shared::folder().is_none() {
        skipped.insert(0, "no folder of public hives: set RDSCAL_SHARED".to_owned());
    }
    let outcome = if done.ok { Outcome::passed(note) } else { Outcome::failed(note, Some(&done)) };
    Ok(outcome.without(skipped))
}

/// The summary of nextest, otherwise the last line.
pub(super) fn summary(done: &run::Done) -> String {
    let output = done.output();
    let line = output.lines().rev().find(|line| line.trim_start().starts_with("Summary"));
    line.and_then(|line| line.split_once(']'))
        .map_or_else(|| done.last_line(), |(_, rest)| rest.trim().to_owned())
}

/// `fix --apply` and `undo` are killed 500 times at random moments; the everyday tests do it a few times.
pub(super) fn kills(_: &Tools) -> Result<Outcome> {
    let arguments = [
        "test",
        "-p",
        "rdscal",
        "--test",
        "cli",
        "--all-features",
        "--locked",
        "--",
        "--nocapture",
        "kills::",
    ];
    let mut command = run::cargo(arguments);
    command.env("RDSCAL_KILLS", "500");
    if let Some(folder) = shared::folder() {
        command.env("RDSCAL_SHARED", folder);
    }
    let done = run::logged("kills", &mut command)?;
    let output = done.output();
    let counts: Vec<_> =
        output.lines().filter(|line| line.contains("runs were killed")).map(str::trim).collect();
    Ok(Outcome::of(&done, counts.join("; ")).without(skipped::in_output(&output)))
}

/// The examples in the API documentation.
pub(super) fn doc_tests(_: &Tools) -> Result<Outcome> {
    let done = run::logged(
        "doc-tests",
        &mut run::cargo(["test", "--doc", "--workspace", "--all-features", "--locked", "--no-fail-fast"]),
    )?;
    Ok(Outcome::of(&done, ""))
}

/// The API documentation builds, and its links are valid.
pub(super) fn docs(_: &Tools) -> Result<Outcome> {
    let done = run::logged(
        "docs",
        run::cargo(["doc", "--workspace", "--no-deps", "--all-features", "--locked"])
            .env("RUSTDOCFLAGS", "-D warnings"),
    )?;
    Ok(Outcome::of(&done, ""))
}

/// The generated pages and samples are up to date.
pub(super) fn generated(_: &Tools) -> Result<Outcome> {
    // The features are those of the tests, so that nothing is built twice.
    let build = ["build", "--workspace", "--bins", "--all-features", "--locked"];
    let built = run::logged("programs", &mut run::cargo(build))?;
    if !built.ok {
        return Ok(Outcome::of(&built, ""));
    }
    let mut command = std::process::Command::new(run::target().join("debug/rdscal-generate"));
    let done = run::logged("generated", command.args(["docs", "samples", "--check"]))?;
    Ok(Outcome::of(&done, "docs/rules, docs/recipes and samples"))
}

/// The `rust-version` of Cargo.toml builds everything.
pub(super) fn minimum_version(_: &Tools) -> Result<Outcome> {
    let manifest = std::fs::read_to_string(run::root().join("Cargo.toml"))?;
    let promised = manifest
        .lines()
        .find_map(|line| line.strip_prefix("rust-version = \"")?.strip_suffix('"'))
        .context("Cargo.toml states no rust-version")?;
    let running = run::printed("rustc", &["--version"]).context("rustc does not answer")?;
    let running = running.split(' ').nth(1).unwrap_or_default();
    if is_of(running, promised) {
        return Ok(Outcome::passed(format!("{promised}: the other checks ran with {running}")));
    }
    let Some(toolchain) = installed_toolchain(promised) else {
        return Ok(Outcome::could_not_run(format!(
            "this is Rust {running}, and {promised} is not installed: rustup toolchain install {promised}"
        )));
    };
    let mut command = run::cargo([] as [&str; 0]);
    // The Cargo that runs this may be fixed to one toolchain; that of rustup finds the others.
    if let Some(home) =
        std::env::var_os("CARGO_HOME").map(std::path::PathBuf::from).or_else(default_cargo_home)
    {
        command = std::process::Command::new(home.join("bin/cargo"));
    }
    command.arg(format!("+{toolchain}")).args(["check", "--workspace", "--all-features", "--locked"]);
    command.env("CARGO_TARGET_DIR", run::target().join("minimum")).env_remove("RUSTUP_TOOLCHAIN");
    let done = run::logged("minimum-version", &mut command)?;
    Ok(Outcome::of(&done, format!("{promised}: built with {toolchain}")))
}

fn default_cargo_home() -> Option<std::path::PathBuf> {
    std::env::home_dir().map(|home| home.join(".cargo"))
}

/// Whether a version such as `1.95.0` belongs to `1.95`.
fn is_of(version: &str, promised: &str) -> bool {
    version == promised || version.strip_prefix(promised).is_some_and(|rest| rest.starts_with('.'))
}

fn installed_toolchain(promised: &str) -> Option<String> {
    let listed = run::printed("rustup", &["toolchain", "list"])?;
    listed
        .lines()
        .filter_map(|line| line.split(' ').next())
        .find(|name| name.split('-').next().is_some_and(|version| is_of(version, promised)))
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::is_of;

    #[test]
    fn a_version_is_of_its_minor_one_alone() {
        assert!(is_of("1.95.0", "1.95"));
        assert!(is_of("1.95", "1.95"));
        assert!(!is_of("1.950.0", "1.95"));
        assert!(!is_of("1.96.0", "1.95"));
    }
}
