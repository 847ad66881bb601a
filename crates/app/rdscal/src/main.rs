//! The rdscal program: arguments, commands and exit codes. Other crates decide what it prints.
#![forbid(unsafe_code)]
// A binary exports nothing; `pub` marks what other modules of the program use.
#![allow(unreachable_pub)]

mod args;
mod commands;
mod configuration;
#[cfg(feature = "directory")]
mod directory;
mod exit;
mod log;
mod output;
mod progress;
mod state;

use std::ffi::OsString;
use std::num::{IntErrorKind, ParseIntError};
use std::process::ExitCode;
use std::sync::Arc;

use clap::error::ContextKind;
use clap::{CommandFactory as _, FromArgMatches as _};
use diagnostic::{Code, Message};
use licensing::decisions::Decisions;

use crate::args::{Cli, Command, PolicyCommand};
use crate::exit::{Exit, Failure};

fn main() -> ExitCode {
    let parsed = Cli::command()
        .try_get_matches_from(arguments())
        .and_then(|matches| Ok((Cli::from_arg_matches(&matches)?, matches)));
    let (mut cli, matches) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => return explain(&error).into(),
    };
    let logs = log::start(cli.global.verbose);
    output::configure(&cli.global, logs.as_ref().is_ok_and(|is_on| *is_on));
    let decisions = logs.and_then(|_| configuration::apply(&mut cli, &matches));
    finish(decisions.and_then(|decisions| run(&cli.command, &Arc::new(decisions)))).into()
}

fn run(command: &Command, decisions: &Arc<Decisions>) -> Result<Exit, Failure> {
    match command {
        Command::Doctor(args) => commands::doctor::run(args, decisions),
        Command::Show(args) => commands::show::run(args, decisions),
        Command::Explain(args) => commands::explain::run(args),
        Command::Snapshot(args) => commands::snapshot::run(args),
        Command::Diff(args) => commands::diff::run(args),
        Command::Watch(args) => commands::watch::run(args, decisions),
        Command::Fix(args) => commands::fix::run(args),
        Command::Undo(args) => commands::undo::run(args),
        Command::Journal(args) => commands::journal::run(args),
        Command::Predict(args) => commands::predict::run(args),
        Command::Forecast(args) => commands::forecast::run(args),
        Command::Cal(args) => commands::cal::run(args),
        Command::Policy(args) => match &args.what {
            PolicyCommand::Show(args) => commands::policy::show(args),
            PolicyCommand::Lint(args) => commands::policy::lint(args),
        },
        #[cfg(feature = "remote")]
        Command::Probe(args) => commands::probe::run(args),
        Command::Users(args) => commands::users::run(args),
        Command::Rules(args) => commands::rules::run(args),
        Command::Schema(args) => commands::schema::run(args),
        Command::Completions(args) => commands::generate::completions(args),
        Command::Man(args) => commands::generate::man(args),
    }
}

fn finish(result: Result<Exit, Failure>) -> Exit {
    result.unwrap_or_else(|failure| {
        output::failure(&failure);
        failure.exit()
    })
}

/// The command line. `rdscal help --help` is `rdscal help`, which clap would take for a command named
/// `--help`.
fn arguments() -> Vec<OsString> {
    let mut arguments: Vec<_> = std::env::args_os().collect();
    if arguments.get(1).is_some_and(|first| first == "help") {
        arguments.retain(|argument| argument != "--help" && argument != "-h");
    }
    arguments
}

/// The message for an argument that must be a number; that of the standard library is about digits in
/// strings.
fn not_a_number(error: &clap::Error) -> Option<Message> {
    let parsing = std::error::Error::source(error)?.downcast_ref::<ParseIntError>()?;
    let why = match parsing.kind() {
        IntErrorKind::PosOverflow | IntErrorKind::NegOverflow => "the number is out of range",
        _ => "not a whole number",
    };
    let (argument, value) = (error.get(ContextKind::InvalidArg)?, error.get(ContextKind::InvalidValue)?);
    let cause = format!("invalid value '{value}' for '{argument}': {why}");
    Some(Message::new(Code::InvalidArgument, cause))
}

/// Prints help or the version, or what is wrong with the command line.
fn explain(error: &clap::Error) -> Exit {
    if let Some(message) = not_a_number(error) {
        output::message(&message);
        return Exit::Usage;
    }
    if error.use_stderr() {
        // If standard error is closed, the exit code remains.
        let _ = error.print();
        return Exit::Usage;
    }
    finish(output::print(&error.render().ansi().to_string()).map(|_| Exit::Fine))
}
