//! JSON lines: one line for each machine, written as soon as it is judged, and read again when a run is
//! resumed. The schema is `docs/schema/lines-1.json`.
//!
//! A machine's line contains everything that fleet rules compare, so that a resumed run judges all machines.

use std::collections::BTreeMap;

use licensing::baseline::Comparison;
use licensing::decisions::UsedConfiguration;
use licensing::judge::UndecidedRule;
use licensing::model::FleetKey;
use licensing::verdict::Standing;
use licensing::{Finding, MachineReport, Severity, Verdict};
use serde::{Deserialize, Serialize};
use snapshot::FileTime;

use crate::ReportError;

/// The schema name in the first line.
pub const SCHEMA: &str = "rdscal.lines/1";

/// Renders a line, with its line break.
pub fn render(line: &impl Serialize) -> Result<Vec<u8>, ReportError> {
    let mut bytes = serde_json::to_vec(line)?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// Options of a run; equal for all lines of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunOptions {
    /// Time of judgment, if specified.
    pub at: Option<FileTime>,
    /// The profile.
    pub profile: String,
    /// Only these rules; all if empty.
    pub only: Vec<String>,
    /// Not these rules.
    pub ignore: Vec<String>,
    /// SHA-256 of the configuration file, in hexadecimal.
    #[serde(default)]
    pub configuration: Option<String>,
}

/// The first line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "line", rename = "begin")]
pub struct Begin {
    /// [`SCHEMA`]
    pub schema: String,
    /// Program and version.
    pub tool: String,
    /// Start of the run; for a resumed run, of the first one.
    pub begun_at: FileTime,
    /// Date of the tables of fixes; later ones are not known. Empty in lines of earlier versions.
    #[serde(default)]
    pub known_until: String,
    /// Options of the run.
    pub options: RunOptions,
    /// The configuration that took part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub configuration: Option<UsedConfiguration>,
}

/// Why a machine was not read, or not completely.
#[derive(Clone, Debug, Serialize)]
pub struct Fault {
    /// Machine-readable code.
    pub class: String,
    /// Message with cause and advice.
    pub message: String,
}

/// The line of a judged machine.
#[derive(Debug, Serialize)]
#[serde(tag = "line", rename = "machine")]
pub struct Judged<'a> {
    /// The place as it was named.
    pub place: &'a str,
    /// Whether it was read completely.
    pub outcome: Outcome,
    /// Number of attempts.
    pub attempts: u32,
    /// Why it is incomplete.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub broken_off: Option<Fault>,
    /// The verdict.
    pub verdict: Verdict,
    /// The worst severity found.
    pub worst: Option<Severity>,
    /// True if every requested key was readable.
    pub whole: bool,
    /// Data for fleet rules.
    pub fleet_key: &'a FleetKey,
    /// The report of the machine.
    pub machine: &'a MachineReport,
}

/// Whether a machine was read completely.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was read completely.
    Judged,
    /// The connection was lost; the part read until then is judged.
    BrokenOff,
}

impl<'a> Judged<'a> {
    /// The line of this machine.
    #[must_use]
    pub fn new(place: &'a str, attempts: u32, broken_off: Option<Fault>, machine: &'a MachineReport) -> Self {
        Self {
            place,
            outcome: if broken_off.is_some() { Outcome::BrokenOff } else { Outcome::Judged },
            attempts,
            broken_off,
            verdict: Verdict::of(machine),
            worst: machine.worst(),
            whole: machine.unread.is_empty(),
            fleet_key: &machine.fleet_key,
            machine,
        }
    }

    /// The record of this line.
    #[must_use]
    pub fn record(&self) -> MachineRecord {
        MachineRecord {
            outcome: self.outcome,
            standing: self.verdict.standing,
            worst: self.worst,
            whole: self.whole,
            is_undetermined: self.machine.answer.is_undetermined(),
            fleet_key: self.fleet_key.clone(),
        }
    }
}

/// The part of a machine's line that a resumed run needs.
#[derive(Clone, Debug)]
pub struct MachineRecord {
    /// Whether it was read completely.
    pub outcome: Outcome,
    /// The standing.
    pub standing: Standing,
    /// The worst severity found.
    pub worst: Option<Severity>,
    /// True if every requested key was readable.
    pub whole: bool,
    /// Whether evidence is missing that decides.
    pub is_undetermined: bool,
    /// Data for fleet rules.
    pub fleet_key: FleetKey,
}

/// The line of an unreadable source.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "line", rename = "failed")]
pub struct Failed<'a> {
    /// The place as it was named.
    pub place: &'a str,
    /// Number of attempts; 0 if none.
    pub attempts: u32,
    /// Time of the last failure.
    pub failed_at: FileTime,
    /// Why.
    #[serde(flatten)]
    pub fault: Fault,
}

/// The last line.
#[derive(Debug, Serialize)]
#[serde(tag = "line", rename = "end")]
pub struct End {
    /// When the run ended.
    pub ended_at: FileTime,
    /// False if it was interrupted: some sources were not read and have no line.
    pub complete: bool,
    /// Number of sources, by result.
    pub places: Places,
    /// Machines by standing.
    pub verdicts: BTreeMap<Standing, usize>,
    /// Unreadable sources, by code.
    pub failures: BTreeMap<String, usize>,
    /// Findings of fleet rules.
    pub fleet_findings: Vec<Finding>,
    /// Findings of fleet rules that are accepted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fleet_accepted: Vec<Finding>,
    /// Fleet rules with the result *unknown*.
    pub fleet_unknown: Vec<UndecidedRule>,
    /// How the run compares with its baseline.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Comparison>,
}

/// Sources by result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Places {
    /// All of them.
    pub total: usize,
    /// Read and judged.
    pub judged: usize,
    /// Read in part and judged.
    pub broken_off: usize,
    /// Not read.
    pub failed: usize,
    /// Not asked.
    pub not_asked: usize,
}

/// A line that was read.
#[derive(Clone, Debug)]
pub enum Line {
    /// The first one.
    Begin(Box<Begin>),
    /// A machine that was judged.
    Machine {
        /// The place as it was named.
        place: String,
        /// The record of this line.
        record: Box<MachineRecord>,
    },
    /// An unreadable source.
    Failed {
        /// The place as it was named.
        place: String,
        /// Why.
        class: String,
    },
    /// The last one.
    End,
}

impl Line {
    /// Parses a line. Unknown fields are ignored.
    pub fn parse(bytes: &[u8]) -> Result<Self, ReportError> {
        let missing = |name| ReportError::Json(serde::de::Error::missing_field(name));
        let fields: Fields = serde_json::from_slice(bytes)?;
        let place = || fields.place.clone().ok_or_else(|| missing("place"));
        Ok(match fields.line.as_str() {
            "begin" => Self::Begin(Box::new(serde_json::from_slice(bytes)?)),
            "end" => Self::End,
            "failed" => {
                Self::Failed { place: place()?, class: fields.class.clone().ok_or_else(|| missing("class"))? }
            }
            "machine" => Self::Machine {
                place: place()?,
                record: Box::new(MachineRecord {
                    outcome: fields.outcome.ok_or_else(|| missing("outcome"))?,
                    standing: fields.verdict.ok_or_else(|| missing("verdict"))?.standing,
                    worst: fields.worst,
                    whole: fields.whole.ok_or_else(|| missing("whole"))?,
                    is_undetermined: fields
                        .machine
                        .ok_or_else(|| missing("machine"))?
                        .answer
                        .is_some_and(|answer| answer.state == "undetermined"),
                    fleet_key: fields.fleet_key.ok_or_else(|| missing("fleet_key"))?,
                }),
            },
            other => {
                let unknown = format!("“{other}” is not a line type of this version");
                return Err(ReportError::Json(serde::de::Error::custom(unknown)));
            }
        })
    }
}

/// Fields of any line, without the report of the machine.
#[derive(Deserialize)]
struct Fields {
    line: String,
    place: Option<String>,
    class: Option<String>,
    outcome: Option<Outcome>,
    verdict: Option<Stands>,
    worst: Option<Severity>,
    whole: Option<bool>,
    fleet_key: Option<FleetKey>,
    machine: Option<MachineFields>,
}

#[derive(Deserialize)]
struct MachineFields {
    answer: Option<AnswerFields>,
}

#[derive(Deserialize)]
struct AnswerFields {
    state: String,
}

#[derive(Deserialize)]
struct Stands {
    standing: Standing,
}
