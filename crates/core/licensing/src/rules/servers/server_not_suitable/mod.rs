//! A license server that answers and is too old for the host, or of another kind.
//!
//! # What it looks at
//! What the host says of each server: `GetTStoLSConnectivityStatus` 3 (pre-release and release do not fit), 4 (the
//! server's version is lower), 10 (the server lacks the feature).
//!
//! # Why it matters
//! Such a server cannot hold or issue licenses for this host. Clients get none from it, however many CALs are
//! installed there.
//!
//! # How it can be wrong
//! Another listed server may serve the host.
//!
//! # Fix
//! 1. Use a license server of the host's version or a later one, if you have one already.
//! 2. Else upgrade the server, or move its CALs to a newer one: *Manage RDS CALs* in RD Licensing Manager of the
//!    new server.
//! 3. Then name the new server, by Group Policy: *Use the specified Remote Desktop license servers*
//!    ({gpo:licensing}).
//! 4. Where no policy names servers, set the list on the host, in Windows PowerShell as administrator:
//!    `(Get-WmiObject -Namespace root\cimv2\TerminalServices
//!    Win32_TerminalServiceSetting).SetSpecifiedLicenseServerList(@('rdls1.contoso.example','rdls2.contoso.example'))`.
//!    It replaces the whole list.
//!
//! # Fix safety
//! A license server of a later version serves older hosts as well. Migrate CALs with the wizard; a copied database
//! is of no use on another machine.
//!
//! # Verify
//! RD Licensing Diagnoser, or `GetTStoLSConnectivityStatus` again.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-031",
    name: "server-not-suitable",
    title: "license server answers and cannot serve this host",
    severity: Severity::Error,
    confidence: Confidence::High,
    scope: Scope::SessionHost,
    products: "Windows Server 2008 R2 and later",
    sources: &[sources::CONNECTIVITY, sources::CALS],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let unsuitable = machine.servers_with_status(&[3, 4, 10])?;
    Ok(unsuitable
        .into_iter()
        .map(|(answer, evidence)| {
            let what = match answer.status {
                3 => "is a pre-release where the host is a release, or the other way round",
                4 => "is older than this host",
                _ => "lacks a feature that this host needs",
            };
            RULE.finding(format!("the license server “{}” {what}", answer.server)).evidence(evidence)
        })
        .collect())
}
