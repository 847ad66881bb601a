//! Traces of the ways in which Windows is made to let in more users than its edition allows.
//!
//! # What it looks at
//! `EnableConcurrentSessions` in `Terminal Server\Licensing Core` and `RCM\Licensing Core`, and `ServiceDll` of the
//! Remote Desktop service. It fires where the first is switched on, or the second is not `termsrv.dll`.
//!
//! # Why it matters
//! Both are marks of patches and wrappers around the Remote Desktop service. They break with updates, they are
//! watched by security products, because attackers use them too, and users who come in that way are not licensed.
//! The value `EnableConcurrentSessions` itself does nothing on released versions of Windows.
//!
//! # How it can be wrong
//! Only a hint. Some remote-support products and old test versions of Windows XP left the value behind; a security
//! product may wrap the service.
//!
//! # Fix
//! 1. Find out who made the change, and whether a remote-support product did; where one did, uninstall it or leave
//!    it.
//! 2. Put the service back to its own library: export
//!    `HKLM\SYSTEM\CurrentControlSet\Services\TermService\Parameters` (`reg export`), then set `ServiceDll`
//!    (REG_EXPAND_SZ) to `%SystemRoot%\System32\termsrv.dll` in Registry Editor. Repair system files with
//!    `sfc /scannow`.
//! 3. Delete `EnableConcurrentSessions` after an export of its key; it does nothing on released versions.
//! 4. Where several users shall work at once, use a server with the session host role and CALs, or multi-session
//!    Windows.
//!
//! # Fix safety
//! While the wrapper's file is missing and `ServiceDll` still names it, nobody can connect: have access to the
//! console. `reg import` brings the old state back.
//!
//! # Verify
//! Restart the service in a maintenance window (`Restart-Service TermService -Force`; it ends all sessions),
//! connect, and run `rdscal doctor` again.

use snapshot::Value;

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-196",
    name: "concurrent-session-patch",
    title: "signs of a change that lets in more users than Windows allows",
    severity: Severity::Warning,
    confidence: Confidence::Low,
    scope: Scope::Any,
    sources: &[sources::SIGMA, sources::HIVES],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let parameters = places::term_service_parameters();
    let seen = machine.look([places::licensing_core(), places::legacy_licensing_core(), parameters.clone()]);
    let mut findings = Vec::new();
    for (path, key) in &seen.keys {
        let (name, suspect): (_, fn(&Value) -> bool) = if *path == parameters {
            ("ServiceDll", is_foreign)
        } else {
            ("EnableConcurrentSessions", is_on)
        };
        let Some(value) = key.value(name).filter(|value| suspect(value)) else { continue };
        let title = format!(
            "signs of a change that lets in more users than Windows allows: {name} is {}",
            value.shown()
        );
        findings.push(RULE.finding(title).evidence(Evidence::value(path, key, value)));
    }
    conclude(findings, seen.missing)
}

/// A number that is not 0, or a text that says so.
fn is_on(value: &Value) -> bool {
    let text = value.as_text().map(|text| text.content.trim().to_lowercase());
    value.as_u64().is_some_and(|number| number != 0)
        || text.is_some_and(|text| matches!(text.as_str(), "1" | "true" | "yes"))
}

/// Another library than the service's own.
fn is_foreign(value: &Value) -> bool {
    let Some(text) = value.as_text() else { return true };
    let path = text.content.trim().trim_matches('"').to_lowercase();
    path.rsplit(['\\', '/']).next() != Some("termsrv.dll")
}
