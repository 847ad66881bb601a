//! Licensing events that the session host logged.
//!
//! # What it looks at
//! Events of the Remote Connection Manager of the last 30 days, in the System log and in the logs
//! *TerminalServices-RemoteConnectionManager/Admin* and */Operational*. 1008, 1069, 1128, 50305 and 50306
//! (grace period over) are critical. Missing, unreachable, unsuitable and refusing servers (1010, 1043,
//! 1130 to 1133) and refused clients (1000, 1011, 1028) are errors. 1009, 1061, 1068, 1129 and 20497 are
//! warnings. Since Windows 10 1903 most of them have the severity bits in their numbers: 50280 is 1128. An RD
//! Virtualization Host logs 50304 to 50312 instead.
//!
//! # Why it matters
//! The events state why users were refused or would have been refused.
//!
//! # How it can be wrong
//! The cause may have been removed since. Where the present state contradicts the event, such as a list of
//! servers after *no license server is specified*, the finding is a warning. Where mode and list are right
//! and a server answers, every finding is a warning at most. Event 1130 was occasionally seen on hosts that
//! work.
//!
//! # Fix
//! 1. Set the licensing mode and the license servers, preferably by policy.
//! 2. Check that the names of the servers resolve, and that TCP 135, 445 and the dynamic RPC ports are open
//!    from this host.
//! 3. Check on the license server that the service runs, that it is activated, and that it has licenses of
//!    the right kind and version.
//!
//! # Fix safety
//! None of the steps revokes a license.
//!
//! # Verify
//! The events do not recur, and RD Licensing Diagnoser reports no problem.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-152",
    name: "host-licensing-events",
    title: "the host logged licensing events",
    severity: Severity::Critical,
    confidence: Confidence::High,
    scope: Scope::SessionHost,
    in_service: true,
    sources: &[sources::HOST_EVENTS, sources::MODE_WARNING, sources::MANIFESTS],
    ..Rule::machine(check)
};

const KINDS: &[Logged] = &[
    Logged {
        ids: &[1008, 1128, 50306],
        severity: Severity::Critical,
        past: "the grace period was over and no license server with licenses served the host",
        is_over: |machine| machine.has_answer() || machine.grace_is_over() == Ok(false),
    },
    Logged {
        ids: &[1069, 50305],
        severity: Severity::Critical,
        past: "the grace period was over and no licensing mode was configured",
        is_over: |machine| machine.has_mode() || machine.grace_is_over() == Ok(false),
    },
    Logged {
        ids: &[1130, 50308],
        severity: Severity::Error,
        past: "no license server was specified for the host",
        is_over: |machine| machine.has_list(),
    },
    Logged {
        ids: &[1010, 1131, 50309],
        severity: Severity::Error,
        past: "the host could not contact a license server",
        is_over: |machine| machine.has_answer(),
    },
    Logged {
        ids: &[1043, 50312],
        severity: Severity::Error,
        past: "a license server refused the host, which was not in its group RDS Endpoint Servers",
        is_over: |machine| machine.has_answer(),
    },
    Logged {
        ids: &[1132, 50310],
        severity: Severity::Error,
        past: "a license server did not support the Windows version of the host",
        is_over: |machine| machine.has_answer(),
    },
    Logged {
        ids: &[1133, 50311],
        severity: Severity::Error,
        past: "the host's certificate from the license server was not valid",
        is_over: never,
    },
    Logged {
        ids: &[1000, 1011, 1028, 50304],
        severity: Severity::Error,
        past: "clients were refused because they had no valid license",
        is_over: never,
    },
    Logged {
        ids: &[1068],
        severity: Severity::Warning,
        past: "no licensing mode was configured",
        is_over: |machine| machine.has_mode(),
    },
    Logged {
        ids: &[1009, 1129, 50307],
        severity: Severity::Warning,
        past: "the grace period was about to end and no license server with licenses served the host",
        is_over: |machine| machine.has_answer(),
    },
    Logged {
        ids: &[1061],
        severity: Severity::Warning,
        past: "the host could not read the license information of users from Active Directory",
        is_over: never,
    },
    Logged {
        ids: &[20497],
        severity: Severity::Warning,
        past: "the host took too long to process the license of a client",
        is_over: never,
    },
];

fn check(machine: &Machine<'_>) -> Outcome {
    let what = "licensing events of the Remote Connection Manager";
    let findings = logged(machine, &RULE, KINDS, what, machine.is_served())?;
    // Not every version refuses users without a license.
    let (worst, _) = machine.without_license();
    Ok(findings
        .into_iter()
        .map(|finding| {
            let severity = finding.severity.min(worst.max(Severity::Error));
            finding.severity(severity)
        })
        .collect())
}
