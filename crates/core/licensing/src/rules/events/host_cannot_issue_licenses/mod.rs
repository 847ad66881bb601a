//! Event 1004: the host could not give a client a license.
//!
//! # What it looks at
//! Event 1004 of the Remote Connection Manager in the last 30 days.
//!
//! # Why it matters
//! The client is refused, or receives only a temporary license. The usual causes are a mode that does not
//! match the packs, an encryption level that the client does not support, and damaged certificates of the
//! host.
//!
//! # How it can be wrong
//! The cause may have been fixed since.
//!
//! # Fix
//! 1. Compare the licensing mode with the packs of the license server (`mode-against-packs`).
//! 2. If old clients are affected, check the encryption level and the FIPS setting of the listener.
//! 3. If `rdscal doctor` reports damaged certificates of the host, and the host can reach a license server:
//!    In Registry Editor, started as administrator, export `HKLM\SYSTEM\CurrentControlSet\Control\Terminal
//!    Server\RCM` (*File*, *Export*), then delete these values if they exist: `Certificate`, `X509
//!    Certificate`, `X509 Certificate ID` and `X509 Certificate2`.
//! 4. Then restart the host (`Restart-Computer`) in a maintenance window.
//!
//! # Fix safety
//! Checking changes nothing. Removed certificates are created again at the start and at the next contact with
//! a license server. The restart ends all sessions.
//!
//! # Verify
//! The client connects, and the event does not recur.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-151",
    name: "host-cannot-issue-licenses",
    title: "the host could not issue licenses to clients",
    severity: Severity::Error,
    confidence: Confidence::High,
    scope: Scope::SessionHost,
    in_service: true,
    sources: &[sources::EVENT_1004, sources::NO_LICENSE_SERVER],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    one_per_event(
        machine,
        &RULE,
        (1004, "event 1004 of the Remote Connection Manager"),
        "the host could not issue licenses",
    )
}
