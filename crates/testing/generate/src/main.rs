//! Writes the generated files of the repository: `cargo xtask docs` and `cargo xtask samples` call it.
#![forbid(unsafe_code)]

mod docs;
mod prediction;
mod samples;

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::{Parser, ValueEnum};

/// Write the generated files of the repository
#[derive(Debug, Parser)]
struct Cli {
    /// What to write
    #[arg(value_enum)]
    parts: Vec<Part>,
    /// Write nothing, and fail if a file is out of date
    #[arg(long)]
    check: bool,
}

/// A set of generated files.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Part {
    /// The pages of rules and recipes in docs/
    Docs,
    /// The machines in samples/
    Samples,
}

fn main() -> Result<()> {
    let cli = Cli::parse();
    for part in &cli.parts {
        match (part, cli.check) {
            (Part::Docs, false) => docs::write()?,
            (Part::Docs, true) => docs::check()?,
            (Part::Samples, false) => samples::write()?,
            (Part::Samples, true) => samples::check()?,
        }
    }
    Ok(())
}

/// The root of the workspace.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..")
}
