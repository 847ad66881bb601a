//! A key that web pages describe as a store of installed or issued licenses, and that does not exist in
//! Windows.
//!
//! # What it looks at
//! `LicenseKeyStore` below the keys where such pages place it, and
//! `TermServLicensing\Parameters\IssuedLicenses`. The rule fires if one exists.
//!
//! # Why it matters
//! Installed CALs and issued licenses are rows of the license server's database (`TLSLic.edb`), never
//! registry keys. Clearing such a key removes no license, and its contents do not count licenses.
//!
//! # How it can be wrong
//! A third-party program may use a key of that name; check its contents.
//!
//! # Fix
//! 1. No action is required.
//! 2. To view or remove CALs, use RD Licensing Manager, or WMI (`Win32_TSLicenseKeyPack`) on the license
//!    server.
//! 3. If the key is a remnant of such advice, export it (`reg export KEY store.reg`), then delete it (`reg
//!    delete KEY`).
//!
//! # Fix safety
//! Windows does not use the key, so deleting it changes nothing for Windows. A third-party program may need
//! it. `reg import store.reg` restores it.
//!
//! # Verify
//! The key no longer exists, and RD Licensing Manager shows the same CALs as before.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-195",
    name: "invented-license-store",
    title: "key that allegedly holds licenses but does not exist in Windows",
    severity: Severity::Info,
    confidence: Confidence::High,
    scope: Scope::Any,
    recipe: Some("clear-subkeys"),
    sources: &[sources::NO_TRACE, sources::FOLKLORE],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let seen = machine.look(places::invented_stores());
    let findings = seen.keys.iter().map(|(path, key)| {
        let title = format!("{path} is not a Windows key and does not hold licenses");
        RULE.finding(title).evidence(Evidence::key(path, key, contents(key)))
    });
    conclude(findings.collect(), seen.missing)
}
