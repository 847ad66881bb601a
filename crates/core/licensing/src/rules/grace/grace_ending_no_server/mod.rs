//! A session host whose grace period ends soon and that no license server serves.
//!
//! # What it looks at
//! The remaining days of the grace period, as in `grace-over-no-server`, and whether a license server serves
//! the host. The severity is error from seven days on, warning from thirty.
//!
//! # Why it matters
//! Everything works until the day after which only administrators can connect. Ordering, activating and
//! installing licenses takes days.
//!
//! # How it can be wrong
//! In a file, the end is computed from the time when the record was written, and a write to the key changes
//! that time. A connection broker's deployment may list servers that no registry value shows.
//!
//! # Fix
//! 1. Activate a license server and install CALs for the host's mode and version (RD Licensing Manager).
//! 2. List it with the policy *Use the specified Remote Desktop license servers* ({gpo:licensing}).
//! 3. If no policy lists servers, set the list on the host in an elevated Windows PowerShell: `(Get-WmiObject
//!    -Namespace root\cimv2\TerminalServices
//!    Win32_TerminalServiceSetting).SetSpecifiedLicenseServerList(@('YOUR-SERVER-1','YOUR-SERVER-2'))`. This
//!    replaces the whole list.
//! 4. If the licensing mode is not set, set the one that matches your CALs: with the policy *Set the Remote
//!    Desktop licensing mode* in the same place, or on the host with `(Get-WmiObject -Namespace
//!    root\cimv2\TerminalServices Win32_TerminalServiceSetting).ChangeMode(2)` for Per Device,
//!    `ChangeMode(4)` for Per User.
//!
//! # Fix safety
//! Listing a server and setting the mode does not affect running sessions. Per Device clients each consume
//! one license.
//!
//! # Verify
//! Run `rdscal doctor` again, or open RD Licensing Diagnoser.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-041",
    name: "grace-ending-no-server",
    title: "grace period ends soon and no license server serves the host",
    severity: Severity::Error,
    confidence: Confidence::High,
    scope: Scope::SessionHost,
    in_service: true,
    products: "Windows 2000 Server and later",
    recipe: Some("set-servers"),
    sources: &[
        sources::HOST_EVENTS.at("event 1009, the grace period is about to expire"),
        sources::GRACE_END,
    ],
    ..Rule::machine(check)
};

/// Remaining days at which the severity becomes error, and warning.
const SOON: (i64, i64) = (7, 30);

fn check(machine: &Machine<'_>) -> Outcome {
    let Some(host) = machine.unserved_grace(|days| days > 0 && days < SOON.1)? else { return Ok(Vec::new()) };
    let severity = if host.end.days_left < SOON.0 { Severity::Error } else { Severity::Warning };
    let title = format!("grace period: {}; no license server serves this host", host.end.shown());
    let mut finding =
        RULE.finding(title).severity(severity).evidence(host.end.evidence).evidences(host.evidence);
    if !host.end.reported_by_host {
        finding = finding.confidence(Confidence::Medium).note(
            "the end is computed from the last-write time of the record's key; only the running host reports the exact end",
        );
    }
    if host.unless_policy {
        finding = finding.severity(Severity::Warning).note(unless_policy("license servers"));
    }
    Ok(vec![finding])
}
