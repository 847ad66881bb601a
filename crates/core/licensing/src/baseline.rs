//! Comparing a run with an earlier report: which findings are new, which are gone, and which remain.
//!
//! A machine is found again by its name, and among several by domain, installation date and source. A finding
//! is found again by its rule, its evidence and its sentence, in which numbers may differ: *454 days ago* is
//! *455 days ago* on the next day. What is not found again is *fixed* only if its rule was able to look.

use serde::{Deserialize, Serialize};
use sha1::{Digest as _, Sha1};
use snapshot::{FileTime, Name};

use crate::judge::{MachineReport, Options, REPORT_SCHEMA, UndecidedRule};
use crate::model::FleetKey;
use crate::rules::{self, Finding, Severity};

/// An earlier report.
#[derive(Clone, Debug)]
pub struct Baseline {
    file: String,
    report: EarlierReport,
}

/// Why a file is not an earlier report.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// Not JSON, or JSON with another structure.
    #[error("not a report: {0}")]
    Malformed(#[from] serde_json::Error),
    /// JSON with another schema.
    #[error("its schema is {0}, not {REPORT_SCHEMA}")]
    Schema(String),
}

#[derive(Deserialize)]
struct Head {
    schema: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
struct EarlierReport {
    judged_at: FileTime,
    machines: Vec<EarlierMachine>,
    fleet_findings: Vec<EarlierFinding>,
    #[serde(default)]
    fleet_accepted: Vec<EarlierFinding>,
}

#[derive(Clone, Debug, Deserialize)]
struct EarlierMachine {
    name: Option<String>,
    source: EarlierSource,
    #[serde(default)]
    identity: Identity,
    answer: EarlierAnswer,
    findings: Vec<EarlierFinding>,
    #[serde(default)]
    accepted: Vec<EarlierFinding>,
}

impl EarlierMachine {
    fn label(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.source.locator)
    }
}

#[derive(Clone, Debug, Deserialize)]
struct EarlierSource {
    locator: String,
}

#[derive(Clone, Debug, Deserialize)]
struct EarlierAnswer {
    state: String,
}

#[derive(Clone, Debug, Deserialize)]
struct EarlierFinding {
    rule: String,
    title: String,
    severity: Severity,
    #[serde(default)]
    original_severity: Option<Severity>,
    #[serde(default)]
    evidence: Vec<EarlierEvidence>,
    #[serde(default)]
    machines: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
struct EarlierEvidence {
    path: String,
    value: Option<Name>,
}

/// What distinguishes machines of one name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// DNS domain; empty in a workgroup, `None` if it is not known.
    pub domain: Option<String>,
    /// `InstallDate` of Windows, in seconds since 1970.
    pub installed: Option<u32>,
}

impl Identity {
    /// The identity of this machine.
    #[must_use]
    pub fn of(machine: &FleetKey) -> Self {
        Self { domain: machine.domain.clone(), installed: machine.installed }
    }

    fn contradicts(&self, other: &Self) -> bool {
        matches!((&self.domain, &other.domain), (Some(a), Some(b)) if !a.eq_ignore_ascii_case(b))
            || matches!((self.installed, other.installed), (Some(a), Some(b)) if a != b)
    }
}

/// How a finding compares with the baseline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// The baseline does not have it.
    New,
    /// The baseline has it with a lower severity, on fewer machines, or as accepted.
    Worse,
    /// The baseline has it with another sentence about the same evidence, a higher severity, or as not
    /// accepted.
    Updated,
    /// The baseline has it.
    Unchanged,
}

impl Change {
    /// The word for reports, as in JSON.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Worse => "worse",
            Self::Updated => "updated",
            Self::Unchanged => "unchanged",
        }
    }

    /// True if the run is worse than the baseline because of this finding.
    #[must_use]
    pub fn is_worse(self) -> bool {
        matches!(self, Self::New | Self::Worse)
    }
}

/// Why a finding of the baseline is not found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Absence {
    /// Its rule looked, and found nothing.
    Fixed,
    /// The evidence of its rule is missing from this source.
    Undetermined,
    /// Its rule was not applied, or its machine was not read.
    NotExamined,
}

impl Absence {
    /// The word for reports.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Fixed => "fixed",
            Self::Undetermined => "undetermined",
            Self::NotExamined => "not examined",
        }
    }
}

/// A finding of the baseline that is not found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AbsentFinding {
    /// The id of its rule.
    pub rule: String,
    /// Its sentence in the baseline.
    pub title: String,
    /// Its severity in the baseline.
    pub severity: Severity,
    /// Why it is not found.
    pub state: Absence,
}

/// How a machine compares with the baseline.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct MachineComparison {
    /// Its position among the machines of the baseline; `None` if it is not one of them.
    #[serde(skip)]
    index: Option<usize>,
    /// Whether the baseline has the machine.
    pub is_known: bool,
    /// Whether deciding evidence was missing in the baseline, too.
    #[serde(skip)]
    pub was_undetermined: bool,
    /// Number of findings by their change, and of absent ones.
    #[serde(flatten)]
    pub counts: Counts,
    /// Findings of the baseline that are not found.
    pub absent: Vec<AbsentFinding>,
    /// The worst severity of what is new or worse, without accepted findings.
    #[serde(skip)]
    pub worst_new: Option<Severity>,
}

/// Numbers of findings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Not in the baseline.
    pub new: usize,
    /// With a higher severity, or not accepted any more.
    pub worse: usize,
    /// With another sentence, or a lower severity.
    pub updated: usize,
    /// As in the baseline.
    pub unchanged: usize,
    /// Only in the baseline.
    pub fixed: usize,
    /// Only in the baseline, without the evidence to say that they are fixed.
    pub undetermined: usize,
    /// Only in the baseline, of rules that were not applied.
    pub not_examined: usize,
}

impl Counts {
    fn change(&mut self, change: Change) {
        *match change {
            Change::New => &mut self.new,
            Change::Worse => &mut self.worse,
            Change::Updated => &mut self.updated,
            Change::Unchanged => &mut self.unchanged,
        } += 1;
    }

    fn absent(&mut self, absent: &[AbsentFinding]) {
        for finding in absent {
            *match finding.state {
                Absence::Fixed => &mut self.fixed,
                Absence::Undetermined => &mut self.undetermined,
                Absence::NotExamined => &mut self.not_examined,
            } += 1;
        }
    }

    fn add(&mut self, other: Self) {
        self.new += other.new;
        self.worse += other.worse;
        self.updated += other.updated;
        self.unchanged += other.unchanged;
        self.fixed += other.fixed;
        self.undetermined += other.undetermined;
        self.not_examined += other.not_examined;
    }
}

/// How a run compares with the baseline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Comparison {
    /// The file of the baseline.
    pub file: String,
    /// When the baseline was judged.
    pub judged_at: FileTime,
    /// Number of findings by their change, of all machines together.
    #[serde(flatten)]
    pub counts: Counts,
    /// Findings on several machines that are only in the baseline.
    pub fleet_absent: Vec<AbsentFinding>,
    /// Machines that are only in the baseline. What it found on them is not counted.
    pub missing_machines: Vec<String>,
    /// The worst severity of what is new or worse, without accepted findings.
    #[serde(skip)]
    pub worst_new: Option<Severity>,
}

impl Baseline {
    /// Reads a report.
    ///
    /// # Errors
    /// If the bytes are not a report of this version.
    pub fn parse(file: String, bytes: &[u8]) -> Result<Self, BaselineError> {
        // JSON Lines begin with a valid document, whose schema is the best explanation.
        let first = serde_json::Deserializer::from_slice(bytes).into_iter::<Head>().next();
        if let Some(Ok(Head { schema })) = first
            && schema.as_deref() != Some(REPORT_SCHEMA)
        {
            return Err(BaselineError::Schema(schema.unwrap_or_else(|| "not stated".to_owned())));
        }
        Ok(Self { file, report: serde_json::from_slice(bytes)? })
    }

    /// Compares a machine, and records the change of each finding.
    pub(crate) fn compare(&self, machine: &mut MachineReport, options: &Options) -> MachineComparison {
        let found = self.find(&machine.fleet_key);
        let mut comparison = MachineComparison {
            index: found.map(|(index, _)| index),
            is_known: found.is_some(),
            was_undetermined: found.is_some_and(|(_, earlier)| earlier.answer.state == "undetermined"),
            ..MachineComparison::default()
        };
        let (open, accepted): (&[_], &[_]) = match found {
            Some((_, earlier)) => (&earlier.findings, &earlier.accepted),
            None => (&[], &[]),
        };
        let left = relate(open, accepted, &mut machine.findings, &mut machine.accepted);
        comparison.absent = left
            .into_iter()
            .map(|earlier| absent(earlier, absence(earlier, options, &machine.unknown)))
            .collect();
        comparison.counts.absent(&comparison.absent);
        comparison.worst_new = count(&machine.findings, &machine.accepted, &mut comparison.counts);
        comparison
    }

    /// The machine of the baseline that this one was.
    fn find(&self, key: &FleetKey) -> Option<(usize, &EarlierMachine)> {
        let identity = Identity::of(key);
        let is_same = |machine: &EarlierMachine| match (&machine.name, &key.name) {
            (Some(a), Some(b)) => a.eq_ignore_ascii_case(b) && !machine.identity.contradicts(&identity),
            (None, None) => machine.source.locator == key.locator,
            _ => false,
        };
        let same = self.report.machines.iter().enumerate().filter(|(_, machine)| is_same(machine));
        // The first of the best.
        same.rev()
            .max_by_key(|(_, machine)| (machine.identity == identity, machine.source.locator == key.locator))
    }

    /// Compares the findings on several machines, and adds up those of the machines.
    #[must_use]
    pub fn summarize<'m>(
        &self,
        findings: &mut [Finding],
        accepted: &mut [Finding],
        unknown: &[UndecidedRule],
        options: &Options,
        machines: impl Iterator<Item = &'m MachineComparison>,
    ) -> Comparison {
        let mut counts = Counts::default();
        let mut worst_new = None;
        let mut is_read = vec![false; self.report.machines.len()];
        for comparison in machines {
            counts.add(comparison.counts);
            worst_new = worst_new.max(comparison.worst_new);
            if let Some(read) = comparison.index.and_then(|index| is_read.get_mut(index)) {
                *read = true;
            }
        }
        let missing = self.report.machines.iter().zip(&is_read).filter(|(_, is_read)| !**is_read);
        let missing_machines: Vec<_> = missing.map(|(machine, _)| machine.label().to_owned()).collect();
        let left = relate(&self.report.fleet_findings, &self.report.fleet_accepted, findings, accepted);
        let fleet_absent: Vec<_> = left
            .into_iter()
            .map(|earlier| {
                let is_unread = |name: &String| missing_machines.contains(name);
                let is_examined = !earlier.machines.iter().any(is_unread);
                let state =
                    if is_examined { absence(earlier, options, unknown) } else { Absence::NotExamined };
                absent(earlier, state)
            })
            .collect();
        counts.absent(&fleet_absent);
        worst_new = worst_new.max(count(findings, accepted, &mut counts));
        let (file, judged_at) = (self.file.clone(), self.report.judged_at);
        Comparison { file, judged_at, counts, fleet_absent, missing_machines, worst_new }
    }
}

/// Why a finding is not found any more.
fn absence(earlier: &EarlierFinding, options: &Options, unknown: &[UndecidedRule]) -> Absence {
    if !rules::by_name(&earlier.rule).is_some_and(|rule| options.wants(rule)) {
        Absence::NotExamined
    } else if unknown.iter().any(|unknown| unknown.rule == earlier.rule) {
        Absence::Undetermined
    } else {
        Absence::Fixed
    }
}

fn absent(earlier: &EarlierFinding, state: Absence) -> AbsentFinding {
    let EarlierFinding { rule, title, severity, .. } = earlier.clone();
    AbsentFinding { rule, title, severity, state }
}

/// Counts the changes of the findings. Returns the worst severity of what is new or worse and not accepted.
fn count(findings: &[Finding], accepted: &[Finding], counts: &mut Counts) -> Option<Severity> {
    findings
        .iter()
        .chain(accepted)
        .filter_map(|finding| finding.change)
        .for_each(|change| counts.change(change));
    let worse = findings.iter().filter(|finding| finding.change.is_some_and(Change::is_worse));
    worse.map(|finding| finding.severity).max()
}

/// Records the change of each finding. Returns the earlier findings that are not found any more.
fn relate<'e>(
    open: &'e [EarlierFinding],
    accepted: &'e [EarlierFinding],
    findings: &mut [Finding],
    accepted_now: &mut [Finding],
) -> Vec<&'e EarlierFinding> {
    let mut earlier: Vec<_> = open
        .iter()
        .map(|finding| (finding, false))
        .chain(accepted.iter().map(|finding| (finding, true)))
        .collect();
    let mut now: Vec<_> = findings.iter_mut().chain(accepted_now).collect();
    for finding in &mut now {
        finding.change = Some(Change::New);
    }
    // The most similar first: the same evidence and sentence, one of both.
    for (needs_place, needs_sentence) in [(true, true), (false, true), (true, false)] {
        for finding in now.iter_mut().filter(|finding| finding.change == Some(Change::New)) {
            let (place, sentence) = (place(finding), sentence(&finding.title));
            let position = earlier.iter().position(|(earlier, _)| {
                earlier.rule == finding.rule.id
                    && shares_machines(earlier, finding, needs_sentence)
                    && (!needs_place || earlier_place(earlier) == place)
                    && (!needs_sentence || self::sentence(&earlier.title) == sentence)
            });
            let Some(position) = position else { continue };
            let (earlier, was_accepted) = earlier.remove(position);
            let is_accepted = finding.is_accepted();
            // A severity that a configuration changed says nothing about the machine.
            let now = finding.original_severity.unwrap_or(finding.severity);
            let then = earlier.original_severity.unwrap_or(earlier.severity);
            let has_grown = finding.machines.iter().any(|name| !earlier.machines.contains(name));
            finding.change = Some(if now > then || has_grown || was_accepted && !is_accepted {
                Change::Worse
            } else if !needs_sentence || now < then || was_accepted != is_accepted {
                Change::Updated
            } else {
                Change::Unchanged
            });
        }
    }
    earlier.into_iter().map(|(finding, _)| finding).collect()
}

/// True if a finding is about the same machines; unless all of them are required, about one of them. Only
/// findings on several machines name them.
fn shares_machines(earlier: &EarlierFinding, finding: &Finding, needs_all: bool) -> bool {
    earlier.machines == finding.machines
        || !needs_all && finding.machines.iter().any(|name| earlier.machines.contains(name))
}

/// The places of the evidence, in any order.
fn place(finding: &Finding) -> Vec<(String, Option<Name>)> {
    sorted(finding.evidence.iter().map(|evidence| (evidence.path.to_lowercase(), evidence.value.clone())))
}

fn earlier_place(finding: &EarlierFinding) -> Vec<(String, Option<Name>)> {
    sorted(finding.evidence.iter().map(|evidence| (evidence.path.to_lowercase(), evidence.value.clone())))
}

fn sorted(places: impl Iterator<Item = (String, Option<Name>)>) -> Vec<(String, Option<Name>)> {
    let mut places: Vec<_> = places.collect();
    places.sort_by_cached_key(|(path, value)| (path.clone(), value.as_ref().map(ToString::to_string)));
    places.dedup();
    places
}

/// A sentence without its numbers, and without the plural that they cause. Digits that belong to a name
/// (`rdls01`) or to a quotation remain.
fn sentence(title: &str) -> String {
    let mut text = String::with_capacity(title.len());
    let mut is_quoted = false;
    let mut after_number = false;
    let mut word = String::new();
    for c in title.chars().chain(['\0']) {
        if c.is_alphanumeric() {
            word.push(c);
            continue;
        }
        let is_number = !is_quoted && !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
        if is_number {
            text.push('#');
        } else if after_number && !is_quoted {
            text.push_str(word.strip_suffix('s').unwrap_or(&word));
        } else {
            text.push_str(&word);
        }
        if !word.is_empty() {
            after_number = is_number;
        }
        word.clear();
        match c {
            '“' => is_quoted = true,
            '”' => is_quoted = false,
            _ => {}
        }
        text.push(c);
    }
    text.pop();
    text
}

/// An identifier of a finding on a machine that stays the same while numbers in its sentence change: SHA-1
/// in hexadecimal of machine, rule, places and sentence.
#[must_use]
pub fn fingerprint(machine: &str, finding: &Finding) -> String {
    let mut hash = Sha1::new();
    let mut add = |text: &str| {
        hash.update(text);
        hash.update([0]);
    };
    add(&machine.to_lowercase());
    add(finding.rule.id);
    for (path, value) in place(finding) {
        add(&path);
        add(&value.map(|value| value.to_string()).unwrap_or_default());
    }
    add(&sentence(&finding.title));
    hex::encode(hash.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_do_not_change_a_sentence() {
        for (a, b) in [
            ("ended about 454 days ago", "ended about 455 days ago"),
            ("expires in 1 day", "expires in 20 days"),
            ("expired on 2026-01-31", "expired on 2027-11-01"),
        ] {
            assert_eq!(sentence(a), sentence(b), "{a}");
        }
        for (a, b) in
            [("rdls01 does not resolve", "rdls02 does not resolve"), ("“10.0.0.5” is", "“10.0.0.6” is")]
        {
            assert_ne!(sentence(a), sentence(b), "{a}");
        }
        assert_eq!(sentence("a 2x b: 3 hosts, gas"), "a 2x b: # host, gas");
    }

    #[test]
    fn other_documents_are_refused() {
        let refused = |text: &str| Baseline::parse(String::new(), text.as_bytes()).unwrap_err().to_string();
        assert!(refused("{\"schema\":\"rdscal.lines/1\"}\n{}").starts_with("its schema is rdscal.lines/1"));
        assert!(refused("{}").starts_with("its schema is not stated"));
        assert!(refused("no").starts_with("not a report"));
        assert!(refused("{\"schema\":\"rdscal.report/1\"}").starts_with("not a report"));
    }
}
