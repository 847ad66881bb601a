//! JSON lines: a line for each machine, written as soon as it is judged, and read again when a run is resumed. Their schema stands in
//! `docs/schema/lines-1.json`.
//!
//! Everything that the rules on several machines compare stands in a machine's line, so that a resumed run judges the whole set.

use std::collections::BTreeMap;

use licensing::judge::UndecidedRule;
use licensing::model::FleetKey;
use licensing::verdict::Standing;
use licensing::{Finding, MachineReport, Severity, Verdict};
use serde::{Deserialize, Serialize};
use snapshot::FileTime;

use crate::ReportError;

/// The schema of the lines, as the first of them names it.
pub const SCHEMA: &str = "rdscal.lines/1";

/// A line, with its line break.
pub fn render(line: &impl Serialize) -> Result<Vec<u8>, ReportError> {
    let mut bytes = serde_json::to_vec(line)?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// How the machines are judged: lines of one file must agree in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manner {
    /// Judged as of this time, where one was asked for.
    pub at: Option<FileTime>,
    /// What the machines are.
    pub profile: String,
    /// Only these rules; all where empty.
    pub only: Vec<String>,
    /// Not these rules.
    pub ignore: Vec<String>,
}

/// The first line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "line", rename = "begin")]
pub struct Begin {
    /// [`SCHEMA`]
    pub schema: String,
    /// Program and version.
    pub tool: String,
    /// When the run began; of a resumed run, when it first did.
    pub begun_at: FileTime,
    /// How the machines are judged.
    pub manner: Manner,
}

/// Why a machine was not read, or not to the end.
#[derive(Clone, Debug, Serialize)]
pub struct Fault {
    /// A name for programs.
    pub class: String,
    /// What went wrong and what may help.
    pub message: String,
}

/// The line of a machine that was judged.
#[derive(Debug, Serialize)]
#[serde(tag = "line", rename = "machine")]
pub struct Judged<'a> {
    /// The place as it was named.
    pub place: &'a str,
    /// Whether it was read to the end.
    pub outcome: Outcome,
    /// How often it was tried.
    pub attempts: u32,
    /// Why it is not all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub broken_off: Option<Fault>,
    /// The verdict.
    pub verdict: Verdict,
    /// The worst severity found.
    pub worst: Option<Severity>,
    /// True where every key that was asked for could be read.
    pub whole: bool,
    /// What the rules on several machines compare.
    pub fleet_key: &'a FleetKey,
    /// What a report says of it.
    pub machine: &'a MachineReport,
}

/// Whether a machine was read to the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was.
    Judged,
    /// The connection broke on the way; what was read until then is judged.
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

    /// What is remembered of it.
    #[must_use]
    pub fn told(&self) -> Told {
        Told {
            outcome: self.outcome,
            standing: self.verdict.standing,
            worst: self.worst,
            whole: self.whole,
            fleet_key: self.fleet_key.clone(),
        }
    }
}

/// What is remembered of a machine's line.
#[derive(Clone, Debug)]
pub struct Told {
    /// Whether it was read to the end.
    pub outcome: Outcome,
    /// How it stands.
    pub standing: Standing,
    /// The worst severity found.
    pub worst: Option<Severity>,
    /// True where every key that was asked for could be read.
    pub whole: bool,
    /// What the rules on several machines compare.
    pub fleet_key: FleetKey,
}

/// The line of a place of which nothing could be read.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "line", rename = "failed")]
pub struct Failed<'a> {
    /// The place as it was named.
    pub place: &'a str,
    /// How often it was tried; 0 where it was not.
    pub attempts: u32,
    /// When it was given up.
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
    /// False where it was interrupted: some places were not asked and have no line.
    pub complete: bool,
    /// How many places there were, and what became of them.
    pub places: Places,
    /// Machines by how they stand.
    pub verdicts: BTreeMap<Standing, usize>,
    /// Places of which nothing could be read, by why.
    pub failures: BTreeMap<String, usize>,
    /// What the machines together show.
    pub fleet_findings: Vec<Finding>,
    /// Rules on several machines that could not answer.
    pub fleet_unknown: Vec<UndecidedRule>,
}

/// What became of the places.
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
        /// What is remembered of it.
        told: Box<Told>,
    },
    /// A place that could not be read.
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
    /// Reads a line. Fields that are not known are passed over.
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
                told: Box::new(Told {
                    outcome: fields.outcome.ok_or_else(|| missing("outcome"))?,
                    standing: fields.verdict.ok_or_else(|| missing("verdict"))?.standing,
                    worst: fields.worst,
                    whole: fields.whole.ok_or_else(|| missing("whole"))?,
                    fleet_key: fields.fleet_key.ok_or_else(|| missing("fleet_key"))?,
                }),
            },
            other => {
                let unknown = format!("“{other}” is no line that this version knows");
                return Err(ReportError::Json(serde::de::Error::custom(unknown)));
            }
        })
    }
}

/// What any line may hold, but for what a report says of a machine.
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
}

#[derive(Deserialize)]
struct Stands {
    standing: Standing,
}
