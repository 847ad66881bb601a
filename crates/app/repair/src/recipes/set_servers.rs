//! Sets the license server list.
//!
//! # What it changes
//! On Windows Server 2008 R2 and later the value `SpecifiedLicenseServers` (`REG_MULTI_SZ`) in
//! `TermService\Parameters\LicenseServers`; on Windows Server 2003 the subkeys of that key, one for each
//! server; on Windows 2000 the value `DefaultLicenseServer`, which names one server. In a policy file
//! (`Registry.pol`) the policy's value `LicenseServers`. The whole list is replaced. The order of the names
//! is the order of preference.
//!
//! On Windows Server 2008 R2 and later, empty subkeys of the 2003 form are removed: they are the old list,
//! which is no longer read. A copy in the key `LicenseServers\SpecifiedLicenseServers`, as two Microsoft
//! articles print it, is kept and mentioned in a note (see `tidy-servers`), as are lists in places that
//! Windows does not read (see `move-stray-settings`).
//!
//! # When it refuses
//! * A policy lists servers. Then the local list has no effect, and neither would the plan.
//! * A name is invalid: a URL, a path, a name with a port, with a space, in quotation marks, or several names
//!   in one; or a server is specified twice, also once with and once without its domain.
//! * `localhost` and similar names, unless the machine is a license server itself.
//! * The machine runs a client Windows.
//!
//! # What it means for licenses
//! No license is revoked. The host then uses these servers, which must be activated and have client access
//! licenses (CALs) of the host's mode and of its version or later. A client keeps its license until it must
//! be renewed. A license from the old server remains in use there until it expires.
//!
//! # What must follow
//! Restart the service TermService, or the host. Then check whether the servers respond: `rdscal doctor` on
//! the host, or RD Licensing Diagnoser.
//!
//! # How it is undone
//! `rdscal undo` restores the list, or removes it if there was none.

use licensing::model::listed;

use super::prelude::*;
use super::server_list::{self, Form, SPECIFIED};

pub(super) static RECIPE: Recipe = Recipe {
    name: "set-servers",
    title: "set the license server list",
    parameters: &[Parameter {
        name: "servers",
        help: "Names of the license servers, in order of preference",
        kind: ParameterKind::Operands,
    }],
    license_effect: "no license is revoked; the host then uses these servers, which must have CALs for its mode and version",
    safety: "safe: one list, which rdscal undo reverts; with a wrong name the host finds no license server",
    has_policy: true,
    example: "set-servers /mnt/c rdls1.contoso.example rdls2.contoso.example",
    page: include_str!(concat!(env!("OUT_DIR"), "/set_servers.md")),
    draft,
};

fn draft(request: &Request<'_>, draft: &mut Draft<'_>) -> Result<(), Refusal> {
    let machine = request.machine;
    if !support::is_policy(machine) {
        support::refuse_client(machine, "a license server list")?;
    }
    server_list::refuse_governed(machine)?;
    let list = server_list::check_names(machine, request.arguments.all("servers"), draft)?;
    let form = Form::of(machine);
    let wanted = listed(&list);
    let why = match machine.license_servers().stored() {
        Some(now) => format!("change the list from {} to {wanted}", now.evidence.found),
        None => format!("set the list, which is not set, to {wanted}"),
    };
    form.write(machine, &list, &why, draft)?;
    if form == Form::Value {
        remove_old_form(machine, draft)?;
    }
    if draft.is_empty() {
        return Err(Refusal::NothingToDo(format!("the license server list is already {wanted}")));
    }
    form.note(machine, draft);
    server_list::note_policy(machine, draft);
    server_list::note_other_lists(machine, &list, draft);
    support::follow_up(machine, draft);
    Ok(())
}

/// Removes the subkeys of the Windows Server 2003 form if this Windows certainly does not read them.
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
            draft.note(format!("{path} has contents and is kept; Windows does not read it"));
        }
    }
    Ok(())
}
