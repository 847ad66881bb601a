//! The project's chores, each a subcommand: `cargo xtask --help`.
#![forbid(unsafe_code)]
// Nothing of a program is reachable from outside; `pub` says here what other modules use.
#![allow(unreachable_pub)]

mod bench;
mod dist;
mod docs;
mod fuzz;
mod new_rule;
mod run;
mod samples;
mod shared;
mod test;
mod windows;

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::{Parser, Subcommand};

/// The project's chores.
#[derive(Debug, Parser)]
struct Cli {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Debug, Subcommand)]
enum Chore {
    /// Install the real peers where that is allowed, run every check and name what could not run
    Test(test::Args),
    /// Race regf and rdscal against other readers and print the ratios
    Bench(bench::Args),
    /// Make the file, the page and the fixtures of a new rule
    NewRule(new_rule::Args),
    /// Write the sample estate in samples/
    Samples,
    /// Write the generated pages in docs/
    Docs(docs::Args),
    /// Feed the parsers what nobody would write
    Fuzz(fuzz::Args),
    /// Build rdscal.exe on Linux, and run it under Wine
    Windows(windows::Args),
    /// Make what is handed out: archives, packages, an installer
    Dist(dist::Args),
}

fn main() -> Result<()> {
    match Cli::parse().chore {
        Chore::Test(args) => test::run(&args),
        Chore::Bench(args) => bench::run(&args),
        Chore::NewRule(args) => new_rule::run(&args),
        Chore::Samples => samples::run(),
        Chore::Docs(args) => docs::run(&args),
        Chore::Fuzz(args) => fuzz::run(&args),
        Chore::Windows(args) => windows::run(&args),
        Chore::Dist(args) => dist::run(&args),
    }
}

/// The root of the workspace.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new(".")).to_owned()
}
