//! The rdscal program: arguments, commands, exit codes. What it prints is decided elsewhere.
#![forbid(unsafe_code)]
// Nothing of a program is reachable from outside; `pub` says here what other modules use.
#![allow(unreachable_pub)]

mod args;
mod commands;
#[cfg(feature = "directory")]
mod directory;
mod exit;
mod interrupt;
mod output;
mod policy_args;
mod progress;
mod recipe_args;
#[cfg(feature = "remote")]
mod remote;
mod state;
mod survey;

use std::process::ExitCode;

use clap::Parser;

use crate::args::{Cli, Command};
use crate::policy_args::PolicyCommand;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let result = match &cli.command {
        Command::Doctor(args) => commands::doctor::run(args),
        Command::Show(args) => commands::show::run(args),
        Command::Explain(args) => commands::explain::run(args),
        Command::Snapshot(args) => commands::snapshot::run(args),
        Command::Diff(args) => commands::diff::run(args),
        Command::Watch(args) => commands::watch::run(args),
        Command::Fix(args) => commands::fix::run(args),
        Command::Undo(args) => commands::undo::run(args),
        Command::Journal(args) => commands::journal::run(args),
        Command::Cal(args) => commands::cal::run(args),
        Command::Policy(args) => match &args.what {
            PolicyCommand::Show(args) => commands::policy::show(args),
            PolicyCommand::Lint(args) => commands::policy::lint(args),
        },
        #[cfg(feature = "remote")]
        Command::Probe(args) => commands::probe::run(args),
        Command::Users(args) => commands::users::run(args),
        Command::Rules(args) => commands::rules::run(args),
        Command::Completions(args) => commands::generate::completions(args),
        Command::Man(args) => commands::generate::man(args),
    };
    match result {
        Ok(exit) => exit.into(),
        Err(failure) => {
            output::complain(&failure);
            failure.exit().into()
        }
    }
}
