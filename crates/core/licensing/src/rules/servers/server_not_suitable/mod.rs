//! A license server that responds but is too old for the host or of another kind.
//!
//! # What it looks at
//! What the host reports for each server: `GetTStoLSConnectivityStatus` 3 (pre-release and release do not
//! match), 4 (the server's version is lower), 10 (the server lacks the feature).
//!
//! # Why it matters
//! Such a server cannot hold or issue licenses for this host, regardless of the installed CALs.
//!
//! # How it can be wrong
//! Another listed server may serve the host.
//!
//! # Fix
//! 1. Use a license server of the host's version or later, if you already have one.
//! 2. Otherwise upgrade the server, or move its CALs to a newer one: *Manage RDS CALs* in RD Licensing
//!    Manager of the new server.
//! 3. Then name the new server in the policy *Use the specified Remote Desktop license servers*
//!    ({gpo:licensing}).
//! 4. If no policy lists servers, set the list on the host in an elevated Windows PowerShell: `(Get-WmiObject
//!    -Namespace root\cimv2\TerminalServices
//!    Win32_TerminalServiceSetting).SetSpecifiedLicenseServerList(@('YOUR-SERVER-1','YOUR-SERVER-2'))`. This
//!    replaces the whole list.
//!
//! # Fix safety
//! A license server of a later version also serves older hosts. Migrate CALs with the wizard. A copied
//! database does not work on another machine.
//!
//! # Verify
//! Run RD Licensing Diagnoser, or check `GetTStoLSConnectivityStatus` again.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-031",
    name: "server-not-suitable",
    title: "license server responds but cannot serve this host",
    severity: Severity::Error,
    confidence: Confidence::High,
    scope: Scope::SessionHost,
    in_service: true,
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
                3 => "is a pre-release and the host is a release, or the other way round",
                4 => "is older than this host",
                _ => "lacks a feature that this host needs",
            };
            RULE.finding(format!("the license server “{}” {what}", answer.server)).evidence(evidence)
        })
        .collect())
}
