//! Adds license servers to the list.
//!
//! # What it changes
//! The local list in force, or the list of a policy file (`Registry.pol`). The names are appended in the
//! given order; existing names keep their order. `set-servers` describes where the list is stored. If there
//! is no list, one is created.
//!
//! # When it refuses
//! * A policy lists servers. Then the local list has no effect.
//! * A name is invalid or specified twice; see `set-servers`.
//! * The list is invalid, or is in the key form. Use `tidy-servers` first.
//! * The machine runs a client Windows.
//!
//! A server that is already listed, with or without its domain, is not added again.
//!
//! # What it means for licenses
//! No license is revoked. The host uses the new servers if the earlier ones do not respond or have no
//! license. They must have client access licenses (CALs) that match the host.
//!
//! # What must follow
//! Restart the service TermService, or the host.
//!
//! # How it is undone
//! `rdscal undo` restores the list.

use licensing::model::listed;

use super::prelude::*;
use super::server_list::{self, Form};

pub(super) static RECIPE: Recipe = Recipe {
    name: "add-server",
    title: "add license servers to the list",
    parameters: &[Parameter {
        name: "servers",
        help: "Names of the license servers to add",
        kind: ParameterKind::Operands,
    }],
    license_effect: "no license is revoked; the host also uses these servers, which must have CALs for its mode and version",
    safety: "safe: the list only grows, and rdscal undo reverts it",
    has_policy: false,
    example: "add-server /mnt/c rdls2.contoso.example",
    page: include_str!(concat!(env!("OUT_DIR"), "/add_server.md")),
    draft,
};

fn draft(request: &Request<'_>, draft: &mut Draft<'_>) -> Result<(), Refusal> {
    let machine = request.machine;
    if !support::is_policy(machine) {
        support::refuse_client(machine, "a license server list")?;
    }
    let mut list = server_list::in_force(machine, draft)?;
    let names = server_list::check_names(machine, request.arguments.all("servers"), draft)?;
    let (there, new): (Vec<_>, Vec<_>) =
        names.into_iter().partition(|name| list.iter().any(|known| known.is_same_server(name)));
    if new.is_empty() {
        return Err(Refusal::NothingToDo(format!(
            "{} already on the list",
            is_or_are(&listed(&there), there.len())
        )));
    }
    if !there.is_empty() {
        draft.note(format!("{} already on the list", is_or_are(&listed(&there), there.len())));
    }
    let why = format!("add {} to the list", listed(&new));
    list.extend(new);
    let form = Form::of(machine);
    form.write(machine, &list, &why, draft)?;
    form.note(machine, draft);
    server_list::note_policy(machine, draft);
    server_list::note_other_lists(machine, &list, draft);
    support::follow_up(machine, draft);
    Ok(())
}

fn is_or_are(names: &str, number: usize) -> String {
    format!("{names} {}", if number == 1 { "is" } else { "are" })
}
