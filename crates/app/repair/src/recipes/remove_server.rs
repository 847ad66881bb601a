//! Removes license servers from the list.
//!
//! # What it changes
//! The local list that is in force, or the list of a policy file (`Registry.pol`): the names are taken out, the others keep
//! their order. Where the list stands, see `set-servers`. A server is found with and without its domain, in any case, and also
//! where the entry is faulty, such as a URL.
//!
//! # When it refuses
//! * A policy lists servers: then the local list has no effect.
//! * None would be left: from Windows Server 2008 R2 on a host without a list has no license server at all. `--allow-empty`
//!   takes the list away nonetheless, as before a policy takes over.
//! * A short name fits several entries of different domains.
//! * The list cannot be used as it is, or stands in the key form: `tidy-servers` comes first.
//!
//! # What it means for licenses
//! Nothing is taken away from anybody. Licenses that the removed server issued stay valid until they must be renewed; then the
//! servers that are left must have one to give.
//!
//! # What must follow
//! Restart of the service TermService, or of the host.
//!
//! # How it is taken back
//! `rdscal undo` puts back the list as it was, in its order.

use licensing::model::{ServerEntry, listed};

use super::prelude::*;
use super::server_list::{self, Form};

/// The recipe.
pub(super) static RECIPE: Recipe = Recipe {
    name: "remove-server",
    title: "remove license servers from the list",
    parameters: &[
        Parameter {
            name: "servers",
            help: "the names of the license servers to remove",
            kind: ParameterKind::Operands,
        },
        Parameter {
            name: "allow-empty",
            help: "remove the last one too, which leaves the host without a license server",
            kind: ParameterKind::Flag,
        },
    ],
    license_effect: "no license is taken away now; those that a removed server issued must be renewed by the servers that are \
                     left",
    safety: "safe where the servers that are left answer; taken back by rdscal undo",
    has_policy: false,
    example: "remove-server /mnt/c oldls.contoso.example",
    page: include_str!(concat!(env!("OUT_DIR"), "/remove_server.md")),
    draft,
};

fn draft(request: &Request<'_>, draft: &mut Draft<'_>) -> Result<(), Refusal> {
    let machine = request.machine;
    let mut list = server_list::in_force(machine, draft)?;
    if list.is_empty() {
        return Err(Refusal::NothingToDo("no list of license servers is there".to_owned()));
    }
    let all = listed(&list);
    let (mut gone, mut unknown) = (Vec::new(), Vec::new());
    for name in request.arguments.all("servers") {
        let name = ServerEntry(name.clone());
        match fitting(&list, &name)? {
            Some(folded) => {
                gone.extend(list.iter().filter(|entry| entry.folded() == folded).cloned());
                list.retain(|entry| entry.folded() != folded);
            }
            None => unknown.push(name),
        }
    }
    if gone.is_empty() {
        return Err(Refusal::NothingToDo(format!("{} not on the list, which is {all}", none_of(&unknown))));
    }
    if !unknown.is_empty() {
        draft.note(format!("{} not on the list", none_of(&unknown)));
    }
    if list.is_empty() && !request.arguments.has("allow-empty") {
        return Err(Refusal::guard(
            format!("no license server would be left: the list is {all}"),
            "set the new list in one go with set-servers, or say --allow-empty",
        ));
    }
    let form = Form::of(machine);
    let why = format!("{} shall not be on the list", listed(&gone));
    form.write(machine, &list, &why, draft)?;
    if list.is_empty() {
        draft.license_effect(if support::is_policy(machine) {
            "the policy lists no license server from now on: each host then has what its local list says"
        } else if machine.product().discovers_license_servers() {
            "no license is taken away; this Windows looks for license servers by itself where none is listed"
        } else {
            "the host has no license server from now on: clients whose licenses must be renewed get none, and once the grace \
             period is over nobody without a valid license can connect"
        });
    }
    form.note(machine, draft);
    server_list::note_policy(machine, draft);
    server_list::note_other_lists(machine, &list, draft);
    support::follow_up(machine, draft);
    Ok(())
}

/// The folded name of the entry that is meant.
fn fitting(list: &[ServerEntry], name: &ServerEntry) -> Result<Option<String>, Refusal> {
    if let Some(exact) = list.iter().find(|entry| entry.folded() == name.folded()) {
        return Ok(Some(exact.folded()));
    }
    let alike: Vec<_> = list.iter().filter(|entry| entry.is_same_server(name)).collect();
    match alike.as_slice() {
        [] => Ok(None),
        [first, others @ ..] if others.iter().all(|other| other.folded() == first.folded()) => {
            Ok(Some(first.folded()))
        }
        several => Err(Refusal::Usage(format!(
            "{name} may be any of {}: name it with its domain",
            listed(several.iter().copied())
        ))),
    }
}

fn none_of(names: &[ServerEntry]) -> String {
    format!("{} {}", listed(names), if names.len() == 1 { "is" } else { "are" })
}
