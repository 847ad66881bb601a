//! The Remote Desktop service cannot write to its own key.
//!
//! # What it looks at
//! The access list of `Control\Terminal Server\RCM`: whether the service TermService (account NETWORK
//! SERVICE, and the service's own SID) can set values and create subkeys there.
//!
//! # Why it matters
//! The service stores its certificates, private keys and the grace record below this key. Without rights it
//! cannot store what the license server sends. Licensing remains *not configured*, and the grace record is
//! never created.
//!
//! # How it can be wrong
//! The default of Windows Vista and Windows Server 2008 was not measured, and the rule is silent on them.
//! Conditional entries of the access list are not evaluated; a note in the finding mentions them.
//!
//! # Fix
//! 1. Print the present access list as text and keep it: `(Get-Acl
//!    'HKLM:\SYSTEM\CurrentControlSet\Control\Terminal Server\RCM').Sddl` in an elevated PowerShell.
//! 2. In Registry Editor, *Permissions* of `HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\RCM`,
//!    *Advanced*: remove entries that deny the service, and add `NT SERVICE\TermService` for this key and its
//!    subkeys with all rights except *Write DAC* and *Write Owner*, which is the default.
//! 3. Leave *Replace all child object permission entries* off. `Secrets` and `GracePeriod` below have
//!    stricter access lists of their own.
//! 4. Find the hardening template or script that replaced the list, and remove the key from it.
//!
//! # Fix safety
//! By default SYSTEM and Administrators have full control, and Users have read access. Keep these entries.
//! The printed text is the way back (`SetSecurityDescriptorSddlForm`, then `Set-Acl`).
//!
//! # Verify
//! Restart the service in a maintenance window (`Restart-Service TermService -Force`; this ends all
//! sessions), and run `rdscal doctor` again.

use nt::security::AccessMask;

use crate::model::security::accounts;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-067",
    name: "rcm-key-locked",
    title: "the Remote Desktop service has no write access to the key RCM",
    severity: Severity::Error,
    confidence: Confidence::High,
    scope: Scope::Any,
    products: "Windows 7, Server 2008 R2 and later",
    recipe: Some("restore-security"),
    sources: &[sources::HIVES.at("DACL of RCM")],
    ..Rule::machine(check)
};

/// Groups in the service's token besides its account: Everyone, Authenticated Users, SERVICE, Users.
const GROUPS: [&str; 5] = ["S-1-5-20", "S-1-1-0", "S-1-5-11", "S-1-5-6", "S-1-5-32-545"];

fn check(machine: &Machine<'_>) -> Outcome {
    let product = machine.product();
    if matches!(product.era(), Some(Era::Nt4 | Era::Nt5)) || product.is_at_least(6, 1) == Some(false) {
        return Ok(Vec::new());
    }
    let Some(security) = machine.security(&places::rcm())? else { return Ok(Vec::new()) };
    let wanted = AccessMask::KEY_SET_VALUE | AccessMask::KEY_CREATE_SUB_KEY;
    if security.descriptor.grants(&accounts(&GROUPS, &["TermService"]), wanted) {
        return Ok(Vec::new());
    }
    let conditional = security.descriptor.has_conditions();
    let finding = RULE
        .finding("the service TermService lacks permission to set values or create subkeys in RCM")
        .evidence(security.evidence);
    Ok(vec![if conditional {
        finding
            .confidence(Confidence::Medium)
            .note("the access list has conditional entries, which were not evaluated")
    } else {
        finding
    }])
}
