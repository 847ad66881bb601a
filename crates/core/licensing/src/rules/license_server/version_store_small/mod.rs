//! A license database that runs out of version pages.
//!
//! # What it looks at
//! `MaxVerPages` in `TermServLicensing\Parameters`, and event 623 of the source ESENT in the last 30 days.
//! The rule fires if the event was logged and the value is absent or below 1024. It also fires if the value
//! is outside the 256 to 2048 that KB3167312 permits, or of a wrong type.
//!
//! # Why it matters
//! When the version store is exhausted, the service stops responding until it is restarted.
//!
//! # How it can be wrong
//! Event 623 may come from another database on the same machine; its text names the file.
//!
//! # Fix
//! 1. Export the key (`reg export HKLM\SYSTEM\CurrentControlSet\Services\TermServLicensing\Parameters
//!    parameters.reg`), then run `reg add HKLM\SYSTEM\CurrentControlSet\Services\TermServLicensing\Parameters
//!    /v MaxVerPages /t REG_DWORD /d 1024 /f` in an elevated Command Prompt.
//! 2. Restart the licensing service: `Restart-Service TermServLicensing`.
//! 3. If the event recurs, look for the cause of the load: a backup, a report, many hosts that start
//!    together.
//!
//! # Fix safety
//! The value costs memory. Without event 623 it has no benefit.
//!
//! # Verify
//! Event 623 stops.

use crate::model::EventRecord;
use crate::model::license_server::{MAX_VER_PAGES, Meaning};
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-118",
    name: "version-store-small",
    title: "the version store of the license database is too small",
    severity: Severity::Warning,
    confidence: Confidence::High,
    scope: Scope::LicenseServer,
    recipe: Some("license-server-database"),
    sources: &[sources::KB3167312],
    ..Rule::machine(check)
};

/// The range that KB3167312 permits, and the value that it recommends.
const ALLOWED: std::ops::RangeInclusive<u32> = 256..=2048;
const RECOMMENDED: u32 = 1024;

fn check(machine: &Machine<'_>) -> Outcome {
    let parameters = machine.licensing_parameters()?;
    let mut pages = None;
    for parameter in &parameters {
        let title = match &parameter.meaning {
            Meaning::VersionPages(Some(number)) if ALLOWED.contains(number) => {
                pages = Some((*number, parameter));
                continue;
            }
            Meaning::VersionPages(Some(number)) => {
                format!("{MAX_VER_PAGES} is {number}; the valid range is 256 to 2048")
            }
            Meaning::VersionPages(None) => format!("{MAX_VER_PAGES} is not a REG_DWORD"),
            _ => continue,
        };
        return Ok(vec![RULE.finding(title).evidence(parameter.evidence.clone())]);
    }
    if pages.is_some_and(|(number, _)| number >= RECOMMENDED) {
        return Ok(Vec::new());
    }
    let events = machine.recent_events(&[623], "event 623 of ESENT")?;
    if events.is_empty() {
        return Ok(Vec::new());
    }
    let path = places::licensing_service_parameters();
    let evidence = match pages {
        Some((_, parameter)) => parameter.evidence.clone(),
        None => Evidence::absent_value(&path, MAX_VER_PAGES),
    };
    let title = format!(
        "the database ran out of version pages (event 623), and {MAX_VER_PAGES} is not raised to 1024"
    );
    Ok(vec![RULE.finding(title).evidence(evidence).evidences(events.iter().map(EventRecord::evidence))])
}
