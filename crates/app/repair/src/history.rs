//! Earlier repairs, as far as recipes need them.

use snapshot::FileTime;

use crate::Identity;

/// A repair that the journal has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastAct {
    /// Its number in the journal.
    pub id: u64,
    /// Name of the recipe.
    pub recipe: String,
    /// The machine.
    pub machine: Identity,
    /// When.
    pub at: FileTime,
    /// The stated reason, if the recipe requires one.
    pub reason: Option<String>,
    /// True if it was reverted.
    pub undone: bool,
}

/// The repairs that the journal has, the oldest first.
#[derive(Clone, Debug, Default)]
pub struct History(pub Vec<PastAct>);

impl History {
    /// The repairs of this recipe on this machine that were not reverted, oldest first.
    pub fn of<'h>(&'h self, recipe: &'h str, machine: &'h Identity) -> impl Iterator<Item = &'h PastAct> {
        self.0
            .iter()
            .filter(move |act| act.recipe == recipe && !act.undone && act.machine.is_same_machine(machine))
    }
}
