//! Faults that the licensing service logged.
//!
//! # What it looks at
//! Events of the licensing service of the last 30 days, in the System log and in the logs
//! *TerminalServices-Licensing/Admin* and */Operational*. Errors: certificates and keys (17, 19, 39, 40), the
//! database (9, 14, 47, 49, 4100), removed packs (26, 88), the policy module (12, 41, 42), a service that
//! cannot start or work (37, 38), no activation (18), no license of the requested kind (21, 22), and the
//! wrong place of a Windows 2000 server (28). Warnings: few licenses (20), the work scheduler (43), other
//! license servers (7, 8, 15, 16, 45), packs that could not be installed (56 to 58), migration (90), the
//! directory (75, 76, 4105, 4107, 4108, 8193, 8195, 8197). Information: the local group (71, 73) and the
//! quota of revocations (81).
//!
//! # Why it matters
//! With invalid certificates the server issues no permanent licenses. After a rebuild it has no packs. With a
//! damaged database it does not respond at all.
//!
//! # How it can be wrong
//! The fault may have been removed since. Where the present state contradicts the event, and where the
//! service runs, is activated and has free licenses, the finding is a warning at most.
//!
//! # Fix
//! 1. Event 17, 19, 39 or 40: reactivate the server in RD Licensing Manager.
//! 2. Event 26 or 88: install the packs again, through the Clearinghouse if necessary.
//! 3. Event 9, 47, 49 or 4100: check the permissions of the database folder, then restore the database and
//!    the system state together.
//! 4. Event 20, 21 or 22: compare the packs with the licensing mode and the version of the hosts.
//!
//! # Fix safety
//! First back up the database folder together with the system state.
//!
//! # Verify
//! The event does not recur after a restart of the service.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-123",
    name: "license-server-events",
    title: "the licensing service logged a fault",
    severity: Severity::Error,
    confidence: Confidence::High,
    scope: Scope::LicenseServer,
    sources: &[sources::LS_EVENTS, sources::REACTIVATE, sources::MANIFESTS],
    ..Rule::machine(check)
};

const KINDS: &[Logged] = &[
    Logged {
        ids: &[9, 14, 47, 49, 4100],
        severity: Severity::Error,
        past: "the license database was damaged or could not be used",
        is_over: |machine| machine.has_free_licenses(),
    },
    Logged {
        ids: &[26, 88],
        severity: Severity::Error,
        past: "the license database was rebuilt or lost its packs",
        is_over: |machine| machine.has_free_licenses(),
    },
    Logged {
        ids: &[12, 28, 37, 41, 42],
        severity: Severity::Error,
        past: "the licensing service could not start or denied all requests",
        is_over: never,
    },
    Logged {
        ids: &[17, 19, 39, 40],
        severity: Severity::Error,
        past: "keys or certificates of the license server were missing or damaged",
        is_over: never,
    },
    Logged {
        ids: &[18],
        severity: Severity::Error,
        past: "the license server was not activated and issued only temporary licenses",
        is_over: |machine| machine.is_activated(),
    },
    Logged {
        ids: &[21, 22],
        severity: Severity::Error,
        past: "the server had no license of the kind or version that a host requested",
        is_over: never,
    },
    Logged {
        ids: &[38],
        severity: Severity::Error,
        past: "the server could not issue a license because of an internal error",
        is_over: never,
    },
    Logged {
        ids: &[20],
        severity: Severity::Warning,
        past: "few permanent licenses were left",
        is_over: never,
    },
    Logged {
        ids: &[75, 76, 8195],
        severity: Severity::Warning,
        past: "the server was not in the group Terminal Server License Servers or was removed from it",
        is_over: |machine| machine.fact(facts::IN_TSLS_GROUP) == Ok(true),
    },
    Logged {
        ids: &[4105, 4107, 4108],
        severity: Severity::Warning,
        past: "the use of Per User licenses could not be recorded in Active Directory or reported",
        is_over: never,
    },
    Logged {
        ids: &[7, 8, 15, 16, 45],
        severity: Severity::Warning,
        past: "the server could not work with other license servers",
        is_over: never,
    },
    Logged {
        ids: &[56, 57, 58],
        severity: Severity::Warning,
        past: "a license pack could not be installed",
        is_over: never,
    },
    Logged {
        ids: &[43],
        severity: Severity::Warning,
        past: "the work scheduler of the service could not start",
        is_over: never,
    },
    Logged {
        ids: &[90],
        severity: Severity::Warning,
        past: "migrated licenses could not be removed from the source server",
        is_over: never,
    },
    Logged {
        ids: &[8193, 8197],
        severity: Severity::Warning,
        past: "a step of the installation of RD Licensing failed",
        is_over: never,
    },
    Logged {
        ids: &[71, 73],
        severity: Severity::Info,
        past: "the local group for session hosts could not be created or deleted",
        is_over: never,
    },
    Logged {
        ids: &[81],
        severity: Severity::Info,
        past: "a license could not be revoked because the quota was used up",
        is_over: never,
    },
];

fn check(machine: &Machine<'_>) -> Outcome {
    let runs = machine.fact(facts::LICENSING_SERVICE_STATE).is_ok_and(|state| state == "running");
    let is_healthy = runs && machine.is_activated() && machine.has_free_licenses();
    logged(machine, &RULE, KINDS, "events of the licensing service", is_healthy)
}
