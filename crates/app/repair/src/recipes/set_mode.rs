//! Sets the licensing mode of a session host.
//!
//! # What it changes
//! On Windows Server 2008 and later the value `LicensingMode` in `Control\Terminal Server\RCM\Licensing
//! Core`; on Windows 2000 and 2003 the value `PolicyAcOn` in `Control\Terminal Server\Licensing Core`. In a
//! policy file (`Registry.pol`) the policy's value. Nothing else: neither copies in places that Windows does
//! not read (see `move-stray-settings`), nor the license server list (see `set-servers`).
//!
//! # When it refuses
//! * A policy sets the mode. Then the local value has no effect, and neither would the plan.
//! * The machine runs a client Windows, or Windows NT 4.0, which has no mode.
//!
//! # What it means for licenses
//! Setting a mode does not revoke any license. The host then requests this kind of client access license
//! (CAL) from the license server, so CALs of this kind must be purchased and installed. In Per User mode the
//! license server reports use and does not enforce it; a CAL is still required for each user.
//!
//! # What must follow
//! Restart the service TermService, or the host.
//!
//! # How it is undone
//! `rdscal undo` restores the value, or removes it if there was none.

use super::prelude::*;

pub(super) static RECIPE: Recipe = Recipe {
    name: "set-mode",
    title: "set the licensing mode",
    parameters: &[Parameter {
        name: "mode",
        help: "Type of client access license (CAL) that you own",
        kind: ParameterKind::Word(&["per-device", "per-user"]),
    }],
    license_effect: "no license is revoked; the host then requests CALs of this kind, which must be purchased and installed on the license server",
    safety: "safe: one value, which rdscal undo reverts; with the wrong mode clients receive only temporary licenses",
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
        _ => return Err(Refusal::Usage("specify per-device or per-user".to_owned())),
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
    if let Some(winner) = setting.stored().filter(|winner| winner.place == Layer::Policy) {
        return Err(support::governed_by_policy(machine, "the licensing mode", &winner.evidence.found));
    }
    support::note_unseen_policy(setting, "the mode", draft);
    let Some((key, name)) = support::mode_place(machine) else {
        return Err(Refusal::guard("Windows NT 4.0 has no licensing mode", ""));
    };
    let why = match setting.known() {
        Ok(Some(now)) => format!("change the mode from {now} to {mode}"),
        _ => format!("set the mode, which is not set, to {mode}"),
    };
    draft.set_value(&key, support::dword(name, mode.number()), &why)?;
    if draft.is_empty() {
        return Err(Refusal::NothingToDo(format!("the licensing mode is already {mode}")));
    }
    support::follow_up(machine, draft);
    Ok(())
}
