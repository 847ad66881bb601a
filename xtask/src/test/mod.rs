//! `cargo xtask test`: every check of the project.
//!
//! Each check is a function that returns an [`Outcome`]; a failure does not stop the others. What could not
//! run is listed at the end, and is a failure if `CI=true` is set.

mod deny;
mod fuzz;
mod outcome;
mod peers;
mod rust;
mod schemas;
mod skipped;
mod text;
mod tools;
mod windows;

use std::time::Instant;

use anyhow::Result;

use outcome::{Outcome, Report};

/// Arguments of the task.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Run only the checks whose names contain one of these
    only: Vec<String>,
    /// Install nothing, and use what is installed
    #[arg(long)]
    no_install: bool,
}

type Check = fn(&tools::Tools) -> Result<Outcome>;

/// In the order in which they run: cheap checks first, and each after those whose builds it uses.
const CHECKS: &[(&str, Check)] = &[
    ("format", rust::format),
    ("tiers", text::tiers),
    ("lengths", text::limits),
    ("prose", text::prose),
    ("links", text::links),
    ("minimum Rust", rust::minimum_version),
    ("licenses, bans, sources", deny::policy),
    ("advisories", deny::advisories),
    ("clippy", rust::clippy),
    ("tests", rust::tests),
    ("interrupted repairs", rust::kills),
    ("doc tests", rust::doc_tests),
    ("API documentation", rust::docs),
    ("generated files", rust::generated),
    ("documentation site", text::site),
    ("JSON schemas", schemas::check),
    ("other readers build", peers::build),
    ("hives in other readers", peers::corpus),
    ("samples in other readers", peers::samples),
    ("edited hives in other readers", peers::edited),
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
    crate::run::IS_TEST.store(true, std::sync::atomic::Ordering::Relaxed);
    let wanted = |name: &str| {
        args.only.is_empty()
            || args.only.iter().any(|part| name.to_lowercase().contains(part.to_lowercase().as_str()))
    };
    let checks: Vec<_> = CHECKS.iter().filter(|(name, _)| wanted(name)).collect();
    anyhow::ensure!(!checks.is_empty(), "no check has such a name: {}", args.only.join(", "));
    println!("{} checks; logs in {}", checks.len(), crate::run::log_folder().display());

    let start = Instant::now();
    let (tools, missing) = tools::Tools::prepare(args.no_install)?;
    report.prepared(start.elapsed(), &missing);

    for (number, (name, check)) in checks.iter().enumerate() {
        let progress = Report::begin(name, number + 1, checks.len());
        let start = Instant::now();
        // A check that cannot even be started has failed; the others still run.
        let outcome = check(&tools).unwrap_or_else(|error| Outcome::failed(format!("{error:#}"), None));
        drop(progress);
        report.end(name, start.elapsed(), outcome);
    }
    if !report.print() {
        eprintln!("some checks failed; the logs are in {}", crate::run::log_folder().display());
        std::process::exit(1);
    }
    Ok(())
}
