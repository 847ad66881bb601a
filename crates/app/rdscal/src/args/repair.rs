//! The commands around repairs: `fix`, `undo`, `journal`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::common::{Format, OutputArgs, ProfileArg};
use super::network::NetworkArgs;
use super::read::TEXT_OR_JSON;
use super::recipe::FixRecipe;

/// Plan a repair, and carry it out with --apply
///
/// Prints the plan of a recipe: its changes, what each expects to find, why, and what must follow. With --apply, writes a backup
/// and a journal entry, makes the changes, and verifies them.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Exit codes:
  0  planned or carried out; also if there was nothing to do
  1  refused, or not carried out
  2  wrong usage
  3  the machine could not be read, or output could not be written")]
pub struct FixArgs {
    /// The recipe with its arguments.
    #[command(subcommand)]
    pub recipe: FixRecipe,
}

/// Options of every recipe.
#[derive(Debug, Args)]
pub struct RepairArgs {
    /// Machine to repair
    ///
    /// A folder with its hives, a hive file, an export, a policy, or a machine across the network; on Windows `.` is this machine.
    #[arg(value_name = "SOURCE", index = 1)]
    pub source: Option<PathBuf>,
    /// Carry the plan out; otherwise nothing is changed
    #[arg(long)]
    pub apply: bool,
    /// Carry out exactly this plan
    ///
    /// A file that was written with --format json. Any other plan is refused.
    #[arg(long, value_name = "FILE", requires = "apply")]
    pub plan: Option<PathBuf>,
    /// Confirm that the plan's manual steps are done
    #[arg(long, requires = "apply")]
    pub manual_steps_done: bool,
    /// Restart services, which ends sessions
    ///
    /// Only on this machine.
    #[arg(long, requires = "apply")]
    pub restart_services: bool,
    /// Write the plan as files, to the folder of --output
    #[arg(long, value_enum, value_name = "FORM", requires = "output", conflicts_with = "apply")]
    pub emit: Option<EmitForm>,
    /// Output format
    #[arg(short, long, value_parser = Format::parser(TEXT_OR_JSON))]
    pub format: Option<Format>,
    #[command(flatten)]
    pub profile: ProfileArg,
    #[command(flatten)]
    pub journal: JournalFolder,
    #[command(flatten)]
    pub output: OutputArgs,
    #[command(flatten)]
    pub network: NetworkArgs,
}

/// The form of an emitted plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum EmitForm {
    /// A .reg file, and one that reverts it
    Reg,
    /// A script for Windows PowerShell that checks, backs up, changes and verifies
    Powershell,
    /// Registry.pol: the setting as a policy
    Pol,
    /// Text for LGPO.exe: the setting as a policy
    Lgpo,
    /// Backup of a Group Policy object, for Import Settings
    Gpo,
}

/// Where the journal is.
#[derive(Debug, Args)]
pub struct JournalFolder {
    /// Keep journal and backups in this folder
    #[arg(long = "journal", value_name = "FOLDER", env = JOURNAL_VARIABLE, hide_short_help = true)]
    pub folder: Option<PathBuf>,
}

/// The environment variable with the folder of the journal.
pub const JOURNAL_VARIABLE: &str = "RDSCAL_JOURNAL";

/// Undo a repair
///
/// Prints the plan of the undo; --apply carries it out. An undo is a repair: it is in the journal, and can be undone.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  rdscal undo                 plan the undo of the newest repair
  rdscal undo --apply         carry it out
  rdscal undo 3 --apply       undo repair 3 (`rdscal journal show` lists the numbers)
  rdscal undo 3 --apply --source smb://admin@rdsh01
                              the same on a remote machine, with this account

Exit codes:
  0  planned or carried out
  1  refused, or not carried out
  2  wrong usage
  3  the machine could not be read, or output could not be written")]
pub struct UndoArgs {
    /// Number of the repair; otherwise the newest
    #[arg(value_name = "ID")]
    pub id: Option<u64>,
    /// Carry the plan out; otherwise nothing is changed
    #[arg(long)]
    pub apply: bool,
    /// Address and account of the remote machine
    ///
    /// The journal does not record the account.
    #[arg(long, value_name = "SOURCE", requires = "apply")]
    pub source: Option<PathBuf>,
    /// Restart services, which ends sessions
    ///
    /// Only on this machine.
    #[arg(long, requires = "apply")]
    pub restart_services: bool,
    /// Output format
    #[arg(short, long, value_parser = Format::parser(TEXT_OR_JSON))]
    pub format: Option<Format>,
    #[command(flatten)]
    pub profile: ProfileArg,
    #[command(flatten)]
    pub journal: JournalFolder,
    #[command(flatten)]
    pub output: OutputArgs,
    #[command(flatten)]
    pub network: NetworkArgs,
}

/// Show, verify or export the journal of repairs
#[derive(Debug, Args)]
pub struct JournalArgs {
    /// What to do.
    #[command(subcommand)]
    pub what: JournalCommand,
}

/// The commands for the journal.
#[derive(Debug, Subcommand)]
pub enum JournalCommand {
    /// List what was repaired, the newest first
    Show(JournalViewArgs),
    /// Verify that no line was changed or removed
    Verify(JournalViewArgs),
    /// Export the repairs as JSON
    Export(JournalViewArgs),
}

/// How the journal is read.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Exit codes: 0 the journal is intact, 1 it is damaged or was changed, 2 wrong usage, 3 no output.")]
pub struct JournalViewArgs {
    #[command(flatten)]
    pub journal: JournalFolder,
    #[command(flatten)]
    pub output: OutputArgs,
}
