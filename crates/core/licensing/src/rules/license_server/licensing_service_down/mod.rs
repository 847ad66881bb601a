//! A license server whose service does not run.
//!
//! # What it looks at
//! `Start` of the service `TermServLicensing` (4 is *disabled*), and the state of the service on the running
//! machine. A hive alone can show that the service is disabled, but not that it runs.
//!
//! # Why it matters
//! While the service is stopped no license is issued or renewed. Hosts admit users with licenses that are
//! still valid, and otherwise only during their grace period.
//!
//! # How it can be wrong
//! The server may have been replaced and the service disabled on purpose. Then remove its name from the lists
//! of the hosts, and remove the role.
//!
//! # Fix
//! 1. If the server was replaced, remove it from the policy or the lists of the session hosts, and remove the
//!    RD Licensing role.
//! 2. Otherwise set the service to automatic and start it: `Set-Service TermServLicensing -StartupType
//!    Automatic`, `Start-Service TermServLicensing`.
//! 3. If it stops again, first read the events of the source TerminalServices-Licensing.
//!
//! # Fix safety
//! Starting the service changes no license.
//!
//! # Verify
//! `Get-Service TermServLicensing` shows *Running*. Then run RD Licensing Diagnoser on a host.

use crate::model::license_server::ServiceStart;
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-100",
    name: "licensing-service-down",
    title: "the licensing service is disabled or stopped",
    severity: Severity::Critical,
    confidence: Confidence::High,
    scope: Scope::LicenseServer,
    sources: &[sources::LS_EVENTS, sources::TS_LICENSE_SERVER],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let path = places::licensing_service();
    let start = machine.value(&path, "Start")?;
    if let Some(start) = &start
        && start.value.as_u32().map(ServiceStart::from_number) == Some(ServiceStart::Disabled)
    {
        let title = "the licensing service is disabled (Start 4), so this license server issues no licenses";
        return Ok(vec![RULE.finding(title).evidence(start.evidence())]);
    }
    let state = machine.fact(facts::LICENSING_SERVICE_STATE)?;
    if !state.eq_ignore_ascii_case("stopped") {
        return Ok(Vec::new());
    }
    let evidence = machine.fact_evidence(facts::LICENSING_SERVICE_STATE, &state);
    Ok(vec![
        RULE.finding("the licensing service is stopped, so this license server issues no licenses")
            .evidence(evidence),
    ])
}
