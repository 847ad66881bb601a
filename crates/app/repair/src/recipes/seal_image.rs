//! Removes from a golden image what its clones must not share.
//!
//! # What it changes
//! One plan over the SYSTEM and the SOFTWARE hive:
//! * the grace record: its value in `Control\Terminal Server\RCM\GracePeriod`; the key, its owner and its access list stay;
//! * the client's license stores, 64-bit and 32-bit: every `Store\LICENSE00n` and the key `HardwareID` of `MSLicensing`; the key
//!   `MSLicensing` and its access list stay;
//! * the certificates that a license server issued to the machine that the image was made from: `X509 Certificate`,
//!   `X509 Certificate ID`, `X509 Certificate2` in `RCM`, and `Certificate`, which the documented procedure removes with them. Where
//!   no license server issued any, `Certificate` stays: every host makes its own. Never `CertificateOld` nor `RCM\Secrets`.
//!
//! Licensing mode and license servers stay: clones may well inherit them.
//!
//! # When it refuses
//! * Nothing shows that the machine is an image: it is not generalized (`ImageState`), was not named as one (`--profile image`), and
//!   `--confirm-image` is missing.
//! * One of the two hives was not seen: an image that is half clean is not clean.
//! * The image is clean already.
//! * It would remove nothing but a grace record that was removed within the last 120 days (see `reset-grace`). Where there is more
//!   to remove, the record is left and the plan says so.
//! * The source is a policy file.
//!
//! # What it means for licenses
//! None is taken away from anybody: the license server gets a license of the image back by itself when it ends. Each clone is a
//! device of its own from then on and takes a CAL of its own; users and devices of the clones need CALs from the first day.
//!
//! # What must follow
//! Shut the image down and seal it without another start, and without starting Remote Desktop Connection on it.
//!
//! # How it is taken back
//! `rdscal undo` puts everything back, in the image itself and not in clones that were made of it.

use licensing::model::Role;
use licensing::model::certificates;
use licensing::model::grace::is_record_name;
use licensing::rules::Family;
use licensing::{Severity, Unknown};

use super::prelude::*;

/// The recipe.
pub(super) static RECIPE: Recipe = Recipe {
    name: "seal-image",
    title: "remove from a golden image what its clones must not share",
    parameters: &[Parameter {
        name: "confirm-image",
        help: "this machine is an image that is about to be sealed, though nothing shows it",
        kind: ParameterKind::Flag,
    }],
    license_effect: "no license is taken away; each clone is a device of its own and takes a CAL of its own, and users and devices of \
                     the clones need CALs from the first day",
    safety: "safe on an image, which nobody uses; on a machine in service it costs the client's licenses and the host's certificates; \
             rdscal undo puts everything back",
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
                "nothing shows that this machine is an image: it is not generalized, and was not named as one",
                "where it is one that is about to be sealed, say so: --confirm-image",
            ));
        }
    };
    let left = grace_record(request, draft)?;
    client_stores(machine, draft)?;
    host_certificates(machine, draft)?;
    if draft.is_empty() {
        return Err(left.unwrap_or_else(|| {
            Refusal::NothingToDo(
                "the image carries no grace record, no client license or hardware id, and no issued certificate".to_owned(),
            )
        }));
    }
    if let Some(left) = left {
        draft.note(format!("{left}; the record stays, and clones inherit its end"));
    }
    draft.note(format!("taken for an image: {evidence}"));
    draft.note(
        "Sysprep (/generalize) takes out by itself what is particular to the computer, such as its SID and installed drivers; that \
         it takes out anything of this plan is not documented. Other tools give clones a new identity by their own means",
    );
    draft.note("keep a copy of the unsealed image until a clone has been tried");
    other_findings(machine, draft);
    support::note_control_sets(machine, draft);
    draft.follow_up(FollowUp::Other {
        what: "shut the image down and seal it without another start, and without starting Remote Desktop Connection on it: the \
               service and the client make all of this anew"
            .to_owned(),
    });
    Ok(())
}

/// The grace record; or, where it must stay, why.
fn grace_record(request: &Request<'_>, draft: &mut Draft<'_>) -> Result<Option<Refusal>, Refusal> {
    let machine = request.machine;
    // Up to Windows Server 2003 it is a secret of the system.
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
            let why = format!("it is the grace record{since}: every clone would inherit its end");
            draft.delete_value(&places::grace_period(), name, &why)?;
        } else {
            draft.note(format!("the value “{name}” in GracePeriod stays: nobody knows what it is"));
        }
    }
    Ok(None)
}

/// Licenses and hardware ids of the client.
fn client_stores(machine: &Machine<'_>, draft: &mut Draft<'_>) -> Result<(), Refusal> {
    let stores = machine.client_stores();
    if !stores.unseen.is_empty() {
        return Err(Unknown { needs: stores.unseen }.into());
    }
    for store in &stores.stores {
        for license in &store.licenses {
            let why = format!(
                "{} is a license of the image's client, which all clones would share",
                license.label()
            );
            draft.delete_key(&license.path, &why)?;
        }
        let why = "with the image's hardware id all clones would be one device to a license server";
        draft.delete_key(&store.path.join("HardwareID"), why)?;
    }
    Ok(())
}

/// Certificates that a license server issued.
fn host_certificates(machine: &Machine<'_>, draft: &mut Draft<'_>) -> Result<(), Refusal> {
    let present = support::host_certificates(machine)?;
    // What every host makes by itself is no reason to do anything.
    if present.iter().all(|name| *name == "Certificate") {
        return Ok(());
    }
    let place = certificates::place(machine.product());
    for name in present {
        let why = match name {
            "Certificate" => {
                "it goes with the certificates that a license server issued, and the service makes it anew"
            }
            _ => "a license server issued it to the machine that the image was made from",
        };
        draft.delete_value(&place, &name.into(), why)?;
    }
    if machine.roles().holds(Role::SessionHost) != Ok(false) {
        draft.note(
            "clones get certificates of their own at the first contact with a license server: give them one",
        );
    }
    Ok(())
}

/// What else is wrong with the image, and is mended elsewhere.
fn other_findings(machine: &Machine<'_>, draft: &mut Draft<'_>) {
    let ours = |recipe: Option<&str>| recipe == Some(RECIPE.name);
    // The rules for images are asked of images only.
    let image = Machine::new(machine.snapshot(), machine.at(), licensing::Profile::Image);
    let found = support::findings(&image, |rule| rule.family() == Family::Image && !ours(rule.recipe));
    for finding in found.into_iter().filter(|finding| finding.severity >= Severity::Warning) {
        let fix = finding.rule.recipe.map(|recipe| format!("; see {recipe}")).unwrap_or_default();
        draft.note(format!("not mended here ({}): {}{fix}", finding.rule.id, finding.title));
    }
}
