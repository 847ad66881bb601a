//! Development tasks, each a subcommand: `cargo xtask --help`.
#![forbid(unsafe_code)]
// Nothing of a program is reachable from outside; `pub` marks what other modules use.
#![allow(unreachable_pub)]

mod checks;
mod cves;
mod dist;
mod fuzz;
mod new_rule;
mod run;
mod shared;
mod source;
mod test;
mod windows;

use anyhow::{Result, ensure};
use clap::{Parser, Subcommand};

use run::root;

/// Development tasks of rdscal
#[derive(Debug, Parser)]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Run every check of the project and list what could not run
    Test(test::Args),
    /// Compare the speed of rdscal and regf with other implementations
    Bench {
        /// Arguments of the benchmark program; --help lists them
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Create the file, the page and the fixtures of a new rule
    NewRule(new_rule::Args),
    /// Write the sample machines in samples/
    Samples,
    /// Write the generated pages in docs/
    Docs {
        /// Write nothing, and fail if a page is out of date
        #[arg(long)]
        check: bool,
    },
    /// Check that dependencies only go down, and that core crates perform no I/O
    Tiers,
    /// Write the table of fixed builds from a clone of the CVE list
    Cves(cves::Args),
    /// Check words and line widths against STYLE.md
    Prose(checks::prose::Args),
    /// Count the lines of revisions side by side
    Lines(checks::lines::Args),
    /// Run the fuzz targets
    Fuzz(fuzz::Args),
    /// Build rdscal.exe on Linux, and run it under Wine
    Windows(windows::Args),
    /// Build the archives, packages and the installer
    Dist(dist::Args),
}

fn main() -> Result<()> {
    match Cli::parse().task {
        Task::Test(args) => test::run(&args),
        Task::Bench { arguments } => {
            let bench = ["run", "--release", "--locked", "--manifest-path", "bench/Cargo.toml", "--"];
            passed_on(run::cargo(bench).args(arguments))
        }
        Task::NewRule(args) => new_rule::run(&args),
        Task::Samples => passed_on(&mut generate(&["samples"])),
        Task::Docs { check } => {
            passed_on(&mut generate(if check { &["docs", "--check"] } else { &["docs"] }))
        }
        Task::Tiers => checks::tiers::run(),
        Task::Cves(args) => cves::run(&args),
        Task::Prose(args) => checks::prose::run(&args),
        Task::Lines(args) => checks::lines::run(&args),
        Task::Fuzz(args) => fuzz::run(&args),
        Task::Windows(args) => windows::run(&args),
        Task::Dist(args) => dist::run(&args),
    }
}

/// The program that writes generated files. The features are those of the tests, so that nothing is built
/// twice.
fn generate(arguments: &[&str]) -> std::process::Command {
    let mut command = run::cargo(["run", "--locked", "--package", "rdscal-generate", "--"]);
    command.args(arguments);
    command
}

/// Runs a program in the root of the workspace with its output on the terminal.
fn passed_on(command: &mut std::process::Command) -> Result<()> {
    let status = command.current_dir(root()).status()?;
    ensure!(status.success(), "{} ended with {status}", command.get_program().display());
    Ok(())
}
