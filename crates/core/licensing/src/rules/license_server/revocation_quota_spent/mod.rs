//! A license that could not be revoked.
//!
//! # What it looks at
//! The result of the last revocation (`Win32_TSIssuedLicense.Revoke`), and the number of licenses in the
//! state *revoked*.
//!
//! # Why it matters
//! A license server permits revoking at most 20 percent of a pack at a time. The licenses of other retired
//! devices return to the pool 52 to 89 days after the last renewal.
//!
//! # How it can be wrong
//! A revocation is also refused for a Per User license, which cannot be revoked, and for an account without
//! rights on the server.
//!
//! # Fix
//! 1. Wait; a license returns when it expires.
//! 2. Revoke the rest when earlier revocations have expired.
//! 3. If users are refused in the meantime, buy licenses.
//!
//! # Fix safety
//! Waiting changes nothing.
//!
//! # Verify
//! Revoke again after the oldest revoked license has expired.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-110",
    name: "revocation-quota-spent",
    title: "the license server refused to revoke a license",
    severity: Severity::Info,
    confidence: Confidence::Medium,
    scope: Scope::Any,
    products: "Windows Server 2008 and later",
    sources: &[sources::ISSUED_LICENSE_CLASS, sources::CALS],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let Some(result) = machine.fact_if_relevant(facts::REVOKE_RESULT)?.filter(|result| *result != 0) else {
        return Ok(Vec::new());
    };
    let refused = machine.fact_evidence(facts::REVOKE_RESULT, format!("{result} ({result:#010x})"));
    let mut finding = RULE
        .finding("the license server refused a revocation; its quota of 20 percent may be used up")
        .evidence(refused);
    if let Ok(issued) = machine.fact(facts::ISSUED_LICENSES) {
        let revoked = issued.iter().filter(|license| license.is_revoked()).count();
        let found = format!("{revoked} of {} licenses are revoked", issued.len());
        finding = finding.evidence(machine.fact_evidence(facts::ISSUED_LICENSES, found));
    }
    Ok(vec![finding])
}
