//! What can be typed.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use licensing::{Profile, Severity};
use snapshot::FileTime;

pub use crate::policy_args::PolicyArgs;
use crate::recipe_args::FixRecipe;

/// What a SOURCE may be; shown wherever one is missing.
pub const SOURCES: &str = "\
A SOURCE is one of
  a folder         a mounted Windows volume, a folder of hives, a triage collection,
                   a SYSVOL tree, a GPO backup; several machines in it come out as several
  a hive file      SYSTEM, SOFTWARE, ...; its logs (.LOG, .LOG1, .LOG2) are found beside it
  a .reg file      as regedit or reg.exe exports it
  a Registry.pol   a Group Policy file
  a snapshot       made by `rdscal snapshot`
  a .zip           of any of these
  .                on Windows: the running machine, also where no SOURCE is named
  \\\\HOST           a machine across the network, read over its RemoteRegistry service; also
                   smb://[[DOMAIN;]USER@]HOST[:PORT]. The password is asked for, or taken
                   from RDSCAL_PASSWORD or a credentials file, never from the command line
What a file is, is recognized by content, not by name.";

/// Reads, judges and explains the licensing state of Microsoft Remote Desktop Services (RDS) wherever its registry keys lie.
#[derive(Debug, Parser)]
#[command(
    name = "rdscal",
    version,
    propagate_version = true,
    arg_required_else_help = true,
    max_term_width = 100
)]
#[command(after_help = "\
Examples:
  rdscal doctor                           on Windows: judge this machine
  rdscal doctor /mnt/c                    judge the Windows installed on a mounted volume
  rdscal doctor hives/ --format html -o report.html
  rdscal explain 265                      what a client's error code means
  rdscal explain \"no Remote Desktop License Servers available\"
  rdscal cal client.reg                   decode a client's license
  rdscal snapshot /mnt/c -o host.json     keep the evidence
  rdscal users corp.example               who holds a Per User license
  rdscal fix set-mode /mnt/c per-user     plan a repair; add --apply to carry it out
  rdscal undo                             the way back

Exit codes: 0 nothing at or above --fail-on, 1 findings (or a repair refused), 2 wrong usage,
3 a source could not be read.")]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Judge: the verdict, what is wrong and why, and how to put it right
    Doctor(DoctorArgs),
    /// Show the decoded facts and settings, with who wins
    Show(ShowArgs),
    /// Explain a key, value, rule, error code or text, or event; also keys that do nothing
    Explain(ExplainArgs),
    /// Capture the licensing state of a source to a file
    Snapshot(SnapshotArgs),
    /// Compare the licensing state of two sources
    Diff(DiffArgs),
    /// On Windows: wait, and say what changes in the licensing keys when it changes
    Watch(WatchArgs),
    /// Repair: print the plan of a recipe; with --apply carry it out
    Fix(FixArgs),
    /// Take a repair back, weeks later too
    Undo(UndoArgs),
    /// What was repaired, when, where and why
    Journal(JournalArgs),
    /// Group policy: which objects set licensing values and which one wins; check policies that lie in git
    Policy(PolicyArgs),
    /// Whether license servers answer: name, ports, endpoint mapper, service, pipe
    #[cfg(feature = "remote")]
    Probe(ProbeArgs),
    /// Decode a client license: a registry export, a hive, FreeRDP's .cal, a bare license
    Cal(CalArgs),
    /// Who holds a Per User license, as Active Directory has it
    Users(UsersArgs),
    /// List the catalog of rules
    Rules(RulesArgs),
    /// Print shell completions
    #[command(hide = true)]
    Completions(CompletionsArgs),
    /// Write man pages to a folder
    #[command(hide = true)]
    Man(ManArgs),
}

/// Where output goes.
#[derive(Debug, Args)]
pub struct OutputArgs {
    /// Write to this file instead of the screen
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// How to judge.
#[derive(Debug, Args)]
pub struct JudgeArgs {
    /// Judge as of this time, as 2026-03-01 or 2026-03-01T08:00:00Z; otherwise the time of the snapshot, or now
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    pub at: Option<FileTime>,
    /// What the machines are
    #[arg(long, value_name = "PROFILE", default_value = "auto", value_parser = ["auto", "host", "server", "client", "image"])]
    pub profile: String,
    /// Only this rule (id or name); may be given several times
    #[arg(long, value_name = "RULE")]
    pub only: Vec<String>,
    /// Not this rule; may be given several times
    #[arg(long, value_name = "RULE")]
    pub ignore: Vec<String>,
}

impl JudgeArgs {
    /// The profile; `auto` for anything that the parser let through by mistake.
    pub fn profile(&self) -> Profile {
        self.profile.parse().unwrap_or_default()
    }
}

/// How to reach machines across the network.
#[derive(Debug, Args)]
#[command(next_help_heading = "Machines across the network")]
pub struct NetworkArgs {
    /// A file with lines username=, password= and domain=, which nobody else may read; also RDSCAL_CREDENTIALS. The account alone is also RDSCAL_USER
    #[arg(long, value_name = "FILE")]
    pub credentials: Option<PathBuf>,
    /// Sign in by Kerberos in this realm, the domain's DNS name: by --keytab, a password, or the tickets of kinit (KRB5CCNAME)
    #[arg(long, value_name = "REALM")]
    pub kerberos: Option<String>,
    /// A keytab with the account's keys, instead of a password, which nobody else may read; also RDSCAL_KEYTAB
    #[arg(long, value_name = "FILE", requires = "kerberos")]
    pub keytab: Option<PathBuf>,
    /// The domain controller to ask for tickets; otherwise those that DNS names for the realm, or that its name leads to
    #[arg(long, value_name = "HOST[:PORT]", requires = "kerberos")]
    pub kdc: Option<String>,
    /// Give a host up that does not answer for so many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub timeout: u64,
    /// Spend no more than so many seconds on one host
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u64).range(1..=86400))]
    pub host_timeout: u64,
}

impl NetworkArgs {
    /// For sources that are files.
    pub fn none() -> Self {
        Self { credentials: None, kerberos: None, keytab: None, kdc: None, timeout: 5, host_timeout: 300 }
    }
}

/// A list of machines across the network.
#[derive(Debug, Args)]
#[command(next_help_heading = "Machines across the network")]
pub struct HostsArgs {
    /// Read the hosts that this file lists, one on a line
    #[arg(long, value_name = "FILE")]
    pub hosts: Option<PathBuf>,
    /// Ask so many hosts at once
    #[arg(long, value_name = "NUMBER", default_value_t = AT_ONCE, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub at_once: u16,
}

/// So many hosts at once, where nobody says otherwise.
pub const AT_ONCE: u16 = 32;
/// So many attempts after the first, where nobody says otherwise.
pub const RETRIES: u32 = 2;

/// Many machines, and how much is done to have each.
#[derive(Debug, Args)]
#[command(next_help_heading = "Machines across the network")]
pub struct SurveyArgs {
    #[command(flatten)]
    pub hosts: HostsArgs,
    /// Ask a host again so many times where what failed is passing: a lost connection, a busy server; one that does not answer, once
    #[arg(long, value_name = "NUMBER", default_value_t = RETRIES, value_parser = clap::value_parser!(u32).range(0..=20))]
    pub retries: u32,
    /// Go on with an account that several hosts in a row refused, and with --resume ask those again. It may be locked
    #[arg(long)]
    pub keep_trying: bool,
}

/// What a directory is asked beside the machines.
#[derive(Debug, Args)]
#[command(next_help_heading = "Active Directory")]
pub struct DirectoryArgs {
    /// Ask this domain for what no machine knows: members of the group of license servers, trusts, users and who may write to them
    #[arg(long, value_name = "DOMAIN")]
    pub directory: Option<String>,
    /// Read the computers of the domain that pass this LDAP filter, such as '(name=RDSH*)'; `servers` stands for all that run Windows Server
    #[arg(long, value_name = "FILTER", requires = "directory")]
    pub from_ad: Option<String>,
    #[command(flatten)]
    pub reach: ReachArgs,
}

/// How a directory is reached.
#[allow(rustdoc::broken_intra_doc_links)] // the text of --help, where brackets are those of an IPv6 address
#[derive(Debug, Args)]
#[command(next_help_heading = "Active Directory")]
pub struct ReachArgs {
    /// Trust the authorities in this PEM file, and no others; otherwise those that this system trusts. With --kerberos: use TLS at port 389, too. Not on Windows, which signs in and seals by itself
    #[arg(long, value_name = "FILE")]
    pub ca: Option<PathBuf>,
    /// Without TLS, for a domain controller without a certificate: passwords are then not sent. --kerberos needs no TLS, and seals by itself
    #[arg(long)]
    pub plaintext: bool,
    /// Ask this name server, and no other, for domain controllers: 10.0.0.5, [fd00::5]:53; where this machine's own do not know the domain
    #[arg(long, value_name = "ADDRESS")]
    pub nameserver: Option<String>,
}

/// `users`
#[allow(rustdoc::broken_intra_doc_links)] // the text of --help, where brackets stand for what may be left out
#[derive(Debug, Args)]
// Where it is not built in, the command is refused whatever it says.
#[cfg_attr(not(feature = "directory"), allow(dead_code))]
#[command(after_help = "\
Examples:
  rdscal users corp.example --ca corp-ca.pem
  rdscal users ldaps://dc1.corp.example --format csv -o users.csv
  rdscal users corp.example --rights         also: may license servers write to every user?
  rdscal users corp.example --expiring 7 --fail-on info

The account is taken from --credentials FILE or RDSCAL_USER; its password from there, from
RDSCAL_PASSWORD, or asked for. Any account of the domain may read what is needed.")]
pub struct UsersArgs {
    /// The domain, or one of its controllers: corp.example, ldap://HOST[:PORT], ldaps://HOST[:PORT]; otherwise the domain of this session (USERDNSDOMAIN)
    #[arg(value_name = "DOMAIN")]
    pub domain: Option<String>,
    /// A license that ends within so many days ends soon
    #[arg(long, value_name = "DAYS", default_value_t = 14, value_parser = clap::value_parser!(u32).range(0..=3650))]
    pub expiring: u32,
    /// Also look whether license servers may write to every enabled user
    #[arg(long)]
    pub rights: bool,
    /// Form of the report
    #[arg(short, long, value_enum, default_value_t = UsersForm::Text)]
    pub format: UsersForm,
    /// Exit with 1 where what is found is at least this severe: expired licenses are a warning, missing rights an error
    #[arg(long, value_enum, value_name = "SEVERITY", default_value_t = Level::Error)]
    pub fail_on: Level,
    /// Judge as of this time, as 2026-03-01 or 2026-03-01T08:00:00Z; otherwise now
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    pub at: Option<FileTime>,
    #[command(flatten)]
    pub output: OutputArgs,
    #[command(flatten)]
    pub reach: ReachArgs,
    #[command(flatten)]
    pub network: NetworkArgs,
}

/// Form of the report on users.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum UsersForm {
    /// For a screen
    Text,
    /// For programs; the schema is in the documentation
    Json,
    /// One row for each user
    Csv,
    /// One self-contained file for people
    Html,
}

/// `doctor`
#[derive(Debug, Args)]
#[command(after_help = SOURCES)]
pub struct DoctorArgs {
    /// What to judge
    #[arg(value_name = "SOURCE")]
    pub sources: Vec<PathBuf>,
    /// Form of the report
    #[arg(short, long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// Exit with 1 where a finding is at least this severe
    #[arg(long, value_enum, value_name = "SEVERITY", default_value_t = Level::Error)]
    pub fail_on: Level,
    /// Probe the license servers that the machines list: name, ports, service. Nobody is asked without this
    #[arg(long)]
    pub probe: bool,
    #[command(flatten)]
    pub judge: JudgeArgs,
    #[command(flatten)]
    pub output: OutputArgs,
    /// Write JSON lines to this file; where an earlier run was interrupted that wrote it, go on: what has its line is not read again, what
    /// failed is, but for hosts that refused the account
    #[arg(long, value_name = "FILE", conflicts_with = "output")]
    pub resume: Option<PathBuf>,
    #[command(flatten)]
    pub survey: SurveyArgs,
    #[command(flatten)]
    pub directory: DirectoryArgs,
    #[command(flatten)]
    pub network: NetworkArgs,
}

/// `probe`
#[cfg(feature = "remote")]
#[allow(rustdoc::broken_intra_doc_links)] // the text of --help, where brackets stand for what may be left out
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rdscal probe rdls01.corp.example
  rdscal probe rdls01 rdls02 --format json
  rdscal probe 'smb://CORP;admin@rdls01'    also try the pipe HydraLsPipe, which takes an account
  rdscal doctor --probe /mnt/c              probe the servers that a machine lists, and judge it

Nothing is asked of the licensing service itself. Exit code 0: every host answers; 1: one does not.")]
pub struct ProbeArgs {
    /// A license server: a name, an address, or smb://[[DOMAIN;]USER@]HOST[:PORT] with the port of SMB
    #[arg(value_name = "HOST", required_unless_present = "hosts")]
    pub names: Vec<String>,
    /// Form of the output
    #[arg(short, long, value_enum, default_value_t = TextOrJson::Text)]
    pub format: TextOrJson,
    #[command(flatten)]
    pub output: OutputArgs,
    #[command(flatten)]
    pub hosts: HostsArgs,
    #[command(flatten)]
    pub network: NetworkArgs,
}

/// Form of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For a screen
    Text,
    /// For programs; the schema is in the documentation
    Json,
    /// A line of JSON for each machine, as soon as it is judged
    Jsonl,
    /// One row for each finding
    Csv,
    /// One self-contained file for people
    Html,
    /// SARIF 2.1.0, for code review tools
    Sarif,
}

/// A severity, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Level {
    /// Any finding
    Info,
    /// Works today, may fail tomorrow
    Warning,
    /// Something does not work
    Error,
    /// Users are locked out, or will be
    Critical,
    /// Findings never change the exit code
    Never,
}

impl Level {
    /// The severity; `None` for never.
    pub fn severity(self) -> Option<Severity> {
        Some(match self {
            Self::Info => Severity::Info,
            Self::Warning => Severity::Warning,
            Self::Error => Severity::Error,
            Self::Critical => Severity::Critical,
            Self::Never => return None,
        })
    }

    /// True where the worst that was found is as severe as this.
    pub fn is_reached(self, worst: Option<Severity>) -> bool {
        self.severity().zip(worst).is_some_and(|(level, worst)| worst >= level)
    }
}

/// `show`
#[derive(Debug, Args)]
#[command(after_help = SOURCES)]
pub struct ShowArgs {
    /// What to show
    #[arg(value_name = "SOURCE")]
    pub sources: Vec<PathBuf>,
    /// Instead, list deleted keys and values of licensing that hives still hold
    #[arg(long, conflicts_with_all = ["at", "only", "ignore"])]
    pub deleted: bool,
    /// With --deleted: those of everything else, too
    #[arg(long, requires = "deleted")]
    pub all: bool,
    /// Form of the output
    #[arg(short, long, value_enum, default_value_t = TextOrJson::Text)]
    pub format: TextOrJson,
    #[command(flatten)]
    pub judge: JudgeArgs,
    #[command(flatten)]
    pub output: OutputArgs,
    #[command(flatten)]
    pub survey: SurveyArgs,
    #[command(flatten)]
    pub network: NetworkArgs,
}

/// Text or JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TextOrJson {
    /// For a screen
    Text,
    /// For programs
    Json,
}

/// `explain`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rdscal explain RDSL-001
  rdscal explain 'HKLM\\SOFTWARE\\Microsoft\\MSLicensing'
  rdscal explain LicensingMode
  rdscal explain 265
  rdscal explain event 1069
  rdscal explain LicenseKeyStore
  rdscal explain \"the license stored on this computer has been modified\"")]
pub struct ExplainArgs {
    /// A rule, key, value, error code, event, or what the screen said
    #[arg(value_name = "TOPIC", required = true, num_args = 1..)]
    pub topic: Vec<String>,
    /// Form of the output
    #[arg(short, long, value_enum, default_value_t = TextOrJson::Text)]
    pub format: TextOrJson,
    #[command(flatten)]
    pub output: OutputArgs,
}

/// `snapshot`
#[derive(Debug, Args)]
#[command(after_help = SOURCES)]
pub struct SnapshotArgs {
    /// What to capture
    #[arg(value_name = "SOURCE")]
    pub sources: Vec<PathBuf>,
    /// The file to write; with several machines, a folder that takes one file each
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    /// Overwrite what is there
    #[arg(long)]
    pub force: bool,
    /// Go on where an earlier run was interrupted: hosts whose file is there are not read again
    #[arg(long, conflicts_with = "force")]
    pub resume: bool,
    #[command(flatten)]
    pub survey: SurveyArgs,
    #[command(flatten)]
    pub directory: DirectoryArgs,
    #[command(flatten)]
    pub network: NetworkArgs,
}

/// `diff`
#[derive(Debug, Args)]
#[command(after_help = SOURCES)]
pub struct DiffArgs {
    /// The one
    #[arg(value_name = "A")]
    pub a: PathBuf,
    /// The other
    #[arg(value_name = "B")]
    pub b: PathBuf,
    /// Form of the output
    #[arg(short, long, value_enum, default_value_t = TextOrJson::Text)]
    pub format: TextOrJson,
    #[command(flatten)]
    pub output: OutputArgs,
    #[command(flatten)]
    pub network: NetworkArgs,
}

/// `watch`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rdscal watch                            who keeps rewriting a setting? say when it happens
  rdscal watch --once                     end with the first change
  rdscal watch --format json >> changes.jsonl

It judges this machine, waits until one of its licensing keys changes, says what changed and what
that did to the verdict, and waits again until Ctrl-C. It changes nothing. The exit code is that
of the last judgment: 1 where a finding is at least as severe as --fail-on, otherwise 0.")]
pub struct WatchArgs {
    /// End with the first change
    #[arg(long)]
    pub once: bool,
    /// Form of the output; json is one line for each change
    #[arg(short, long, value_enum, default_value_t = TextOrJson::Text)]
    pub format: TextOrJson,
    /// Exit with 1 where a finding is at least this severe
    #[arg(long, value_enum, value_name = "SEVERITY", default_value_t = Level::Error)]
    pub fail_on: Level,
    #[command(flatten)]
    pub judge: JudgeArgs,
}

/// `fix`
#[derive(Debug, Args)]
pub struct FixArgs {
    /// The recipe, with what it was asked
    #[command(subcommand)]
    pub recipe: FixRecipe,
}

/// What every recipe takes.
#[derive(Debug, Args)]
pub struct RepairArgs {
    /// The machine to repair: a folder with its hives, a hive file, an export, a policy, a machine across the network; on Windows `.` is
    /// the machine that this runs on
    #[arg(value_name = "SOURCE", index = 1)]
    pub source: Option<PathBuf>,
    /// Carry the plan out; without this, it is printed and nothing is changed
    #[arg(long)]
    pub apply: bool,
    /// Carry out exactly this plan, as written before with --format json; anything else is refused
    #[arg(long, value_name = "FILE", requires = "apply")]
    pub plan: Option<PathBuf>,
    /// The plan has things to be done by hand before its changes, and they are done
    #[arg(long, requires = "apply")]
    pub by_hand_done: bool,
    /// Restart the services that the change needs, which ends the sessions on the host; only for the machine that this runs on
    #[arg(long, requires = "apply")]
    pub restart_services: bool,
    /// Write the plan as files to carry elsewhere, into the folder named by --output
    #[arg(long, value_enum, value_name = "FORM", requires = "output", conflicts_with = "apply")]
    pub emit: Option<EmitForm>,
    /// Form of the plan
    #[arg(short, long, value_enum, default_value_t = TextOrJson::Text)]
    pub format: TextOrJson,
    /// What the machine is
    #[arg(long, value_name = "PROFILE", default_value = "auto", value_parser = ["auto", "host", "server", "client", "image"])]
    pub profile: String,
    #[command(flatten)]
    pub journal: JournalFolder,
    #[command(flatten)]
    pub output: OutputArgs,
    #[command(flatten)]
    pub network: NetworkArgs,
}

/// What a plan is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum EmitForm {
    /// A .reg file, and the one that undoes it
    Reg,
    /// A script for Windows PowerShell that checks, backs up, changes and verifies
    Powershell,
    /// Registry.pol: the setting as a policy
    Pol,
    /// Text for LGPO.exe: the setting as a policy
    Lgpo,
    /// The backup of a group policy object, for Import Settings
    Gpo,
}

/// Where the journal lies.
#[derive(Debug, Args)]
pub struct JournalFolder {
    /// The folder of the journal and the backups
    #[arg(long = "journal", value_name = "FOLDER", env = JOURNAL_VARIABLE)]
    pub folder: Option<PathBuf>,
}

/// The variable of the environment that names the folder of the journal.
pub const JOURNAL_VARIABLE: &str = "RDSCAL_JOURNAL";

/// `undo`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rdscal undo                 what taking back the newest repair would change
  rdscal undo --apply         take it back
  rdscal undo 3 --apply       take back repair 3 (`rdscal journal show` has the numbers)
  rdscal undo 3 --apply --source smb://admin@rdsh01
                              the same on a machine across the network, with this account

An undo is a repair like any other: it stands in the journal, and can be undone.")]
pub struct UndoArgs {
    /// Number of the repair; otherwise the newest that still stands
    #[arg(value_name = "ID")]
    pub id: Option<u64>,
    /// Carry the plan out; without this, it is printed and nothing is changed
    #[arg(long)]
    pub apply: bool,
    /// The machine across the network as it is reached today, with the account: the journal keeps none
    #[arg(long, value_name = "SOURCE", requires = "apply")]
    pub source: Option<PathBuf>,
    /// Restart the services that the change needs, which ends the sessions on the host; only for the machine that this runs on
    #[arg(long, requires = "apply")]
    pub restart_services: bool,
    /// Form of the plan
    #[arg(short, long, value_enum, default_value_t = TextOrJson::Text)]
    pub format: TextOrJson,
    /// What the machine is: the profile that the repair was made with, for the judgments before and after
    #[arg(long, value_name = "PROFILE", default_value = "auto", value_parser = ["auto", "host", "server", "client", "image"])]
    pub profile: String,
    #[command(flatten)]
    pub journal: JournalFolder,
    #[command(flatten)]
    pub output: OutputArgs,
    #[command(flatten)]
    pub network: NetworkArgs,
}

/// `journal`
#[derive(Debug, Args)]
pub struct JournalArgs {
    /// What to do with it
    #[command(subcommand)]
    pub what: JournalCommand,
}

/// What can be done with the journal.
#[derive(Debug, Subcommand)]
pub enum JournalCommand {
    /// List the repairs, the newest first
    Show(JournalViewArgs),
    /// Check that no line was changed or taken out
    Verify(JournalViewArgs),
    /// Write the repairs as JSON, for keeping elsewhere
    Export(JournalViewArgs),
}

/// How the journal is looked at.
#[derive(Debug, Args)]
pub struct JournalViewArgs {
    #[command(flatten)]
    pub journal: JournalFolder,
    #[command(flatten)]
    pub output: OutputArgs,
}

/// `cal`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rdscal cal store.reg                    every license of an exported MSLicensing key
  rdscal cal ~/.config/freerdp/licenses/0a1b2c.cal
  rdscal cal --at 2007-07-01 client-license.p7b")]
pub struct CalArgs {
    /// Files that hold client licenses
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// Judge validity as of this time; otherwise now
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    pub at: Option<FileTime>,
    /// Form of the output
    #[arg(short, long, value_enum, default_value_t = TextOrJson::Text)]
    pub format: TextOrJson,
    #[command(flatten)]
    pub output: OutputArgs,
}

/// `rules`
#[derive(Debug, Args)]
pub struct RulesArgs {
    /// Only the rules whose id, name, family or title holds this text
    #[arg(value_name = "TEXT")]
    pub filter: Option<String>,
    /// Form of the output
    #[arg(short, long, value_enum, default_value_t = TextOrJson::Text)]
    pub format: TextOrJson,
    #[command(flatten)]
    pub output: OutputArgs,
}

/// `completions`
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell
    pub shell: clap_complete::Shell,
}

/// `man`
#[derive(Debug, Args)]
pub struct ManArgs {
    /// The folder to write to
    pub folder: PathBuf,
}

/// A date, or a date and time; a time without an offset is taken as UTC.
fn parse_time(text: &str) -> Result<FileTime, String> {
    text.parse().map_err(|_| format!("“{text}” is no time; write 2026-03-01 or 2026-03-01T08:00:00Z"))
}

/// The time now, to the second.
pub fn now() -> FileTime {
    const SECOND: u64 = 10_000_000;
    FileTime(FileTime::from(std::time::SystemTime::now()).0 / SECOND * SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory;
        Cli::command().debug_assert();
    }

    #[test]
    fn times_are_utc_unless_they_say_otherwise() {
        assert_eq!(parse_time("1970-01-01"), Ok(FileTime(116_444_736_000_000_000)));
        assert_eq!(parse_time("1970-01-01T01:00:00+01:00"), parse_time("1970-01-01T00:00:00"));
        assert!(parse_time("yesterday").is_err());
    }
}
