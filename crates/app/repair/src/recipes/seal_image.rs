//! Removes data from an image that its clones must not share.
//!
//! # What it changes
//! One plan for the SYSTEM and the SOFTWARE hive:
//! * the grace record: its value in `Control\Terminal Server\RCM\GracePeriod`; the key, its owner and its
//!   access list are kept;
//! * the client's license stores, 64-bit and 32-bit: every `Store\LICENSE00n` and the key `HardwareID` of
//!   `MSLicensing`; the key `MSLicensing` and its access list are kept;
//! * the certificates that a license server issued to the machine that the image was made from: `X509
//!   Certificate`, `X509 Certificate ID`, `X509 Certificate2` in `RCM`, and `Certificate`, which the
//!   documented procedure removes with them. If no license server issued any, `Certificate` is kept, because
//!   every host creates its own. Never `CertificateOld` or `RCM\Secrets`.
//!
//! The licensing mode and the license servers are kept; clones can inherit them.
//!
//! # When it refuses
//! * There is no sign that the machine is an image: it is not generalized (`ImageState`), was not specified
//!   as one (`--profile image`), and `--confirm-image` is missing.
//! * One of the two hives is missing from the source. An image that is only half cleaned is not clean.
//! * The image is already clean.
//! * It would only remove a grace record that was removed within the last 120 days (see `reset-grace`). If
//!   there is more to remove, the record is kept and the plan says so.
//! * The source is a policy file.
//!
//! # What it means for licenses
//! None is revoked: a license of the image returns to the license server when it expires. Each clone is then
//! a separate device and consumes its own CAL; users and devices of the clones need CALs from the first day.
//!
//! # What must follow
//! Shut the image down and seal it without another start, and without starting Remote Desktop Connection on
//! it.
//!
//! # How it is undone
//! `rdscal undo` restores everything in the image itself, but not in clones that were made from it.

use licensing::model::Role;
use licensing::model::certificates;
use licensing::model::grace::is_record_name;
use licensing::rules::Family;
use licensing::{Severity, Unknown};

use super::prelude::*;

pub(super) static RECIPE: Recipe = Recipe {
    name: "seal-image",
    title: "remove data from an image that clones must not share",
    parameters: &[Parameter {
        name: "confirm-image",
        help: "Confirm that this machine is an image to be sealed",
        kind: ParameterKind::Flag,
    }],
    license_effect: "no license is revoked; each clone is a separate device and consumes its own CAL, and users and devices of the clones need CALs from the first day",
    safety: "safe on an image, which is not in service; on a machine in service the client's licenses and the host's certificates are lost; rdscal undo restores everything",
    has_policy: false,
    example: "seal-image /mnt/image --confirm-image",
    page: include_str!(concat!(env!("OUT_DIR"), "/seal_image.md")),
    draft,
};

fn draft(request: &Request<'_>, draft: &mut Draft<'_>) -> Result<(), Refusal> {
    let machine = request.machine;
    support::refuse_policy(machine, "image")?;
    let evidence = match support::image_evidence(machine) {
        Some(evidence) => evidence,
        None if request.arguments.has("confirm-image") => "it was confirmed (--confirm-image)".to_owned(),
        None => {
            return Err(Refusal::guard(
                "there is no sign that this machine is an image: it is not generalized and was not specified as one",
                "if it is an image about to be sealed, confirm it with --confirm-image",
            ));
        }
    };
    let left = grace_record(request, draft)?;
    client_stores(machine, draft)?;
    host_certificates(machine, draft)?;
    if draft.is_empty() {
        return Err(left.unwrap_or_else(|| {
            Refusal::NothingToDo(
                "the image has no grace record, no client license or hardware ID, and no issued certificate"
                    .to_owned(),
            )
        }));
    }
    if let Some(left) = left {
        draft.note(format!("{left}; the record is kept, and clones inherit its end"));
    }
    draft.note(format!("treated as an image: {evidence}"));
    draft.note(
        "Sysprep (/generalize) removes what is specific to the computer, such as its SID and installed drivers; whether it removes anything in this plan is not documented. Other tools give clones a new identity in their own ways",
    );
    draft.note("keep a copy of the unsealed image until a clone has been tested");
    other_findings(machine, draft);
    support::note_control_sets(machine, draft);
    draft.follow_up(FollowUp::Other {
        what: "shut the image down and seal it without another start, and without starting Remote Desktop Connection on it; the service and the client would recreate all of this"
            .to_owned(),
    });
    Ok(())
}

/// The grace record; or, if it must be kept, the reason.
fn grace_record(request: &Request<'_>, draft: &mut Draft<'_>) -> Result<Option<Refusal>, Refusal> {
    let machine = request.machine;
    // Up to Windows Server 2003 it is an LSA secret.
    if matches!(machine.product().era(), Some(Era::Nt4 | Era::Nt5)) {
        return Ok(None);
    }
    let Some(key) = machine.grace_key()? else { return Ok(None) };
    if key.has_record()
        && let Some(act) = support::earlier_reset(request)
    {
        return Ok(Some(support::too_soon(act)));
    }
    let since = key.written().map(|time| format!(", written on {}", time.date())).unwrap_or_default();
    for name in key.records.iter().filter_map(|record| record.value.evidence.value.as_ref()) {
        if name.as_str().is_some_and(is_record_name) {
            let why = format!("it is the grace record{since}; every clone would inherit its end");
            draft.delete_value(&places::grace_period(), name, &why)?;
        } else {
            draft.note(format!("the value “{name}” in GracePeriod is kept; its purpose is unknown"));
        }
    }
    Ok(None)
}

/// Licenses and hardware IDs of the client.
fn client_stores(machine: &Machine<'_>, draft: &mut Draft<'_>) -> Result<(), Refusal> {
    let stores = machine.client_stores();
    if !stores.unseen.is_empty() {
        return Err(Unknown { needs: stores.unseen.clone() }.into());
    }
    for store in &stores.stores {
        for license in &store.licenses {
            let why = format!(
                "{} is a license of the image's client, which all clones would share",
                license.label()
            );
            draft.delete_key(&license.path, &why)?;
        }
        let why = "with the image's hardware ID all clones would be one device to a license server";
        draft.delete_key(&store.path.join("HardwareID"), why)?;
    }
    Ok(())
}

/// Certificates that a license server issued.
fn host_certificates(machine: &Machine<'_>, draft: &mut Draft<'_>) -> Result<(), Refusal> {
    let present = support::host_certificates(machine)?;
    // Certificates that every host creates are not a reason to act.
    if present.iter().all(|name| *name == "Certificate") {
        return Ok(());
    }
    let place = certificates::place(machine.product());
    for name in present {
        let why = match name {
            "Certificate" => {
                "it is removed with the certificates that a license server issued, and the service recreates it"
            }
            _ => "a license server issued it to the machine that the image was made from",
        };
        draft.delete_value(&place, &name.into(), why)?;
    }
    if machine.roles().holds(Role::SessionHost) != Ok(false) {
        draft.note(
            "clones receive their own certificates at the first contact with a license server; provide one",
        );
    }
    Ok(())
}

/// Other faults of the image that are fixed elsewhere.
fn other_findings(machine: &Machine<'_>, draft: &mut Draft<'_>) {
    let ours = |recipe: Option<&str>| recipe == Some(RECIPE.name);
    // Image rules run only on images.
    let image = Machine::new(machine.snapshot(), machine.at(), licensing::Profile::Image);
    let found = support::findings(&image, |rule| rule.family() == Family::Image && !ours(rule.recipe));
    for finding in found.into_iter().filter(|finding| finding.severity >= Severity::Warning) {
        let fix = finding.rule.recipe.map(|recipe| format!("; see {recipe}")).unwrap_or_default();
        draft.note(format!("not fixed here ({}): {}{fix}", finding.rule.id, finding.title));
    }
}
