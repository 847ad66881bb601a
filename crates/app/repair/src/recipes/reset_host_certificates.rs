//! Removes the licensing certificates of a session host, so that they are made anew.
//!
//! # What it changes
//! Deletes up to four values, where they are there: `Certificate`, `X509 Certificate`, `X509 Certificate ID` and
//! `X509 Certificate2`; on Windows Server 2008 and later in `Control\Terminal Server\RCM`, on Windows 2000 and 2003 in
//! `Services\TermService\Parameters`. Never `CertificateOld`, and never anything of `RCM\Secrets`, which holds the private keys.
//!
//! # When it refuses
//! * None of the values is bad: `Certificate` has the layout and the signature that it must have, the X.509 chains hold together
//!   and have not ended. Certificates can be bad in ways that their bytes do not show (events 1003 and 1004): then say so with
//!   `--reason`.
//! * No license server is configured, or none of them can serve this host: what is deleted could not be issued anew.
//! * `CertificateOld` alone is at fault: nothing that this recipe removes would help.
//! * The source is a policy file.
//!
//! # What it means for licenses
//! No license is taken away from anybody. Until the host has new certificates, clients that need a license are refused.
//!
//! # What must follow
//! Restart of the host. The service makes `Certificate` anew at its start; a license server issues the X.509 certificates at
//! the next contact. On Windows 2000 and 2003 the license server may have to be activated again, by the telephone option.
//!
//! # How it is taken back
//! `rdscal undo` puts the values back. Whether they still fit once the host has made new keys is not documented: go back only
//! where the new state is worse.

use licensing::model::{Role, certificates};
use licensing::{Finding, Severity};

use super::prelude::*;

/// The recipe.
pub(super) static RECIPE: Recipe = Recipe {
    name: "reset-host-certificates",
    title: "have the licensing certificates of a session host made anew",
    parameters: &[Parameter {
        name: "reason",
        help: "why, where the certificates look sound, such as “event 1003 from all clients”",
        kind: ParameterKind::Text,
    }],
    license_effect: "no license is taken away; until the host has new certificates, clients that need a license are refused",
    safety: "a documented procedure; it needs a license server that answers, and a restart that ends all sessions; rdscal undo \
             puts the old values back",
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
            "--reason needs a text: what shows that the certificates are bad?".to_owned(),
        ));
    }
    let place = certificates::place(machine.product());
    let present = support::host_certificates(machine)?;
    if present.is_empty() {
        return Err(Refusal::NothingToDo(format!(
            "{place} holds none of the certificates that are made anew; the service makes them at its start, and a license server \
             issues the X.509 ones at the next contact"
        )));
    }
    let faults = faults(machine);
    let why = match (faults.as_slice(), reason) {
        ([], None) => return Err(nothing_bad(machine)),
        ([], Some(reason)) => reason.to_owned(),
        (faults, _) => faults.join("; "),
    };
    // A client Windows has a certificate too, and never an issued one.
    let issued = present.iter().any(|name| *name != "Certificate");
    let host = issued || machine.roles().holds(Role::SessionHost) != Ok(false);
    if host {
        license_server(machine, draft)?;
    } else {
        draft.license_effect("none: the machine is no session host and gives nobody a license");
    }
    for name in &present {
        draft.delete_value(&place, &(*name).into(), &why)?;
    }
    if let Some(reason) = reason {
        draft.note(format!("reason given: {reason}"));
    }
    draft.note(match (host, machine.product().era()) {
        (false, _) => {
            "this machine is no session host: the service makes Certificate anew in the same key at its start, without a license server"
        }
        (true, Some(Era::Nt4 | Era::Nt5)) => {
            "the service makes Certificate anew in the same key at its start; a license server issues the X.509 certificates at the \
             next contact, and may have to be activated again first (by telephone: KB329896)"
        }
        (true, _) => {
            "the service makes Certificate anew in the same key at its start; a license server issues the X.509 certificates at the \
             next contact"
        }
    });
    draft.note("CertificateOld and the private keys in RCM\\Secrets stay as they are");
    draft.note(
        "rdscal undo is for the case that the new state is worse: whether the old values still fit once the host has made new keys \
         is not documented",
    );
    support::note_control_sets(machine, draft);
    draft.follow_up(FollowUp::Reboot);
    Ok(())
}

/// What is certainly bad about the values that are made anew.
fn faults(machine: &Machine<'_>) -> Vec<String> {
    let found = support::findings(machine, |rule| matches!(rule.id, "RDSL-060" | "RDSL-062" | "RDSL-063"));
    found
        .into_iter()
        // A chain that will end, or whose form is not known, is no fault yet.
        .filter(|finding| finding.rule.id != "RDSL-062" || finding.severity >= Severity::Error)
        .filter(concerns_ours)
        .map(|finding| finding.title)
        .collect()
}

/// True where one of the values that are made anew is what was found.
fn concerns_ours(finding: &Finding) -> bool {
    let mut values = finding.evidence.iter().filter_map(|evidence| evidence.value.as_ref());
    values.any(|name| support::HOST_CERTIFICATES.iter().any(|ours| name.matches(ours)))
}

fn nothing_bad(machine: &Machine<'_>) -> Refusal {
    let others = support::findings(machine, |rule| matches!(rule.id, "RDSL-060" | "RDSL-062" | "RDSL-065"));
    if let Some(old) = others.iter().find(|finding| finding.rule.id == "RDSL-060" && !concerns_ours(finding))
    {
        return Refusal::guard(
            format!("{}; CertificateOld is never removed, and of the others none is bad", old.title),
            "only clients of Windows XP and older use CertificateOld; restart the service TermService and look again",
        );
    }
    let hint = match others.first() {
        Some(finding) => format!("; {}: if that is your evidence, say so with --reason", finding.title),
        None => "; where events 1003 or 1004 speak against them, say so with --reason".to_owned(),
    };
    Refusal::NothingToDo(format!("none of the certificates that are made anew is certainly bad{hint}"))
}

/// Refuses where nobody could issue new certificates.
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
                "name a license server first (set-servers), and see that the host reaches it",
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
                "that {whom} answers this host was not checked: see to it before the certificates are gone"
            ));
            Ok(())
        }
    }
}
