//! Options that several commands share.

use std::path::PathBuf;
use std::str::FromStr as _;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};
use diagnostic::{Code, Message};
use licensing::{Profile, Severity};
use snapshot::FileTime;

use crate::exit::Failure;
use crate::output;

/// The forms of a SOURCE.
macro_rules! sources {
    () => {
        "\
A SOURCE is one of
  a folder         a mounted Windows volume, a folder of hives, a triage collection,
                   a SYSVOL tree, a GPO backup; it may contain several machines
  a hive file      SYSTEM, SOFTWARE, ... with its logs (.LOG, .LOG1, .LOG2) beside it
  a .reg file      as regedit or reg.exe exports it
  a Registry.pol   a Group Policy file
  a .evtx file     an event log, alone or beside the hives of its machine
  a snapshot       made by `rdscal snapshot`
  a .zip           of any of these; ARCHIVE.zip!PATH for a file or folder in it
  .                this machine (Windows only), also without a SOURCE
  \\\\HOST           a remote machine, over its RemoteRegistry service, also written
                   smb://[[DOMAIN;]USER@]HOST[:PORT]. The password is asked for, or taken
                   from RDSCAL_PASSWORD or a credentials file, never from the command line
The type of a file is detected from its content, not from its name."
    };
}
pub(crate) use sources;

/// Where output goes.
#[derive(Debug, Args)]
pub struct OutputArgs {
    /// Write to this file instead of standard output
    ///
    /// The format follows from the extension unless --format is given. An existing file is not replaced without --force.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Replace an existing output file
    #[arg(long, requires = "output")]
    pub force: bool,
}

impl OutputArgs {
    /// The format to write: the one that was given, or that of the file's extension. Rejects an existing file.
    pub fn format(&self, given: Option<Format>, supported: &[Format]) -> Result<Format, Failure> {
        let Some(path) = &self.output else { return Ok(given.unwrap_or(Format::Text)) };
        // Devices and pipes can be written to again and again.
        if !self.force && path.is_file() {
            return Err(Failure::exists(path));
        }
        if let Some(format) = given {
            return Ok(format);
        }
        let extension = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
        let found = supported.iter().find(|format| format.extensions().contains(&&*extension));
        if found.is_none() && !extension.is_empty() && !path.exists() {
            output::note(format_args!(
                "no output format has the extension .{extension}; writing text to {}",
                path.display()
            ));
        }
        Ok(found.copied().unwrap_or(Format::Text))
    }
}

/// An output format. Each command supports some of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For a terminal
    Text,
    /// One JSON document
    Json,
    /// JSON Lines: one line per machine, written as soon as it is judged
    Jsonl,
    /// One row per finding, value or user
    Csv,
    /// One self-contained page
    Html,
    /// SARIF 2.1.0, for code review tools
    Sarif,
    /// iCalendar, for reminders
    Ics,
}

impl Format {
    /// Accepts these formats only.
    pub(super) fn parser(supported: &'static [Self]) -> impl TypedValueParser<Value = Self> {
        let values = supported.iter().filter_map(Self::to_possible_value);
        PossibleValuesParser::new(values).try_map(|text| {
            <Self as ValueEnum>::from_str(&text, false)
                .map_err(|error| Message::new(Code::InvalidArgument, error))
        })
    }

    fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::Text => &["txt", "text", "log"],
            Self::Json => &["json"],
            Self::Jsonl => &["jsonl", "ndjson"],
            Self::Csv => &["csv"],
            Self::Html => &["html", "htm"],
            Self::Sarif => &["sarif"],
            Self::Ics => &["ics"],
        }
    }
}

/// How to judge.
#[derive(Debug, Args)]
pub struct JudgeArgs {
    /// Judge as of this time
    ///
    /// Written as 2026-03-01 or 2026-03-01T08:00:00Z. Otherwise the time of the snapshot, or now.
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    pub at: Option<FileTime>,
    #[command(flatten)]
    pub profile: ProfileArg,
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
}

/// What the machines are.
#[derive(Clone, Debug, Args)]
pub struct ProfileArg {
    /// Judge as: auto, host, server, client, image
    ///
    /// host is an RD Session Host, server a license server, image a master image that is cloned. auto detects the roles of each
    /// machine.
    #[arg(long = "profile", value_name = "PROFILE", default_value = "auto", value_parser = profiles(), hide_possible_values = true)]
    name: String,
}

fn profiles() -> PossibleValuesParser {
    ["auto", "host", "server", "client", "image"].into()
}

impl ProfileArg {
    /// The profile; `auto` if the parser let through a name that does not exist.
    pub fn profile(&self) -> Profile {
        Profile::from_str(&self.name).unwrap_or_default()
    }

    /// Its name, to replace it.
    pub fn name_mut(&mut self) -> &mut String {
        &mut self.name
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// The severity that changes the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Level {
    /// Any finding
    Info,
    /// Works today, may fail later
    Warning,
    /// Something does not work
    Error,
    /// Users are locked out, or will be
    Critical,
    /// Findings never change the exit code
    Never,
}

impl From<Severity> for Level {
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Info => Self::Info,
            Severity::Warning => Self::Warning,
            Severity::Error => Self::Error,
            Severity::Critical => Self::Critical,
        }
    }
}

impl Level {
    /// True if the worst finding is at least this severe.
    pub fn is_reached(self, worst: Option<Severity>) -> bool {
        let level = match self {
            Self::Info => Severity::Info,
            Self::Warning => Severity::Warning,
            Self::Error => Severity::Error,
            Self::Critical => Severity::Critical,
            Self::Never => return false,
        };
        worst.is_some_and(|worst| worst >= level)
    }
}

/// A date, or a date and time; UTC if it has no offset.
pub(super) fn parse_time(text: &str) -> Result<FileTime, Message> {
    text.parse().map_err(|_| {
        let cause = format!("“{text}” is not a valid time; write 2026-03-01 or 2026-03-01T08:00:00Z");
        Message::new(Code::InvalidArgument, cause)
    })
}

/// The first and last year of a day that can be asked for.
const YEARS: std::ops::RangeInclusive<u16> = 2000..=2099;

/// A day of a prediction.
pub(super) fn parse_day(text: &str) -> Result<FileTime, Message> {
    let time = parse_time(text)?;
    if YEARS.contains(&time.date().year) {
        return Ok(time);
    }
    let cause =
        format!("“{text}” is out of range: the year must be from {} to {}", YEARS.start(), YEARS.end());
    Err(Message::new(Code::InvalidArgument, cause))
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
    fn times_are_utc_unless_they_have_an_offset() {
        assert_eq!(parse_time("1970-01-01"), Ok(FileTime(116_444_736_000_000_000)));
        assert_eq!(parse_time("1970-01-01T01:00:00+01:00"), parse_time("1970-01-01T00:00:00"));
        assert!(parse_time("yesterday").is_err());
    }

    #[test]
    fn every_profile_can_be_parsed() {
        for name in ["auto", "host", "server", "client", "image"] {
            assert!(name.parse::<Profile>().is_ok(), "{name}");
        }
    }

    #[test]
    fn the_format_follows_from_the_extension_unless_it_is_given() {
        let format = |file: &str, given| {
            let output = OutputArgs { output: Some(file.into()), force: false };
            output.format(given, &[Format::Text, Format::Json, Format::Html]).unwrap()
        };
        assert_eq!(format("/nowhere/a.HTML", None), Format::Html);
        assert_eq!(format("/nowhere/a.json", Some(Format::Text)), Format::Text);
        assert_eq!(format("/nowhere/a.csv", None), Format::Text, "not a format of this command");
        assert_eq!(format("/nowhere/a", None), Format::Text);
    }
}
