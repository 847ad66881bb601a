//! Shared code of recipes.

use licensing::model::certificates;
use licensing::{Finding, Rule};

use super::prelude::*;
use crate::{Identity, PastAct};

/// True if the source is a policy file, so that a policy is changed and not a machine.
pub(super) fn is_policy(machine: &Machine<'_>) -> bool {
    machine.snapshot().origin.kind == OriginKind::Policy
}

/// Refuses a machine that certainly runs a client Windows, which is not a session host.
pub(super) fn refuse_client(machine: &Machine<'_>, what: &str) -> Result<(), Refusal> {
    let product = machine.product();
    // The user specified that it is a host.
    if machine.profile() == Profile::Host {
        return Ok(());
    }
    if product.kind == Some(Kind::Client) && !product.is_multi_session_client() {
        let name = product.marketing_name.as_deref().unwrap_or("a client Windows");
        return Err(Refusal::guard(
            format!("this machine runs {name}, which is not a session host; {what} has no meaning there"),
            "run this on the session host to which the users connect; if this machine is one, add --profile host",
        ));
    }
    Ok(())
}

/// The refusal because a policy controls a setting, with the policy objects if known.
pub(super) fn governed_by_policy(machine: &Machine<'_>, what: &str, found: &str) -> Refusal {
    let objects = machine.policy_note().map(|note| format!("; {note}")).unwrap_or_default();
    Refusal::guard(
        format!(
            "a Group Policy sets {what} ({found}) and has precedence over every local setting; a change here would have no effect{objects}"
        ),
        "change the policy object, or write the change as a policy with --emit gpo, lgpo or pol",
    )
}

/// Notes that a policy may override the setting if the source shows no policy.
pub(super) fn note_unseen_policy<T: Clone>(setting: &Setting<T>, what: &str, draft: &mut Draft<'_>) {
    if setting.missing().is_some() {
        draft.note(format!(
            "this source does not show whether a policy sets {what}; if one does, this change has no effect (specify the folder that also contains the SOFTWARE hive)"
        ));
    }
}

/// The location of the licensing mode in this Windows generation or policy file; `None` for Windows NT 4.0,
/// which has none.
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

/// True if the source lists the subkeys of a key, so that an unlisted one does not exist.
pub(super) fn knows_subkeys(machine: &Machine<'_>, key: &KeyPath) -> bool {
    // No key has an empty name; this is known only if the subkeys were captured.
    matches!(machine.snapshot().lookup(&key.child(&Name::default())), Lookup::Absent)
}

/// The follow-up before a host, or the machines of a policy file, use a change.
pub(super) fn follow_up(machine: &Machine<'_>, draft: &mut Draft<'_>) {
    if is_policy(machine) {
        draft.follow_up(FollowUp::RefreshPolicy);
    } else {
        note_control_sets(machine, draft);
        draft.follow_up(FollowUp::RestartService { service: "TermService".to_owned() });
    }
}

/// Notes the consequences of changing an offline hive.
pub(super) fn note_control_sets(machine: &Machine<'_>, draft: &mut Draft<'_>) {
    let Some(sets) = &machine.snapshot().control_sets else { return };
    if let Some((current, default)) = sets.current.zip(sets.default)
        && current != default
    {
        draft.note(format!(
            "the next start of this Windows will use ControlSet{default:03}, but the changes are made in {}, which was current last",
            sets.resolved
        ));
    }
}

/// Refuses a policy file, which does not contain this data.
pub(super) fn refuse_policy(machine: &Machine<'_>, what: &str) -> Result<(), Refusal> {
    if is_policy(machine) {
        return Err(Refusal::guard(
            format!("a policy file has no {what}"),
            "specify the machine itself: its hives, an export, or a snapshot",
        ));
    }
    Ok(())
}

/// The findings of these rules on the machine, most severe first.
pub(super) fn findings(machine: &Machine<'_>, rules: impl Fn(&Rule) -> bool) -> Vec<Finding> {
    let only: Vec<String> =
        licensing::rules::all().filter(|rule| rules(rule)).map(|r| r.id.to_owned()).collect();
    // An empty list would mean every rule.
    if only.is_empty() {
        return Vec::new();
    }
    let options = licensing::Options {
        at: Some(machine.at()),
        profile: machine.profile(),
        only,
        ..licensing::Options::at(machine.at())
    };
    licensing::judge(machine.snapshot(), &options).findings
}

/// The values with a host's certificates that are recreated. Never `CertificateOld`, which the documented
/// procedure also keeps.
///
/// Source: Microsoft Learn, *Cannot connect to RDS because no RD Licensing servers are available*; KB329896.
pub(super) const HOST_CERTIFICATES: [&str; 4] =
    ["Certificate", "X509 Certificate", "X509 Certificate ID", "X509 Certificate2"];

/// Those of [`HOST_CERTIFICATES`] that the machine has.
pub(super) fn host_certificates(machine: &Machine<'_>) -> Result<Vec<&'static str>, Refusal> {
    let place = certificates::place(machine.product());
    let mut present = Vec::new();
    for name in HOST_CERTIFICATES {
        if machine.value(&place, name)?.is_some() {
            present.push(name);
        }
    }
    Ok(present)
}

/// Evidence that the machine is a golden image: the profile, or a generalized state.
pub(super) fn image_evidence(machine: &Machine<'_>) -> Option<String> {
    if machine.profile() == Profile::Image {
        return Some("it was specified as one (--profile image)".to_owned());
    }
    let state = machine.value(&places::image_state(), "ImageState").ok()??;
    let text = state.value.as_text()?.content;
    text.to_ascii_uppercase().contains("GENERALIZE").then(|| format!("it is generalized (ImageState {text})"))
}

/// Minimum number of days between two removals of a grace record: the length of the period.
pub(super) const ONCE_IN_DAYS: i64 = 120;

/// The last repair that removed this machine's grace record and was not reverted, if it is less than
/// [`ONCE_IN_DAYS`] ago.
pub(super) fn earlier_reset<'a>(request: &Request<'a>) -> Option<&'a PastAct> {
    let identity = Identity::of(request.machine);
    let of_record = |act: &&PastAct| matches!(act.recipe.as_str(), "reset-grace" | "seal-image");
    let standing = |act: &&PastAct| !act.undone && act.machine.is_same_machine(&identity);
    let mut acts: Vec<&PastAct> = request.history.0.iter().filter(of_record).filter(standing).collect();
    acts.sort_by_key(|act| act.at);
    let mut last: Option<&PastAct> = None;
    for act in acts {
        // An image that is sealed again too soon keeps its record, so that repair removed none.
        let removed = |last: &PastAct| last.at.days_until(act.at) >= ONCE_IN_DAYS;
        if act.recipe == "reset-grace" || last.is_none_or(removed) {
            last = Some(act);
        }
    }
    // A repair in the future indicates a changed clock, and counts.
    last.filter(|act| act.at.days_until(request.now) < ONCE_IN_DAYS)
}

/// The refusal of a second removal within [`ONCE_IN_DAYS`].
pub(super) fn too_soon(act: &PastAct) -> Refusal {
    let reason = act.reason.as_deref().map(|reason| format!(", reason {reason}")).unwrap_or_default();
    Refusal::guard(
        format!(
            "the grace record of this machine was already removed on {} (journal {}, {}{reason}); it is removed at most once in {ONCE_IN_DAYS} days",
            act.at.date(),
            act.id,
            act.recipe
        ),
        "give the host a licensing mode, a license server that responds, and CALs; doctor reports what is missing",
    )
}
