//! What is kept of a machine whose report has been passed on.

use crate::judge::MachineReport;
use crate::model::Traits;
use crate::rules::Severity;
use crate::verdict::Verdict;

/// What is kept of a machine whose report has been passed on: enough to list it, to compare it, and to end the run.
///
/// A fraction of a [`MachineReport`], so that a run over thousands of machines needs memory for one of them at a time.
#[derive(Clone, Debug)]
pub struct Brief {
    /// The verdict on it.
    pub verdict: Verdict,
    /// The worst severity found; `None` where nothing was.
    pub worst: Option<Severity>,
    /// True where every key that was asked for could be read.
    pub whole: bool,
    /// What the fleet rules compare.
    pub traits: Traits,
}

impl Brief {
    /// What is to be kept of this machine.
    #[must_use]
    pub fn of(machine: &MachineReport) -> Self {
        Self {
            verdict: Verdict::of(machine),
            worst: machine.worst(),
            whole: machine.unread.is_empty(),
            traits: machine.traits.clone(),
        }
    }
}

impl AsRef<Traits> for Brief {
    fn as_ref(&self) -> &Traits {
        &self.traits
    }
}
