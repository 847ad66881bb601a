//! Event 1004: the host could not give a client a license.
//!
//! # What it looks at
//! Event 1004 of the Remote Connection Manager in the last 30 days.
//!
//! # Why it matters
//! The client is refused, or gets a temporary license only. Usual causes are a mode that does not match the
//! packs, an encryption level that the client does not know, and damaged certificates of the host.
//!
//! # How it can be wrong
//! A cause that was mended since.
//!
//! # Fix
//! 1. Compare the licensing mode with the packs of the license server (`mode-against-packs`).
//! 2. Look at the encryption level and the FIPS setting of the listener where old clients are concerned.
//! 3. If the doctor finds the certificates of the host bad, and the host can reach a license server: in Registry
//!    Editor, started as administrator, export `HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\RCM` (*File*,
//!    *Export*), then delete four of its values, where they are there: `Certificate`, `X509 Certificate`,
//!    `X509 Certificate ID` and `X509 Certificate2`.
//! 4. Then restart the host (`Restart-Computer`) in a maintenance window.
//!
//! # Fix safety
//! Looking changes nothing. Removed certificates are made anew at the start and at the next contact with a license
//! server. The restart ends all sessions.
//!
//! # Verify
//! The client connects; the event does not come back.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-151",
    name: "host-cannot-issue-licenses",
    title: "the host could not issue licenses to clients",
    severity: Severity::Error,
    confidence: Confidence::High,
    scope: Scope::SessionHost,
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
