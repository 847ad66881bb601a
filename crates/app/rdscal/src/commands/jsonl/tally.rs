//! The data of the lines that the last line needs.

use std::collections::BTreeMap;

use licensing::baseline::MachineComparison;
use licensing::judge::{FleetJudgment, judge_fleet};
use licensing::model::FleetKey;
use licensing::verdict::Standing;
use licensing::{Options, Severity};
use report::lines::{End, MachineRecord, Outcome, Places};
use snapshot::FileTime;

/// The result of an earlier run for a place.
pub enum Known {
    /// The machine was judged.
    Judged(Box<MachineRecord>),
    /// The host rejected the credentials, with this error class.
    Rejected(String),
}

/// The totals of all lines, and the data for fleet rules.
#[derive(Default)]
pub struct Tally {
    machines: Vec<(usize, FleetKey)>,
    places: Places,
    verdicts: BTreeMap<Standing, usize>,
    failures: BTreeMap<String, usize>,
    worst: Option<Severity>,
    /// Part of a machine could not be read.
    gaps: bool,
    /// Deciding evidence of a machine is missing.
    is_undetermined: bool,
    /// How the machines compare with the baseline.
    comparisons: Vec<MachineComparison>,
    /// Deciding evidence of a machine is missing that the baseline had.
    is_newly_undetermined: bool,
}

/// How the run ended.
pub struct Ended {
    /// The last line.
    pub line: End,
    /// True if every place was read completely.
    pub read: bool,
    /// True if deciding evidence of a machine is missing.
    pub is_undetermined: bool,
    /// The worst severity found.
    pub worst: Option<Severity>,
    /// The worst severity of what is new or worse than in the baseline.
    pub worst_new: Option<Severity>,
    /// True if deciding evidence of a machine is missing that the baseline had.
    pub is_newly_undetermined: bool,
}

impl Tally {
    /// Counts the result of an earlier run. `number` is the index of the place in this run.
    pub fn known(&mut self, number: usize, known: Known) {
        match known {
            Known::Judged(record) => self.judged(number, *record),
            Known::Rejected(class) => self.failed(&class),
        }
    }

    /// Counts a machine that was judged.
    pub fn judged(&mut self, number: usize, record: MachineRecord) {
        self.places.total += 1;
        match record.outcome {
            Outcome::Judged => self.places.judged += 1,
            Outcome::BrokenOff => self.places.broken_off += 1,
        }
        *self.verdicts.entry(record.standing).or_default() += 1;
        self.worst = self.worst.max(record.worst);
        self.gaps |= !record.whole;
        self.is_undetermined |= record.is_undetermined;
        self.machines.push((number, record.fleet_key));
    }

    /// Adds the comparison of the machine that is counted next.
    pub fn compared(&mut self, comparison: Option<MachineComparison>, is_undetermined: bool) {
        let Some(comparison) = comparison else { return };
        self.is_newly_undetermined |= is_undetermined && !comparison.was_undetermined;
        self.comparisons.push(comparison);
    }

    /// Counts a place that could not be read.
    pub fn failed(&mut self, class: &str) {
        self.places.total += 1;
        self.places.failed += 1;
        *self.failures.entry(class.to_owned()).or_default() += 1;
    }

    /// Counts places that were not read.
    pub fn not_asked(&mut self, count: usize) {
        self.places.total += count;
        self.places.not_asked += count;
    }

    /// Runs the fleet rules over the machines, in the order in which they are listed rather than the order of
    /// arrival.
    pub fn end(mut self, options: &Options, now: FileTime) -> Ended {
        self.machines.sort_by(|(a, one), (b, other)| a.cmp(b).then_with(|| one.locator.cmp(&other.locator)));
        let keys: Vec<_> = self.machines.iter().map(|(_, fleet_key)| fleet_key).collect();
        let mut fleet = judge_fleet(&keys, options);
        let comparison = options.baseline.as_ref().map(|baseline| {
            let FleetJudgment { findings, accepted, unknown } = &mut fleet;
            baseline.summarize(findings, accepted, unknown, options, self.comparisons.iter())
        });
        let Places { broken_off, failed, not_asked, .. } = self.places;
        let worst = self.worst.max(fleet.findings.iter().map(|finding| finding.severity).max());
        Ended {
            read: broken_off + failed + not_asked == 0 && !self.gaps,
            is_undetermined: self.is_undetermined,
            worst,
            worst_new: comparison.as_ref().and_then(|comparison| comparison.worst_new),
            is_newly_undetermined: self.is_newly_undetermined,
            line: End {
                ended_at: now,
                complete: not_asked == 0,
                places: self.places,
                verdicts: self.verdicts,
                failures: self.failures,
                fleet_findings: fleet.findings,
                fleet_accepted: fleet.accepted,
                fleet_unknown: fleet.unknown,
                baseline: comparison,
            },
        }
    }
}
