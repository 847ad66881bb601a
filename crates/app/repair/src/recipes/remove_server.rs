//! Removes license servers from the list.
//!
//! # What it changes
//! The local list in force, or the list of a policy file (`Registry.pol`). The names are removed; the others
//! keep their order. `set-servers` describes where the list is stored. A server is found with and without its
//! domain, in any case, and also if the entry is faulty, such as a URL.
//!
//! # When it refuses
//! * A policy lists servers. Then the local list has no effect.
//! * No server would remain. Since Windows Server 2008 R2 a host without a list has no license server.
//!   `--allow-empty` removes the list nevertheless, for example before a policy takes over.
//! * A short name matches several entries in different domains.
//! * The list is invalid, or is in the key form. Use `tidy-servers` first.
//!
//! # What it means for licenses
//! No license is revoked. Licenses from the removed server remain valid until they must be renewed. Then the
//! remaining servers must have licenses.
//!
//! # What must follow
//! Restart the service TermService, or the host.
//!
//! # How it is undone
//! `rdscal undo` restores the list in its order.

use licensing::model::{ServerEntry, listed};

use super::prelude::*;
use super::server_list::{self, Form};

pub(super) static RECIPE: Recipe = Recipe {
    name: "remove-server",
    title: "remove license servers from the list",
    parameters: &[
        Parameter {
            name: "servers",
            help: "Names of the license servers to remove",
            kind: ParameterKind::Operands,
        },
        Parameter {
            name: "allow-empty",
            help: "Remove the last license server, too\n\nThe host is left without a license server.",
            kind: ParameterKind::Flag,
        },
    ],
    license_effect: "no license is revoked now; licenses from a removed server must be renewed by the remaining servers",
    safety: "safe if the remaining servers respond; rdscal undo reverts it",
    has_policy: false,
    example: "remove-server /mnt/c oldls.contoso.example",
    page: include_str!(concat!(env!("OUT_DIR"), "/remove_server.md")),
    draft,
};

fn draft(request: &Request<'_>, draft: &mut Draft<'_>) -> Result<(), Refusal> {
    let machine = request.machine;
    let mut list = server_list::in_force(machine, draft)?;
    if list.is_empty() {
        return Err(Refusal::NothingToDo("there is no license server list".to_owned()));
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
            "set the new list at once with set-servers, or use --allow-empty",
        ));
    }
    let form = Form::of(machine);
    let why = format!("remove {} from the list", listed(&gone));
    form.write(machine, &list, &why, draft)?;
    if list.is_empty() {
        draft.license_effect(if support::is_policy(machine) {
            "the policy no longer lists license servers; each host uses its local list"
        } else if machine.product().discovers_license_servers() {
            "no license is revoked; this Windows discovers license servers if none is listed"
        } else {
            "the host no longer has a license server: clients whose licenses must be renewed receive none, and once the grace period is over no user without a valid license can connect"
        });
    }
    form.note(machine, draft);
    server_list::note_policy(machine, draft);
    server_list::note_other_lists(machine, &list, draft);
    support::follow_up(machine, draft);
    Ok(())
}

/// The folded name of the matching entry.
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
            "{name} matches several entries ({}); specify it with its domain",
            listed(several.iter().copied())
        ))),
    }
}

fn none_of(names: &[ServerEntry]) -> String {
    format!("{} {}", listed(names), if names.len() == 1 { "is" } else { "are" })
}
