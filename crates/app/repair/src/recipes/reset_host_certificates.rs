//! Removes the licensing certificates of a session host, so that they are created again.
//!
//! # What it changes
//! Deletes up to four values, if they exist: `Certificate`, `X509 Certificate`, `X509 Certificate ID` and
//! `X509 Certificate2`; on Windows Server 2008 and later in `Control\Terminal Server\RCM`, on Windows 2000
//! and 2003 in `Services\TermService\Parameters`. Never `CertificateOld`, and never anything in
//! `RCM\Secrets`, which contains the private keys.
//!
//! # When it refuses
//! * None of the values is invalid: `Certificate` has the correct layout and signature, and the X.509 chains
//!   are consistent and not expired. Certificates can be invalid in ways that their bytes do not show (events
//!   1003 and 1004); then state this with `--reason`.
//! * No license server is configured, or none of them can serve this host. The deleted certificates could not
//!   be reissued.
//! * Only `CertificateOld` is at fault. This recipe removes nothing that would help.
//! * The source is a policy file.
//!
//! # What it means for licenses
//! No license is revoked. Until the host has new certificates, clients that need a license are refused.
//!
//! # What must follow
//! Restart the host. The service recreates `Certificate` when it starts; a license server issues the X.509
//! certificates at the next contact. On Windows 2000 and 2003 the license server may have to be activated
//! again, by telephone.
//!
//! # How it is undone
//! `rdscal undo` restores the values. Whether they still match once the host has created new keys is not
//! documented. Undo it only if the new state is worse.

use licensing::model::{Role, certificates};
use licensing::{Finding, Severity};

use super::prelude::*;

pub(super) static RECIPE: Recipe = Recipe {
    name: "reset-host-certificates",
    title: "make a session host recreate its licensing certificates",
    parameters: &[Parameter {
        name: "reason",
        help: "Reason, if the certificates look intact\n\nSuch as “event 1003 from all clients”.",
        kind: ParameterKind::Text,
    }],
    license_effect: "no license is revoked; until the host has new certificates, clients that need a license are refused",
    safety: "a documented procedure; it needs a license server that responds, and a restart that ends all sessions; rdscal undo restores the old values",
    has_policy: false,
    example: "reset-host-certificates /mnt/c",
    page: include_str!(concat!(env!("OUT_DIR"), "/reset_host_certificates.md")),
    draft,
};

fn draft(request: &Request<'_>, draft: &mut Draft<'_>) -> Result<(), Refusal> {
    let machine = request.machine;
    support::refuse_policy(machine, "certificate")?;
    let reason = request.arguments.first("reason").map(str::trim);
    if reason == Some("") {
        return Err(Refusal::Usage(
            "--reason needs a text: the evidence that the certificates are invalid".to_owned(),
        ));
    }
    let place = certificates::place(machine.product());
    let present = support::host_certificates(machine)?;
    if present.is_empty() {
        return Err(Refusal::NothingToDo(format!(
            "{place} has none of the certificates that this recipe removes; the service creates them when it starts, and a license server issues the X.509 certificates at the next contact"
        )));
    }
    let faults = faults(machine);
    let why = match (faults.as_slice(), reason) {
        ([], None) => return Err(nothing_bad(machine)),
        ([], Some(reason)) => reason.to_owned(),
        (faults, _) => faults.join("; "),
    };
    // A client Windows also has a certificate, but never an issued one.
    let issued = present.iter().any(|name| *name != "Certificate");
    let host = issued || machine.roles().holds(Role::SessionHost) != Ok(false);
    if host {
        license_server(machine, draft)?;
    } else {
        draft.license_effect("none: the machine is not a session host and issues no licenses");
    }
    for name in &present {
        draft.delete_value(&place, &(*name).into(), &why)?;
    }
    if let Some(reason) = reason {
        draft.note(format!("stated reason: {reason}"));
    }
    draft.note(match (host, machine.product().era()) {
        (false, _) => {
            "this machine is not a session host; the service recreates Certificate in the same key when it starts, without a license server"
        }
        (true, Some(Era::Nt4 | Era::Nt5)) => {
            "the service recreates Certificate in the same key when it starts; a license server issues the X.509 certificates at the next contact, and may have to be activated again first (by telephone: KB329896)"
        }
        (true, _) => {
            "the service recreates Certificate in the same key when it starts; a license server issues the X.509 certificates at the next contact"
        }
    });
    draft.note("CertificateOld and the private keys in RCM\\Secrets are kept");
    draft.note(
        "use rdscal undo only if the new state is worse; whether the old values still match once the host has created new keys is not documented",
    );
    support::note_control_sets(machine, draft);
    draft.follow_up(FollowUp::Reboot);
    Ok(())
}

/// The certain faults of the values that this recipe removes.
fn faults(machine: &Machine<'_>) -> Vec<String> {
    let found = support::findings(machine, |rule| matches!(rule.id, "RDSL-060" | "RDSL-062" | "RDSL-063"));
    found
        .into_iter()
        // A chain that expires later, or has an unknown form, is not a fault yet.
        .filter(|finding| finding.rule.id != "RDSL-062" || finding.severity >= Severity::Error)
        .filter(concerns_ours)
        .map(|finding| finding.title)
        .collect()
}

/// True if the evidence is one of the removed values.
fn concerns_ours(finding: &Finding) -> bool {
    let mut values = finding.evidence.iter().filter_map(|evidence| evidence.value.as_ref());
    values.any(|name| support::HOST_CERTIFICATES.iter().any(|ours| name.matches(ours)))
}

fn nothing_bad(machine: &Machine<'_>) -> Refusal {
    let others = support::findings(machine, |rule| matches!(rule.id, "RDSL-060" | "RDSL-062" | "RDSL-065"));
    if let Some(old) = others.iter().find(|finding| finding.rule.id == "RDSL-060" && !concerns_ours(finding))
    {
        return Refusal::guard(
            format!("{}; CertificateOld is never removed, and none of the others is invalid", old.title),
            "only clients of Windows XP and earlier use CertificateOld; restart the service TermService and check again",
        );
    }
    let hint = match others.first() {
        Some(finding) => format!("; {}: if that is your evidence, state it with --reason", finding.title),
        None => "; if events 1003 or 1004 indicate otherwise, state this with --reason".to_owned(),
    };
    Refusal::NothingToDo(format!(
        "none of the certificates that this recipe removes is certainly invalid{hint}"
    ))
}

/// Refuses if no license server could issue new certificates.
fn license_server(machine: &Machine<'_>, draft: &mut Draft<'_>) -> Result<(), Refusal> {
    match machine.lacks_license_server() {
        Ok(None) => Ok(()),
        Ok(Some(evidence)) => {
            let evidence: Vec<_> = evidence.iter().map(ToString::to_string).collect();
            Err(Refusal::guard(
                format!(
                    "no license server could issue new certificates to this host ({}); without them it refuses every client that \
                     needs a license",
                    evidence.join("; ")
                ),
                "list a license server first (set-servers), and make sure that the host reaches it",
            ))
        }
        Err(unknown) => {
            let listed = machine.listed_servers();
            let names: Vec<String> = listed.iter().flatten().map(ToString::to_string).collect();
            if names.is_empty() && !machine.product().discovers_license_servers() {
                return Err(unknown.into());
            }
            let whom = if names.is_empty() { "a license server".to_owned() } else { names.join(", ") };
            draft.note(format!(
                "whether {whom} responds to this host was not checked; check it before the certificates are removed"
            ));
            Ok(())
        }
    }
}
