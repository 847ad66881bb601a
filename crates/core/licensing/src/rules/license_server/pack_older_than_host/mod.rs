//! Licenses that a newer session host does not accept.
//!
//! # What it looks at
//! The versions of the packs, compared with the session hosts that use them: this machine, if it is one, and
//! the machines of the same run that list the license server. The rule fires for a host if there are packs of
//! its kind and all of them are older. The kind is that of the licensing mode; if no mode is known, every
//! pack counts.
//!
//! # Why it matters
//! A host accepts a license of its own version or a newer one, never an older one. Its clients receive
//! temporary licenses, and are refused 90 days later (event 22).
//!
//! # How it can be wrong
//! A second license server that the host also uses may have newer packs. A pack version or a build that the
//! tables do not contain makes the result *unknown*.
//!
//! # Fix
//! 1. Buy and install licenses of the host's version or newer.
//! 2. If a license server is older than these licenses, upgrade it first, or set up a new one.
//! 3. Until then keep users on hosts of the version for which you own licenses.
//!
//! # Fix safety
//! Newer licenses also serve older hosts, but not the other way round.
//!
//! # Verify
//! The new pack shows issued licenses, and event 22 stops.

use std::collections::BTreeMap;

use crate::knowledge::Generation;
use crate::knowledge::products::{Fit, host_accepts};
use crate::model::key_packs::unknown_version;
use crate::model::sets::served;
use crate::model::{KeyPack, LicensingMode};
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-106",
    name: "pack-older-than-host",
    title: "the installed licenses are older than a session host",
    severity: Severity::Error,
    confidence: Confidence::High,
    scope: Scope::Any,
    sources: &[
        sources::CALS,
        sources::RDPELE.at("MS-RDPELE 3.2.5.3 and 3.2.5.5: how the host judges a license"),
        sources::LS_EVENTS,
    ],
    ..Rule::both(check, check_run)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let Some(packs) = machine.bought_packs()? else { return Ok(Vec::new()) };
    let packs = of_mode(packs, machine.licensing_mode().known().ok().flatten().copied());
    if packs.is_empty() {
        return Ok(Vec::new());
    }
    let host = machine.served_host()?;
    match accepts(host, &packs) {
        Fit::No(_) => {
            let found = contents_of(&packs);
            let title = format!("a host of {} accepts none of the installed licenses ({found})", host.name());
            Ok(vec![
                RULE.finding(title)
                    .evidence(machine.fact_evidence(facts::KEY_PACKS, &found))
                    .evidence(Evidence::fact("session host", host.name())),
            ])
        }
        Fit::Unknown => Err(unknown_version()),
        Fit::Yes(_) => Ok(Vec::new()),
    }
}

fn check_run(machines: &[&FleetKey]) -> Outcome {
    let mut too_old: BTreeMap<(&str, String, String), Vec<&str>> = BTreeMap::new();
    let (mut compared, mut undecided) = (false, false);
    for (host, server) in served(machines) {
        let packs = server.license_server.as_ref().and_then(|server| server.packs.clone());
        let (Some(packs), Some(generation)) = (packs, host.generation) else { continue };
        let packs = of_mode(packs, host.mode);
        compared = true;
        if packs.is_empty() {
            continue;
        }
        match accepts(generation, &packs) {
            Fit::No(_) => {
                let key = (server.label.as_str(), generation.name(), contents_of(&packs));
                too_old.entry(key).or_default().push(&host.label);
            }
            Fit::Unknown => undecided = true,
            Fit::Yes(_) => {}
        }
    }
    if !compared {
        return Err(Need::Fleet("CAL packs of a license server, and builds of the hosts that list it").into());
    }
    if undecided && too_old.is_empty() {
        return Err(unknown_version());
    }
    Ok(too_old
        .into_iter()
        .map(|((server, host, found), hosts)| {
            let title = format!("hosts of {host} accept none of the licenses of {server} ({found})");
            RULE.finding(title)
                .evidence(Evidence::fact(server, &found))
                .evidence(Evidence::fact(&hosts.join(", "), &host))
                .machines(hosts.into_iter().chain([server]).map(str::to_owned))
        })
        .collect())
}

/// The packs of the kind that a host in this mode requests; all of them if the mode is not known.
fn of_mode(mut packs: Vec<KeyPack>, mode: Option<LicensingMode>) -> Vec<KeyPack> {
    if let Some(kind) = mode.and_then(LicensingMode::cal_kind) {
        packs.retain(|pack| pack.cal_kind() == Some(kind));
    }
    packs
}

/// Whether the host accepts a license of one of the packs.
fn accepts(host: Generation, packs: &[KeyPack]) -> Fit {
    let fits = packs
        .iter()
        .map(|pack| pack.cal_version().map_or(Fit::Unknown, |version| host_accepts(host, version)));
    fits.reduce(|one, two| match (one, two) {
        (Fit::Yes(certainty), _) | (_, Fit::Yes(certainty)) => Fit::Yes(certainty),
        (Fit::Unknown, _) | (_, Fit::Unknown) => Fit::Unknown,
        (no, Fit::No(_)) => no,
    })
    .unwrap_or(Fit::Unknown)
}

fn contents_of(packs: &[KeyPack]) -> String {
    packs.iter().map(KeyPack::label).collect::<Vec<_>>().join("; ")
}
