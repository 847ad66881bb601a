//! The command line: commands, options, and what they say in `--help`.
//!
//! `-h` prints the first line of each option and fits on one screen. `--help` adds details, the options for
//! networks and directories, examples and exit codes.

mod common;
mod defaults;
mod network;
mod policy;
mod predict;
mod read;
mod recipe;
mod repair;

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};

pub(crate) use common::sources;
pub use common::{Format, JudgeArgs, Level, OutputArgs, ProfileArg, now};
pub use defaults::Defaults;
pub use network::{DirectoryArgs, NetworkArgs, ReachArgs, SurveyArgs};
pub use policy::{LINT_FORMATS, POLICY_FORMATS, PolicyArgs, PolicyCommand, PolicyLintArgs, PolicyShowArgs};
pub use predict::{FORECAST_FORMATS, ForecastArgs, PredictArgs};
#[cfg(feature = "remote")]
pub use read::ProbeArgs;
pub use read::{
    CalArgs, DOCTOR_FORMATS, DiffArgs, DoctorArgs, ExplainArgs, RulesArgs, ShowArgs, SnapshotArgs,
    TEXT_OR_JSON, USERS_FORMATS, UsersArgs, WatchArgs,
};
pub use repair::{
    EmitForm, FixArgs, JOURNAL_VARIABLE, JournalArgs, JournalCommand, JournalFolder, RepairArgs, UndoArgs,
};

/// Check, explain and repair Remote Desktop licensing
///
/// Reads the licensing state of Microsoft Remote Desktop Services (RDS) from a live machine, a remote machine, a mounted Windows
/// volume, registry hives, exports, policies or snapshots. It reports what is wrong and why, and repairs it with a plan, a backup
/// and an undo.
#[derive(Debug, Parser)]
#[command(
    name = "rdscal",
    version,
    propagate_version = true,
    arg_required_else_help = true,
    max_term_width = 100,
    after_long_help = "\
Examples:
  rdscal doctor                           check this machine (Windows only)
  rdscal doctor /mnt/c                    check the Windows on a mounted volume
  rdscal doctor hives/ -o report.html     write a report for a browser
  rdscal explain 265                      explain a client's error code
  rdscal explain \"no Remote Desktop License Servers available\"
  rdscal cal client.reg                   decode a client's license
  rdscal predict rdsh01/ --client pc-07.reg
  rdscal snapshot /mnt/c -o host.json     keep the evidence
  rdscal users corp.example               list who holds a Per User license
  rdscal fix set-mode /mnt/c per-user     plan a repair; --apply carries it out
  rdscal undo                             plan the undo of the newest repair

Environment:
  RDSCAL_USER, RDSCAL_PASSWORD            account for other machines
  RDSCAL_CREDENTIALS, RDSCAL_KEYTAB       files with an account
  RDSCAL_JOURNAL                          folder of the journal and the backups
  RDSCAL_LOG                              log filter, such as info or smb=debug
  NO_COLOR, CLICOLOR_FORCE                defaults of --color

Exit codes:
  0  nothing found at or above --fail-on
  1  findings, differences, or a repair that was refused
  2  wrong usage
  3  a source or deciding evidence is missing, or output cannot be written

The help of each command states its own exit codes."
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    #[command(flatten)]
    pub global: GlobalArgs,
}

/// Options of every command.
#[derive(Debug, Args)]
pub struct GlobalArgs {
    /// Use color: auto, always, never
    ///
    /// Files are always written without color.
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t = Color::Auto, hide_short_help = true, hide_possible_values = true)]
    pub color: Color,
    /// Print errors only, without notes and progress
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Print evidence and reasons; log each contacted server
    ///
    /// -vv logs each request. The log goes to standard error. It states which server was asked for what, how long that took, and what came back. It
    /// contains no passwords, keys or tickets. RDSCAL_LOG selects levels by crate: RDSCAL_LOG=warn,smb=debug.
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub verbose: u8,
    /// Read this configuration
    ///
    /// Otherwise rdscal.toml in the working directory or the nearest folder above it, or in the folder rdscal of
    /// the user's configuration folder ($XDG_CONFIG_HOME, ~/.config, %APPDATA%). It contains defaults of
    /// options, severities of rules, and accepted findings. Options of the command line override it.
    #[arg(long, global = true, value_name = "FILE", conflicts_with = "no_config", hide_short_help = true)]
    pub config: Option<PathBuf>,
    /// Read no configuration
    #[arg(long, global = true, hide_short_help = true)]
    pub no_config: bool,
    /// Wrap text at this many columns
    ///
    /// Otherwise at the width of the terminal, 120 at most, or at 100 without a terminal.
    #[arg(long, global = true, value_name = "COLUMNS", value_parser = clap::value_parser!(u16).range(40..=1000), hide_short_help = true)]
    pub width: Option<u16>,
}

/// When to use color.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal that supports it
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    Doctor(DoctorArgs),
    Show(ShowArgs),
    Explain(ExplainArgs),
    Snapshot(SnapshotArgs),
    Diff(DiffArgs),
    Watch(WatchArgs),
    Fix(FixArgs),
    Undo(UndoArgs),
    Journal(JournalArgs),
    Policy(PolicyArgs),
    Predict(PredictArgs),
    Forecast(ForecastArgs),
    #[cfg(feature = "remote")]
    Probe(ProbeArgs),
    Cal(CalArgs),
    Users(UsersArgs),
    Rules(RulesArgs),
    Schema(SchemaArgs),
    Completions(CompletionsArgs),
    Man(ManArgs),
}

/// Print the JSON schema of an output format
///
/// The schema is complete: it refers to no other file. Without a name, lists the names.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  rdscal schema
  rdscal schema report-1 > report.schema.json

Exit codes: 0 printed, 2 no schema has this name.")]
pub struct SchemaArgs {
    /// Name of the schema, such as report-1 or rdscal.report/1
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
}

/// Print a completion script for a shell
///
/// Load it in the startup file of the shell, such as: source <(rdscal completions bash)
#[derive(Debug, Args)]
#[command(after_long_help = "Exit codes: 0 printed, 2 wrong usage.")]
pub struct CompletionsArgs {
    /// Name of the shell
    pub shell: clap_complete::Shell,
}

/// Write man pages to a folder
///
/// Writes a page for rdscal and for each command and recipe. Existing pages are replaced.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Example:
  rdscal man /usr/local/share/man/man1

Exit codes: 0 written, 2 wrong usage, 3 a page could not be written.")]
pub struct ManArgs {
    /// Folder to write to
    pub folder: std::path::PathBuf,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    /// The command and all below it, built as for a call.
    fn for_each(command: &mut clap::Command, name: &str, check: &mut impl FnMut(&str, &mut clap::Command)) {
        check(name, command);
        for sub in command.get_subcommands_mut() {
            let name = format!("{name} {}", sub.get_name());
            for_each(sub, &name, check);
        }
    }

    #[test]
    fn the_first_line_of_every_help_text_is_short() {
        let mut wrong = Vec::new();
        let mut command = Cli::command();
        command.build();
        for_each(&mut command, "", &mut |name, command| {
            let abouts = [(name.to_owned(), command.get_about().map(ToString::to_string))];
            let args = command.get_arguments().filter(|arg| !arg.is_hide_set());
            let helps =
                args.map(|arg| (format!("{name} {}", arg.get_id()), arg.get_help().map(ToString::to_string)));
            for (name, text) in abouts.into_iter().chain(helps) {
                let text = text.unwrap_or_default();
                if text.is_empty() || text.contains('\n') || text.chars().count() > 60 || text.ends_with('.')
                {
                    wrong.push(format!("{name}: {text}"));
                }
            }
        });
        wrong.sort();
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn short_help_fits_on_one_screen_and_long_help_has_exit_codes() {
        let mut wrong = Vec::new();
        let mut command = Cli::command().term_width(80);
        command.build();
        for_each(&mut command, "", &mut |name, command| {
            if name.contains(" help") || name == " fix" {
                return;
            }
            let lines = command.render_help().to_string().lines().count();
            if lines > 40 {
                wrong.push(format!("rdscal{name} -h has {lines} lines"));
            }
            if !command.has_subcommands() && !command.render_long_help().to_string().contains("Exit codes:") {
                wrong.push(format!("rdscal{name} --help has no exit codes"));
            }
        });
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn positional_arguments_are_listed_as_arguments() {
        let mut command = Cli::command();
        command.build();
        for_each(&mut command, "", &mut |name, command| {
            for arg in command.get_positionals() {
                assert_eq!(arg.get_help_heading(), None, "{name} {}", arg.get_id());
            }
        });
    }
}
