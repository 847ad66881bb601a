//! A grace period that is over on a host that has received licenses.
//!
//! # What it looks at
//! Zero remaining days as reported by the host (`GetGracePeriodDays`), together with a sign that it received
//! permanent licenses: the value `LicensingGracePeriodEnded` in `TermService\Parameters`, or CAL packs with
//! issued licenses on its license server.
//!
//! # Why it matters
//! Zero does not mean that anything is wrong, because the first permanent license ends the grace period.
//! Monitoring that interprets zero as *expired* raises false alarms, and administrators then delete the
//! record for no reason.
//!
//! # How it can be wrong
//! The licenses that the server issued may have gone to other hosts. Whether a server serves this host today
//! is covered by `grace-over-no-server`.
//!
//! # Fix
//! 1. No action is required on the host.
//! 2. Monitor the connectivity of the license server instead of the remaining days.
//!
//! # Fix safety
//! Nothing is changed.
//!
//! # Verify
//! Connect as a standard user.

use crate::model::grace::ENDED_BY_LICENSE;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-050",
    name: "grace-over-but-licensed",
    title: "grace period is over, and the host has received licenses since",
    severity: Severity::Info,
    confidence: Confidence::Medium,
    scope: Scope::SessionHost,
    in_service: true,
    products: "Windows Server 2003 and later",
    sources: &[sources::RDPELE.at("MS-RDPELE glossary: grace period"), sources::GRACE_END],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let end = machine.grace_end()?;
    if end.days_left > 0 {
        return Ok(Vec::new());
    }
    let ended = machine.value(&places::term_service_parameters(), ENDED_BY_LICENSE);
    let packs = packs(machine);
    let (why, evidence) = match (&ended, &packs) {
        (Ok(Some(found)), _) => ("this host received a permanent license, which ends it", found.evidence()),
        (_, Ok(Some(issued))) => {
            ("the license server has issued licenses; zero days alone are not a fault", issued.clone())
        }
        (Err(ended), Err(packs)) => return Err(ended.clone().and(packs.clone())),
        (Err(unknown), _) | (_, Err(unknown)) => return Err(unknown.clone()),
        (Ok(None), Ok(None)) => return Ok(Vec::new()),
    };
    Ok(vec![
        RULE.finding(format!("the grace period is over, and {why}"))
            .evidence(end.evidence)
            .evidence(evidence),
    ])
}

/// Licenses issued from purchased packs: neither temporary (4) nor built in (product type 3).
fn packs(machine: &Machine<'_>) -> Result<Option<Evidence>, Unknown> {
    let packs = machine.fact(facts::KEY_PACKS)?;
    let bought = packs.iter().filter(|pack| pack.kind != 4 && pack.product_type != 3);
    let issued: u64 = bought.map(|pack| u64::from(pack.issued)).sum();
    Ok((issued > 0).then(|| machine.fact_evidence(facts::KEY_PACKS, format!("{issued} licenses issued"))))
}
