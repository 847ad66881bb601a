//! Adds license servers to the list.
//!
//! # What it changes
//! The local list that is in force, or the list of a policy file (`Registry.pol`): the names are added at its end, in the order
//! given; those that are there keep their order. Where the list stands, see `set-servers`. Where there is no list, one is made.
//!
//! # When it refuses
//! * A policy lists servers: then the local list has no effect.
//! * A name is none, or is named twice; see `set-servers`.
//! * The list cannot be used as it is, or stands in the key form: `tidy-servers` comes first.
//! * The machine runs a client Windows.
//!
//! A server that is there already, with or without its domain, is not added again.
//!
//! # What it means for licenses
//! Nothing is taken away from anybody. The host asks the new servers where those before them do not answer or have no license
//! to give; they must hold client access licenses (CALs) that fit the host.
//!
//! # What must follow
//! Restart of the service TermService, or of the host.
//!
//! # How it is taken back
//! `rdscal undo` puts back the list as it was.

use licensing::model::listed;

use super::prelude::*;
use super::server_list::{self, Form};

/// The recipe.
pub(super) static RECIPE: Recipe = Recipe {
    name: "add-server",
    title: "add license servers to the list",
    parameters: &[Parameter {
        name: "servers",
        help: "the names of the license servers to add",
        kind: ParameterKind::Operands,
    }],
    license_effect: "no license is taken away; the host may ask these servers too, which must hold CALs that fit its mode and \
                     version",
    safety: "safe: the list only grows, and rdscal undo takes it back",
    has_policy: false,
    example: "add-server /mnt/c rdls2.contoso.example",
    page: include_str!(concat!(env!("OUT_DIR"), "/add_server.md")),
    draft,
};

fn draft(request: &Request<'_>, draft: &mut Draft<'_>) -> Result<(), Refusal> {
    let machine = request.machine;
    if !support::is_policy(machine) {
        support::refuse_client(machine, "a list of license servers")?;
    }
    let mut list = server_list::in_force(machine, draft)?;
    let names = server_list::check_names(machine, request.arguments.all("servers"), draft)?;
    let (there, new): (Vec<_>, Vec<_>) =
        names.into_iter().partition(|name| list.iter().any(|known| known.is_same_server(name)));
    if new.is_empty() {
        return Err(Refusal::NothingToDo(format!(
            "{} on the list already",
            is_or_are(&listed(&there), there.len())
        )));
    }
    if !there.is_empty() {
        draft.note(format!("{} on the list already", is_or_are(&listed(&there), there.len())));
    }
    let why = format!("{} shall be on the list", listed(&new));
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
