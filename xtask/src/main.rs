//! The project's chores, each a subcommand: `cargo xtask --help`.
#![forbid(unsafe_code)]
// Nothing of a program is reachable from outside; `pub` says here what other modules use.
#![allow(unreachable_pub)]

mod docs;
mod new_rule;
mod samples;

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
    /// Make the file, the page and the fixtures of a new rule
    NewRule(new_rule::Args),
    /// Write the sample estate in samples/
    Samples,
    /// Write the generated pages in docs/
    Docs(docs::Args),
}

fn main() -> Result<()> {
    match Cli::parse().chore {
        Chore::NewRule(args) => new_rule::run(&args),
        Chore::Samples => samples::run(),
        Chore::Docs(args) => docs::run(&args),
    }
}

/// The root of the workspace.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new(".")).to_owned()
}
