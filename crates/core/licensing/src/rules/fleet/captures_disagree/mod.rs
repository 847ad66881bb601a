//! Two captures with the same computer name that show different machines.
//!
//! # What it looks at
//! Captures with the same computer name and domain: their Windows version, licensing mode, license servers,
//! roles and client hardware ID, as far as both captures show them.
//!
//! # Why it matters
//! Either the machine changed between the captures and the older one is misleading, or two machines have the
//! same name. Neither the domain nor a license server can tell such machines apart.
//!
//! # How it can be wrong
//! A capture from before a repair and one from after it differ intentionally. Judge them in two runs, or
//! compare them with `rdscal diff`.
//!
//! # Fix
//! 1. Compare the times of the two captures. If one is old, omit it.
//! 2. If both are current and from the same organization, find the second machine with that name and rename
//!    it.
//!
//! # Fix safety
//! Renaming a session host affects its lists and certificates; plan it like a new host.
//!
//! # Verify
//! Run `rdscal doctor` on the same machines again.

use crate::model::ServerEntry;
use crate::model::sets::ByName;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-175",
    name: "captures-disagree",
    title: "two captures with the same computer name disagree",
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

/// The differing properties among those that both captures show.
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
            ("client hardware ID", fleet_key.hardware_id.as_ref().map(hex::encode)),
        ]
    };
    shown(one)
        .into_iter()
        .zip(shown(two))
        .filter_map(|((what, one), (_, two))| Some((what, one?, two?)).filter(|(_, one, two)| one != two))
        .collect()
}
