//! Sets the licensing mode of a session host.
//!
//! # What it changes
//! On Windows Server 2008 and later the value `LicensingMode` in `Control\Terminal Server\RCM\Licensing Core`; on Windows 2000
//! and 2003 the value `PolicyAcOn` in `Control\Terminal Server\Licensing Core`. In a policy file (`Registry.pol`) the policy's
//! value. Nothing else: neither copies in places that Windows never reads (see `move-stray-settings`), nor the list of license
//! servers (see `set-servers`).
//!
//! # When it refuses
//! * A policy sets the mode: then the local value has no effect, and the plan would be a placebo.
//! * The machine runs a client Windows, or Windows NT 4.0, which knows no mode.
//!
//! # What it means for licenses
//! Setting a mode takes no license away from anybody. From then on the host asks the license server for this kind of client
//! access license (CAL), so CALs of this kind must have been bought and installed; in Per User mode the license server reports
//! use and does not enforce it, and still a CAL is owed for each user.
//!
//! # What must follow
//! Restart of the service TermService, or of the host.
//!
//! # How it is taken back
//! `rdscal undo` puts back the value as it was, or removes it where there was none.

use super::prelude::*;

/// The recipe.
pub(super) static RECIPE: Recipe = Recipe {
    name: "set-mode",
    title: "set the licensing mode",
    parameters: &[Parameter {
        name: "mode",
        help: "the kind of client access license (CAL) that you own",
        kind: ParameterKind::Word(&["per-device", "per-user"]),
    }],
    license_effect: "no license is taken away; from now on the host asks for CALs of this kind, which must have been bought and \
                     installed on the license server",
    safety: "safe: one value, taken back by rdscal undo; the wrong mode leaves clients with temporary licenses only",
    has_policy: true,
    example: "set-mode /mnt/c per-user",
    page: include_str!(concat!(env!("OUT_DIR"), "/set_mode.md")),
    draft,
};

fn draft(request: &Request<'_>, draft: &mut Draft<'_>) -> Result<(), Refusal> {
    let machine = request.machine;
    let mode = match request.arguments.first("mode") {
        Some("per-device") => LicensingMode::PerDevice,
        Some("per-user") => LicensingMode::PerUser,
        _ => return Err(Refusal::Usage("say per-device or per-user".to_owned())),
    };
    if support::is_policy(machine) {
        draft.set_value(
            &places::policy(),
            support::dword("LicensingMode", mode.number()),
            "the policy sets the licensing mode",
        )?;
        draft.follow_up(FollowUp::RefreshPolicy);
        return Ok(());
    }
    support::refuse_client(machine, "a licensing mode")?;
    let setting = machine.licensing_mode();
    if let Some(winner) = setting.winner().filter(|winner| winner.place == Layer::Policy) {
        return Err(support::governed_by_policy(machine, "the licensing mode", &winner.evidence.found));
    }
    support::note_unseen_policy(setting, "the mode", draft);
    let Some((key, name)) = support::mode_place(machine) else {
        return Err(Refusal::guard("Windows NT 4.0 knows no licensing mode", ""));
    };
    let why = match setting.known() {
        Ok(Some(now)) => format!("the mode is {now} and shall be {mode}"),
        _ => format!("no mode is set, and it shall be {mode}"),
    };
    draft.set_value(&key, support::dword(name, mode.number()), &why)?;
    if draft.is_empty() {
        return Err(Refusal::NothingToDo(format!("the licensing mode is {mode} already")));
    }
    support::follow_up(machine, draft);
    Ok(())
}
