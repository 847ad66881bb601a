//! What is kept of a machine after its report was written.

use crate::baseline::MachineComparison;
use crate::judge::{MachineReport, Selection};
use crate::model::FleetKey;
use crate::rules::Severity;
use crate::verdict::Verdict;

/// What is kept of a machine after its report was written: enough to list it, to compare it, and to end the
/// run.
///
/// A fraction of a [`MachineReport`], so that a run over thousands of machines needs memory for one of them
/// at a time.
#[derive(Clone, Debug)]
pub struct MachineSummary {
    /// The verdict on it.
    pub verdict: Verdict,
    /// The worst severity found; `None` where nothing was.
    pub worst: Option<Severity>,
    /// Whether every key that was asked for, and every part of the source, could be read.
    pub whole: bool,
    /// Whether evidence is missing that decides.
    pub is_undetermined: bool,
    /// Whether a selected rule applies to it.
    pub selection: Selection,
    /// Whether the source holds at least one key that only licensing uses.
    pub holds_licensing_keys: bool,
    /// How it compares with the baseline of the run.
    pub baseline: Option<MachineComparison>,
    /// What the fleet rules compare.
    pub fleet_key: FleetKey,
}

impl MachineSummary {
    /// The summary of this machine.
    #[must_use]
    pub fn of(machine: &MachineReport) -> Self {
        Self {
            verdict: Verdict::of(machine),
            worst: machine.worst(),
            whole: machine.unread.is_empty() && machine.examined.gaps.is_empty(),
            is_undetermined: machine.answer.is_undetermined(),
            selection: machine.selection,
            holds_licensing_keys: machine.examined.holds_licensing_keys,
            baseline: machine.baseline.clone(),
            fleet_key: machine.fleet_key.clone(),
        }
    }
}

impl AsRef<FleetKey> for MachineSummary {
    fn as_ref(&self) -> &FleetKey {
        &self.fleet_key
    }
}
