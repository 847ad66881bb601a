//! Checks that two or more rules share.

use std::collections::BTreeMap;

use super::{Finding, Outcome, Rule, Severity};
use crate::evidence::{Evidence, Need};
use crate::model::sets::sets;
use crate::model::{FleetKey, Machine, Role, Stray, facts, listed, same_servers};
use crate::places;

/// The condition of a finding on a source that does not show the policies.
pub(super) fn unless_policy(what: &str) -> String {
    format!(
        "this holds unless a Group Policy, which this source does not show, sets {what}; it is in the SOFTWARE hive, in {}",
        places::policy()
    )
}

/// One finding for each provider that logged this event in the last 30 days.
pub(super) fn one_per_event(
    machine: &Machine<'_>,
    rule: &'static Rule,
    (id, what): (u32, &'static str),
    title: &str,
) -> Outcome {
    let events = machine.recent_events(&[id], what)?;
    let finding = |event: &facts::EventRecord| {
        let title = format!("{title} ({})", counted_events(&[event]));
        // What the host shows now outranks what it logged.
        let severity = if machine.is_served() { Severity::Warning } else { rule.severity };
        rule.finding(title).severity(severity.min(rule.severity)).evidence(event.evidence())
    };
    Ok(events.iter().map(finding).collect())
}

/// Events of one kind, and the sentence about them.
pub(super) struct Logged {
    /// Their ids, without severity bits.
    pub(super) ids: &'static [u32],
    /// The severity, unless the present state contradicts the events.
    pub(super) severity: Severity,
    /// What was wrong, in the past tense.
    pub(super) past: &'static str,
    /// Whether the present state contradicts the events: the cause was removed.
    pub(super) is_over: fn(&Machine<'_>) -> bool,
}

/// For events whose cause no present state contradicts.
pub(super) fn never(_: &Machine<'_>) -> bool {
    false
}

/// One finding for each kind of recent events, in the past tense, with the date of the newest one. What the
/// machine shows at present outranks what it logged before: if `is_healthy`, or if the state contradicts the
/// events, the finding is a warning at most.
pub(super) fn logged(
    machine: &Machine<'_>,
    rule: &'static Rule,
    kinds: &[Logged],
    what: &'static str,
    is_healthy: bool,
) -> Outcome {
    let ids: Vec<u32> = kinds.iter().flat_map(|kind| kind.ids).copied().collect();
    let events = machine.recent_events(&ids, what)?;
    let findings = kinds.iter().filter_map(|kind| {
        let of_kind: Vec<_> = events.iter().filter(|event| kind.ids.contains(&event.id)).collect();
        let newest = of_kind.iter().max_by_key(|event| event.newest)?;
        let finding = rule
            .finding(format!("{} ({})", kind.past, counted_events(&of_kind)))
            .evidences(of_kind.iter().map(|event| event.evidence()));
        let fixes = newest.row().into_iter().flat_map(|row| row.fixes);
        let finding = fixes.fold(finding, |finding, step| finding.fix(*step));
        Some(if is_healthy || (kind.is_over)(machine) {
            finding
                .severity(kind.severity.min(Severity::Warning))
                .note("the present state does not show this fault; the cause was probably removed after the last event")
        } else {
            finding.severity(kind.severity)
        })
    });
    Ok(findings.collect())
}

/// Ids, number and date of events: `events 71 and 4141, 60 times, last on 2026-11-22`.
pub(super) fn counted_events(events: &[&facts::EventRecord]) -> String {
    let mut ids: Vec<u32> = events.iter().map(|event| event.id).collect();
    ids.sort_unstable();
    ids.dedup();
    let ids: Vec<_> = ids.iter().map(u32::to_string).collect();
    let named = match ids.as_slice() {
        [rest @ .., last] if !rest.is_empty() => format!("events {} and {last}", rest.join(", ")),
        _ => format!("event {}", ids.concat()),
    };
    let count: u64 = events.iter().map(|event| u64::from(event.count)).sum();
    let times = if count == 1 { "once, on".to_owned() } else { format!("{count} times, last on") };
    let date = events.iter().map(|event| event.newest).max().map(|newest| newest.date().to_string());
    format!("{named}, {times} {}", date.unwrap_or_default())
}

/// A finding for each list of license servers that Windows never reads for this reason; an information where
/// the list in force names the same servers.
#[expect(clippy::unnecessary_wraps, reason = "it is the result of a check")]
pub(super) fn stray_list(
    machine: &Machine<'_>,
    rule: &'static Rule,
    stray: Stray,
    title: impl Fn(&str) -> String,
) -> Outcome {
    let setting = machine.license_servers();
    let in_force = setting.effective.value().map(Vec::as_slice).unwrap_or_default();
    let findings = setting.strays(stray).map(|stray| {
        let servers = stray.value.as_deref().unwrap_or_default();
        let finding = rule.finding(title(&listed(servers))).evidence(stray.evidence.clone());
        if !in_force.is_empty() && same_servers(servers, in_force) {
            finding.severity(Severity::Info).note("the list in force names the same servers")
        } else {
            finding
        }
    });
    Ok(findings.collect())
}

/// The hosts of a set by their value, for a finding.
pub(super) type ByValue = BTreeMap<String, Vec<String>>;

/// A finding for each set of session hosts that differ in a value; *unknown* where no two of them could be
/// compared.
pub(super) fn differ(
    machines: &[&FleetKey],
    is_seen: impl Fn(&FleetKey) -> bool,
    value: impl Fn(&FleetKey) -> String,
    finding: impl Fn(&ByValue) -> Finding,
    need: &'static str,
) -> Outcome {
    let mut findings = Vec::new();
    let mut compared = 0;
    for set in sets(machines) {
        let seen: Vec<&FleetKey> = set.into_iter().filter(|host| is_seen(host)).collect();
        compared = compared.max(seen.len());
        let mut by_value = ByValue::new();
        for host in seen {
            by_value.entry(value(host)).or_default().push(host.label.clone());
        }
        if by_value.len() > 1 {
            let evidence = by_value.iter().map(|(value, hosts)| Evidence::fact(value, hosts.join(", ")));
            let machines = by_value.values().flatten().cloned();
            findings.push(finding(&by_value).evidences(evidence).machines(machines));
        }
    }
    if compared < 2
        && machines.iter().any(|machine| machine.holds(Role::SessionHost).is_none() || !is_seen(machine))
    {
        return Err(Need::Fleet(need).into());
    }
    Ok(findings)
}
