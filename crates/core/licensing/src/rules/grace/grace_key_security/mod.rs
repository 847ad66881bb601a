//! The key of the grace record has a different owner or different permissions than by default.
//!
//! # What it looks at
//! Owner and access list of `RCM\GracePeriod`. By default the service account NETWORK SERVICE owns the key,
//! and only NETWORK SERVICE and SYSTEM can change it. This was measured on the sibling key `RCM\Secrets` of
//! Windows 7 and 10; for `GracePeriod` itself it is reported by scripts and forums.
//!
//! # Why it matters
//! To delete the record, an administrator must first take ownership, and most scripts never return it. So
//! this is one sign of an earlier reset. It also lets any administrator, or every user, delete the record by
//! mistake.
//!
//! # How it can be wrong
//! Backup, migration and hardening tools also set owners and access lists. The default was not measured on
//! this key itself, so access of administrators alone is reported only at severity info.
//!
//! # Fix
//! 1. Ask who changed the key, and why. Look for other signs of a reset (`grace-record-late`,
//!    `grace-reset-scheduled`).
//! 2. Record the key's last-write time and its present owner and entries. `rdscal snapshot` keeps all of
//!    them.
//! 3. In Registry Editor, *Permissions* of `HKLM\SYSTEM\CurrentControlSet\Control\Terminal
//!    Server\RCM\GracePeriod`, *Advanced*: keep full control for NETWORK SERVICE and SYSTEM, remove all other
//!    entries, and make NETWORK SERVICE the owner in the same dialog. Leave the values alone.
//!
//! # Fix safety
//! Licensing is not affected, and the record remains. The change updates the key's last-write time, from
//! which the end of the grace period is computed in files. The service needs the full access of NETWORK
//! SERVICE.
//!
//! # Verify
//! Run `rdscal doctor` again.

use crate::model::ResetSignKind::{ForeignAccess, ForeignOwner};
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-046",
    name: "grace-key-security",
    title: "GracePeriod does not have the default owner or access list",
    severity: Severity::Warning,
    confidence: Confidence::Medium,
    scope: Scope::Any,
    products: "Windows Server 2008 and later",
    recipe: Some("restore-security"),
    sources: &[
        sources::HIVES.at("owner and DACL of RCM\\Secrets"),
        sources::RESETTERS.at("they take ownership first"),
    ],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let signs = machine.foreign_access()?;
    let Some(first) = signs.first() else { return Ok(Vec::new()) };
    let clauses: Vec<_> = signs.iter().map(|sign| sign.text.as_str()).collect();
    let title = format!(
        "GracePeriod: {}; by default only NETWORK SERVICE and SYSTEM have access",
        clauses.join(", ")
    );
    let finding = RULE.finding(title).evidences(first.evidence.clone());
    let strong = signs.iter().any(|sign| matches!(sign.kind, ForeignOwner | ForeignAccess));
    Ok(vec![if strong {
        finding.note(machine.reset_signs().note())
    } else {
        finding.severity(Severity::Info).confidence(Confidence::Low)
    }])
}
