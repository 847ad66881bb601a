//! The host's private keys are missing, or somebody else owns them.
//!
//! # What it looks at
//! The key `RCM\Secrets`, its presence, owner and access list; never its data. It fires where the key is missing
//! beside a `Certificate`, where its owner is not NETWORK SERVICE, and where others than NETWORK SERVICE and SYSTEM
//! may read it.
//!
//! # Why it matters
//! The private keys belong to the public ones in `Certificate` and `CertificateOld`. Without them, or where the
//! service cannot read them, no client gets through the license negotiation of the old RDP security. Whoever can read
//! them can read such sessions.
//!
//! # How it can be wrong
//! That the keys in `Secrets` belong to the certificates is inferred from their sizes and times. An export made by an
//! administrator leaves the key out, since administrators may not read it; the rule answers *unknown* then.
//!
//! # Fix
//! 1. Where the owner or the access list is wrong: in Registry Editor, *Permissions* of
//!    `HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\Secrets`, *Advanced*, leave full control for
//!    NETWORK SERVICE and SYSTEM and no other entry, and make NETWORK SERVICE the owner in the same dialog.
//! 2. Where the key is missing: restart the host in a maintenance window, and look whether the service makes it
//!    anew.
//! 3. If it does not: export `RCM` in Registry Editor, delete the values `Certificate`, `X509 Certificate`,
//!    `X509 Certificate ID` and `X509 Certificate2`, and restart the host, which makes certificates and keys anew
//!    where both are missing.
//! 4. Where that does not help, reinstall the role *Remote Desktop Session Host*. Never delete or copy the key.
//!
//! # Fix safety
//! Restoring owner and access list changes no key. A restart ends all sessions; deleted certificates need a license
//! server that the host can reach.
//!
//! # Verify
//! Run `rdscal doctor` again, and connect as an ordinary user.

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
            RULE.finding("the host has a certificate, and no private keys (RCM\\Secrets)")
                .evidence(Evidence::absent_key(&path))
                .evidence(found.evidence())
                .fix("Restart the host in a maintenance window (it ends all sessions), and look whether the service makes the key anew.")
                .fix("If it does not: export RCM in Registry Editor, delete the values Certificate, X509 Certificate, X509 Certificate ID and X509 Certificate2, and restart the host. It must be able to reach a license server.")
                .fix("Where that does not help, reinstall the session host role.")
        };
        return Ok(certificate.map(missing).into_iter().collect());
    }
    let Some(security) = machine.security(&path)? else { return Ok(Vec::new()) };
    let mut findings = Vec::new();
    if !security.is_owned_by(&accounts(&["S-1-5-20"], &[])) {
        let title =
            format!("the owner of RCM\\Secrets is {}; NETWORK SERVICE is the default", security.owner());
        findings.push(RULE.finding(title).evidence(security.evidence.clone()));
    }
    let trusted = accounts(&["S-1-5-20", "S-1-5-18", "S-1-3-0", "S-1-3-4"], &["TermService"]);
    let readers = security.allowed_any(AccessMask::KEY_QUERY_VALUE);
    let readers: Vec<_> = readers.iter().filter(|sid| !trusted.contains(sid)).map(account).collect();
    if !readers.is_empty() {
        let title = format!("the host's private keys may be read by {}", readers.join(", "));
        findings.push(RULE.finding(title).severity(Severity::Warning).evidence(security.evidence));
    }
    Ok(findings)
}
