//! A session host whose grace period ends soon, and that no license server serves.
//!
//! # What it looks at
//! The days left of the grace period, as for `grace-over-no-server`, and whether a license server serves the host. It
//! is an error from seven days on, a warning from thirty.
//!
//! # Why it matters
//! Everything works, until the day on which nobody but administrators gets a session. Ordering, activating and
//! installing licenses takes days.
//!
//! # How it can be wrong
//! From a file the end is computed from the time when the record was written, and a write to the key moves it. A
//! connection broker's deployment may list servers that no registry value shows.
//!
//! # Fix
//! 1. Have a license server activated, with licenses of the host's mode and version (RD Licensing Manager).
//! 2. List it by Group Policy: *Use the specified Remote Desktop license servers* ({gpo:licensing}).
//! 3. Where no policy names servers, set the list on the host, in Windows PowerShell as administrator:
//!    `(Get-WmiObject -Namespace root\cimv2\TerminalServices
//!    Win32_TerminalServiceSetting).SetSpecifiedLicenseServerList(@('rdls1.contoso.example','rdls2.contoso.example'))`.
//!    It replaces the whole list.
//! 4. Set the licensing mode that your CALs are for, if it is not set: policy *Set the Remote Desktop licensing
//!    mode* in the same place, or on the host
//!    `(Get-WmiObject -Namespace root\cimv2\TerminalServices Win32_TerminalServiceSetting).ChangeMode(2)` for Per
//!    Device, `ChangeMode(4)` for Per User.
//!
//! # Fix safety
//! Listing a server and setting the mode change nothing for sessions that run. Per Device clients take one license
//! each.
//!
//! # Verify
//! Run `rdscal doctor` again, or open RD Licensing Diagnoser.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-041",
    name: "grace-ending-no-server",
    title: "grace period ends soon and no license server to serve the host",
    severity: Severity::Error,
    confidence: Confidence::High,
    scope: Scope::SessionHost,
    products: "Windows 2000 Server and later",
    recipe: Some("set-servers"),
    sources: &[
        sources::HOST_EVENTS.at("event 1009, the grace period is about to expire"),
        sources::GRACE_END,
    ],
    ..Rule::machine(check)
};

/// Days from which it is an error, and from which it is a warning.
const SOON: (i64, i64) = (7, 30);

fn check(machine: &Machine<'_>) -> Outcome {
    let Some(host) = machine.unserved_grace(|days| days > 0 && days < SOON.1)? else { return Ok(Vec::new()) };
    let severity = if host.end.days_left < SOON.0 { Severity::Error } else { Severity::Warning };
    let title = format!("grace period: {}, and no license server serves this host", host.end.shown());
    let mut finding =
        RULE.finding(title).severity(severity).evidence(host.end.evidence).evidences(host.evidence);
    if !host.end.reported_by_host {
        finding = finding.confidence(Confidence::Medium).note(
            "the end is computed from the last-write time of the record's key; the host itself can tell it for certain",
        );
    }
    Ok(vec![finding])
}
