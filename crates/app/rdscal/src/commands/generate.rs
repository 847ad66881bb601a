//! Shell completions and man pages, made from the arguments themselves so that they can never differ.

use std::fs;

use clap::CommandFactory;

use crate::args::{Cli, CompletionsArgs, ManArgs};
use crate::exit::{Exit, Failure};
use crate::output;

/// Prints the completions of one shell.
pub fn completions(args: &CompletionsArgs) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "rdscal", &mut script);
    output::write(&String::from_utf8_lossy(&script), None)?;
    Ok(Exit::Fine)
}

/// Writes a man page for the program and each of its commands.
pub fn man(args: &ManArgs) -> Result<Exit, Failure> {
    let failure = |error| Failure::Write { target: args.folder.display().to_string(), error };
    fs::create_dir_all(&args.folder).map_err(failure)?;
    clap_mangen::generate_to(Cli::command(), &args.folder).map_err(failure)?;
    Ok(Exit::Fine)
}
