//! A license server that was opened to anonymous callers.
//!
//! # What it looks at
//! `DisableWorkgroupAuthEnforcement` in `TermServLicensing\Parameters`, with a number other than 0 or of a
//! wrong type. The same name with a blank before it, as it comes out of a pasted command, is the business of
//! `value-name-has-blank`.
//!
//! # Why it matters
//! Since July 2024 a license server in a workgroup asks session hosts for credentials. The value switches
//! that off, against Microsoft's advice, and later versions may ignore it.
//!
//! # How it can be wrong
//! Between the update and the day when every host has credentials, the value may be set on purpose.
//!
//! # Fix
//! 1. Create an account on the license server for its session hosts, and give each host its credentials:
//!    `cmdkey /add:<server> /user:<server>\<account> /pass`, run as NETWORK SERVICE on the host.
//! 2. Export `HKLM\SYSTEM\CurrentControlSet\Services\TermServLicensing\Parameters` (`reg export`), then delete the
//!    value: `reg delete HKLM\SYSTEM\CurrentControlSet\Services\TermServLicensing\Parameters /v
//!    DisableWorkgroupAuthEnforcement`.
//! 3. Restart the licensing service: `Restart-Service TermServLicensing`.
//!
//! # Fix safety
//! Without credentials on the hosts, deleting the value locks them out: do step 1 first.
//!
//! # Verify
//! A client that connects to each host gets its license; event 1010 does not come back.

use crate::model::license_server::{DISABLE_ENFORCEMENT, Meaning};
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-117",
    name: "workgroup-authentication-disabled",
    title: "the license server answers anonymous callers",
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
                format!("{DISABLE_ENFORCEMENT} is {number}: the license server answers anonymous callers")
            }
            Meaning::DisableEnforcement(None) => {
                format!(
                    "{DISABLE_ENFORCEMENT} is no REG_DWORD, so what Windows makes of it is not documented"
                )
            }
            _ => return None,
        };
        Some(RULE.finding(title).evidence(parameter.evidence.clone()))
    });
    Ok(titles.collect())
}
