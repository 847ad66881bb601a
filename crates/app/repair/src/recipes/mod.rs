//! The recipes, one file each.
//!
//! The file of a recipe starts with its page: what it changes, when it refuses, what it means for licenses,
//! how it is undone. It contains a [`Recipe`] constant and the function that drafts the plan.

mod add_server;
mod clear_client;
mod clear_subkeys;
mod license_server_database;
mod move_stray_settings;
mod prelude;
mod remove_server;
mod reset_grace;
mod reset_host_certificates;
pub(crate) mod restore_security;
mod seal_image;
mod server_list;
mod set_mode;
mod set_servers;
mod support;
mod tidy_servers;

use crate::Recipe;

/// Every recipe, in the order of the list.
static RECIPES: &[&Recipe] = &[
    &set_mode::RECIPE,
    &set_servers::RECIPE,
    &add_server::RECIPE,
    &remove_server::RECIPE,
    &tidy_servers::RECIPE,
    &move_stray_settings::RECIPE,
    &clear_subkeys::RECIPE,
    &clear_client::RECIPE,
    &reset_host_certificates::RECIPE,
    &reset_grace::RECIPE,
    &seal_image::RECIPE,
    &license_server_database::RECIPE,
    &restore_security::RECIPE,
];

/// Every recipe.
pub fn all() -> impl Iterator<Item = &'static Recipe> {
    RECIPES.iter().copied()
}

/// The recipe with this name.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static Recipe> {
    all().find(|recipe| recipe.name == name)
}
