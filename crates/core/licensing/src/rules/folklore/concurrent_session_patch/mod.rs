//! Signs of a patch that admits more users than the Windows edition permits.
//!
//! # What it looks at
//! `EnableConcurrentSessions` in `Terminal Server\Licensing Core` and `RCM\Licensing Core`, and `ServiceDll`
//! of the Remote Desktop service. The rule fires if the first is enabled, or if the second is not
//! `termsrv.dll`.
//!
//! # Why it matters
//! Both are marks of patches and wrappers of the Remote Desktop service. They break with updates, security
//! products watch them because attackers also use them, and users who connect that way are not licensed. The
//! value `EnableConcurrentSessions` itself has no effect on released versions of Windows.
//!
//! # How it can be wrong
//! This is only a hint. Some remote support products and old test versions of Windows XP left the value
//! behind, and a security product may wrap the service.
//!
//! # Fix
//! 1. Find out who made the change. If a remote support product made it, uninstall the product or leave the
//!    value.
//! 2. Restore the original library of the service: export
//!    `HKLM\SYSTEM\CurrentControlSet\Services\TermService\Parameters` (`reg export`), then set `ServiceDll`
//!    (REG_EXPAND_SZ) to `%SystemRoot%\System32\termsrv.dll` in Registry Editor. Repair system files with
//!    `sfc /scannow`.
//! 3. Delete `EnableConcurrentSessions` after an export of its key; it has no effect on released versions.
//! 4. If several users need to work at once, use a server with the session host role and CALs, or
//!    multi-session Windows.
//!
//! # Fix safety
//! If the file of the wrapper is missing while `ServiceDll` still names it, no user can connect. Make sure
//! that you have access to the console. `reg import` restores the old state.
//!
//! # Verify
//! Restart the service in a maintenance window (`Restart-Service TermService -Force`; this ends all
//! sessions), connect, and run `rdscal doctor` again.

use snapshot::Value;

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-196",
    name: "concurrent-session-patch",
    title: "signs of a change that admits more users than Windows permits",
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
            "signs of a change that admits more users than Windows permits: {name} is {}",
            value.shown()
        );
        findings.push(RULE.finding(title).evidence(Evidence::value(path, key, value)));
    }
    conclude(findings, seen.missing)
}

/// A number other than 0, or a text that means *enabled*.
fn is_on(value: &Value) -> bool {
    let text = value.as_text().map(|text| text.content.trim().to_lowercase());
    value.as_u64().is_some_and(|number| number != 0)
        || text.is_some_and(|text| matches!(text.as_str(), "1" | "true" | "yes"))
}

/// A library other than that of the service.
fn is_foreign(value: &Value) -> bool {
    let Some(text) = value.as_text() else { return true };
    let path = text.content.trim().trim_matches('"').to_lowercase();
    path.rsplit(['\\', '/']).next() != Some("termsrv.dll")
}
