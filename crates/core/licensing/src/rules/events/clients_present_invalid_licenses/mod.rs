//! Event 1003: a client presented a license that the host does not accept.
//!
//! # What it looks at
//! Event 1003 of the Remote Connection Manager in the last 30 days.
//!
//! # Why it matters
//! The client is refused. Usually the contents of its store are damaged, or were copied from another machine.
//! Rarely the certificate of the host is at fault.
//!
//! # How it can be wrong
//! The client may have been repaired since. The event names the client; this report does not.
//!
//! # Fix
//! 1. On the client that the event names: start the client once as administrator (`mstsc`, *Run as
//!    administrator*) and connect.
//! 2. If it is still refused, find the faulty license with `rdscal doctor` and remove only that one: in an
//!    elevated Command Prompt, export the store (`reg export HKLM\SOFTWARE\Microsoft\MSLicensing
//!    mslicensing.reg`), then delete only that subkey: `reg delete
//!    HKLM\SOFTWARE\Microsoft\MSLicensing\Store\LICENSE000`, with its number. Then start the client as
//!    administrator again.
//! 3. For the 32-bit client the key is `HKLM\SOFTWARE\WOW6432Node\Microsoft\MSLicensing`.
//! 4. If the events name many clients, check the certificates of the host first (`host-certificate-invalid`,
//!    `host-certificate-suspected`).
//!
//! # Fix safety
//! Removing one license keeps the hardware ID, so the license server issues the same license again. `reg
//! import mslicensing.reg` restores the subkey.
//!
//! # Verify
//! The client connects, and the event does not recur.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-150",
    name: "clients-present-invalid-licenses",
    title: "clients presented invalid licenses",
    severity: Severity::Error,
    confidence: Confidence::High,
    scope: Scope::SessionHost,
    in_service: true,
    recipe: Some("clear-client"),
    sources: &[sources::EVENT_1003, sources::NO_LICENSE_SERVER],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    one_per_event(
        machine,
        &RULE,
        (1003, "event 1003 of the Remote Connection Manager"),
        "clients presented invalid licenses",
    )
}
