//! What can be typed behind `rdscal policy`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::args::{Level, NetworkArgs, OutputArgs, ReachArgs};

/// `policy`
#[derive(Debug, Args)]
pub struct PolicyArgs {
    /// What to do
    #[command(subcommand)]
    pub what: PolicyCommand,
}

/// What can be done with policies.
#[derive(Debug, Subcommand)]
pub enum PolicyCommand {
    /// Show which objects set licensing values, and which one wins on a computer
    Show(Box<PolicyShowArgs>),
    /// Check policy files, for a CI job: damage, conflicts, settings that do nothing
    Lint(PolicyLintArgs),
}

/// `policy show`
#[allow(rustdoc::broken_intra_doc_links)] // the text of --help, where brackets stand for what may be left out
#[derive(Debug, Args)]
#[command(after_help = "\
A SOURCE is one of
  a folder         a SYSVOL tree, a backup of the Group Policy Management Console, a folder
                   of such backups, a clone of a repository with either
  a Registry.pol   by itself
  smb://[[DOMAIN;]USER@]DC[:PORT]/SYSVOL   the share of a domain controller, also \\\\DC\\SYSVOL
  any other SOURCE of `rdscal doctor`      what policy has left on that machine

Examples:
  rdscal policy show policies/
  rdscal policy show 'smb://CORP;admin@dc1.corp.example/SYSVOL'
  rdscal policy show backups/ --unit 'OU=RDSH,OU=Servers,DC=corp,DC=example'
  rdscal policy show --directory dc1.corp.example --computer RDSH01")]
pub struct PolicyShowArgs {
    /// Where policies are; without one the SYSVOL share of the --directory
    #[arg(value_name = "SOURCE", required_unless_present = "directory")]
    pub sources: Vec<PathBuf>,
    /// What the objects do to a computer in this organizational unit: a distinguished name, or corp.example/Servers/RDSH
    #[arg(long, value_name = "UNIT")]
    pub unit: Option<String>,
    /// Ask this domain controller for names, links, filters and versions: dc1.corp.example, ldap://HOST[:PORT], ldaps://HOST[:PORT]
    #[arg(long, value_name = "DC")]
    pub directory: Option<String>,
    /// What the objects do to this computer
    #[arg(long, value_name = "NAME", requires = "directory", conflicts_with = "unit")]
    pub computer: Option<String>,
    /// The site that the computer is in, where there are several
    #[arg(long, value_name = "SITE", requires = "directory")]
    pub site: Option<String>,
    /// Show objects that have nothing to do with licensing, too
    #[arg(long)]
    pub all: bool,
    /// Form of the output
    #[arg(short, long, value_enum, default_value_t = PolicyFormat::Text)]
    pub format: PolicyFormat,
    #[command(flatten)]
    pub output: OutputArgs,
    #[command(flatten)]
    pub reach: ReachArgs,
    #[command(flatten)]
    pub network: NetworkArgs,
}

/// Form of what policies set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PolicyFormat {
    /// For a screen
    Text,
    /// For programs
    Json,
    /// One row for each value of each object
    Csv,
}

/// `policy lint`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rdscal policy lint policies/
  rdscal policy lint . --format sarif -o policies.sarif --fail-on warning

Exit codes: 0 nothing at or above --fail-on, 1 findings, 2 wrong usage, 3 a file could not be read.")]
pub struct PolicyLintArgs {
    /// Folders or policy files
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<PathBuf>,
    /// Form of the report
    #[arg(short, long, value_enum, default_value_t = LintFormat::Text)]
    pub format: LintFormat,
    /// Exit with 1 where a finding is at least this severe
    #[arg(long, value_enum, value_name = "SEVERITY", default_value_t = Level::Error)]
    pub fail_on: Level,
    /// Only this rule (id or name); may be given several times
    #[arg(long, value_name = "RULE")]
    pub only: Vec<String>,
    /// Not this rule; may be given several times
    #[arg(long, value_name = "RULE")]
    pub ignore: Vec<String>,
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Form of findings over policies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LintFormat {
    /// For a screen
    Text,
    /// For programs
    Json,
    /// SARIF 2.1.0, for code review tools
    Sarif,
}
