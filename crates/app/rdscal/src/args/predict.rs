//! The arguments of `predict`.

use std::path::PathBuf;

use clap::Args;
use diagnostic::{Code, Message};
use predict::facts::{Condition, Fact};
use snapshot::FileTime;

use super::common::{self, Format, OutputArgs};
use super::network::{NetworkArgs, SurveyArgs};
use super::read::TEXT_OR_JSON;
use super::sources;

/// Predict what a client gets at a session host
///
/// Says for a day whether the client gets a session, what is displayed, logged and stored, and from which day
/// on that changes. Without --client, --user, --admin and --local-account it answers for each class of
/// clients and users. Where evidence is missing, it lists what is possible, and the fact that decides.
#[derive(Debug, Args)]
#[command(after_long_help = concat!("\
Examples:
  rdscal predict samples/rdsh02-locked-out
  rdscal predict rdsh03/ --client pc-07.reg --at 2027-03-17
  rdscal predict rdsh03/ --server rdls01.json --until 2027-03-31
  rdscal predict rdsh03/ --assume server=unreachable
  rdscal predict rdsh03/ --user 'CORP\\anna'

", sources!(), "

Exit codes:
  0  a session, on the day or on each day until --until
  1  refused, or a session of 60 minutes
  2  wrong usage, such as a day out of range
  3  evidence is missing that decides, a source could not be read, or HOST is not a session host"))]
pub struct PredictArgs {
    /// Session host
    #[arg(value_name = "HOST")]
    pub host: PathBuf,
    /// Client that connects
    #[arg(long, value_name = "SOURCE")]
    pub client: Option<PathBuf>,
    /// License server of the host
    ///
    /// Can be given several times. A license server that the host does not list is not used.
    #[arg(long = "server", value_name = "SOURCE")]
    pub servers: Vec<PathBuf>,
    /// User that connects
    ///
    /// Such as CORP\anna, anna@corp.example, or .\anna for a local account.
    #[arg(long, value_name = "USER", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub user: Option<String>,
    /// Predict for this day
    ///
    /// Written as 2027-03-17. Otherwise today. Changes within a year after it are listed.
    #[arg(long, value_name = "DAY", value_parser = common::parse_day)]
    pub at: Option<FileTime>,
    /// Predict for every day until this one
    #[arg(long, value_name = "DAY", value_parser = common::parse_day)]
    pub until: Option<FileTime>,
    /// Predict an administrative session (mstsc /admin)
    #[arg(long)]
    pub admin: bool,
    /// Predict for a local account
    #[arg(long, conflicts_with = "user")]
    pub local_account: bool,
    /// Assume a fact instead of what the sources show
    ///
    /// Such as mode=per-user, server=usable, server=unreachable, packs=free, packs=exhausted or
    /// enforcement=from-2022. A wrong KEY or VALUE lists all of them. Can be given several times.
    #[arg(long, value_name = "KEY=VALUE", value_parser = parse_assumption)]
    pub assume: Vec<Condition>,
    /// Output format
    #[arg(short, long, value_parser = Format::parser(TEXT_OR_JSON))]
    pub format: Option<Format>,
    #[command(flatten)]
    pub output: OutputArgs,
    #[command(flatten)]
    pub network: NetworkArgs,
}

/// Formats of `forecast`.
pub const FORECAST_FORMATS: &[Format] = &[Format::Text, Format::Json, Format::Csv, Format::Html, Format::Ics];

/// List the first day on which each machine refuses someone
///
/// Predicts for every session host what each class of users gets in the next days, and lists the hosts by
/// the first day on which someone is refused or limited to 60 minutes. For clients and license servers, lists
/// what expires.
#[derive(Debug, Args)]
#[command(after_long_help = concat!("\
Examples:
  rdscal forecast evidence/
  rdscal forecast evidence/ --days 30 -o forecast.csv
  rdscal forecast evidence/ -o forecast.html
  rdscal forecast evidence/ --assume mode=per-user --assume server=usable
  rdscal forecast --hosts farm.txt -o reminders.ics

", sources!(), "

Exit codes:
  0  no host refuses or limits anyone in the period
  1  a host does
  2  wrong usage
  3  evidence is missing that decides, or a source could not be read"))]
pub struct ForecastArgs {
    /// Machines to examine
    #[arg(value_name = "SOURCE")]
    pub sources: Vec<PathBuf>,
    /// Number of days
    #[arg(long, value_name = "DAYS", default_value_t = 90, value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub days: u32,
    /// First day
    ///
    /// Written as 2027-03-17. Otherwise today.
    #[arg(long, value_name = "DAY", value_parser = common::parse_day)]
    pub at: Option<FileTime>,
    /// Assume a fact instead of what the sources show
    ///
    /// Such as mode=per-user, server=usable, server=unreachable, packs=free, packs=exhausted or
    /// enforcement=from-2022. A wrong KEY or VALUE lists all of them. Can be given several times.
    #[arg(long, value_name = "KEY=VALUE", value_parser = parse_assumption)]
    pub assume: Vec<Condition>,
    /// Output format
    #[arg(short, long, value_parser = Format::parser(FORECAST_FORMATS))]
    pub format: Option<Format>,
    #[command(flatten)]
    pub output: OutputArgs,
    #[command(flatten)]
    pub survey: SurveyArgs,
    #[command(flatten)]
    pub network: NetworkArgs,
}

/// `KEY=VALUE`
fn parse_assumption(text: &str) -> Result<Condition, Message> {
    let named = text.split_once('=').and_then(|(key, value)| Condition::named(key.trim(), value.trim()));
    named.ok_or_else(|| {
        let key = text.split_once('=').map_or(text, |(key, _)| key).trim();
        let dashed = |key: &&str| key.replace('_', "-");
        let list = |keys: Vec<String>| keys.join(", ");
        let cause = match Fact::ALL.iter().find(|fact| fact.key().eq_ignore_ascii_case(key)) {
            Some(fact) => {
                format!(
                    "“{text}” is not an assumption: {key} is {}",
                    list(fact.keys().iter().map(dashed).collect())
                )
            }
            None => format!(
                "“{text}” is not an assumption: write KEY=VALUE with {}",
                list(Fact::ALL.iter().map(|fact| fact.key().to_owned()).collect())
            ),
        };
        Message::new(Code::InvalidArgument, cause)
    })
}
