//! A session host whose grace period is over and that no license server serves.
//!
//! # What it looks at
//! The remaining days of the grace period, as the host reports them (`GetGracePeriodDays`), otherwise 120
//! days after the last-write time of `RCM\GracePeriod` (90 on Windows 2000). Then whether a license server is
//! listed by policy or locally, and, if the host was queried, whether it can reach one of them.
//!
//! # Why it matters
//! Without a license server a host admits all users until the grace period ends. After that only
//! administrators can connect (`mstsc /admin`). Users see "no Remote Desktop License Servers available".
//! Windows Server 2016 in Per Device mode and Windows Server 2019 in both modes give them sessions of 60
//! minutes instead; later versions do not.
//!
//! # How it can be wrong
//! In a file, the end is computed from the time when the record was written, and a write to the key changes
//! that time. Zero days reported by the host can also mean that a permanent license ended the period early.
//! Then a server served the host in the past, and the fault is that none does now. A connection broker's
//! deployment may list servers that no registry value shows. If the source does not show the policies, such
//! as a SYSTEM hive alone, the finding is a warning with that condition.
//!
//! # Fix
//! 1. Connect as administrator: `mstsc /admin`.
//! 2. List a license server that is activated and has licenses, with the policy *Use the specified Remote
//!    Desktop license servers* ({gpo:licensing}).
//! 3. If no policy lists servers, set the list on the host in an elevated Windows PowerShell: `(Get-WmiObject
//!    -Namespace root\cimv2\TerminalServices
//!    Win32_TerminalServiceSetting).SetSpecifiedLicenseServerList(@('YOUR-SERVER-1','YOUR-SERVER-2'))`. This
//!    replaces the whole list.
//! 4. If the licensing mode is not set, set the one that matches your CALs: with the policy *Set the Remote
//!    Desktop licensing mode* in the same place, or on the host with `(Get-WmiObject -Namespace
//!    root\cimv2\TerminalServices Win32_TerminalServiceSetting).ChangeMode(2)` for Per Device,
//!    `ChangeMode(4)` for Per User.
//! 5. If CALs are bought but not yet installed, a license server issues each device one temporary Per Device
//!    license for 90 days, even before CALs are installed. Activation also works by web browser and
//!    telephone.
//! 6. Leave the grace record alone. The causes would remain, and a new record is not a license.
//!
//! # Fix safety
//! Listing a server and setting the mode does not affect running sessions. Per Device clients each consume
//! one license.
//!
//! # Verify
//! Run `rdscal doctor` again, or open RD Licensing Diagnoser. Then connect as a standard user.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-040",
    name: "grace-over-no-server",
    title: "grace period is over and no license server serves the host",
    severity: Severity::Critical,
    confidence: Confidence::High,
    scope: Scope::SessionHost,
    in_service: true,
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
    let (severity, users) = machine.without_license();
    let mut finding = RULE
        .finding(format!("the grace period {}; no license server serves this host{users}", host.end.shown()))
        .severity(severity)
        .evidence(host.end.evidence)
        .evidences(host.evidence);
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
