//! A license server that accepts anonymous callers.
//!
//! # What it looks at
//! `DisableWorkgroupAuthEnforcement` in `TermServLicensing\Parameters`, with a number other than 0 or of a
//! wrong type. The same name with a leading space, which results from a pasted command, is covered by
//! `value-name-has-blank`.
//!
//! # Why it matters
//! Since July 2024 a license server in a workgroup requires credentials from session hosts. The value
//! disables this, against Microsoft's advice, and later versions may ignore it.
//!
//! # How it can be wrong
//! Until every host has credentials after the update, the value may be set on purpose.
//!
//! # Fix
//! 1. Create an account on the license server for its session hosts, and give each host its credentials:
//!    `cmdkey /add:<server> /user:<server>\<account> /pass`, run as NETWORK SERVICE on the host.
//! 2. Export `HKLM\SYSTEM\CurrentControlSet\Services\TermServLicensing\Parameters` (`reg export`), then
//!    delete the value: `reg delete HKLM\SYSTEM\CurrentControlSet\Services\TermServLicensing\Parameters /v
//!    DisableWorkgroupAuthEnforcement`.
//! 3. Restart the licensing service: `Restart-Service TermServLicensing`.
//!
//! # Fix safety
//! If the hosts have no credentials, deleting the value locks them out. Do step 1 first.
//!
//! # Verify
//! A client of each host receives its license, and event 1010 does not recur.

use crate::model::license_server::{DISABLE_ENFORCEMENT, Meaning};
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-117",
    name: "workgroup-authentication-disabled",
    title: "the license server accepts anonymous callers",
    severity: Severity::Warning,
    confidence: Confidence::High,
    scope: Scope::Any,
    products: "Windows Server 2016 and later",
    sources: &[sources::CVE_38099, sources::CVE_38231, sources::LICENSE_HOSTS],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let parameters = machine.licensing_parameters()?;
    let titles = parameters.iter().filter_map(|parameter| {
        let title = match &parameter.meaning {
            Meaning::DisableEnforcement(Some(0)) => return None,
            Meaning::DisableEnforcement(Some(number)) => {
                format!("{DISABLE_ENFORCEMENT} is {number}, so the license server accepts anonymous callers")
            }
            Meaning::DisableEnforcement(None) => {
                format!("{DISABLE_ENFORCEMENT} is not a REG_DWORD; how Windows treats it is not documented")
            }
            _ => return None,
        };
        Some(RULE.finding(title).evidence(parameter.evidence.clone()))
    });
    Ok(titles.collect())
}
