//! Two captures of one machine that do not show one machine.
//!
//! # What it looks at
//! Captures with the same computer name and domain: their Windows, licensing mode, license servers, roles and
//! client hardware id, as far as both were seen.
//!
//! # Why it matters
//! Either the machine changed between the captures, and the older one misleads, or two machines carry one
//! name, which neither the domain nor a license server can tell apart.
//!
//! # How it can be wrong
//! A capture from before and one from after a repair disagree on purpose: judge them in two runs, or compare
//! them with `rdscal diff`.
//!
//! # Fix
//! 1. Compare the times of the two captures. If one is old, leave it out.
//! 2. If both are current, find the second machine of that name and rename it.
//!
//! # Fix safety
//! Renaming a session host changes what its lists and certificates refer to; plan it like a new host.
//!
//! # Verify
//! Run `rdscal doctor` over the same machines again.

use crate::model::ServerEntry;
use crate::model::sets::ByName;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-175",
    name: "captures-disagree",
    title: "two captures of one computer name disagree",
    severity: Severity::Warning,
    confidence: Confidence::Medium,
    scope: Scope::Fleet,
    sources: &[sources::PRACTICE],
    ..Rule::fleet(check)
};

fn check(machines: &[&FleetKey]) -> Outcome {
    if machines.iter().all(|machine| machine.name.is_none()) {
        return Err(Need::Fleet("computer names of the machines").into());
    }
    let mut findings = Vec::new();
    for captures in ByName::new(machines).repeated() {
        let Some((first, others)) = captures.split_first() else { continue };
        for other in others {
            let differing = differences(first, other);
            if differing.is_empty() {
                continue;
            }
            let what: Vec<_> = differing.iter().map(|(what, ..)| *what).collect();
            let title = format!("two captures of {} disagree in {}", first.label, what.join(", "));
            let evidence = differing.iter().flat_map(|(what, one, two)| {
                [(&first.locator, one), (&other.locator, two)]
                    .map(|(locator, found)| Evidence::fact(&format!("{what} in {locator}"), found))
            });
            findings.push(
                RULE.finding(title).evidences(evidence).machines([first.label.clone(), other.label.clone()]),
            );
        }
    }
    Ok(findings)
}

/// What differs, of what both captures show.
fn differences(one: &FleetKey, two: &FleetKey) -> Vec<(&'static str, String, String)> {
    let shown = |fleet_key: &FleetKey| {
        let mode =
            fleet_key.mode_seen.then(|| fleet_key.mode.map_or("none".to_owned(), |mode| mode.to_string()));
        let servers = fleet_key.servers.as_ref().filter(|_| fleet_key.servers_seen);
        let servers = servers.map(|list| list.iter().map(ServerEntry::folded).collect::<Vec<_>>().join(", "));
        [
            ("build", fleet_key.build.map(|build| build.to_string())),
            ("licensing mode", mode),
            ("license servers", servers.or_else(|| fleet_key.servers_seen.then(|| "none".to_owned()))),
            ("client hardware id", fleet_key.hardware_id.as_ref().map(hex::encode)),
        ]
    };
    shown(one)
        .into_iter()
        .zip(shown(two))
        .filter_map(|((what, one), (_, two))| Some((what, one?, two?)).filter(|(_, one, two)| one != two))
        .collect()
}
