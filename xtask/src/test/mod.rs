//! `cargo xtask test`: every check of the project, with the real peers.
//!
//! Each check is a function that gives an [`Outcome`]; none stops the others. What could not run is named at the end,
//! and with `CI=true` it is a failure.

mod deny;
mod fuzz;
mod outcome;
mod peers;
mod rust;
mod schemas;
mod skipped;
mod tools;
mod windows;

use std::time::Instant;

use anyhow::Result;

use outcome::{Outcome, Report};

/// What to leave out.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Run only the checks whose names contain one of these
    only: Vec<String>,
    /// Install nothing: use the peers and tools that are there
    #[arg(long)]
    no_install: bool,
}

type Check = fn(&tools::Tools) -> Result<Outcome>;

/// In the order in which they run: the cheap ones that fail most often first, and each after those whose builds it
/// uses.
const CHECKS: &[(&str, Check)] = &[
    ("format", rust::format),
    ("clippy", rust::clippy),
    ("tests", rust::tests),
    ("killed at any moment", rust::kills),
    ("doc tests", rust::doc_tests),
    ("docs", rust::docs),
    ("generated files", rust::generated),
    ("minimum Rust", rust::minimum_version),
    ("licenses, bans, sources", deny::policy),
    ("advisories", deny::advisories),
    ("bench builds", peers::build),
    ("peers on the corpus", peers::corpus),
    ("peers on the samples", peers::samples),
    ("peers on edited hives", peers::edited),
    ("JSON schemas", schemas::check),
    ("Windows build", windows::build),
    ("Windows under Wine", windows::wine),
    ("packages", windows::packages),
    ("fuzz seeds", fuzz::seeds),
    ("fuzzing", fuzz::short_runs),
];

/// Runs the checks and prints the table.
pub(crate) fn run(args: &Args) -> Result<()> {
    let ci = std::env::var_os("CI").is_some_and(|value| value == "true");
    let mut report = Report::new(ci);
    let wanted = |name: &str| {
        args.only.is_empty()
            || args.only.iter().any(|part| name.to_lowercase().contains(part.to_lowercase().as_str()))
    };

    let start = Instant::now();
    let (tools, missing) = tools::Tools::prepare(args.no_install)?;
    report.prepared(start.elapsed(), &missing);

    for (name, check) in CHECKS.iter().filter(|(name, _)| wanted(name)) {
        Report::begin(name);
        let start = Instant::now();
        // A check that cannot even be started has failed; the others still run.
        let outcome = check(&tools).unwrap_or_else(|error| Outcome::failed(format!("{error:#}"), None));
        report.end(name, start.elapsed(), outcome);
    }
    if !report.print() {
        eprintln!("not all is well; the logs are in target/xtask/");
        std::process::exit(1);
    }
    Ok(())
}
