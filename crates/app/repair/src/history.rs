//! What was done before, as far as a recipe must know.

use snapshot::FileTime;

use crate::Identity;

/// A repair that the journal has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastAct {
    /// Its number in the journal.
    pub id: u64,
    /// The recipe.
    pub recipe: String,
    /// The machine.
    pub machine: Identity,
    /// When.
    pub at: FileTime,
    /// The reason that was given, where the recipe asks for one.
    pub reason: Option<String>,
    /// True where it was taken back.
    pub undone: bool,
}

/// The repairs that the journal has, the oldest first.
#[derive(Clone, Debug, Default)]
pub struct History(pub Vec<PastAct>);

impl History {
    /// The acts of this recipe on this machine that still stand, the oldest first.
    pub fn of<'h>(&'h self, recipe: &'h str, machine: &'h Identity) -> impl Iterator<Item = &'h PastAct> {
        self.0
            .iter()
            .filter(move |act| act.recipe == recipe && !act.undone && act.machine.is_same_machine(machine))
    }
}
