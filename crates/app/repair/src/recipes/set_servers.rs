//! Sets the list of license servers.
//!
//! # What it changes
//! On Windows Server 2008 R2 and later the value `SpecifiedLicenseServers` (`REG_MULTI_SZ`) in
//! `TermService\Parameters\LicenseServers`; on Windows Server 2003 the subkeys of that key, one for each server; on Windows 2000
//! the value `DefaultLicenseServer`, which names one server. In a policy file (`Registry.pol`) the policy's value
//! `LicenseServers`. The whole list is replaced; the order of the names is the order in which they are asked.
//!
//! On Windows Server 2008 R2 and later, empty subkeys of the 2003 form are taken away: they are the old list, and no longer
//! read. A copy in the key `LicenseServers\SpecifiedLicenseServers`, as two Microsoft articles print it, is left and named in a
//! note (see `tidy-servers`), and so are lists in places that Windows never reads (see `move-stray-settings`).
//!
//! # When it refuses
//! * A policy lists servers: then the local list has no effect, and the plan would be a placebo.
//! * A name is none: a URL, a path, a name with a port, with a blank inside, in quotation marks, or several in one; or a server
//!   is named twice, also once with and once without its domain.
//! * `localhost` and its like, unless the machine is a license server itself.
//! * The machine runs a client Windows.
//!
//! # What it means for licenses
//! Nothing is taken away from anybody. From then on the host asks these servers, which must be activated and hold client
//! access licenses (CALs) of the host's mode and of its version or a later one. A client keeps the license that it has until
//! it must be renewed; where the old server had issued it, it stays taken there until its term runs out.
//!
//! # What must follow
//! Restart of the service TermService, or of the host. Then look whether the servers answer: `rdscal doctor` on the host, or
//! RD Licensing Diagnoser.
//!
//! # How it is taken back
//! `rdscal undo` puts back the list as it was, or removes it where there was none.

use licensing::model::listed;

use super::prelude::*;
use super::server_list::{self, Form, SPECIFIED};

/// The recipe.
pub(super) static RECIPE: Recipe = Recipe {
    name: "set-servers",
    title: "set the list of license servers",
    parameters: &[Parameter {
        name: "servers",
        help: "the names of the license servers, in the order in which they shall be asked",
        kind: ParameterKind::Operands,
    }],
    license_effect: "no license is taken away; from now on the host asks these servers, which must hold CALs that fit its mode \
                     and version",
    safety: "safe: one list, taken back by rdscal undo; with a wrong name the host finds no license server",
    has_policy: true,
    example: "set-servers /mnt/c rdls1.contoso.example rdls2.contoso.example",
    page: include_str!(concat!(env!("OUT_DIR"), "/set_servers.md")),
    draft,
};

fn draft(request: &Request<'_>, draft: &mut Draft<'_>) -> Result<(), Refusal> {
    let machine = request.machine;
    if !support::is_policy(machine) {
        support::refuse_client(machine, "a list of license servers")?;
    }
    server_list::refuse_governed(machine)?;
    let list = server_list::check_names(machine, request.arguments.all("servers"), draft)?;
    let form = Form::of(machine);
    let wanted = listed(&list);
    let why = match machine.license_servers().winner() {
        Some(now) => format!("the list is {} and shall be {wanted}", now.evidence.found),
        None => format!("no list is in force, and it shall be {wanted}"),
    };
    form.write(machine, &list, &why, draft)?;
    if form == Form::Value {
        remove_old_form(machine, draft)?;
    }
    if draft.is_empty() {
        return Err(Refusal::NothingToDo(format!("the list of license servers is {wanted} already")));
    }
    form.note(machine, draft);
    server_list::note_policy(machine, draft);
    server_list::note_other_lists(machine, &list, draft);
    support::follow_up(machine, draft);
    Ok(())
}

/// Takes away the subkeys that were the list of Windows Server 2003, where this Windows certainly does not read them.
fn remove_old_form(machine: &Machine<'_>, draft: &mut Draft<'_>) -> Result<(), Refusal> {
    if machine.product().is_at_least(6, 1) != Some(true) {
        return Ok(());
    }
    let key = places::license_servers();
    let subkeys = draft.key(&key)?.map(|key| key.subkeys).unwrap_or_default();
    for old in subkeys.iter().filter(|old| !old.name.matches(SPECIFIED)) {
        let path = key.child(&old.name);
        if old.values.is_empty() && old.subkeys.is_empty() && support::knows_subkeys(machine, &path) {
            draft.delete_key(&path, "the form of Windows Server 2003, which this Windows does not read")?;
        } else {
            draft.note(format!(
                "{path} holds more than a name and is left as it is; Windows does not read it"
            ));
        }
    }
    Ok(())
}
