//! A grace period that is over, on a host that was given licenses.
//!
//! # What it looks at
//! Zero days left as told by the host (`GetGracePeriodDays`), together with a sign that it received permanent
//! licenses: the value `LicensingGracePeriodEnded` in `TermService\Parameters`, or key packs with issued licenses on
//! its license server.
//!
//! # Why it matters
//! Zero does not mean that anything is wrong: the first permanent license ends the grace period. Monitoring that
//! takes zero for "expired" raises false alarms, and their readers delete the record for nothing.
//!
//! # How it can be wrong
//! Issued licenses on the server may have gone to other hosts. Whether a server serves this host today is the
//! business of `grace-over-no-server`.
//!
//! # Fix
//! 1. Nothing needs to be done on the host.
//! 2. Let monitoring look at the license server's connectivity instead of at the days.
//!
//! # Fix safety
//! Nothing is changed.
//!
//! # Verify
//! Connect as an ordinary user.

use crate::model::grace::ENDED_BY_LICENSE;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-050",
    name: "grace-over-but-licensed",
    title: "grace period over, and the host has had licenses since",
    severity: Severity::Info,
    confidence: Confidence::Medium,
    scope: Scope::SessionHost,
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
        (Ok(Some(found)), _) => ("this host was given a permanent license, which ends it", found.evidence()),
        (_, Ok(Some(issued))) => {
            ("the license server has issued licenses: zero days alone are no fault", issued.clone())
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

/// Licenses issued from packs that were bought: neither temporary (4) nor built in (product type 3).
fn packs(machine: &Machine<'_>) -> Result<Option<Evidence>, Unknown> {
    let packs = machine.fact(facts::KEY_PACKS)?;
    let bought = packs.iter().filter(|pack| pack.kind != 4 && pack.product_type != 3);
    let issued: u64 = bought.map(|pack| u64::from(pack.issued)).sum();
    Ok((issued > 0).then(|| machine.fact_evidence(facts::KEY_PACKS, format!("{issued} licenses issued"))))
}
