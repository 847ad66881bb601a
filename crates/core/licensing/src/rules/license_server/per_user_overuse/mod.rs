//! More Per User licenses in use than are installed.
//!
//! # What it looks at
//! The total and the issued licenses of the Per User packs, added up for each version.
//!
//! # Why it matters
//! Per User licenses are counted, not enforced, so no user is refused. The difference is a compliance issue
//! in an audit.
//!
//! # How it can be wrong
//! Users who left keep their license for up to 60 days after their last logon. Users may also be covered by
//! an agreement that is not installed here.
//!
//! # Fix
//! 1. Create the Per User report in RD Licensing Manager and compare it with the present employees.
//! 2. Buy and install what is missing, or install the packs that you own.
//! 3. If most people share devices, compare the price of Per Device licenses.
//!
//! # Fix safety
//! Nothing is changed on any host.
//!
//! # Verify
//! The report shows no more issued than installed licenses.

use crate::knowledge::products::CalKind;
use crate::model::key_packs::Pool;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-105",
    name: "per-user-overuse",
    title: "more Per User licenses issued than owned",
    severity: Severity::Warning,
    confidence: Confidence::High,
    scope: Scope::Any,
    products: "Windows Server 2008 and later",
    sources: &[sources::KEY_PACK_CLASS, sources::TRACK_CALS, sources::PER_USER_TRACKING],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let pools = Pool::of(&machine.bought_packs()?.unwrap_or_default(), CalKind::PerUser);
    let over = pools.iter().filter(|pool| pool.issued > pool.total);
    Ok(over
        .map(|pool| {
            let Pool { label, total, issued } = pool;
            RULE.finding(format!("{label}: {issued} licenses are in use, {total} are installed"))
                .evidence(pool.evidence(machine))
        })
        .collect())
}
