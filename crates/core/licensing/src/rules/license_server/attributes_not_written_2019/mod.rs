//! Event 4105 while session hosts of Windows Server 2019 are in use.
//!
//! # What it looks at
//! Event 4105 of the last 30 days, together with a session host of the Windows Server 2019 generation: this
//! machine, or a machine of the same run that lists the license server.
//!
//! # Why it matters
//! Session hosts of Windows Server 2019 write the license attributes as the user who logs on, and users have
//! no write access to them. The group membership of the license server, which otherwise resolves event 4105,
//! is not sufficient.
//!
//! # How it can be wrong
//! Event 4105 also has other causes: `license-server-not-in-group`, `network-service-missing-on-dc`, and
//! accounts without the access control entry. Rule these out first.
//!
//! # Fix
//! 1. Check the group membership of the license server first.
//! 2. Delegate read and write access to the property set *Terminal Server License Server* to SELF on the
//!    users, or on their organizational unit, as KB4547091 describes.
//!
//! # Fix safety
//! Users can then write their own license attributes and nothing else.
//!
//! # Verify
//! Event 4105 stops after the next logons.

use std::collections::BTreeMap;

use crate::knowledge::Generation;
use crate::model::EventRecord;
use crate::model::sets::served;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-116",
    name: "attributes-not-written-2019",
    title: "Server 2019 hosts cannot write the license attributes of users",
    severity: Severity::Warning,
    confidence: Confidence::High,
    scope: Scope::LicenseServer,
    products: "Windows Server 2019",
    sources: &[sources::KB4547091, sources::KB2030310],
    ..Rule::both(check, check_run)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let events = machine.recent_events(&[4105], "event 4105 of the licensing service")?;
    if events.is_empty() || machine.served_host()? != Generation::W2019 {
        return Ok(Vec::new());
    }
    Ok(vec![RULE.finding(title(&events)).evidences(events.iter().map(EventRecord::evidence))])
}

fn check_run(machines: &[&FleetKey]) -> Outcome {
    let mut affected: BTreeMap<&str, (&[EventRecord], Vec<&str>)> = BTreeMap::new();
    let mut compared = false;
    for (host, server) in served(machines) {
        let events = server.license_server.as_ref().and_then(|server| server.not_written.as_deref());
        match (events, host.generation) {
            (Some([]), _) => compared = true,
            (Some(events), Some(generation)) => {
                compared = true;
                if generation == Generation::W2019 {
                    affected.entry(&server.label).or_insert((events, Vec::new())).1.push(&host.label);
                }
            }
            _ => {}
        }
    }
    if !compared {
        return Err(Need::Fleet("events of a license server, and builds of the hosts that list it").into());
    }
    Ok(affected
        .into_iter()
        .map(|(server, (events, hosts))| {
            RULE.finding(title(events))
                .evidences(events.iter().map(EventRecord::evidence))
                .evidence(Evidence::fact(&hosts.join(", "), Generation::W2019.name()))
                .machines(hosts.into_iter().chain([server]).map(str::to_owned))
        })
        .collect())
}

fn title(events: &[EventRecord]) -> String {
    let all: Vec<_> = events.iter().collect();
    format!(
        "license attributes of users could not be written ({}), and session hosts run Windows Server 2019",
        counted_events(&all)
    )
}
