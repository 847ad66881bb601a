//! Standard users cannot store a license.
//!
//! # What it looks at
//! The access list of `MSLicensing\Store` (of `MSLicensing` if there is no `Store`) in both stores: whether
//! standard users can set values and create subkeys. The severity is warning if the store has an expired
//! license or the client recorded that licensing failed, so that storing seems to have failed. Otherwise it
//! is info.
//!
//! # Why it matters
//! The client runs as the user and writes the license that the server issues or renews. Without permission
//! the connection fails (extended reason 267), or the device consumes a new temporary license at every
//! connection.
//!
//! # How it can be wrong
//! The default access list of the key was not measured. The rule considers only groups of which every user is
//! a member; rights may also come from another group, such as a domain group. If the client is always started
//! as administrator, nothing is wrong.
//!
//! # Fix
//! 1. Start the client once as administrator (`mstsc`, *Run as administrator*). It creates what is missing.
//! 2. Print the present access list as text and keep it: `(Get-Acl
//!    HKLM:\SOFTWARE\Microsoft\MSLicensing).Sddl` in an elevated PowerShell.
//! 3. In Registry Editor, *Permissions* of `HKLM\SOFTWARE\Microsoft\MSLicensing` (and of its copy below
//!    `HKLM\SOFTWARE\WOW6432Node\Microsoft`), *Advanced*: give *Users*, for this key and its subkeys, only
//!    *Query Value*, *Set Value*, *Create Subkey*, *Enumerate Subkeys*, *Notify* and *Read Control*.
//!
//! # Fix safety
//! Users can then change the licenses of their machine, as Windows intends. Do not grant full control, and
//! grant nothing to Everyone. The printed text is the way back (`SetSecurityDescriptorSddlForm`, then
//! `Set-Acl`).
//!
//! # Verify
//! Connect as a standard user, and run `rdscal show`. The license was renewed.

use nt::security::AccessMask;

use crate::model::StoredLicense;
use crate::model::security::accounts;
use crate::rules::prelude::*;
use rds_formats::x509::Phase;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-083",
    name: "client-store-not-writable",
    title: "standard users lack permission to write the client license store",
    severity: Severity::Warning,
    confidence: Confidence::Low,
    scope: Scope::Client,
    recipe: Some("restore-security"),
    sources: &[sources::EXTENDED_REASON, sources::VENDOR_SCRIPTS],
    ..Rule::machine(check)
};

/// Groups of which every interactive user is a member: Users, Everyone, Authenticated Users, INTERACTIVE, LOCAL.
const EVERY_USER: [&str; 5] = ["S-1-5-32-545", "S-1-1-0", "S-1-5-11", "S-1-5-4", "S-1-2-0"];

fn check(machine: &Machine<'_>) -> Outcome {
    let stores = machine.client_stores();
    let users = accounts(&EVERY_USER, &[]);
    let wanted = AccessMask::KEY_SET_VALUE | AccessMask::KEY_CREATE_SUB_KEY;
    let expired = |license: &StoredLicense| {
        license.standing(machine.at()).is_some_and(|standing| standing.phase == Phase::Expired)
    };
    let refused = machine.recent_client_failures().is_ok_and(|failures| !failures.is_empty());
    let mut findings = Vec::new();
    let mut unseen: Option<Unknown> = None;
    for store in &stores.stores {
        let licenses = store.path.join("Store");
        let path = if matches!(machine.key(&licenses), Ok(Some(_))) { licenses } else { store.path.clone() };
        match machine.security(&path) {
            Ok(Some(security)) if !security.descriptor.grants(&users, wanted) => {
                let title =
                    format!("standard users lack permission to set values and create subkeys in {path}");
                let failed = refused || store.licenses.iter().any(expired);
                let severity = if failed { Severity::Warning } else { Severity::Info };
                findings.push(RULE.finding(title).severity(severity).evidence(security.evidence));
            }
            Ok(_) => {}
            Err(unknown) => {
                unseen = Some(unseen.map_or_else(|| unknown.clone(), |seen| seen.and(unknown.clone())));
            }
        }
    }
    conclude(stores.conclude(findings)?, unseen)
}
