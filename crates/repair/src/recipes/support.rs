//! What several recipes ask.

use super::prelude::*;

/// True where the source is a policy file: then it is the policy that is changed, and not a machine.
pub(super) fn is_policy(machine: &Machine<'_>) -> bool {
    machine.snapshot().origin.kind == OriginKind::Policy
}

/// Refuses where the machine is certainly a client Windows, which is no session host.
pub(super) fn refuse_client(machine: &Machine<'_>, what: &str) -> Result<(), Refusal> {
    let product = machine.product();
    // Whoever says that it is a host knows better.
    if machine.profile() == Profile::Host {
        return Ok(());
    }
    if product.kind == Some(Kind::Client) && !product.is_multi_session_client() {
        let name = product.name.as_deref().unwrap_or("a client Windows");
        return Err(Refusal::guard(
            format!("this machine runs {name}, which is no session host: {what} means nothing there"),
            "run this on the session host that the users connect to",
        ));
    }
    Ok(())
}

/// The sentence that a policy governs a setting, with the policy objects where they are known.
pub(super) fn governed_by_policy(machine: &Machine<'_>, what: &str, found: &str) -> Refusal {
    let objects = machine.policy_note().map(|note| format!("; {note}")).unwrap_or_default();
    Refusal::guard(
        format!(
            "a Group Policy sets {what} ({found}), and a policy has precedence over every local setting: a change here would \
             have no effect{objects}"
        ),
        "change the policy object, or write the change as a policy with --emit gpo, lgpo or pol",
    )
}

/// Notes that a policy may win where no policy could be looked at.
pub(super) fn note_unseen_policy<T: Clone>(setting: &Setting<T>, what: &str, draft: &mut Draft<'_>) {
    if setting.missing().is_some() {
        draft.note(format!(
            "whether a policy sets {what} cannot be told from this source; if one does, this change has no effect (name the \
             folder that also holds the SOFTWARE hive)"
        ));
    }
}

/// Where this generation of Windows, or the policy file, keeps the licensing mode; `None` for Windows NT 4.0, which knows none.
pub(super) fn mode_place(machine: &Machine<'_>) -> Option<(KeyPath, &'static str)> {
    if is_policy(machine) {
        return Some((places::policy(), "LicensingMode"));
    }
    match machine.product().era() {
        Some(Era::Nt4) => None,
        Some(Era::Nt5) => Some((places::legacy_licensing_core(), "PolicyAcOn")),
        Some(Era::Nt6) | None => Some((places::licensing_core(), "LicensingMode")),
    }
}

/// A number as a value.
pub(super) fn dword(name: &str, number: u32) -> Value {
    Value::new(name, ValueType::DWORD, number.to_le_bytes())
}

/// True where the source lists the subkeys of a key, so that one that is not there does not exist.
pub(super) fn knows_subkeys(machine: &Machine<'_>, key: &KeyPath) -> bool {
    // No key has an empty name: whether one does is known only where the subkeys are.
    matches!(machine.snapshot().lookup(&key.child(&Name::default())), Lookup::Absent)
}

/// What must follow before a host, or the machines that a policy file is for, act on a change.
pub(super) fn follow_up(machine: &Machine<'_>, draft: &mut Draft<'_>) {
    if is_policy(machine) {
        draft.follow_up(FollowUp::RefreshPolicy);
    } else {
        note_control_sets(machine, draft);
        draft.follow_up(FollowUp::RestartService { service: "TermService".to_owned() });
    }
}

/// Notes what a change of a hive that lies on a disk means.
pub(super) fn note_control_sets(machine: &Machine<'_>, draft: &mut Draft<'_>) {
    let Some(sets) = &machine.snapshot().control_sets else { return };
    if let Some((current, default)) = sets.current.zip(sets.default)
        && current != default
    {
        draft.note(format!(
            "the next start of this Windows will use ControlSet{default:03}, and the changes go to {}, which was current last",
            sets.resolved
        ));
    }
}
