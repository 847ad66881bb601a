//! Somebody owns the key of the grace record, or may change it, who does not by default.
//!
//! # What it looks at
//! Owner and access list of `RCM\GracePeriod`. By default the account of the service, NETWORK SERVICE, owns the key,
//! and it and SYSTEM alone may change it: measured on the sibling key `RCM\Secrets` of Windows 7 and 10; on
//! `GracePeriod` itself reported by scripts and forums.
//!
//! # Why it matters
//! Whoever wants to delete the record has to take ownership first, and most scripts never give it back. So this is
//! one sign of a reset in the past, and it lets any administrator, or everybody, delete the record by mistake.
//!
//! # How it can be wrong
//! Backup, migration and hardening tools set owners and access lists too. The default was not measured on this very
//! key; access of administrators alone is therefore an information only.
//!
//! # Fix
//! 1. Ask who changed the key, and why; look for other signs (`grace-record-late`, `grace-reset-scheduled`).
//! 2. Note the key's last-write time and its present owner and entries: `rdscal snapshot` keeps all of them.
//! 3. In Registry Editor, *Permissions* of `HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\GracePeriod`,
//!    *Advanced*: leave full control for NETWORK SERVICE and SYSTEM and no other entry, and make NETWORK SERVICE
//!    the owner in the same dialog. Leave the values alone.
//!
//! # Fix safety
//! Licensing is not touched; the record stays as it is. The change moves the key's last-write time, from which the
//! end of the grace period is told in files. The service needs the full access of NETWORK SERVICE.
//!
//! # Verify
//! Run `rdscal doctor` again.

use crate::model::ResetSignKind::{ForeignAccess, ForeignOwner};
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-046",
    name: "grace-key-security",
    title: "GracePeriod has another owner or access list than by default",
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
    let title =
        format!("GracePeriod: {}; NETWORK SERVICE and SYSTEM alone is the default", clauses.join(", "));
    let finding = RULE.finding(title).evidences(first.evidence.clone());
    let strong = signs.iter().any(|sign| matches!(sign.kind, ForeignOwner | ForeignAccess));
    Ok(vec![if strong {
        finding.note(machine.reset_signs().note())
    } else {
        finding.severity(Severity::Info).confidence(Confidence::Low)
    }])
}
