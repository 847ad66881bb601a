//! `rdscal policy` and its commands.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::common::{Format, Level, OutputArgs};
use super::network::{NetworkArgs, ReachArgs};

/// Formats of `policy show`.
pub const POLICY_FORMATS: &[Format] = &[Format::Text, Format::Json, Format::Csv];
/// Formats of `policy lint`.
pub const LINT_FORMATS: &[Format] = &[Format::Text, Format::Json, Format::Sarif];

/// Show and check Group Policy objects
#[derive(Debug, Args)]
pub struct PolicyArgs {
    /// What to do.
    #[command(subcommand)]
    pub what: PolicyCommand,
}

/// The commands for policies.
#[derive(Debug, Subcommand)]
pub enum PolicyCommand {
    Show(Box<PolicyShowArgs>),
    Lint(PolicyLintArgs),
}

/// Show which policy objects set licensing values
///
/// With --unit or --computer, also shows which object wins there.
#[allow(rustdoc::broken_intra_doc_links)] // brackets stand for optional parts
#[derive(Debug, Args)]
#[command(after_long_help = "\
A SOURCE is one of
  a folder         a SYSVOL tree, a backup of the Group Policy Management Console, a folder
                   of such backups, a clone of a repository with either
  a Registry.pol   on its own
  smb://[[DOMAIN;]USER@]DC[:PORT]/SYSVOL   the share of a domain controller, also \\\\DC\\SYSVOL
  any other SOURCE of `rdscal doctor`      what policy has left on that machine

Examples:
  rdscal policy show policies/
  rdscal policy show 'smb://CORP;admin@dc1.corp.example/SYSVOL'
  rdscal policy show backups/ --unit 'OU=RDSH,OU=Servers,DC=corp,DC=example'
  rdscal policy show --directory dc1.corp.example --computer RDSH01

Exit codes: 0 shown, 2 wrong usage, 3 something is damaged or could not be read.")]
pub struct PolicyShowArgs {
    /// Where the policies are
    ///
    /// Otherwise the SYSVOL share of the --directory.
    #[arg(value_name = "SOURCE", required_unless_present = "directory")]
    pub sources: Vec<PathBuf>,
    /// Show what applies to computers in this unit
    ///
    /// A distinguished name, or corp.example/Servers/RDSH.
    #[arg(long, value_name = "UNIT")]
    pub unit: Option<String>,
    /// Query this domain controller
    ///
    /// For names, links, filters and versions: dc1.corp.example, ldap://HOST[:PORT] or ldaps://HOST[:PORT].
    #[arg(long, value_name = "DC")]
    pub directory: Option<String>,
    /// Show what applies to this computer
    #[arg(long, value_name = "NAME", requires = "directory", conflicts_with = "unit")]
    pub computer: Option<String>,
    /// Assume that the computer is in this site
    #[arg(long, value_name = "SITE", requires = "directory")]
    pub site: Option<String>,
    /// Show objects without licensing values, too
    #[arg(long)]
    pub all: bool,
    /// Output format
    #[arg(short, long, value_parser = Format::parser(POLICY_FORMATS))]
    pub format: Option<Format>,
    #[command(flatten)]
    pub output: OutputArgs,
    #[command(flatten)]
    pub reach: ReachArgs,
    #[command(flatten)]
    pub network: NetworkArgs,
}

/// Check policy files for damage, conflicts and dead settings
///
/// Made for a CI job on a repository with policies.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  rdscal policy lint policies/
  rdscal policy lint . -o policies.sarif --fail-on warning

Exit codes: 0 nothing at or above --fail-on, 1 findings, 2 wrong usage, 3 a file could not be read.")]
pub struct PolicyLintArgs {
    /// Folder or policy file
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<PathBuf>,
    /// Output format
    #[arg(short, long, value_parser = Format::parser(LINT_FORMATS))]
    pub format: Option<Format>,
    /// Exit with 1 if a finding has at least this severity
    #[arg(long, value_enum, value_name = "SEVERITY", default_value_t = Level::Error)]
    pub fail_on: Level,
    /// Apply these rules only
    ///
    /// Rule ids or names, separated by commas.
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    pub only: Vec<String>,
    /// Do not apply these rules
    ///
    /// Rule ids or names, separated by commas.
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    pub ignore: Vec<String>,
    #[command(flatten)]
    pub output: OutputArgs,
}
