//! The private keys of the host are missing or have a foreign owner.
//!
//! # What it looks at
//! The existence, owner and access list of the key `RCM\Secrets`; never its data. The rule fires if the key
//! is missing beside a `Certificate`, if its owner is not NETWORK SERVICE, and if accounts other than NETWORK
//! SERVICE and SYSTEM can read it.
//!
//! # Why it matters
//! The private keys belong to the public keys in `Certificate` and `CertificateOld`. If they are missing, or
//! if the service cannot read them, the license negotiation of the old RDP security fails for all clients. An
//! account that can read them can decrypt such sessions.
//!
//! # How it can be wrong
//! That the keys in `Secrets` belong to the certificates is inferred from their sizes and times. An
//! administrator's export omits the key, because administrators have no read access to it; the result is then
//! *unknown*.
//! A host that reaches a valid license server works at present;
//! then a missing key is a warning.
//!
//! # Fix
//! 1. If the owner or the access list is wrong: in Registry Editor, *Permissions* of
//!    `HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\Secrets`, *Advanced*, keep full control for
//!    NETWORK SERVICE and SYSTEM, remove all other entries, and make NETWORK SERVICE the owner in the same
//!    dialog.
//! 2. If the key is missing: restart the host in a maintenance window, and check whether the service creates
//!    it.
//! 3. If it does not: export `RCM` in Registry Editor, delete the values `Certificate`, `X509 Certificate`,
//!    `X509 Certificate ID` and `X509 Certificate2`, and restart the host. It creates certificates and keys
//!    if both are missing.
//! 4. If that does not help, reinstall the role *Remote Desktop Session Host*. Never delete or copy the key.
//!
//! # Fix safety
//! Restoring the owner and the access list changes no key. A restart ends all sessions. Deleted certificates
//! need a license server that the host can reach.
//!
//! # Verify
//! Run `rdscal doctor` again, and connect as a standard user.

use nt::security::AccessMask;

use crate::model::security::{account, accounts};
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-066",
    name: "host-secrets-missing",
    title: "private keys of the host missing, or with a foreign owner",
    severity: Severity::Error,
    confidence: Confidence::Medium,
    scope: Scope::Any,
    in_service: true,
    products: "Windows Vista, Server 2008 and later",
    recipe: Some("restore-security"),
    sources: &[sources::HIVES.at("owner and DACL of RCM\\Secrets")],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    if matches!(machine.product().era(), Some(Era::Nt4 | Era::Nt5)) {
        return Ok(Vec::new());
    }
    let path = places::rcm_secrets();
    let certificate = machine.value(&places::rcm(), "Certificate")?;
    if machine.protected_key(&path)?.is_none() {
        let missing = |found: crate::model::Found<'_>| {
            RULE.finding("the host has a certificate but no private keys (RCM\\Secrets)")
                .evidence(Evidence::absent_key(&path))
                .evidence(found.evidence())
                .fix("Restart the host in a maintenance window (this ends all sessions), and check whether the service creates the key.")
                .fix("If it does not, export RCM in Registry Editor, delete the values Certificate, X509 Certificate, X509 Certificate ID and X509 Certificate2, and restart the host. It must be able to reach a license server.")
                .fix("If that does not help, reinstall the session host role.")
        };
        let finding = certificate.map(missing).map(|finding| {
            if machine.is_served() {
                finding
                    .severity(Severity::Warning)
                    .note("the host reports that it reaches a valid license server")
            } else {
                finding
            }
        });
        return Ok(finding.into_iter().collect());
    }
    let Some(security) = machine.security(&path)? else { return Ok(Vec::new()) };
    let mut findings = Vec::new();
    if !security.is_owned_by(&accounts(&["S-1-5-20"], &[])) {
        let title =
            format!("the owner of RCM\\Secrets is {}; the default is NETWORK SERVICE", security.owner());
        findings.push(RULE.finding(title).evidence(security.evidence.clone()));
    }
    let trusted = accounts(&["S-1-5-20", "S-1-5-18", "S-1-3-0", "S-1-3-4"], &["TermService"]);
    let readers = security.allowed_any(AccessMask::KEY_QUERY_VALUE);
    let readers: Vec<_> = readers.iter().filter(|sid| !trusted.contains(sid)).map(account).collect();
    if !readers.is_empty() {
        let title = format!("the host's private keys can be read by {}", readers.join(", "));
        findings.push(RULE.finding(title).severity(Severity::Warning).evidence(security.evidence));
    }
    Ok(findings)
}
