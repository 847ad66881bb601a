//! Identity of the machine that a plan is for.

use licensing::Machine;
use serde::{Deserialize, Serialize};
use snapshot::OriginKind;

/// The machine that a plan was made for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The computer's name; `None` if the source does not contain it, as for a policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Kind of the source.
    pub kind: OriginKind,
    /// The place as it was specified.
    pub place: String,
}

impl Identity {
    /// The identity of a machine as its snapshot shows it.
    #[must_use]
    pub fn of(machine: &Machine<'_>) -> Self {
        let origin = &machine.snapshot().origin;
        Self { name: machine.name(), kind: origin.kind, place: origin.locator.clone() }
    }

    /// True if both may be the same machine, that is, if the names are equal.
    #[must_use]
    pub fn is_same_machine(&self, other: &Self) -> bool {
        match (&self.name, &other.name) {
            (Some(ours), Some(theirs)) => ours.eq_ignore_ascii_case(theirs),
            (None, None) => self.kind == other.kind,
            _ => false,
        }
    }

    /// Short description of the machine.
    #[must_use]
    pub fn shown(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.place)
    }
}
