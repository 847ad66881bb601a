//! A session host whose grace period is over, and that no license server serves.
//!
//! # What it looks at
//! The days left of the grace period: as the host tells them (`GetGracePeriodDays`), else 120 days after the
//! last-write time of `RCM\GracePeriod` (90 on Windows 2000). Then whether a license server is listed in policy or
//! locally, and, where the host was asked, whether it reaches one of them.
//!
//! # Why it matters
//! Without a license server a host admits everybody until the grace period ends. From then on nobody but
//! administrators (`mstsc /admin`) gets a session: "no Remote Desktop License Servers available".
//!
//! # How it can be wrong
//! From a file the end is computed from the time when the record was written, and a write to the key moves it. Zero
//! days as told by the host also mean that a permanent license ended the period early: then a server did serve the
//! host once, and what matters is that none does now. A connection broker's deployment may list servers that no
//! registry value shows.
//!
//! # Fix
//! 1. Get in as administrator: `mstsc /admin`.
//! 2. List a license server that is activated and holds licenses, by Group Policy: *Use the specified Remote
//!    Desktop license servers* ({gpo:licensing}).
//! 3. Where no policy names servers, set the list on the host, in Windows PowerShell as administrator:
//!    `(Get-WmiObject -Namespace root\cimv2\TerminalServices
//!    Win32_TerminalServiceSetting).SetSpecifiedLicenseServerList(@('rdls1.contoso.example','rdls2.contoso.example'))`.
//!    It replaces the whole list.
//! 4. Set the licensing mode that your CALs are for, if it is not set: policy *Set the Remote Desktop licensing
//!    mode* in the same place, or on the host
//!    `(Get-WmiObject -Namespace root\cimv2\TerminalServices Win32_TerminalServiceSetting).ChangeMode(2)` for Per
//!    Device, `ChangeMode(4)` for Per User.
//! 5. Where CALs are bought and not there yet: a license server issues each device one temporary Per Device license
//!    for 90 days, even before CALs are installed. Activation works by web browser and telephone too.
//! 6. Leave the grace record alone: the causes stay, and a new record is no license.
//!
//! # Fix safety
//! Listing a server and setting the mode change nothing for sessions that run. Per Device clients take one license
//! each.
//!
//! # Verify
//! Run `rdscal doctor` again, or open RD Licensing Diagnoser; then connect as an ordinary user.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-040",
    name: "grace-over-no-server",
    title: "grace period over and no license server to serve the host",
    severity: Severity::Critical,
    confidence: Confidence::High,
    scope: Scope::SessionHost,
    products: "Windows 2000 Server and later",
    recipe: Some("set-servers"),
    sources: &[
        sources::NO_LICENSE_SERVER,
        sources::RDPELE.at("MS-RDPELE 3.2.5.5, what a server does when no license server answers"),
        sources::GRACE_END,
    ],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let Some(host) = machine.unserved_grace(|days| days <= 0)? else { return Ok(Vec::new()) };
    let mut finding = RULE
        .finding(format!("the grace period {}, and no license server serves this host", host.end.shown()))
        .evidence(host.end.evidence)
        .evidences(host.evidence);
    if !host.end.reported_by_host {
        finding = finding.confidence(Confidence::Medium).note(
            "the end is computed from the last-write time of the record's key; the host itself can tell it for certain",
        );
    }
    Ok(vec![finding])
}
