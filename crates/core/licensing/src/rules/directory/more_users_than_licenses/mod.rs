//! More users with a license in the directory than licenses on the server.
//!
//! # What it looks at
//! The number of users in the directory whose Per User license has not expired, and the Per User packs of the
//! license server.
//!
//! # Why it matters
//! Per User licenses are not enforced, and the server does not count users to whose accounts it could not
//! write. An audit counts the directory.
//!
//! # How it can be wrong
//! There may be packs on a second license server, licenses under an agreement that are not installed (service
//! providers), and users who left within the last 60 days.
//!
//! # Fix
//! 1. Compare the list with the present employees.
//! 2. Install packs that you own and have not installed.
//! 3. Buy what is missing.
//!
//! # Fix safety
//! Nothing is changed on any host.
//!
//! # Verify
//! The directory counts no more users than there are licenses.

use crate::knowledge::products::CalKind;
use crate::model::key_packs::Pool;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-133",
    name: "more-users-than-licenses",
    title: "more users hold Per User licenses than were purchased",
    severity: Severity::Warning,
    confidence: Confidence::Medium,
    scope: Scope::Any,
    products: "Windows Server 2008 and later",
    sources: &[sources::ADA, sources::TRACK_CALS],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let users = machine.fact_if_relevant(facts::USERS)?.unwrap_or_default();
    let holders = users.iter().filter(|user| user.expires.is_some_and(|end| end >= machine.at())).count();
    if holders == 0 {
        return Ok(Vec::new());
    }
    let packs = machine.bought_packs()?.unwrap_or_default();
    let per_user = packs.iter().filter(|pack| pack.cal_kind() == Some(CalKind::PerUser));
    if per_user.clone().any(|pack| pack.size().is_none()) {
        return Ok(Vec::new());
    }
    let owned: u64 = Pool::of(&packs, CalKind::PerUser).iter().map(|pool| pool.total).sum();
    if u64::try_from(holders).is_ok_and(|holders| holders <= owned) {
        return Ok(Vec::new());
    }
    let title = format!(
        "Per User licenses held by {}, installed on the license server {owned}",
        counted(holders, "user")
    );
    Ok(vec![
        RULE.finding(title)
            .evidence(machine.fact_evidence(
                facts::USERS,
                format!("{} with an unexpired license", counted(holders, "user")),
            ))
            .evidence(
                machine.fact_evidence(facts::KEY_PACKS, format!("{owned} Per User licenses installed")),
            ),
    ])
}
