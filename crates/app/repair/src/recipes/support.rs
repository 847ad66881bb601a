//! What several recipes ask.

use licensing::model::certificates;
use licensing::{Finding, Rule};

use super::prelude::*;
use crate::{Identity, PastAct};

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
            "run this on the session host that the users connect to; where this machine is one all the same, add --profile host",
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

/// Refuses where the source is a policy file, which holds nothing of this.
pub(super) fn refuse_policy(machine: &Machine<'_>, what: &str) -> Result<(), Refusal> {
    if is_policy(machine) {
        return Err(Refusal::guard(
            format!("a policy file holds no {what}"),
            "name the machine itself: its hives, an export, or a snapshot of it",
        ));
    }
    Ok(())
}

/// What these rules find on the machine, the worst first.
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

/// The values that hold a host's certificates and are made anew. Never `CertificateOld`, which the documented procedure
/// leaves alone too.
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

/// What shows that the machine is a golden image: that somebody says so, or that it is generalized.
pub(super) fn image_evidence(machine: &Machine<'_>) -> Option<String> {
    if machine.profile() == Profile::Image {
        return Some("it was named as one (--profile image)".to_owned());
    }
    let state = machine.value(&places::image_state(), "ImageState").ok()??;
    let text = state.value.as_text()?.content;
    text.to_ascii_uppercase().contains("GENERALIZE").then(|| format!("it is generalized (ImageState {text})"))
}

/// Days within which a grace record is removed once, and not again: the length of the period.
pub(super) const ONCE_IN_DAYS: i64 = 120;

/// The last act that removed this machine's grace record, and that still stands, where it is not [`ONCE_IN_DAYS`] ago.
pub(super) fn earlier_reset<'a>(request: &Request<'a>) -> Option<&'a PastAct> {
    let identity = Identity::of(request.machine);
    let of_record = |act: &&PastAct| matches!(act.recipe.as_str(), "reset-grace" | "seal-image");
    let standing = |act: &&PastAct| !act.undone && act.machine.is_same_machine(&identity);
    let mut acts: Vec<&PastAct> = request.history.0.iter().filter(of_record).filter(standing).collect();
    acts.sort_by_key(|act| act.at);
    let mut last: Option<&PastAct> = None;
    for act in acts {
        // An image that is sealed again too soon keeps its record: that act removed none.
        let removed = |last: &PastAct| last.at.days_until(act.at) >= ONCE_IN_DAYS;
        if act.recipe == "reset-grace" || last.is_none_or(removed) {
            last = Some(act);
        }
    }
    // An act in the future speaks of a clock that was moved, and counts.
    last.filter(|act| act.at.days_until(request.now) < ONCE_IN_DAYS)
}

/// The refusal of a second act within [`ONCE_IN_DAYS`].
pub(super) fn too_soon(act: &PastAct) -> Refusal {
    let reason = act.reason.as_deref().map(|reason| format!(", reason {reason}")).unwrap_or_default();
    Refusal::guard(
        format!(
            "the grace record of this machine was removed on {} already (journal {}, {}{reason}), and it is removed once in \
             {ONCE_IN_DAYS} days",
            act.at.date(),
            act.id,
            act.recipe
        ),
        "give the host a licensing mode, a license server that answers, and CALs; doctor names what is missing",
    )
}
