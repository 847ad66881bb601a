//! Comparisons with other readers of hives.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use super::outcome::Outcome;
use super::tools::Tools;
use crate::{run, shared};

/// Builds the workspace of the benchmarks with the other readers that are written in Rust.
pub(super) fn build(_: &Tools) -> Result<Outcome> {
    let done = run::logged(
        "bench-build",
        &mut run::cargo(["build", "--manifest-path", "bench/Cargo.toml", "--bins", "--locked"]),
    )?;
    Ok(Outcome::of(&done, ""))
}

/// Every hive of the corpus has the contents that at least two other readers report.
pub fn corpus(tools: &Tools) -> Result<Outcome> {
    match shared::corpus() {
        Some(corpus) => compare(tools, "peers", &corpus),
        None => Ok(Outcome::could_not_run("no folder of public hives: set RDSCAL_SHARED")),
    }
}

/// The samples, which this project writes, have the same contents in other readers.
pub fn samples(tools: &Tools) -> Result<Outcome> {
    compare(tools, "samples", &run::root().join("samples"))
}

/// Hives that regf and hivex edit in turn have the expected contents in all readers. An interrupted commit
/// leaves the old or the new state for every reader that supports transaction logs.
pub fn edited(tools: &Tools) -> Result<Outcome> {
    let Some(corpus) = shared::corpus() else {
        return Ok(Outcome::could_not_run("no folder of public hives: set RDSCAL_SHARED"));
    };
    let samples = run::root().join("samples");
    peers(tools, "edited", |command| {
        command.arg("--corpus").arg(corpus).arg("--samples").arg(samples);
        command.arg("--edit").arg(run::target().join("debug/examples/edit"));
    })
}

fn compare(tools: &Tools, name: &str, hives: &Path) -> Result<Outcome> {
    peers(tools, name, |command| {
        command.arg("--corpus").arg(hives);
    })
}

/// Runs one of the scripts in bench/peers: `edited` or, under any other name, `compare`.
fn peers(tools: &Tools, name: &str, arguments: impl FnOnce(&mut Command)) -> Result<Outcome> {
    let Some(python) = &tools.python else {
        return Ok(Outcome::could_not_run("the Python environment of the other readers is missing"));
    };
    // The features are those of the tests, so nothing is built twice.
    let build = ["build", "--workspace", "--examples", "--all-features", "--locked"];
    let built = run::logged("examples", &mut run::cargo(build))?;
    if !built.ok {
        return Ok(Outcome::failed(built.complaint(), Some(&built)));
    }
    let mut command = Command::new(python);
    command.arg(if name == "edited" { "bench/peers/edited.py" } else { "bench/peers/compare.py" });
    command.arg("--ours").arg(run::target().join("debug/examples/dump"));
    command.arg("--rust-peers").arg(run::target().join("debug/peer-dump"));
    arguments(&mut command);
    let done = run::logged(name, &mut command)?;
    let output = done.output();
    let missing: Vec<_> =
        output.lines().filter_map(|line| line.strip_prefix("could not run: ")).map(str::to_owned).collect();
    let line = |start: &str| output.lines().rev().find(|line| line.starts_with(start)).unwrap_or_default();
    let note = format!("{}; {}", line("hives: "), line("agree in full: "));
    // Exit code 2: all comparisons that ran agree.
    let outcome = if done.ok || (done.code == Some(2) && !missing.is_empty()) {
        Outcome::passed(note)
    } else {
        Outcome::failed_showing(note, &disagreements(&output), &done)
    };
    Ok(outcome.without(missing))
}

/// The lines about hives that failed, and those after the last hive.
fn disagreements(output: &str) -> String {
    let mut failed = false;
    let mut lines = Vec::new();
    for line in output.lines() {
        // Lines about the hive above are indented.
        if !line.starts_with(' ') {
            failed = !line.starts_with("ok ");
        }
        if failed {
            lines.push(line);
        }
    }
    lines.join("\n")
}
