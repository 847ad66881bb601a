//! The commands that only read.

use std::path::PathBuf;

use clap::Args;
use snapshot::FileTime;

use super::common::{self, Format, JudgeArgs, Level, OutputArgs};
#[cfg(feature = "remote")]
use super::network::HostsArgs;
use super::network::{DirectoryArgs, NetworkArgs, ReachArgs, SurveyArgs};
use super::sources;
use crate::commands::grouping::GroupBy;

/// Formats of most commands.
pub const TEXT_OR_JSON: &[Format] = &[Format::Text, Format::Json];
/// Formats of `doctor`.
pub const DOCTOR_FORMATS: &[Format] =
    &[Format::Text, Format::Json, Format::Jsonl, Format::Csv, Format::Html, Format::Sarif];
/// Formats of `users`.
pub const USERS_FORMATS: &[Format] = &[Format::Text, Format::Json, Format::Csv, Format::Html];

/// Check machines and report licensing problems
///
/// Prints a verdict for each machine, the findings with their evidence, and how to fix them.
#[derive(Debug, Args)]
#[command(
    after_help = "Options for hosts, Kerberos, retries and Active Directory: see --help.",
    after_long_help = concat!("\
Examples:
  rdscal doctor /mnt/c
  rdscal doctor evidence/ --format html -o report.html
  rdscal doctor --hosts farm.txt --resume farm.jsonl
  rdscal doctor hives/ --baseline old.json --fail-on-new warning

", sources!(), "

Exit codes:
  0  nothing found at or above --fail-on
  1  findings at or above --fail-on
     (with --fail-on-new: only new or worse ones)
  2  wrong usage, such as an empty list of hosts or a baseline that is not a report
  3  evidence is missing that decides, or a part could not be read

What could be read is reported in any case."))]
pub struct DoctorArgs {
    /// What to check
    #[arg(value_name = "SOURCE")]
    pub sources: Vec<PathBuf>,
    /// Output format
    #[arg(short, long, value_parser = Format::parser(DOCTOR_FORMATS))]
    pub format: Option<Format>,
    /// Exit with 1 if a finding has at least this severity
    #[arg(long, value_enum, value_name = "SEVERITY", default_value_t = Level::Error)]
    pub fail_on: Level,
    /// Compare with an earlier report (--format json)
    ///
    /// Marks findings that are new or worse, and lists those that are fixed. See docs/configuration.md.
    #[arg(long, value_name = "REPORT", conflicts_with = "resume")]
    pub baseline: Option<PathBuf>,
    /// Exit with 1 only for what is new or worse
    ///
    /// For a finding of at least this severity that the baseline does not have, has with a lower severity, or
    /// has as accepted. Replaces --fail-on.
    #[arg(long, value_enum, value_name = "SEVERITY", requires = "baseline", conflicts_with = "fail_on")]
    pub fail_on_new: Option<Level>,
    /// Also probe each listed license server
    ///
    /// Contacts DNS, ports and service of each license server that a machine lists. Without this option no
    /// license server is contacted.
    #[arg(long)]
    pub probe: bool,
    /// Group machines by: auto, none, folder, archive, domain
    ///
    /// Machines of different groups are not compared. auto groups by domain, and machines without one by the
    /// first folder below the SOURCE, which separates customers with equal names. none compares all machines.
    #[arg(long, value_enum, value_name = "GROUPS", default_value_t = GroupBy::Auto, hide_possible_values = true)]
    pub group_by: GroupBy,
    #[command(flatten)]
    pub judge: JudgeArgs,
    #[command(flatten)]
    pub output: OutputArgs,
    /// Write JSON Lines, or continue an interrupted run
    ///
    /// Skips machines that the file already contains, and retries failures except rejected credentials.
    #[arg(long, value_name = "FILE", conflicts_with = "output")]
    pub resume: Option<PathBuf>,
    #[command(flatten)]
    pub survey: SurveyArgs,
    #[command(flatten)]
    pub directory: DirectoryArgs,
    #[command(flatten)]
    pub network: NetworkArgs,
}

/// Show licensing settings and which value is in force
#[derive(Debug, Args)]
#[command(after_long_help = concat!(sources!(), "

Exit codes: 0 shown, 2 wrong usage, 3 a source could not be read."))]
pub struct ShowArgs {
    /// What to show
    #[arg(value_name = "SOURCE")]
    pub sources: Vec<PathBuf>,
    /// List deleted licensing keys and values of hives
    ///
    /// Hives keep deleted records until the space is reused.
    #[arg(long, conflicts_with_all = ["at", "only", "ignore"])]
    pub deleted: bool,
    /// With --deleted, list all deleted keys and values
    #[arg(long, requires = "deleted")]
    pub all: bool,
    /// Output format
    #[arg(short, long, value_parser = Format::parser(TEXT_OR_JSON))]
    pub format: Option<Format>,
    #[command(flatten)]
    pub judge: JudgeArgs,
    #[command(flatten)]
    pub output: OutputArgs,
    #[command(flatten)]
    pub survey: SurveyArgs,
    #[command(flatten)]
    pub network: NetworkArgs,
}

/// Explain a key, value, rule, event, error code or message
///
/// Also explains keys and values that have no effect.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  rdscal explain RDSL-001
  rdscal explain 'HKLM\\SOFTWARE\\Microsoft\\MSLicensing'
  rdscal explain LicensingMode
  rdscal explain 265
  rdscal explain event 1069
  rdscal explain LicenseKeyStore
  rdscal explain \"the license stored on this computer has been modified\"

A text may be a sentence from a screen, in any display language, an entry of
the event viewer, or a line of a client's log.

Exit codes: 0 explained (also if it is not about licensing), 1 nothing is known,
2 wrong usage, 3 the output could not be written.")]
pub struct ExplainArgs {
    /// What to explain, in one or several words
    #[arg(value_name = "TOPIC", required = true, num_args = 1..)]
    pub topic: Vec<String>,
    /// Output format
    #[arg(short, long, value_parser = Format::parser(TEXT_OR_JSON))]
    pub format: Option<Format>,
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Capture the licensing state of a source to a file
#[derive(Debug, Args)]
#[command(after_long_help = concat!("\
Examples:
  rdscal snapshot /mnt/c -o host.json
  rdscal snapshot --hosts farm.txt -o snapshots/

", sources!(), "

Exit codes: 0 written, 2 wrong usage, 3 something could not be read or written."))]
pub struct SnapshotArgs {
    /// What to capture
    #[arg(value_name = "SOURCE")]
    pub sources: Vec<PathBuf>,
    /// Write to this file, or a folder for several machines
    ///
    /// An existing file is not replaced without --force.
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    /// Replace existing files
    #[arg(long)]
    pub force: bool,
    /// Continue an interrupted run
    ///
    /// Skips hosts whose file exists.
    #[arg(long, conflicts_with = "force")]
    pub resume: bool,
    #[command(flatten)]
    pub survey: SurveyArgs,
    #[command(flatten)]
    pub directory: DirectoryArgs,
    #[command(flatten)]
    pub network: NetworkArgs,
}

/// Compare the licensing state of two sources
#[derive(Debug, Args)]
#[command(after_long_help = concat!(sources!(), "

Exit codes: 0 no differences, 1 differences, 2 wrong usage, 3 a source could not be read."))]
pub struct DiffArgs {
    /// First source
    #[arg(value_name = "A")]
    pub a: PathBuf,
    /// Second source
    #[arg(value_name = "B")]
    pub b: PathBuf,
    /// Output format
    #[arg(short, long, value_parser = Format::parser(TEXT_OR_JSON))]
    pub format: Option<Format>,
    #[command(flatten)]
    pub output: OutputArgs,
    #[command(flatten)]
    pub network: NetworkArgs,
}

/// Watch this machine for licensing changes (Windows only)
///
/// Checks this machine, waits until one of its licensing keys changes, prints what changed and how that
/// affects the verdict, and waits again until Ctrl-C. It changes nothing.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  rdscal watch                            find out when a setting is rewritten
  rdscal watch --once                     end after the first change
  rdscal watch --format json >> changes.jsonl

Exit codes:
  0  nothing found at or above --fail-on when it ended
  1  findings at or above --fail-on when it ended
  2  wrong usage, or not Windows
  3  the registry could not be read")]
pub struct WatchArgs {
    /// End after the first change
    #[arg(long)]
    pub once: bool,
    /// Output format; json writes one line per change
    #[arg(short, long, value_parser = Format::parser(TEXT_OR_JSON))]
    pub format: Option<Format>,
    /// Exit with 1 if a finding has at least this severity
    #[arg(long, value_enum, value_name = "SEVERITY", default_value_t = Level::Error)]
    pub fail_on: Level,
    #[command(flatten)]
    pub judge: JudgeArgs,
}

/// Check whether license servers respond
///
/// Checks name, ports, endpoint mapper, service and pipe. Sends no request to the licensing service itself.
#[cfg(feature = "remote")]
#[allow(rustdoc::broken_intra_doc_links)] // brackets stand for optional parts
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  rdscal probe rdls01.corp.example
  rdscal probe rdls01 rdls02 --format json
  rdscal probe 'smb://CORP;admin@rdls01'    also try the pipe HydraLsPipe, which needs an account
  rdscal doctor --probe /mnt/c              probe the servers that a machine lists

Exit codes: 0 every host responds, 1 a host does not, 2 wrong usage, 3 no output.")]
pub struct ProbeArgs {
    /// License server to probe
    ///
    /// A name, an address, or smb://[[DOMAIN;]USER@]HOST[:PORT] with the port of SMB.
    #[arg(value_name = "HOST", required_unless_present = "hosts")]
    pub names: Vec<String>,
    /// Output format
    #[arg(short, long, value_parser = Format::parser(TEXT_OR_JSON))]
    pub format: Option<Format>,
    #[command(flatten)]
    pub output: OutputArgs,
    #[command(flatten)]
    pub hosts: HostsArgs,
    #[command(flatten)]
    pub network: NetworkArgs,
}

/// Decode client licenses
///
/// Reads registry exports, hives, FreeRDP's .cal files and bare licenses.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  rdscal cal store.reg                    every license of an exported MSLicensing key
  rdscal cal ~/.config/freerdp/licenses/0a1b2c.cal
  rdscal cal --at 2007-07-01 client-license.p7b

Exit codes:
  0  every license is valid, as far as --fail-on asks
  1  a license that has expired or whose signature does not match; with --fail-on warning also
     one that is not valid yet, must be renewed, or seems to belong to another device
  2  wrong usage
  3  a file that could not be read, or that has no license or a damaged one")]
pub struct CalArgs {
    /// File with client licenses
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// Judge validity as of this time
    ///
    /// Written as 2026-03-01 or 2026-03-01T08:00:00Z. Otherwise now.
    #[arg(long, value_name = "TIME", value_parser = common::parse_time)]
    pub at: Option<FileTime>,
    /// Exit with 1 for a license at least this bad
    #[arg(long, value_enum, value_name = "SEVERITY", default_value_t = Level::Error)]
    pub fail_on: Level,
    /// Output format
    #[arg(short, long, value_parser = Format::parser(TEXT_OR_JSON))]
    pub format: Option<Format>,
    #[command(flatten)]
    pub output: OutputArgs,
}

/// List who holds a Per User license
///
/// Reads the licenses that Active Directory records for its users. Any account of the domain can read them.
/// The account is taken from --credentials or RDSCAL_USER; its password from there, from RDSCAL_PASSWORD, or
/// a prompt.
#[allow(rustdoc::broken_intra_doc_links)] // brackets stand for optional parts
#[derive(Debug, Args)]
// A build without directories rejects the command.
#[cfg_attr(not(feature = "directory"), allow(dead_code))]
#[command(after_long_help = "\
Examples:
  rdscal users corp.example --ca corp-ca.pem
  rdscal users ldaps://dc1.corp.example -o users.csv
  rdscal users corp.example --rights         also check the license servers' permissions
  rdscal users corp.example --expiring 7 --fail-on info

Exit codes:
  0  nothing found at or above --fail-on
  1  findings at or above --fail-on
  2  wrong usage
  3  the directory could not be read completely")]
pub struct UsersArgs {
    /// Domain, or one of its domain controllers
    ///
    /// Such as corp.example, ldap://HOST[:PORT] or ldaps://HOST[:PORT]. Otherwise the domain of this session
    /// (USERDNSDOMAIN).
    #[arg(value_name = "DOMAIN")]
    pub domain: Option<String>,
    /// Report licenses that expire within this many days
    #[arg(long, value_name = "DAYS", default_value_t = 14, value_parser = clap::value_parser!(u32).range(0..=3650))]
    pub expiring: u32,
    /// Check whether license servers may write to users
    #[arg(long)]
    pub rights: bool,
    /// Output format
    #[arg(short, long, value_parser = Format::parser(USERS_FORMATS))]
    pub format: Option<Format>,
    /// Exit with 1 if a finding has at least this severity
    ///
    /// Expired licenses are a warning, missing permissions an error.
    #[arg(long, value_enum, value_name = "SEVERITY", default_value_t = Level::Error)]
    pub fail_on: Level,
    /// Judge as of this time
    ///
    /// Written as 2026-03-01 or 2026-03-01T08:00:00Z. Otherwise now.
    #[arg(long, value_name = "TIME", value_parser = common::parse_time)]
    pub at: Option<FileTime>,
    #[command(flatten)]
    pub output: OutputArgs,
    #[command(flatten)]
    pub reach: ReachArgs,
    #[command(flatten)]
    pub network: NetworkArgs,
}

/// List the rules
#[derive(Debug, Args)]
#[command(after_long_help = "\
Exit codes: 0 listed (also if nothing matches), 2 wrong usage.

The page of a rule is shown by `rdscal explain RULE`.")]
pub struct RulesArgs {
    /// List rules whose id, name, family or title contains this
    #[arg(value_name = "TEXT")]
    pub filter: Option<String>,
    /// Output format
    #[arg(short, long, value_parser = Format::parser(TEXT_OR_JSON))]
    pub format: Option<Format>,
    #[command(flatten)]
    pub output: OutputArgs,
}
