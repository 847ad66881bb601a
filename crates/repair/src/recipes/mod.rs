//! The recipes: one file each.
//!
//! A recipe's file begins with its page: what it changes, when it refuses, what it means for licenses, how it is taken back.
//! It holds a [`Recipe`] constant and the function that drafts the plan.

mod prelude;
mod set_mode;
mod support;

use crate::Recipe;

/// Every recipe, in the order in which they are listed.
static RECIPES: &[&Recipe] = &[&set_mode::RECIPE];

/// Every recipe.
pub fn all() -> impl Iterator<Item = &'static Recipe> {
    RECIPES.iter().copied()
}

/// The recipe of this name.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static Recipe> {
    all().find(|recipe| recipe.name == name)
}
